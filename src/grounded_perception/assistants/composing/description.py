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

"""A scene in about three sentences: what and how many, where, and what is unsure."""

from __future__ import annotations

from collections import Counter

from grounded_perception import geometry
from grounded_perception.assistants.composing.naming import plain_colour
from grounded_perception.assistants.composing.placing import rests_on, spot, supports
from grounded_perception.assistants.composing.replies import Reply
from grounded_perception.assistants.composing.sight import Sight
from grounded_perception.assistants.composing.wording import (
    article,
    grouped,
    listing,
    plural,
    sentence,
    several,
)

#: Kinds that the first sentence names at most, things whose place is told, and unsure kinds.
_KINDS, _PLACED, _UNSURE = 6, 3, 2
#: Degree from which on one thing rests on another.
_ON = 0.6


def describe(sight: Sight) -> Reply:
    """
    Describe a scene.

    :param sight: what is seen.
    :returns: about three sentences.
    """
    certain = _by_weight(sight, sight.certain)
    perhaps = [
        i
        for i in sight.perhaps
        if not any(sight.doubles(i, other) for other in certain)
        and sight.labels[i] not in {sight.labels[j] for j in certain}
    ]
    if not certain:
        if not perhaps:
            return Reply('I see nothing here that I know.', 0.5)
        names = grouped(sight.labels[i] for i in perhaps[:_UNSURE])
        sure = sight.proved(float(sight.scores[perhaps[0]]))
        return Reply(
            sentence(f'I see nothing for certain, perhaps {names}'), sure, tuple(perhaps[:_UNSURE])
        )
    told = certain[:]
    sentences = [_inventory(sight, certain)]
    tie, used = _ties(sight, certain)
    places = _places(sight, [i for i in certain if i not in used])
    middle = '; '.join(part for part in (places, tie) if part)
    if middle:
        sentences.append(sentence(middle))
    if perhaps:
        names = grouped(sight.labels[i] for i in perhaps[:_UNSURE])
        sentences.append(sentence(f'There is perhaps also {names}'))
        told += perhaps[:_UNSURE]
    weights = geometry.area(sight.boxes)[certain] ** 0.5
    each = [sight.proved(float(sight.scores[i])) for i in certain]
    sure = sum(w * p for w, p in zip(weights, each, strict=True)) / max(float(sum(weights)), 1e-6)
    return Reply(' '.join(sentences), float(min(sure, 1.0)), tuple(told))


def _by_weight(sight: Sight, found: list[int]) -> list[int]:
    """Order by size and certainty."""
    area = geometry.area(sight.boxes)
    return sorted(found, key=lambda i: -float(area[i] ** 0.5 * sight.scores[i]))


def _inventory(sight: Sight, certain: list[int]) -> str:
    """List the kinds with their numbers, a single thing with its colour."""
    counts = Counter(sight.labels[i] for i in certain)
    first = {label: next(i for i in certain if sight.labels[i] == label) for label in counts}
    names = []
    for label, n in list(counts.items())[:_KINDS]:
        if n > 1:
            names.append(several(n, label))
        else:
            names.append(article(' '.join([*plain_colour(sight, first[label]), label])))
    rest = len(counts) - _KINDS
    if rest > 0:
        names.append(f'{rest} other kinds of things' if rest > 1 else 'another thing')
    return sentence(f'I see {listing(names)}')


def _ties(sight: Sight, certain: list[int]) -> tuple[str, set[int]]:
    """Tell what lies or sits on what."""
    on: dict[int, list[int]] = {}
    for i in certain:
        below = [
            j
            for j in certain
            if j != i
            and supports(sight.labels[i], sight.labels[j])
            and rests_on(sight.boxes, i, j) >= _ON
        ]
        if below:
            on.setdefault(min(below, key=lambda j: abs(j - i)), []).append(i)
    if not on:
        return '', set()
    other, things = max(on.items(), key=lambda item: len(item[1]))
    names = grouped(sight.labels[i] for i in things[:4])
    verb = 'is' if len(things) == 1 else 'are'
    kind = sight.labels[other]
    is_one = sum(label == kind for label in (sight.labels[i] for i in certain)) == 1
    base = f'the {kind}' if is_one else f'one of the {plural(kind)}'
    return f'on {base} {verb} {names}', {*things}


def _places(sight: Sight, candidates: list[int]) -> str:
    """Tell where the main things are that their kind tells apart."""
    counts = Counter(sight.labels[i] for i in sight.certain)
    single = [i for i in candidates if counts[sight.labels[i]] == 1][:_PLACED]
    if not single and candidates:
        largest = candidates[0]
        place = spot(sight.boxes[largest], sight.scene.width, sight.scene.height)
        if place == 'all over the image':
            return ''
        return f'the largest {sight.labels[largest]} is {place}'
    at: dict[str, list[str]] = {}
    for i in single:
        place = spot(sight.boxes[i], sight.scene.width, sight.scene.height)
        at.setdefault(place, []).append(f'the {sight.labels[i]}')
    return listing([_standing(names, place) for place, names in at.items()])


def _standing(names: list[str], place: str) -> str:
    several_of_them = len(names) > 1
    if place == 'all over the image':
        return f'{listing(names)} {"fill" if several_of_them else "fills"} the image'
    return f'{listing(names)} {"are" if several_of_them else "is"} {place}'
