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

"""Properties that people would use of a thing, drawn by chance among those that are true of it."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from grounded_perception.training.speech import choosing
from grounded_perception.training.speech.description import Noun, Property, Room
from grounded_perception.training.speech.truth import TRUE

_PART_WEIGHTS = {'top': 6.0, 'hat': 2.0, 'legs': 2.0}
_SIDES = ('left', 'right', 'top', 'bottom')
_SIDE_WEIGHTS = (10.0, 10.0, 2.5, 2.5)
_TEXTURES = ('striped', 'spotted', 'checked')


def colour(room: Room, *said: str) -> Property:
    """
    Make "red", "black and white".

    :param room: the scene.
    :param said: basic colour terms.
    :returns: the property.
    """
    return Property('colour', said, room.facts.colour(*said))


def dressed(room: Room, said: str) -> Property:
    """
    Make "in red".

    :param room: the scene.
    :param said: a basic colour term.
    :returns: the property.
    """
    return Property('dressed', (said,), room.facts.dressed(said))


def worn(room: Room, part: str, said: str) -> Property:
    """
    Make "in a red shirt"; without a colour "with a hat".

    :param room: the scene.
    :param part: ``'hat'``, ``'top'`` or ``'legs'``.
    :param said: a basic colour term, or nothing.
    :returns: the property.
    """
    return Property('worn', (part, said), room.facts.worn(part, said))


def texture(room: Room, said: str, *, is_worn: bool) -> Property:
    """
    Make "striped", "in a striped shirt".

    :param room: the scene.
    :param said: a texture.
    :param is_worn: whether on a person.
    :returns: the property.
    """
    return Property('worn texture' if is_worn else 'texture', (said,), room.facts.texture(said))


def attribute_of(r: Random, room: Room, target: int) -> Property | None:
    """
    Draw a colour, a garment or a pattern of a thing.

    :param r: chance.
    :param room: the scene.
    :param target: index of the thing.
    :returns: the property, or None when nothing can be said.
    """
    thing = room.facts.things[target]
    is_person = thing.name == 'person'
    if thing.texture != 'plain' and r.random() < 0.4:
        return texture(room, thing.texture, is_worn=is_person)
    if not is_person:
        if len(thing.colours) > 1 and r.random() < 0.2:
            return colour(room, *thing.colours[:2])
        return colour(room, thing.colours[0])
    parts = list(thing.parts)
    if not parts:
        return None
    if 'top' in thing.parts and (chance := r.random()) < 0.27:
        said = thing.parts['top']
        return colour(room, said) if chance < 0.02 else dressed(room, said)
    (part,) = r.choices(parts, [_PART_WEIGHTS.get(name, 1.0) for name in parts])
    if part == 'hat' and r.random() < 0.25:
        return worn(room, part, '')
    return worn(room, part, thing.parts[part])


def any_attribute(r: Random, room: Room, noun: Noun, said: str) -> Property:
    """
    Draw a colour, a garment or a pattern, whether anything has it or not.

    :param r: chance.
    :param room: the scene.
    :param noun: whom it is said of.
    :param said: the colour, if it is one.
    :returns: the property.
    """
    if r.random() < 0.12:
        return texture(room, r.choice(_TEXTURES), is_worn=noun.is_person)
    if not noun.is_person:
        return colour(room, said)
    if r.random() < 0.25:
        return dressed(room, said)
    (part,) = r.choices(list(_PART_WEIGHTS), list(_PART_WEIGHTS.values()))
    return worn(room, part, '' if part == 'hat' and r.random() < 0.25 else said)


def position_of(r: Random, room: Room, target: int, among: Sequence[int]) -> Property | None:
    """
    Draw where a thing is, as far as this tells it from others.

    :param r: chance.
    :param room: the scene.
    :param target: index of the thing.
    :param among: what it is compared with, itself included.
    :returns: the property, or None.
    """
    options: list[Property] = []
    weights: list[float] = []
    for side, weight in zip(_SIDES, _SIDE_WEIGHTS, strict=True):
        options.append(on_side(side))
        options.append(Property('outermost', (side,), choice=choosing.outermost(side)))
        weights += [weight, weight * 0.3]
    for corner in choosing.CORNERS:
        options.append(Property('corner', (corner,), choice=choosing.in_corner(corner)))
        weights.append(3.5)
    options.append(Property('middle', ('middle',), choice=choosing.in_middle))
    weights.append(9.0)
    return _first(r, room, options, weights, target, among)


def on_side(side: str) -> Property:
    """
    Make "on the left".

    :param side: a border.
    :returns: the property.
    """
    return Property('side', (side,), choice=choosing.on_side(side))


def size_of(r: Random, room: Room, target: int, among: Sequence[int]) -> Property | None:
    """
    Draw how large a thing is, compared with others.

    :param r: chance.
    :param room: the scene.
    :param target: index of the thing.
    :param among: what it is compared with, itself included.
    :returns: the property, or None.
    """
    number = ('one', 'two')[len(among) - 1] if len(among) < 3 else 'many'
    options = [
        Property('size', (which, measure, number), choice=choosing.by_size(which, measure))
        for which in ('large', 'small')
        for measure in ('area', 'height')
        if measure == 'area' or len(among) > 1
    ]
    weights = [3.0 if item.values[1] == 'area' else 1.0 for item in options]
    return _first(r, room, options, weights, target, among)


def depth_of(r: Random, room: Room, target: int, among: Sequence[int]) -> Property | None:
    """
    Draw how far a thing is, compared with others.

    :param r: chance.
    :param room: the scene.
    :param target: index of the thing.
    :param among: what it is compared with, itself included.
    :returns: the property, or None.
    """
    options = [
        Property('depth', (which,), choice=choosing.by_depth(which))
        for which in ('nearest', 'farthest')
    ]
    return _first(r, room, options, [1.0, 1.0], target, among)


def ordinal_of(r: Random, room: Room, target: int, among: Sequence[int]) -> Property | None:
    """
    Draw a thing's number in a row.

    :param r: chance.
    :param room: the scene.
    :param target: index of the thing.
    :param among: what it is counted with, itself included.
    :returns: the property, or None.
    """
    if len(among) < 2:
        return None
    options, weights = [], []
    for side, weight in zip(_SIDES, (5.0, 5.0, 0.7, 0.7), strict=True):
        far = choosing.towards(room.facts, side)
        number = 1 + sum(bool(far[i] < far[target]) for i in among)
        if number <= 5:
            options.append(nth(number, side))
            is_usual = 1 < number <= (len(among) + 1) // 2 + 1
            weights.append(weight if is_usual else weight * 0.2)
    options.append(Property('last', (), choice=choosing.last))
    weights.append(2.0)
    return _first(r, room, options, weights, target, among)


def nth(number: int, side: str) -> Property:
    """
    Make "second from the left".

    :param number: counted from 1.
    :param side: a border.
    :returns: the property.
    """
    return Property('nth', (str(number), side), choice=choosing.nth(number, side))


def _first(
    r: Random,
    room: Room,
    options: Sequence[Property],
    weights: Sequence[float],
    target: int,
    among: Sequence[int],
) -> Property | None:
    """Return the first in a weighted shuffle that picks the target."""
    keys = [r.random() ** (1 / weight) for weight in weights]
    for i in sorted(range(len(options)), key=lambda i: -keys[i]):
        choice = options[i].choice
        assert choice is not None
        if choice(room.facts, among) == (target,):
            return options[i]
    return None


def distinguishing(r: Random, room: Room, target: int, rivals: Sequence[int]) -> Property | None:
    """
    Draw what a rival has and the target surely has not.

    :param r: chance.
    :param room: the scene.
    :param target: index of the thing.
    :param rivals: indices of others of its name.
    :returns: the property of the rival, or None.
    """
    rival = r.choice(list(rivals))
    item = attribute_of(r, room, rival)
    if item is None or item.holds is None or (item.family == 'colour' and item.values[1:]):
        return None
    return item if item.holds[target] != TRUE else None
