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

"""
A bank of invented surfaces, described once by the real code and drawn many times.

Rows are found by looks, from the exact ones to those that agree in what matters most.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
import math
from pathlib import Path

import cv2
from grounded_perception.imaging.colour import COLOURS
from grounded_perception.imaging.descriptors import describe, Descriptors
from grounded_perception.records import Floats
from grounded_perception.training.looks.exposure import light_of
from grounded_perception.training.looks.painting import Look, paint
from grounded_perception.training.looks.silhouettes import SILHOUETTES
from grounded_perception.training.scene import Thing
from grounded_perception.training.world.catalogue import catalogue
from grounded_perception.training.world.dice import Dice
from grounded_perception.training.world.scenes import scene
import numpy as np
from numpy.typing import NDArray

#: Shares of the rows that show every look at least once, background, and patches of surfaces.
_COVER, _BACKGROUND, _PATCH = 0.3, 0.06, 0.08
#: Pictures that make one photograph: exposure and white balance are judged over all of it.
_BATCH = 9
_TEXTURES = ('striped', 'spotted', 'checked')

#: A box around no thing; its colour is painted nowhere.
BACKGROUND = Look('nothing', ('gray', ''))

Key = tuple[str, ...]


class Bank:
    """
    Descriptors of many surfaces.

    :param rng: source of chance.
    :param size: number of rows; about two milliseconds each.
    """

    def __init__(self, rng: np.random.Generator, size: int) -> None:
        looks = _plan(rng, size)
        parts = [_described(looks[i : i + _BATCH], rng) for i in range(0, len(looks), _BATCH)]
        self._set(looks, _joined(parts))

    def _set(self, looks: Sequence[Look], descriptors: Descriptors) -> None:
        self.looks = tuple(looks)
        self.descriptors = descriptors
        index: dict[Key, list[int]] = {}
        for row, look in enumerate(self.looks):
            for key in _keys(look):
                index.setdefault(key, []).append(row)
        self._index = {key: np.array(rows, np.intp) for key, rows in index.items()}

    def __len__(self) -> int:
        return len(self.looks)

    def draw(self, thing: Thing, rng: np.random.Generator) -> int:
        """
        Pick a row that shows a thing like this one.

        :param thing: the thing.
        :param rng: source of chance.
        :returns: index of a row of :attr:`descriptors`.
        """
        return self._draw(look_of(thing), rng)

    def draw_patch(self, thing: Thing, rng: np.random.Generator) -> int:
        """
        Pick a row that shows a surface of a thing filling its box.

        :param thing: the thing.
        :param rng: source of chance.
        :returns: index of a row of :attr:`descriptors`.
        """
        colours = thing.colours[int(rng.random() * len(thing.colours))]
        return self._draw(Look('patch', (colours, ''), '', thing.texture), rng)

    def draw_background(self, rng: np.random.Generator) -> int:
        """
        Pick a row that shows no thing.

        :param rng: source of chance.
        :returns: index of a row of :attr:`descriptors`.
        """
        return self._draw(BACKGROUND, rng)

    def _draw(self, look: Look, rng: np.random.Generator) -> int:
        for key in _keys(look):
            rows = self._index.get(key)
            if rows is not None:
                return int(rows[int(rng.random() * len(rows))])
        return int(rng.random() * len(self))

    def save(self, path: Path) -> None:
        """
        Write the bank.

        :param path: a file whose name ends in ``.npz``.
        """
        arrays = {f.name: getattr(self.descriptors, f.name) for f in fields(Descriptors)}
        looks = [(k.silhouette, *k.colours, k.hat, k.texture) for k in self.looks]
        np.savez(path, looks=np.array(looks, np.str_), **arrays)

    @classmethod
    def load(cls, path: Path) -> Bank:
        """
        Read a bank.

        :param path: what :meth:`save` wrote.
        """
        with np.load(path) as data:
            arrays = {f.name: data[f.name] for f in fields(Descriptors)}
            rows = data['looks'].tolist()
        bank = cls.__new__(cls)
        bank._set([Look(s, (a, b), hat, t) for s, a, b, hat, t in rows], Descriptors(**arrays))
        return bank


def look_of(thing: Thing) -> Look:
    """
    Return what a thing looks like.

    :param thing: the thing.
    """
    silhouette = catalogue().kinds[thing.name].silhouette
    second = thing.colours[1] if len(thing.colours) > 1 else ''
    if thing.name == 'person':
        top = thing.parts.get('top', thing.colours[0])
        legs = thing.parts.get('legs', second or top)
        return Look(silhouette, (top, legs), thing.parts.get('hat', ''), thing.texture)
    return Look(silhouette, (thing.colours[0], second), '', thing.texture)


def _keys(look: Look) -> Iterator[Key]:
    """Yield what a row is found by, the most exact first; the lengths keep the levels apart."""
    kind, (main, second) = look.silhouette, look.colours
    yield kind, main, second, look.hat, look.texture
    if kind == 'person':
        yield kind, main, second, look.hat
        yield kind, main, second
    else:
        yield kind, main, look.texture
    yield kind, main
    yield (main,)


def _plan(rng: np.random.Generator, size: int) -> list[Look]:
    """Return the looks of all rows: each look a little, those of invented scenes a lot."""
    dice = Dice(rng)
    kinds = [kind for kind in SILHOUETTES if kind not in ('person', 'nothing')]
    cover = [Look(k, (c, '')) for k in kinds for c in COLOURS]
    cover += [Look('patch', (c, 'white'), '', t) for c in COLOURS for t in _TEXTURES]
    cover += [Look('person', (t, g)) for t in COLOURS for g in COLOURS for _ in range(2)]
    cover += [Look('person', (t, g), h) for t in COLOURS for g in COLOURS for h in COLOURS]
    order = rng.permutation(len(cover))
    chosen = [cover[i] for i in order[: int(size * _COVER)]]
    chosen += [BACKGROUND] * int(size * _BACKGROUND)
    for _ in range(int(size * _PATCH)):
        texture = _TEXTURES[dice.below(3)] if dice.chance(0.15) else 'plain'
        main, second = COLOURS[dice.below(11)], COLOURS[dice.below(11)]
        chosen.append(
            Look('patch', (main, second if dice.chance(0.3) or texture != 'plain' else ''),
                 '', texture)
        )  # fmt: skip
    while len(chosen) < size:
        chosen += [look_of(thing) for thing in scene(rng).things]
    # A photograph's rows are not all of one sort.
    return [chosen[i] for i in rng.permutation(size)]


def _described(looks: Sequence[Look], rng: np.random.Generator) -> Descriptors:
    """Paint a few looks into one photograph, under one light, and describe them."""
    gains = light_of(Dice(rng))
    painted = [paint(look, _ratio(look, rng), gains, rng) for look in looks]
    side = max(max(rgb.shape[:2]) for rgb, _ in painted)
    columns = math.ceil(math.sqrt(len(looks)))
    rows = math.ceil(len(looks) / columns)
    canvas = np.zeros((rows * side, columns * side, 3), np.uint8)
    boxes = np.zeros((len(looks), 4), np.float32)
    for i, (rgb, box) in enumerate(painted):
        y, x = i // columns * side, i % columns * side
        down, right = side - rgb.shape[0], side - rgb.shape[1]
        # Mirrored, what surrounds a thing goes on without an edge.
        canvas[y : y + side, x : x + side] = cv2.copyMakeBorder(
            rgb, 0, down, 0, right, cv2.BORDER_REFLECT
        )
        boxes[i] = box + np.array([x, y, x, y], np.float32)
    return describe(canvas, boxes)


def _ratio(look: Look, rng: np.random.Generator) -> float:
    """Return a usual ratio of sides for a silhouette."""
    ratios: Sequence[tuple[float, float]] = [
        k.ratio for k in catalogue().kinds.values() if k.silhouette == look.silhouette
    ] or [(0.4, 2.5)]
    low, high = ratios[int(rng.random() * len(ratios))]
    return float(low + (high - low) * rng.random())


def _joined(parts: Sequence[Descriptors]) -> Descriptors:
    """Return descriptors one after the other."""

    def all_of(name: str) -> Floats:
        rows: list[NDArray[np.float32]] = [getattr(part, name) for part in parts]
        return np.concatenate(rows).astype(np.float32)

    return Descriptors(**{f.name: all_of(f.name) for f in fields(Descriptors)})
