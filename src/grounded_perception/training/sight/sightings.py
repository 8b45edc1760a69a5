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

"""Single regions as a detector proposes them, true and false, before doubles are merged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
import math

from grounded_perception.records import Floats
from grounded_perception.training.looks.appearance import Bank
from grounded_perception.training.scene import Scene, Thing
from grounded_perception.training.sight import noise
from grounded_perception.training.sight.noise import Noise
from grounded_perception.training.world.catalogue import catalogue
from grounded_perception.training.world.dice import Dice, Weighted
from grounded_perception.training.world.layout import Box, visible
from grounded_perception.training.world.placing import dress
import numpy as np

_STRAYS = Weighted(noise.STRAYS)
#: Smallest side of a region in pixels.
_LEAST_SIDE = 4.0
#: A lookalike, not any class of the same places, is what a region is taken for.
_LOOKALIKE = 0.75
#: Steps in which a box is brought to an overlap.
_HALVINGS = 7


@dataclass(frozen=True)
class Sighting:
    """
    One region.

    :param box: xyxy in pixels, inside the image.
    :param name: its class.
    :param score: of that class.
    :param others: further classes that are believed in.
    :param thing: index of the thing that it came from; -1 = none.
    :param row: what it looks like, a row of the bank.
    """

    box: Box
    name: str
    score: float
    others: tuple[tuple[str, float], ...]
    thing: int
    row: int


@cache
def _neighbours(name: str) -> Weighted[str]:
    """Return classes found in the same places as one."""
    weights: dict[str, float] = {}
    for habitat in catalogue().habitats.values:
        if name in habitat.names.values:
            for other in habitat.names.values:
                weights[other] = weights.get(other, 0) + habitat.names.weight(other)
    return Weighted(weights)


def _overlap(moves: list[float]) -> float:
    """Return the IoU of a unit square with itself after its four edges moved."""
    x1, y1, x2, y2 = moves
    w, h = 1 + x2 - x1, 1 + y2 - y1
    if w <= 0 or h <= 0:
        return 0.0
    inner_w = max(min(1 + x2, 1) - max(x1, 0), 0)
    inner_h = max(min(1 + y2, 1) - max(y1, 0), 0)
    inner = inner_w * inner_h
    return inner / (1 + w * h - inner)


def _order(scene: Scene) -> Floats:
    """Return how near things are; what rests on or in another is not hidden by that."""
    depths = [thing.depth_m for thing in scene.things]
    for index, thing in enumerate(scene.things):
        host = max(thing.on, thing.inside)
        if host >= 0:
            depths[index] = min(depths[index], scene.things[host].depth_m - 0.01)
    return np.array(depths, np.float32)


class Viewer:
    """
    Looks at one scene.

    :param scene: what is there.
    :param rates: how it errs.
    :param bank: what surfaces look like.
    :param dice: source of chance.
    :param rng: the same, for the bank.
    """

    def __init__(
        self, scene: Scene, rates: Noise, bank: Bank, dice: Dice, rng: np.random.Generator
    ) -> None:
        self._scene = scene
        self._rates = rates
        self._bank = bank
        self._dice = dice
        self._rng = rng
        self._area = float(scene.width * scene.height)

    def look(self) -> Iterator[Sighting]:
        """Yield every region, in no order."""
        scene, dice = self._scene, self._dice
        boxes = np.array([t.box for t in scene.things], np.float32)
        shares = visible(boxes, _order(scene))[1].tolist()
        for index, thing in enumerate(scene.things):
            yield from self._find(index, thing, shares[index])
        mean = self._rates.stray_base + self._rates.stray_per_thing * len(scene.things)
        # Some pictures are cluttered: the number spreads more than Poisson's.
        count = int(self._rng.poisson(mean * self._rng.gamma(3.0, 1 / 3)))
        for _ in range(count):
            stray = self._stray(dice.pick(_STRAYS))
            if stray:
                yield stray

    def _size(self, box: Box) -> float:
        """Return the square root of the share of the image that a box covers."""
        return math.sqrt((box[2] - box[0]) * (box[3] - box[1]) / self._area)

    def _find(self, index: int, thing: Thing, share: float) -> Iterator[Sighting]:
        """Yield a thing when it is found, perhaps under another name."""
        dice, rates = self._dice, self._rates
        size = self._size(thing.box)
        recall = float(np.interp(size, noise.SIZES, rates.recall)) * (0.5 + 0.55 * share)
        luck = dice.share()
        if thing.name in noise.HARD:
            recall *= noise.HARD_FACTOR
            luck *= noise.HARD_FACTOR
        if not dice.chance(recall):
            return
        score = noise.at(rates.scores, size, luck)
        # A sure region is a good one, often.
        luck = luck if dice.chance(0.4) else dice.share()
        box = self._shaken(thing.box, noise.at(rates.ious, size, luck))
        row = self._bank.draw(thing, self._rng)
        name = thing.name
        if dice.chance(noise.RENAMED):
            name, score = self._lookalike(name), 0.1 + (score - 0.1) * dice.share()
        elif dice.chance(noise.NAMED_TWICE):
            other = self._lookalike(name)
            less = 0.1 + (score - 0.1) * dice.share() ** 2
            yield self._sighting(self._shaken(box, 0.8), other, less, index, row, thing.name)
        yield self._sighting(box, name, score, index, row, thing.name)

    def _lookalike(self, name: str) -> str:
        """Return a class that another is taken for."""
        dice = self._dice
        names = catalogue().kinds[name].lookalikes
        if names and dice.chance(_LOOKALIKE):
            # The first are the most alike.
            return names[int(len(names) * dice.share() ** 1.5)]
        return dice.pick(_neighbours(name))

    def _sighting(
        self, box: Box, name: str, score: float, thing: int, row: int, truth: str = ''
    ) -> Sighting:
        """Return a region with what else is believed of it."""
        dice = self._dice
        if truth:
            second = noise.SECOND * math.exp(dice.normal(0, noise.SECOND_SPREAD))
        else:
            spread = dice.normal(0, noise.STRAY_SECOND_SPREAD)
            second = noise.STRAY_SECOND * score * math.exp(spread)
        renamed = truth not in ('', name)
        if renamed:
            # The truth is believed in nearly as much as the wrong name.
            second = score * dice.share()
        second = min(second, 0.97 * score)
        first_other = truth if renamed else self._lookalike(name)
        third = min(noise.THIRD * second * math.exp(dice.normal(0, 0.8)), second)
        others = ((self._lookalike(name), third), (first_other, second))
        return Sighting(box, name, score, others, thing, row)

    def _shaken(self, box: Box, iou: float) -> Box:
        """Move the edges of a box until it overlaps its old self so much."""
        dice = self._dice
        ways = [dice.normal() for _ in range(4)]
        # Four edges each moved by a share d of the side: IoU is about 1 - 4 d / (1 + 2 d).
        step = (1 - iou) * 1.25 / max(sum(abs(w) for w in ways), 1e-6)
        low, high = 0.0, 3 * step
        for _ in range(_HALVINGS):
            step = (low + high) / 2
            low, high = (step, high) if _overlap([w * step for w in ways]) > iou else (low, step)
        w, h = box[2] - box[0], box[3] - box[1]
        x1, y1, x2, y2 = (way * step for way in ways)
        return self._inside(box[0] + x1 * w, box[1] + y1 * h, box[2] + x2 * w, box[3] + y2 * h)

    def _inside(self, x1: float, y1: float, x2: float, y2: float) -> Box:
        """Return a box cut at the image's borders, not too small."""
        width, height = self._scene.width, self._scene.height
        x1, y1 = (
            min(max(x1, 0.0), width - _LEAST_SIDE),
            min(max(y1, 0.0), height - _LEAST_SIDE),
        )
        x2 = min(max(x2, x1 + _LEAST_SIDE), float(width))
        y2 = min(max(y2, y1 + _LEAST_SIDE), float(height))
        return x1, y1, x2, y2

    def _stray(self, kind: str) -> Sighting | None:
        """Return a false region of a kind of :data:`.noise.STRAYS`."""
        dice, bank, rng = self._dice, self._bank, self._rng
        things = self._scene.things
        index = dice.below(len(things))
        thing = things[index]
        piece = kind in ('loose', 'part', 'group', 'double')
        quantiles = noise.PIECE_SCORES if piece else noise.STRAY_SCORES
        score = float(np.interp(dice.share(), noise.QUANTILES, quantiles))
        if piece:
            row = bank.draw_patch(thing, rng) if dice.chance(0.4) else bank.draw(thing, rng)
            box = self._piece(kind, index)
            return self._sighting(box, thing.name, score, index, row) if box else None
        name = (
            thing.name
            if kind == 'present'
            else self._lookalike(dice.pick(_neighbours(thing.name)))
        )
        if kind == 'inside':
            inner = self._part(thing.box, dice.uniform(0.15, 0.7))
            return self._sighting(inner, name, score, -1, bank.draw_patch(thing, rng))
        box = self._anywhere(name)
        if dice.chance(0.3):
            # Something is there that looks like it, and nobody named it.
            colours, parts, texture = dress(dice, name)
            row = bank.draw(Thing(name, box, colours, 1.0, parts, texture), rng)
        else:
            row = bank.draw_background(rng)
        return self._sighting(box, name, score, -1, row)

    def _piece(self, kind: str, index: int) -> Box | None:
        """Return a box that shows a thing badly."""
        dice, things = self._dice, self._scene.things
        box = things[index].box
        if kind == 'double':
            return self._shaken(box, dice.uniform(0.5, 0.7))
        if kind == 'loose':
            return self._shaken(box, dice.uniform(0.26, 0.5))
        if kind == 'part':
            return self._part(box, dice.uniform(0.35, 0.75))
        near = [t.box for i, t in enumerate(things) if i != index and t.name == things[index].name]
        if not near:
            return None
        x = (box[0] + box[2]) / 2
        other = min(near, key=lambda b: abs((b[0] + b[2]) / 2 - x))
        return self._inside(
            min(box[0], other[0]), min(box[1], other[1]),
            max(box[2], other[2]), max(box[3], other[3]),
        )  # fmt: skip

    def _part(self, box: Box, size: float) -> Box:
        """Return a box of a relative size within another, or a little over its edge."""
        dice = self._dice
        w, h = box[2] - box[0], box[3] - box[1]
        turn = math.exp(dice.normal(0, 0.35))
        pw, ph = w * min(size * turn, 1.0), h * min(size / turn, 1.0)
        x = box[0] + dice.uniform(-0.08, 1.08) * (w - pw)
        y = box[1] + dice.uniform(-0.08, 1.08) * (h - ph)
        return self._inside(x, y, x + pw, y + ph)

    def _anywhere(self, name: str) -> Box:
        """Return a box of a class's shape anywhere in the image."""
        dice, kind = self._dice, catalogue().kinds[name]
        size = min(noise.STRAY_SIZE * math.exp(dice.normal(0, noise.STRAY_SPREAD)), 0.8)
        side = size * math.sqrt(self._area)
        root = math.sqrt(min(max(dice.uniform(*kind.ratio), 0.25), 4))
        x, y = dice.share() * self._scene.width, dice.share() * self._scene.height
        w, h = side * root / 2, side / root / 2
        return self._inside(x - w, y - h, x + w, y + h)
