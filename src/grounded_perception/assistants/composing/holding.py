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

"""What people do with their bodies, and which colours they wear, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from grounded_perception.assistants.composing import colouring
from grounded_perception.assistants.composing.placing import distinct_spots
from grounded_perception.assistants.composing.replies import (
    called,
    cannot,
    Reply,
    the,
    unchecked,
    unknown,
)
from grounded_perception.assistants.composing.sight import Sight
from grounded_perception.assistants.composing.telling import missing
from grounded_perception.assistants.composing.wording import listing, number, plural, sentence
from grounded_perception.language.asked import Question
from grounded_perception.records import Phrase

#: People told of one by one.
_MOST = 4
#: One of these is told of a person, and these besides.
_STANCES = ('sitting', 'standing', 'crouching', 'bending over', 'lying')
_BESIDES = ('raising an arm', 'facing us', 'facing away')
_ZONES = {'torso': 'on top', 'legs': 'below'}

#: Words for one person, and how sure they are.
_Told = tuple[str, float]


def posture(sight: Sight, question: Question) -> Reply:
    """
    Say how people hold themselves.

    :param sight: what is seen.
    :param question: of kind ``POSTURE``.
    :returns: that of each person that is meant; what they do with things is not told.
    """
    return _each(sight, question.subject, _held, 'it is not clear how they hold themselves')


def clothes(sight: Sight, question: Question) -> Reply:
    """
    Say which colours people wear.

    :param sight: what is seen.
    :param question: of kind ``CLOTHES``.
    :returns: those of each person that is meant.
    """
    return _each(sight, question.subject, _dressed, 'their clothes have no clear colour here')


def _each(
    sight: Sight, phrase: Phrase | None, tell: Callable[[Sight, int], _Told], unclear: str
) -> Reply:
    if phrase is None:
        return cannot('nobody was named')
    if not phrase.noun:
        phrase = replace(phrase, noun='person')  # who asks what "that one" does asks of people
    if refused := unknown(sight, phrase):
        return refused
    if 'person' not in sight.meant(phrase).class_names:
        return cannot(f'I can say that of people only, not of {plural(called(sight, phrase))}')
    if sight.scene.people is None:
        return cannot('nobody looks at people: the setting pose_estimator is none')
    found = sight.the(phrase)[:_MOST]
    if not found:
        return missing(sight, phrase)
    found.sort(key=lambda i: float(sight.boxes[i][0] + sight.boxes[i][2]))
    told = [tell(sight, i) for i in found]
    if not any(words for words, _ in told):
        return cannot(unclear, found)
    note, trust = unchecked(sight, phrase)
    sure = min(s for words, s in told if words) * trust
    if len(found) == 1:
        sure *= sight.proved(float(sight.scores[found[0]]))
        return Reply(sentence(f'{the(sight, phrase)} {told[0][0]}') + note, sure, tuple(found))
    spots = distinct_spots(sight.boxes[found], sight.scene.width, sight.scene.height)
    parts = [
        f'the one {spot} {words or "cannot be told"}'
        for spot, (words, _) in zip(spots, told, strict=True)
    ]
    many = f'{number(len(found))} {plural(called(sight, phrase))}'
    return Reply(sentence(f'Of the {many}, {listing(parts)}') + note, sure, tuple(found))


def _held(sight: Sight, index: int) -> _Told:
    stances = [(name, *sight.holding(index, name)) for name in (*_STANCES, *_BESIDES)]
    told = {name: sure for name, holds, sure in stances if holds}
    stance = next((name for name in _STANCES if name in told), '')
    names = [name for name in (stance, *_BESIDES) if name in told]
    if not names:
        return '', 0.0
    return f'is {listing(names)}', min(told[name] for name in names)


def _dressed(sight: Sight, index: int) -> _Told:
    parts, sure = [], 1.0
    for zone, where in _ZONES.items():
        shares = sight.worn(index, zone)
        names, own = colouring.main_colours(shares) if shares is not None else ((), 0.0)
        if names:
            parts.append(f'something {listing(names)} {where}')
            sure = min(sure, own)
    return (f'wears {listing(parts)}', sure) if parts else ('', 0.0)
