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

"""What an answer is made of before it is signed, and how things are called in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grounded_perception.assistants.composing.sight import Sight
from grounded_perception.assistants.composing.wording import (
    article,
    listing,
    plural,
    sentence,
)
from grounded_perception.language.lexicon import words
from grounded_perception.records import Garment, Phrase

#: Kinds of persons that no detector here tells from others.
_ANY_PERSON = ('person', 'people', 'human', 'pedestrian', 'individual', 'somebody', 'someone')
_RELATIONS = {'left of': 'to the left of', 'right of': 'to the right of'}
_PLACES = {
    'left': 'on the left', 'right': 'on the right', 'top': 'at the top', 'bottom': 'at the bottom',
    'middle': 'in the middle',
}  # fmt: skip


@dataclass(frozen=True)
class Reply:
    """
    An answer in the making.

    :param text: whole sentences.
    :param confidence: that it is right, in [0, 1]; 0 = it cannot be told.
    :param boxes: indices of the regions that it rests on.
    """

    text: str
    confidence: float = 0.0
    boxes: tuple[int, ...] = ()


def cannot(reason: str, boxes: Sequence[int] = ()) -> Reply:
    """
    Say that there is no answer.

    :param reason: why, as the end of a sentence that begins "because".
    :param boxes: of the regions that leave it open.
    :returns: the reply.
    """
    return Reply(sentence(f"I can't tell, because {reason}"), 0.0, tuple(boxes))


def unknown(sight: Sight, *phrases: Phrase | None) -> Reply | None:
    """
    Refuse names that mean nothing here.

    :param sight: what is seen.
    :param phrases: those of a question, with what they lean on.
    :returns: the refusal; None where every name is understood.
    """
    for phrase in phrases:
        if phrase is None:
            continue
        match = sight.meant(phrase)
        if not match.class_names:
            return cannot(match.reason)
        refused = unknown(sight, *(relation.anchor for relation in phrase.relations))
        if refused:
            return refused
    return None


def called(sight: Sight, phrase: Phrase) -> str:
    """
    Choose a name for what a phrase means.

    :param sight: what is seen.
    :param phrase: the phrase.
    :returns: the detector's own name where it means one class, else the one that was said.
    """
    if not phrase.noun:
        return 'thing'
    classes = sight.meant(phrase).class_names
    return classes[0] if len(classes) == 1 else phrase.noun


def described(sight: Sight, phrase: Phrase) -> tuple[str, str]:
    """
    Put into words what a phrase says besides the name.

    :param sight: what is seen.
    :param phrase: the phrase.
    :returns: what stands before the name, and after it: ``('red', 'on the left of the bus')``.
    """
    is_person = phrase.noun and sight.meant(phrase).class_names == ('person',)
    worn = [_worn(garment) for garment in phrase.garments]
    bare = [c for c in phrase.colours if not any(c in g.colours for g in phrase.garments)]
    before = '' if is_person else ' '.join(bare)
    after = list(phrase.postures)
    after += [f'in {listing(bare)}'] if is_person and bare else []
    after += [f'in {listing(worn)}'] if worn else []
    after += [f'without {colour}' for colour in phrase.without_colours]
    if phrase.position and not phrase.ordinal:
        after.append(_PLACES.get(phrase.position, f'at the {phrase.position}'))
    for relation in phrase.relations:
        kind = _RELATIONS.get(relation.kind, relation.kind)
        after.append(f'{kind} {the(sight, relation.anchor)}')
    return before, ' '.join(after)


def _worn(garment: Garment) -> str:
    said = f'{" and ".join(garment.colours)} {garment.name}'
    return said if garment.name.endswith('s') and garment.name != 'dress' else article(said)


def the(sight: Sight, phrase: Phrase) -> str:
    """
    Put a phrase into words with its article.

    :param sight: what is seen.
    :param phrase: the phrase.
    :returns: ``'the red car on the left'``.
    """
    before, after = described(sight, phrase)
    return ' '.join(part for part in ('the', before, called(sight, phrase), after) if part)


def full(sight: Sight, phrase: Phrase, count: int) -> str:
    """
    Put a phrase into words without an article.

    :param sight: what is seen.
    :param phrase: the phrase.
    :param count: how many; not 1 = the plural.
    :returns: ``'red cars on the left'``.
    """
    before, after = described(sight, phrase)
    name = called(sight, phrase)
    name = name if count == 1 else plural(name)
    return ' '.join(part for part in (before, name, after) if part)


def unchecked(sight: Sight, *phrases: Phrase | None) -> tuple[str, float]:
    """
    Tell what of a question could not be looked at.

    :param sight: what is seen.
    :param phrases: those of the question.
    :returns: a sentence, or nothing, and what remains of the confidence.
    """
    said = [phrase for phrase in phrases if phrase]
    looked = sight.scene.people is not None
    loose = [word for phrase in said for word in phrase.unchecked(looked=looked)]
    for phrase in said:
        is_finer = phrase.noun in words('persons') and phrase.noun not in _ANY_PERSON
        if is_finer and sight.meant(phrase).class_names == ('person',):
            many = plural(phrase.noun)
            return f' I do not tell {many} from other people.', 0.7
    if not loose:
        return '', 1.0
    return f' I could not check {" or ".join(repr(word) for word in loose)}.', 0.6
