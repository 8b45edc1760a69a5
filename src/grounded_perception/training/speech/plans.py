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

"""Descriptions of things that are there, by chance; whether one came out so, the caller checks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from grounded_perception.records import Quantity
from grounded_perception.training.speech import anchors, choosing, properties
from grounded_perception.training.speech.description import (
    denied,
    Description,
    Noun,
    Property,
    Room,
)
from grounded_perception.training.speech.naming import is_mass, name_of

_NUMBERS = 9
_OPEN = Noun('', frozenset())


class Plans:
    """
    Draws descriptions of one scene.

    :param r: chance.
    :param room: the scene, with at least one thing.
    """

    def __init__(self, r: Random, room: Room) -> None:
        self._r = r
        self._room = room
        self._things = room.facts.things
        self._classes = sorted({thing.name for thing in self._things})

    def _target(self) -> int:
        """Draw a thing: every class as often, then every thing of it."""
        r = self._r
        if r.random() < 0.5:
            return r.randrange(len(self._things))
        name = r.choice(self._classes)
        return r.choice([i for i, thing in enumerate(self._things) if thing.name == name])

    def _rivalled(self) -> int:
        """Draw a thing, mostly one of several of its class."""
        target = self._target()
        if self._r.random() < 0.15:
            return target
        names = [thing.name for thing in self._things]
        several = [i for i, name in enumerate(names) if names.count(name) > 1]
        return self._r.choice(several) if several else target

    def _noun(self, target: int, opening: float = 0.0) -> Noun:
        if self._r.random() < opening:
            return _OPEN
        return name_of(self._r, self._things[target].name)

    def _among(self, noun: Noun, *items: Property) -> tuple[int, ...]:
        """Return what a name and properties fit; nothing when that is unclear."""
        return self._room.fitting(Description(noun, items)) or ()

    def _settled(self, noun: Noun, *items: Property) -> Description:
        """Ask for one, or for any where several fit."""
        fits = len(self._among(noun, *items))
        is_any = self._r.random() < (0.07 if fits == 1 else 0.6)
        is_any = is_any and not is_mass(noun.word) and bool(noun.word)
        is_any = is_any and all(item.choice is None for item in items)
        return Description(noun, items, Quantity.ANY if is_any else Quantity.ONE)

    def _name(self) -> Description | None:
        return self._settled(self._noun(self._target()))

    def _attribute(self) -> Description | None:
        target = self._target()
        noun = self._noun(target, 0.06)
        if len(self._among(noun)) < 2 and self._r.random() < 0.5:
            return None
        item = properties.attribute_of(self._r, self._room, target)
        if item is None:
            return None
        items: tuple[Property, ...] = (item,)
        if len(self._among(noun, item)) > 1 or self._r.random() < 0.1:
            more = properties.attribute_of(self._r, self._room, target)
            if more is not None and more.family not in ('dressed', 'colour', item.family):
                items += (more,)
            elif more is not None and more.family == item.family == 'worn':
                items += (more,) * (more.values[0] != item.values[0])
        return self._settled(noun, *items)

    def _compared(
        self, measure: Callable[..., Property | None], opening: float = 0.06
    ) -> Description | None:
        target = self._rivalled()
        noun = self._noun(target, opening)
        among = self._among(noun)
        if target not in among or (len(among) < 2 and self._r.random() < 0.7):
            return None
        if not noun.word and measure is not properties.position_of and len(self._classes) > 1:
            return None  # "the second one" counts things of one kind
        item = measure(self._r, self._room, target, among)
        return None if item is None else Description(noun, (item,))

    def _position(self) -> Description | None:
        return self._compared(properties.position_of, 0.1)

    def _ordinal(self) -> Description | None:
        return self._compared(properties.ordinal_of, 0.03)

    def _size(self) -> Description | None:
        return self._compared(properties.size_of)

    def _depth(self) -> Description | None:
        return self._compared(properties.depth_of)

    def _relation(self, *, is_long: bool = False) -> Description | None:
        target = self._target()
        noun = self._noun(target, 0.03)
        item = anchors.tie_of(self._r, self._room, target, noun, is_long=is_long)
        return None if item is None else self._settled(noun, item)

    def _two_hop(self) -> Description | None:
        return self._relation(is_long=True)

    def _negation(self) -> Description | None:
        r, target = self._r, self._rivalled()
        noun = self._noun(target)
        rivals = [i for i in self._among(noun) if i != target]
        if not rivals:
            return None
        if r.random() < 0.7:
            item = properties.distinguishing(r, self._room, target, rivals)
        else:
            item = anchors.tie_of(r, self._room, r.choice(rivals), noun)
            if item is not None and (item.family != 'tie' or item.anchors[0].properties):
                return None
        if item is None or item.holds is None:
            return None
        if item.family == 'colour' and noun.word and r.random() < 0.2:
            return self._except(noun, item)
        return self._settled(noun, denied(item))

    def _except(self, noun: Noun, item: Property) -> Description | None:
        """Ask for all but the red one."""
        if is_mass(noun.word) or not (left := self._among(noun, item)):
            return None
        contrary = replace(denied(item), family='except', values=(*item.values, str(len(left))))
        return Description(noun, (contrary,), Quantity.ALL)

    def _plural(self, is_wrong: bool = False) -> Description | None:
        r, target = self._r, self._target()
        noun = self._noun(target)
        if is_mass(noun.word):
            return None
        items: tuple[Property, ...] = ()
        chance = r.random()
        if chance < 0.3:
            found = properties.attribute_of(r, self._room, target)
            items = () if found is None else (found,)
        elif chance < 0.5:
            items = (self._lying(),)
        elif chance < 0.65:
            tie = anchors.tie_of(r, self._room, target, noun)
            items = () if tie is None or tie.holds is None else (tie,)
        fits = len(self._among(noun, *items))
        if not 0 < fits <= _NUMBERS or (fits == 1 and r.random() < 0.85):
            return None
        count = fits if fits > 1 and r.random() < 0.5 else 0
        if is_wrong:
            count = fits + r.choice((-2, -1, -1, 1, 1, 2))
            if not 2 <= count <= _NUMBERS:
                return None
        return Description(noun, items, Quantity.ALL, count)

    def _lying(self) -> Property:
        (side,) = self._r.choices(('left', 'right', 'top', 'bottom'), (5, 5, 1, 1))
        return Property('side', (side,), choosing.lying(self._room.facts, side))

    def _combined(self) -> Description | None:
        r, room, target = self._r, self._room, self._target()
        noun = self._noun(target, 0.04)
        items: tuple[Property, ...] = ()
        wanted = r.choices(
            (('a', 'p'), ('a', 't'), ('p', 't'), ('a', 's'), ('a', 'd'), ('s', 'p'), ('a', 'o'),
             ('a', 'a', 'p'), ('a', 'p', 't'), ('t', 's'), ('d', 'p')),
            (8, 5, 3, 2, 2, 1, 1, 2, 1, 1, 1),
        )[0]  # fmt: skip
        for letter in sorted(wanted, key='atpsdo'.index):
            item: Property | None
            if letter == 'a':
                item = properties.attribute_of(r, room, target)
            elif letter == 't':
                item = anchors.tie_of(r, room, target, noun)
            else:
                among = [i for i in self._among(noun, *items)]
                if target not in among:
                    return None
                item = _MEASURES[letter](r, room, target, among)
            if item is None or any(
                item.family == other.family and item.values[0] == other.values[0]
                for other in items
            ):
                return None
            items += (item,)
        if sum(item.family in ('dressed', 'colour', 'worn') for item in items) > 1 and any(
            item.family in ('dressed', 'colour') for item in items
        ):
            return None
        return Description(noun, items)


_MEASURES: dict[str, Callable[..., Property | None]] = {
    'p': properties.position_of,
    's': properties.size_of,
    'd': properties.depth_of,
    'o': properties.ordinal_of,
}
