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

"""A brush that draws parts of things into label maps: what a painter then colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
from grounded_perception.training.world.dice import Dice
import numpy as np
from numpy.typing import NDArray

#: Labels of a map's pixels. DARK is glass, tyres and shadow, LIGHT is metal and reflection.
NOTHING, BODY, SECOND, DARK, LIGHT, SKIN, TOP, LEGS, HAT, HAIR, WOOD = range(11)
Labels = NDArray[np.uint8]
Point = tuple[float, float]
#: Sub-pixel bits of OpenCV's drawing.
_SHIFT = 4


@dataclass(frozen=True)
class Brush:
    """
    Draws into the box of a thing, in shares of its sides: (0, 0) upper left, (1, 1) lower right.

    :param labels: the whole picture.
    :param box: x, y, width and height of the thing's box in it.
    :param dice: source of chance.
    """

    labels: Labels
    box: tuple[float, float, float, float]
    dice: Dice

    def _at(self, point: Point) -> tuple[int, int]:
        x, y, w, h = self.box
        scale = 1 << _SHIFT
        return round((x + point[0] * w) * scale), round((y + point[1] * h) * scale)

    def area(self, label: int, points: Sequence[Point]) -> None:
        """Fill a convex polygon."""
        corners = np.array([self._at(p) for p in points], np.int32)
        cv2.fillConvexPoly(self.labels, corners, label, cv2.LINE_8, _SHIFT)

    def rect(self, label: int, x1: float, y1: float, x2: float, y2: float) -> None:
        """Fill a rectangle."""
        self.area(label, [(x1, y1), (x2, y1), (x2, y2), (x1, y2)])

    def oval(self, label: int, x: float, y: float, rx: float, ry: float) -> None:
        """Fill an ellipse around a point."""
        scale = 1 << _SHIFT
        axes = max(round(rx * self.box[2] * scale), 1), max(round(ry * self.box[3] * scale), 1)
        cv2.ellipse(self.labels, self._at((x, y)), axes, 0, 0, 360, label, -1, cv2.LINE_8, _SHIFT)

    def bar(self, label: int, start: Point, end: Point, thick: float) -> None:
        """Draw a line whose thickness is a share of the box's mean side."""
        pixels = max(round(thick * (self.box[2] + self.box[3]) / 2), 1)
        cv2.line(self.labels, self._at(start), self._at(end), label, pixels, cv2.LINE_8, _SHIFT)

    def near(self, value: float, spread: float = 0.06) -> float:
        """Return a number close to another."""
        return value + self.dice.uniform(-spread, spread)
