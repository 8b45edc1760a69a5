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

"""Ties of a thing to others, drawn by chance among those that are true of it."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from grounded_perception.training.speech import properties
from grounded_perception.training.speech.choosing import Choice
from grounded_perception.training.speech.description import Description, Noun, Property, Room
from grounded_perception.training.speech.naming import name_of
from grounded_perception.training.speech.standing import DIRECTED, PORTABLE, RIDEABLE
from grounded_perception.training.speech.truth import Facts, TRUE

#: How often people say a standing where it is true.
_WEIGHTS = {
    'left of': 2.0, 'right of': 2.0, 'above': 1.5, 'below': 1.0, 'on': 9.0, 'under': 3.0,
    'in': 9.0,
    'next to': 5.0, 'in front of': 3.0, 'behind': 4.0, 'holding': 10.0,
    'riding': 12.0, 'held by': 3.0, 'ridden by': 3.0, 'bearing': 2.0, 'containing': 3.0,
}  # fmt: skip
#: What things are set on or put in.
_SURFACES = frozenset(
    ('dining table', 'bench', 'chair', 'couch', 'bed', 'suitcase', 'book', 'oven', 'car')
)
_HOLDERS = frozenset(('bowl', 'cup', 'vase', 'sink', 'suitcase', 'backpack', 'handbag', 'oven'))


def tie_to(room: Room, kind: str, anchor: Description) -> Property | None:
    """
    Make "on the table".

    :param room: the scene.
    :param kind: a standing.
    :param anchor: the other thing.
    :returns: the property; None when the anchor is unclear.
    """
    holds = room.tie(kind, anchor)
    return None if holds is None else Property('tie', (kind,), holds, anchors=(anchor,))


def tie_of(
    r: Random,
    room: Room,
    target: int,
    noun: Noun,
    *,
    is_long: bool = False,
    barred: int = -1,
) -> Property | None:
    """
    Draw how a thing stands to another.

    :param r: chance.
    :param room: the scene.
    :param target: index of the thing.
    :param noun: its name: what else the name covers makes a poor anchor.
    :param is_long: whether more is said of the other thing.
    :param barred: index of a thing not to be mentioned.
    :returns: the property, or None.
    """
    chance = r.random()
    if not is_long and chance < 0.1:
        return _between(r, room, target) if chance < 0.06 else _closest(r, room, target, noun)
    partners = room.standing.partners(target)
    if not partners:
        return None
    (kind,) = r.choices(list(partners), [_WEIGHTS[kind] for kind in partners])
    other = r.choice(partners[kind])
    if other == barred:
        return None  # "the dog left of the car right of the dog" says nothing
    is_alike = room.facts.things[other].name in noun.classes
    if is_alike and (kind == 'next to' or r.random() < 0.75):
        return None  # "the man next to the woman" may be either, to who sees people only
    anchor = describe(r, room, other, is_certain=kind in DIRECTED, is_long=is_long, barred=target)
    return None if anchor is None else tie_to(room, kind, anchor)


def describe(
    r: Random,
    room: Room,
    other: int,
    *,
    is_certain: bool,
    is_long: bool = False,
    barred: int = -1,
) -> Description | None:
    """
    Describe another thing than the target.

    :param r: chance.
    :param room: the scene.
    :param other: its index.
    :param is_certain: whether the description must fit nothing else.
    :param is_long: whether a property must be said.
    :param barred: index of a thing not to be mentioned.
    :returns: the description, or None.
    """
    noun = name_of(r, room.facts.things[other].name, is_plain=True)
    bare = Description(noun)
    fits = room.fitting(bare) or ()
    if not is_long and (len(fits) == 1 or (not is_certain and r.random() < 0.8)):
        return bare
    chance = r.random()
    item: Property | None
    if is_long and chance < 0.5:
        item = tie_of(r, room, other, noun, barred=barred)
        if item is None or any(anchor.properties for anchor in item.anchors):
            return None
    elif chance < 0.8:
        item = properties.attribute_of(r, room, other)
        if item is not None and item.family == 'colour' and item.values[1:]:
            return None  # "next to the black and white dog" sounds like two things
    else:
        item = properties.position_of(r, room, other, fits) if len(fits) > 1 else None
        if item is not None and (item.values[0] == 'middle' or item.family == 'outermost'):
            return None
    if item is None:
        return None
    described = Description(noun, (item,))
    found = room.fitting(described)
    if found is None or other not in found or (is_certain and len(found) > 1):
        return None
    return described


def _between(r: Random, room: Room, target: int) -> Property | None:
    others = [i for i in range(len(room.facts)) if i != target]
    if len(others) < 2:
        return None
    first, second = r.sample(others, 2)
    holds = room.standing.between(first, second)
    if holds[target] != TRUE:
        return None
    ends = []
    for end in (first, second):
        anchor = describe(r, room, end, is_certain=True)
        if anchor is None:
            return None
        ends.append(anchor)
    return Property('between', ('between',), holds, anchors=tuple(ends))


def _closest(r: Random, room: Room, target: int, noun: Noun) -> Property | None:
    """Say what a thing is nearer to than all others of its name."""
    other = r.randrange(len(room.facts))
    if room.facts.things[other].name in noun.classes:
        return None
    anchor = describe(r, room, other, is_certain=True)
    choice = nearest_to(room, other)
    among = room.fitting(Description(noun)) or ()
    if anchor is None or len(among) < 2 or choice(room.facts, among) != (target,):
        return None
    return Property('tie', ('closest to',), choice=choice, anchors=(anchor,))


def nearest_to(room: Room, other: int) -> Choice:
    """
    Return the rule of "closest to the bus".

    :param room: the scene.
    :param other: index of the bus.
    :returns: the rule.
    """
    gaps = room.standing.distance[:, other]

    def choose(facts: Facts, among: Sequence[int]) -> tuple[int, ...] | None:
        order = sorted(among, key=lambda i: float(gaps[i]))
        if len(order) > 1 and gaps[order[1]] < 1.4 * gaps[order[0]]:
            return None
        return (order[0],) if facts.things else None

    return choose


def any_tie(r: Random, room: Room, noun: Noun, anchor: Description) -> Property | None:
    """
    Draw how a thing might stand to another, whether it does or not.

    :param r: chance.
    :param room: the scene.
    :param noun: the thing's name.
    :param anchor: the other thing.
    :returns: a tie that would not be odd, or None.
    """
    ends = anchor.noun.classes
    kinds = ['left of', 'right of', 'next to', 'behind', 'in front of', 'next to']
    if ends <= _SURFACES:
        kinds += ['on'] * 4 + ['under']
    if ends <= _HOLDERS and noun.classes <= PORTABLE:
        kinds += ['in'] * 3
    if noun.is_person and ends <= PORTABLE:
        kinds += ['holding'] * 6
    if noun.is_person and ends <= RIDEABLE:
        kinds += ['riding'] * 6
    if noun.classes <= PORTABLE and anchor.noun.is_person:
        kinds += ['held by'] * 2
    return tie_to(room, r.choice(kinds), anchor)
