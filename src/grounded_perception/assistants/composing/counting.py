# Copyright 2026 grounded_perception contributors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.

"""How many, whether there is one, and whether there are more of these than of those."""

from __future__ import annotations

from dataclasses import replace

from grounded_perception.assistants.composing.placing import distinct_spots
from grounded_perception.assistants.composing.replies import (
    called,
    cannot,
    full,
    Reply,
    unchecked,
    unknown,
)
from grounded_perception.assistants.composing.sight import Sight
from grounded_perception.assistants.composing.wording import (
    article,
    listing,
    number,
    plural,
    sentence,
)
from grounded_perception.language.asked import Question
from grounded_perception.records import Phrase
import numpy as np

#: How sure an absence is, where nothing of the kind is even guessed: small things are missed.
_ABSENT = 0.9
#: ... and where somebody asks how many, which few do where there are none.
_NONE_COUNTED = 0.5
#: Counts beyond this are seldom exact.
_MANY = 8


def count(sight: Sight, question: Question) -> Reply:
    """
    Count things.

    :param sight: what is seen.
    :param question: of kind ``COUNT``.
    :returns: the number; "at least" where some are unsure.
    """
    phrases = [p for p in (question.subject, *question.also) if p is not None]
    if refused := unknown(sight, *phrases):
        return refused
    parts, boxes, sure, tail = [], [], 1.0, ''
    for phrase in phrases:
        found, open_ones = sight.fitting(phrase), sight.perhaps_fitting(phrase)
        certain = sum(float(sight.scores[i]) >= sight.scene.threshold for i in found)
        parts.append(_amount(sight, phrase, certain, len(found), len(open_ones)))
        boxes += [*found, *open_ones]
        sure = min(sure, _exactness(sight, found, open_ones))
        note, share = unchecked(sight, phrase)
        tail, sure = tail or note, sure * share
    return Reply(sentence(f'I see {listing(parts)}') + tail, sure, tuple(boxes))


def _amount(sight: Sight, phrase: Phrase, certain: int, found: int, perhaps: int) -> str:
    if not found and perhaps:
        many = 'one' if perhaps == 1 else f'up to {number(perhaps)}'
        return f'no {full(sight, phrase, 2)} for certain, perhaps {many}'
    least = 'at least ' if perhaps or found > _MANY else ''
    if found and not certain:
        return f'perhaps {number(found)} {full(sight, phrase, found)}'
    unsure = f', {number(found - certain)} of them unsure' if found > certain else ''
    return f'{least}{number(found)} {full(sight, phrase, found)}{unsure}'


def _exactness(sight: Sight, found: list[int], perhaps: list[int]) -> float:
    """Estimate how often such a count is exact."""
    if not found:
        return _NONE_COUNTED if not perhaps else 0.5
    each = [sight.proved(float(sight.scores[i])) for i in found]
    doubt = [1 - sight.proved(float(sight.scores[i])) for i in perhaps]
    # a third of the time, something of a kind that is here is missed
    return float(np.prod(each) * np.prod(doubt)) * (0.75 if len(found) < _MANY else 0.4)


def exists(sight: Sight, question: Question) -> Reply:
    """
    Say whether there is such a thing.

    :param sight: what is seen.
    :param question: of kind ``EXISTS``.
    :returns: yes or no, and what is there instead.
    """
    replies = []
    for phrase in (question.subject, *question.also):
        if phrase is None:
            return cannot('no thing was named')
        if refused := unknown(sight, phrase):
            return refused
        replies.append(_one(sight, phrase))
    yes = [reply for reply in replies if reply.text.startswith('Yes')]
    if len(replies) == 1 or not yes:
        texts = dict.fromkeys(reply.text for reply in replies)
        return replace(replies[0], text=' '.join(texts))
    best = max(yes, key=lambda reply: reply.confidence)
    return best if question.is_choice else _together(replies)


def _together(replies: list[Reply]) -> Reply:
    """Answer "a cat and a dog": both are asked."""
    least = min(replies, key=lambda reply: (reply.text.startswith('Yes'), reply.confidence))
    texts = ' '.join(reply.text for reply in replies)
    if not least.text.startswith('Yes'):
        texts = least.text
    boxes = tuple(i for reply in replies for i in reply.boxes)
    return Reply(texts, least.confidence, boxes)


