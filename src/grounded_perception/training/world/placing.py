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

"""Puts things on a stage: on the floor, on one another, into hands, on walls, into the air."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
import math

from grounded_perception.training.world.catalogue import catalogue, Kind, Rest
from grounded_perception.training.world.dice import Dice
from grounded_perception.training.world.layout import Camera, collides, Solid

#: A thing rests on or in one that can hold it this often.
_RESTS = 0.7
#: Hosts that hold many things; others hold one.
_ROOMY = frozenset({'dining table', 'couch', 'bed', 'bench', 'bowl', 'bus', 'train', 'boat'})
#: Height of a table over the floor.
_TABLE_M = 0.74
_TRIES = 5
_HAT = 0.3


@dataclass
class Item:
    """
    One thing on a stage.

    :param name: its class.
    :param solid: where it is.
    :param order: the lower, the nearer for the camera.
    :param colours: see :class:`.scene.Thing`, as the following.
    """

    name: str
    solid: Solid
    order: float
    colours: tuple[str, ...]
    parts: Mapping[str, str]
    texture: str
    on: int = -1
    inside: int = -1


@dataclass
class Stage:
    """
    A place that is being filled.

    :param dice: source of chance.
    :param camera: who looks.
    :param table: whether the plane is a table top and not the floor.
    :param focus: distance of what the picture is about.
    :param items: what is there.
    """

    dice: Dice
    camera: Camera
    table: bool
    focus: float
    items: list[Item] = field(default_factory=list)

    def add(
        self,
        name: str,
        solid: Solid | None = None,
        like: Item | None = None,
        beside: Item | None = None,
    ) -> Item:
        """
        Put a thing there.

        :param name: its class.
        :param solid: its size and distance, when they are set already.
        :param like: a thing whose colours and texture it has.
        :param beside: a thing at whose side it stands, of the same size.
        :returns: the thing.
        """
        colours, parts, texture = (
            (like.colours, like.parts, like.texture) if like else dress(self.dice, name)
        )
        item = Item(name, solid or self._body(name), 0, colours, parts, texture)
        if beside:
            self._place_beside(item, beside)
        elif solid:
            item.solid.base = self._base(catalogue().kinds[name])
            item.order = item.solid.z
        elif not (self.dice.chance(_RESTS) and self._rest(item)):
            self._place(item)
        self.items.append(item)
        return item

    def _body(self, name: str) -> Solid:
        """Return a block of a class's size, not placed yet."""
        kind, dice = catalogue().kinds[name], self.dice
        height = dice.uniform(*kind.height)
        width = height * dice.uniform(*kind.ratio)
        return Solid(0, 0, self.focus, width, height, width * kind.depth)

    def _base(self, kind: Kind) -> float:
        """Return the height over the plane at which things of a class are found."""
        base = self.dice.uniform(*kind.base)
        if kind.stands == 'surface' and self.table:
            return 0.0
        return base - _TABLE_M if self.table else base

    def _place_beside(self, item: Item, other: Item) -> None:
        """Put a twin at the side of a thing."""
        dice, model = self.dice, other.solid
        size = dice.uniform(0.96, 1.04)
        side = 1 if dice.chance(0.5) else -1
        step = sum(i.name == other.name for i in self.items) * dice.uniform(1.0, 1.4)
        item.solid = Solid(
            model.x + side * step * model.width,
            model.base,
            model.z * dice.uniform(0.97, 1.03),
            model.width * size,
            model.height * size,
            model.depth * size,
        )
        item.order = item.solid.z
        item.on, item.inside = other.on, other.inside

    def _rest(self, item: Item) -> bool:
        """Put a thing on or into one that can hold it; say whether there is one."""
        rests = catalogue().rests.get(item.name, {})
        used = {i.on for i in self.items} | {i.inside for i in self.items}
        hosts = [
            index
            for index, host in enumerate(self.items)
            if host.name in rests
            and (index not in used or host.name in _ROOMY)
            and host.on < 0
            and (rests[host.name].mode == 'on' or host.solid.width > 0.5 * item.solid.width)
        ]
        if not hosts:
            return False
        chosen = hosts[self.dice.below(len(hosts))]
        self._settle(item, chosen, rests[self.items[chosen].name])
        return True

    def _settle(self, item: Item, chosen: int, rest: Rest) -> None:
        """Put a thing on or into a chosen one."""
        dice, host, solid = self.dice, self.items[chosen], item.solid
        room = max(host.solid.width - solid.width, 0.1 * host.solid.width) / 2
        deep = max(host.solid.depth - solid.depth, 0.0) / 2
        solid.height *= rest.squash
        for _ in range(_TRIES):
            solid.x = host.solid.x + dice.uniform(-room, room)
            # What stands on top may stand anywhere on it, what sits or peeps out is in front.
            solid.z = host.solid.z + (dice.uniform(-deep, deep) if rest.lift >= 0.8 else -0.02)
            if not collides(solid, [i.solid for i in self.items if chosen in (i.on, i.inside)]):
                break
        solid.base = host.solid.base + rest.lift * host.solid.height
        item.order = host.order - 0.01 - 0.001 * (host.solid.z + 5 - solid.z)
        item.on, item.inside = (chosen, -1) if rest.mode == 'on' else (-1, chosen)

    def _place(self, item: Item) -> None:
        """Put a thing where things of its class are found when they rest on nothing."""
        kind, solid = catalogue().kinds[item.name], item.solid
        people = [i for i in self.items if i.name == 'person']
        if kind.stands in ('held', 'air') and people and self.dice.chance(0.6):
            return self._hand(item, people[self.dice.below(len(people))])
        solid.base = self._base(kind)
        standing = [i.solid for i in self.items if i.on < 0 and i.inside < 0]
        for _ in range(_TRIES):
            solid.z = self._distance(item.name, kind)
            view = self.camera.half_view(solid.z)
            solid.x = self.dice.uniform(-1.0, 1.0) * view
            if item.name == 'dining table' or not collides(solid, standing):
                break
        item.order = solid.z
        return None

    def _distance(self, name: str, kind: Kind) -> float:
        """Return a distance at which a thing may stand."""
        dice = self.dice
        if self.table and name == 'dining table':
            return self.focus + dice.uniform(-0.2, 0.4)
        if self.table and kind.stands != 'surface':
            return self.focus + dice.uniform(0.4, 1.6)
        return self.focus * min(max(math.exp(dice.normal(0.2, 0.45)), 0.5), 5.0)

    def _hand(self, item: Item, person: Item) -> None:
        """Put a thing into a person's hand or near it."""
        dice, solid, body = self.dice, item.solid, person.solid
        kind = catalogue().kinds[item.name]
        scale = body.height / 1.7
        solid.base = body.base + min(dice.uniform(*kind.base), 1.8) * scale
        reach = 0.1 if item.name == 'tie' else 0.6
        solid.x = body.x + dice.uniform(-reach, reach) * (body.width + solid.width)
        solid.z = body.z - 0.02
        item.order = person.order - 0.005


def dress(dice: Dice, name: str) -> tuple[tuple[str, ...], dict[str, str], str]:
    """
    Give a thing its looks.

    :param dice: source of chance.
    :param name: its class.
    :returns: colours of the body, colours of a person's garments, texture.
    """
    known = catalogue()
    kind = known.kinds[name]
    texture = dice.pick(kind.textures)
    if name == 'person':
        parts = {part: dice.pick(known.clothes[part]) for part in ('top', 'legs')}
        if dice.chance(_HAT):
            parts['hat'] = dice.pick(known.clothes['hat'])
        return tuple(dict.fromkeys((parts['top'], parts['legs']))), parts, texture
    first = dice.pick(kind.colours)
    if texture == 'plain' and not dice.chance(kind.second):
        return (first,), {}, texture
    second = next((c for c in (dice.pick(kind.colours) for _ in range(4)) if c != first), '')
    return (first, second or ('white' if first != 'white' else 'black')), {}, texture