def _one(sight: Sight, phrase: Phrase) -> Reply:
    note, share = unchecked(sight, phrase)
    if phrase.count > 1:
        return _so_many(sight, phrase, sight.fitting(phrase), note, share)
    found = sight.fitting(phrase)
    if found:
        sure = max(sight.proved(float(sight.scores[i])) for i in found) * share
        hedge = '' if sure >= 0.6 or note else 'I think '
        if not phrase.noun:
            names = listing([article(sight.labels[i]) for i in _first_of_kinds(sight, found)[:3]])
            return Reply(sentence(f'Yes, {hedge}{names}'), sure, tuple(found))
        some = article(full(sight, phrase, 1))
        if len(found) > 1:
            some = f'{number(len(found))} {full(sight, phrase, len(found))}'
        where = ''
        if len(found) == 1 and not (phrase.position or phrase.relations):
            (spot,) = distinct_spots(sight.boxes[found], sight.scene.width, sight.scene.height)
            where = f' {spot}'
        return Reply(sentence(f'Yes, {hedge}I see {some}{where}') + note, sure, tuple(found))
    return _none(sight, phrase)


def _so_many(sight: Sight, phrase: Phrase, found: list[int], note: str, share: float) -> Reply:
    perhaps = sight.perhaps_fitting(phrase)
    here = f'{number(len(found))} {full(sight, phrase, len(found))}'
    sure = _exactness(sight, found, perhaps) * share
    if len(found) < phrase.count <= len(found) + len(perhaps):
        return cannot(f'I see {here} for certain and perhaps more', [*found, *perhaps])
    if len(found) >= phrase.count:
        only = '' if len(found) == phrase.count else 'even '
        return Reply(sentence(f'Yes, I see {only}{here}') + note, max(sure, 0.5), tuple(found))
    return Reply(sentence(f'No, I see {here}') + note, sure, tuple(found))


def _none(sight: Sight, phrase: Phrase) -> Reply:
    """Say what is missing, and how near the scene comes to it."""
    name = plural(called(sight, phrase))
    bare = Phrase(phrase.text, phrase.noun, quantity=phrase.quantity)
    perhaps = sight.perhaps_fitting(phrase)
    if perhaps and not sight.fitting(bare):
        sure = 1 - sight.proved(max(float(sight.scores[i]) for i in perhaps))
        one = article(full(sight, phrase, 1))
        text = sentence(f'Not for certain, perhaps I see {one}')
        return Reply(text, sure, tuple(perhaps))
    same = sight.fitting(bare)
    if perhaps and same:
        return cannot(
            f'I am not sure whether {article(called(sight, phrase))} here is so', perhaps
        )
    if same and bare != phrase and phrase.noun:
        here = article(called(sight, phrase)) if len(same) == 1 else f'{number(len(same))} {name}'
        wanted = full(sight, phrase, 1).replace(called(sight, phrase), 'one', 1)
        return Reply(sentence(f'No, I see {here}, but no {wanted}'), 0.75, tuple(same))
    return Reply(sentence(f'No, I see no {full(sight, phrase, 2)}'), _ABSENT)


def _first_of_kinds(sight: Sight, found: list[int]) -> list[int]:
    seen: dict[str, int] = {}
    for i in found:
        seen.setdefault(sight.labels[i], i)
    return list(seen.values())


def more(sight: Sight, question: Question) -> Reply:
    """
    Compare two counts.

    :param sight: what is seen.
    :param question: of kind ``COMPARE`` by number.
    :returns: yes or no with both counts.
    """
    subject, other = question.subject, question.other
    if subject is None or other is None:
        return cannot('two kinds of things are needed to compare')
    if refused := unknown(sight, subject, other):
        return refused
    ours, theirs = sight.fitting(subject), sight.fitting(other)
    a, b = len(ours), len(theirs)
    slack = len(sight.perhaps_fitting(subject)) + len(sight.perhaps_fitting(other))
    here = listing(
        [f'{number(a)} {full(sight, subject, a)}', f'{number(b)} {full(sight, other, b)}']
    )
    holds = a > b if question.measure == 'more' else a < b
    sure = 0.9 if abs(a - b) > slack else 0.6
    return Reply(sentence(f'{"Yes" if holds else "No"}, I see {here}'), sure, (*ours, *theirs))
