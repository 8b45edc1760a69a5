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

"""Outlines of things, part by part, as label maps: what a painter then colours."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
from grounded_perception.training.dice import Dice
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


def _person(b: Brush) -> None:
    seated = b.box[2] > 0.75 * b.box[3]
    head, hip, wide = b.near(0.09, 0.02), b.near(0.56 if not seated else 0.7), b.near(0.3, 0.1)
    shoulder = 2 * head + 0.01
    for side in (-1, 1):
        foot = 0.5 + side * b.dice.uniform(0.08, 0.45)
        knee = 0.5 + side * b.dice.uniform(0.1, 0.3), b.near((hip + 1) / 2)
        b.bar(LEGS, (0.5 + side * wide * 0.4, hip), knee, 0.15)
        b.bar(LEGS, knee, (foot, 0.97), 0.13)
        b.rect(DARK, foot - 0.1, 0.95, foot + 0.1, 1)
        elbow = 0.5 + side * b.dice.uniform(0.3, 0.45), b.near((shoulder + hip) / 2)
        hand = 0.5 + side * b.dice.uniform(0.1, 0.48), b.near(hip, 0.2)
        b.bar(TOP, (0.5 + side * wide * 0.8, shoulder + 0.04), elbow, 0.11)
        b.bar(TOP if b.dice.chance(0.5) else SKIN, elbow, hand, 0.08)
    b.area(TOP, [(0.5 - wide, shoulder), (0.5 + wide, shoulder),
                 (0.5 + wide * 0.85, hip + 0.03), (0.5 - wide * 0.85, hip + 0.03)])  # fmt: skip
    b.rect(LEGS, 0.5 - wide * 0.8, hip, 0.5 + wide * 0.8, hip + 0.1)
    face = head * 0.8 * b.box[3] / b.box[2]
    b.oval(HAIR, 0.5, head * 0.95, min(face * 1.1, 0.4), head * 0.95)
    b.oval(SKIN, 0.5, head * 1.2, min(face * 0.9, 0.35), head * 0.8)
    b.area(HAT, [(0.5 - face * 1.1, head * 0.85), (0.5 - face * 0.8, 0),
                 (0.5 + face * 0.8, 0), (0.5 + face * 1.3, head * 0.85)])  # fmt: skip


def _vehicle(b: Brush) -> None:
    long = b.box[2] > 1.3 * b.box[3]
    cabin = b.dice.uniform(0.0, 0.25) if long else 0.08
    roof = b.near(0.4, 0.1) if b.dice.chance(0.5) else 0.1
    b.rect(BODY, 0, roof, 1, 0.86)
    b.area(BODY, [(cabin, 0), (1 - cabin, 0), (1, roof + 0.1), (0, roof + 0.1)])
    b.rect(SECOND, 0, b.near(0.6), 1, b.near(0.8))
    count = 1 + b.dice.below(4 if long else 1)
    for i in range(count):
        left = cabin + (i + 0.12) * (1 - 2 * cabin) / count
        b.rect(DARK, left, 0.1, left + 0.76 * (1 - 2 * cabin) / count, b.near(0.38, 0.08))
    for x in (b.near(0.2), b.near(0.8)):
        b.oval(DARK, x, 0.87, 0.09 if long else 0.12, 0.13)
        b.oval(LIGHT, x, 0.87, 0.04, 0.05)
    b.rect(LIGHT, 0.02, 0.6, 0.1, 0.66)


def _cycle(b: Brush) -> None:
    for x in (0.23, 0.77):
        b.oval(DARK, x, 0.7, 0.22, 0.3)
        b.oval(NOTHING, x, 0.7, 0.18, 0.25)
    for start, end in (((0.23, 0.7), (0.4, 0.3)), ((0.4, 0.35), (0.7, 0.3)),
                       ((0.77, 0.7), (0.68, 0.1)), ((0.5, 0.7), (0.7, 0.3)),
                       ((0.5, 0.7), (0.38, 0.2))):  # fmt: skip
        b.bar(BODY, start, end, b.dice.uniform(0.04, 0.14))
    if b.dice.chance(0.4):
        b.area(BODY, [(0.3, 0.35), (0.7, 0.3), (0.65, 0.7), (0.35, 0.7)])
    b.area(SECOND, [(0.45, 0.4), (0.65, 0.35), (0.6, 0.5)])
    b.rect(DARK, 0.28, 0.2, 0.48, 0.27)


def _animal(b: Brush) -> None:
    side = 1 if b.dice.chance(0.5) else -1
    at = lambda x: 0.5 + side * (x - 0.5)  # noqa: E731
    low = b.near(0.62)
    for x in (0.18, 0.3, 0.6, 0.72):
        b.bar(BODY, (at(x), low - 0.1), (at(b.near(x)), 0.97), b.dice.uniform(0.06, 0.12))
    b.oval(BODY, at(0.44), b.near(0.42), 0.4, b.near(0.25, 0.05))
    b.bar(BODY, (at(0.7), 0.4), (at(0.85), 0.2), 0.2)
    b.oval(BODY, at(0.87), b.near(0.2), 0.13, 0.14)
    b.bar(BODY, (at(0.06), 0.35), (at(0.01), 0.6), 0.05)
    for _ in range(3):
        b.oval(SECOND, at(b.near(0.42, 0.3)), b.near(0.42, 0.15), 0.1, 0.1)
    b.oval(DARK, at(0.95), 0.22, 0.02, 0.025)


def _giraffe(b: Brush) -> None:
    for x in (0.2, 0.32, 0.55, 0.66):
        b.bar(BODY, (x, 0.6), (b.near(x), 0.98), 0.07)
    b.oval(BODY, 0.42, 0.58, 0.32, 0.12)
    b.bar(BODY, (0.62, 0.55), (0.82, 0.1), 0.14)
    b.oval(BODY, 0.87, 0.07, 0.12, 0.06)


def _bird(b: Brush) -> None:
    b.oval(BODY, 0.45, b.near(0.5), 0.34, b.near(0.25))
    b.oval(BODY, 0.78, 0.28, 0.14, 0.16)
    b.area(BODY, [(0.2, 0.45), (0, 0.75), (0.35, 0.65)])
    b.area(SECOND, [(0.3, 0.4), (0.6, 0.4), (0.2, 0.65)])
    if b.dice.chance(0.5):
        b.area(BODY, [(0.3, 0.5), (0.15, 0), (0.6, 0.45)])
    b.area(DARK, [(0.9, 0.26), (1, 0.3), (0.9, 0.34)])
    b.bar(DARK, (0.5, 0.75), (0.5, 1), 0.03)


def _disc(b: Brush) -> None:
    b.oval(BODY, 0.5, 0.5, 0.5, 0.5)
    b.oval(SECOND, b.near(0.5), b.near(0.5), 0.28, 0.3)
    b.oval(LIGHT, 0.35, 0.3, 0.07, 0.07)


def _ring(b: Brush) -> None:
    b.oval(WOOD, 0.5, 0.5, 0.5, 0.5)
    b.oval(BODY, 0.5, 0.45, 0.46, 0.42)
    b.oval(SECOND, 0.6, 0.3, 0.1, 0.08)
    b.oval(NOTHING, 0.5, 0.48, 0.15, 0.13)


def _bottle(b: Brush) -> None:
    neck, shoulder = b.dice.uniform(0.14, 0.4), b.dice.uniform(0.15, 0.45)
    b.rect(BODY, 0.5 - neck, 0, 0.5 + neck, 0.5)
    b.oval(BODY, 0.5, shoulder + 0.2, 0.48, 0.22)
    b.rect(BODY, b.near(0.06, 0.05), shoulder + 0.15, b.near(0.94, 0.05), 0.98)
    b.rect(SECOND, 0.06, b.near(0.6), 0.94, b.near(0.8))
    b.rect(LIGHT, 0.16, 0.5, 0.22, 0.9)


def _goblet(b: Brush) -> None:
    b.oval(BODY, 0.5, 0.25, 0.46, 0.3)
    b.rect(LIGHT, 0.2, 0, 0.8, 0.14)
    b.bar(LIGHT, (0.5, 0.5), (0.5, 0.95), 0.06)
    b.oval(LIGHT, 0.5, 0.95, 0.35, 0.05)


def _cup(b: Brush) -> None:
    b.oval(BODY, 0.88, 0.5, 0.12, 0.25)
    b.oval(NOTHING, 0.88, 0.5, 0.06, 0.16)
    b.area(BODY, [(0.02, 0.08), (0.85, 0.08), (b.near(0.75), 1), (b.near(0.12), 1)])
    b.rect(SECOND, 0.1, 0.4, 0.8, b.near(0.7))
    b.oval(DARK if b.dice.chance(0.4) else LIGHT, 0.43, 0.09, 0.38, 0.08)


def _bowl(b: Brush) -> None:
    b.oval(BODY, 0.5, 0.3, 0.5, 0.68)
    b.rect(NOTHING, 0, 0, 1, 0.12)
    b.oval(BODY, 0.5, 0.22, 0.5, 0.2)
    b.oval(SECOND if b.dice.chance(0.5) else LIGHT, 0.5, 0.22, 0.42, 0.15)


def _box(b: Brush) -> None:
    lean = b.dice.uniform(-0.08, 0.08)
    b.area(BODY, [(max(lean, 0), 0), (1 + min(lean, 0), 0), (1 - max(lean, 0), 1),
                  (max(-lean, 0), 1)])  # fmt: skip
    b.rect(SECOND, b.near(0.15), b.near(0.2), b.near(0.6), b.near(0.5))
    if b.dice.chance(0.5):
        b.rect(DARK, b.near(0.2), b.near(0.25), b.near(0.7), b.near(0.4))
    b.bar(DARK, (0.8, 0.3), (0.8, 0.6), 0.03)


def _screen(b: Brush) -> None:
    low = 1 if b.dice.chance(0.5) else 0.75
    b.rect(BODY, 0, 0, 1, low)
    shown = (DARK, SECOND, LIGHT, BODY)[b.dice.below(4)]
    b.rect(shown, 0.06, 0.07, 0.94, low - 0.08)
    b.area(BODY, [(0.1, low), (0.9, low), (1, 1), (0, 1)])
    for _ in range(2):
        x, y = b.dice.uniform(0.1, 0.6), b.dice.uniform(0.1, 0.5)
        b.rect((DARK, LIGHT, SECOND)[b.dice.below(3)], x, y, x + 0.25, y + 0.15)


def _flat(b: Brush) -> None:
    lean = b.dice.uniform(0, 0.2)
    b.area(BODY, [(lean, 0), (1 - lean, 0), (1, b.near(0.7, 0.25)), (0, b.near(0.7, 0.25))])
    if b.box[3] > 0.3 * b.box[2]:
        for x in (0.08, 0.92):
            b.bar(BODY, (x, 0.6), (x, 1), 0.06)
    b.area(SECOND, [(0.3, 0.1), (0.6, 0.1), (0.7, 0.5), (0.2, 0.5)])
    for _ in range(b.dice.below(4)):
        b.oval((LIGHT, DARK, WOOD)[b.dice.below(3)], b.near(0.5, 0.4), b.near(0.3, 0.2), 0.07, 0.1)


def _seat(b: Brush) -> None:
    left, back = b.near(0.1, 0.08), b.near(0.45)
    b.rect(BODY, left, 0, 1 - left, back)
    if b.dice.chance(0.4):
        for x in (0.3, 0.5, 0.7):
            b.rect(NOTHING, x - 0.06, 0.1, x + 0.06, back - 0.05)
    b.area(BODY, [(left, back), (1 - left, back), (1, back + 0.15), (0, back + 0.15)])
    b.rect(SECOND, left, back, 1 - left, back + 0.1)
    for x in (0.06, 0.25, 0.75, 0.94):
        b.bar(BODY, (x, back + 0.1), (x, 1), 0.06)


def _couch(b: Brush) -> None:
    b.rect(BODY, 0.05, 0, 0.95, 0.6)
    b.rect(BODY, 0, 0.3, 1, 0.95)
    b.bar(DARK, (0.12, 0.55), (0.88, 0.55), 0.02)
    for x in (0.3, 0.7):
        b.area(SECOND, [(x - 0.1, 0.25), (x + 0.1, 0.2), (x + 0.12, 0.5), (x - 0.1, 0.52)])


def _long(b: Brush) -> None:
    up = b.dice.chance(0.5)
    wide = b.dice.uniform(0.06, 0.3)
    start, end = ((0.06, 0.94), (0.94, 0.06)) if up else ((0.06, 0.06), (0.94, 0.94))
    slim = min(b.box[2], b.box[3]) < 0.4 * max(b.box[2], b.box[3])
    if slim:
        b.rect(BODY, 0.05, 0.05, 0.95, 0.95)
        b.rect(SECOND, 0.05, 0.05, 0.4, 0.5)
        return
    b.bar(BODY, start, end, wide)
    if b.dice.chance(0.3):
        b.oval(BODY, *end, 0.2, 0.2)
    b.bar(SECOND, start, (0.4, 0.6 if up else 0.4), wide)


def _sack(b: Brush) -> None:
    b.oval(BODY, 0.5, 0.2, 0.3, 0.2)
    b.oval(NOTHING, 0.5, 0.2, 0.2, 0.14)
    b.area(BODY, [(0.12, 0.25), (0.88, 0.25), (1, 0.95), (0, 0.95)])
    b.rect(SECOND, 0.2, b.near(0.55), 0.8, 0.9)
    b.bar(DARK, (0.1, 0.45), (0.9, 0.45), 0.02)


def _umbrella(b: Brush) -> None:
    rim = b.near(0.6, 0.15)
    b.oval(BODY, 0.5, rim, 0.5, rim)
    b.rect(NOTHING, 0, rim + 0.02, 1, 1)
    b.area(SECOND, [(0.5, 0), (0.35, rim), (0.65, rim)])
    b.bar(DARK, (0.5, rim), (0.5, 1), 0.03)


def _plane(b: Brush) -> None:
    b.oval(BODY, 0.5, 0.6, 0.5, 0.14)
    b.area(BODY, [(0.05, 0.58), (0, 0.05), (0.12, 0.05), (0.22, 0.55)])
    b.area(LIGHT, [(0.45, 0.6), (0.3, 1), (0.4, 1), (0.65, 0.6)])
    b.rect(SECOND, 0.1, 0.6, 0.9, 0.66)
    b.bar(DARK, (0.2, 0.57), (0.85, 0.57), 0.02)


def _boat(b: Brush) -> None:
    b.area(BODY, [(0, 0.6), (1, 0.6), (0.88, 1), (0.12, 1)])
    if b.dice.chance(0.5):
        b.area(BODY, [(0.5, 0), (0.9, 0.55), (0.5, 0.55)])
        b.bar(DARK, (0.48, 0), (0.48, 0.6), 0.02)
    else:
        b.rect(BODY, 0.25, 0.25, 0.7, 0.6)
        b.rect(DARK, 0.3, 0.32, 0.65, 0.45)
    b.rect(SECOND, 0.08, 0.75, 0.92, 0.9)


def _kite(b: Brush) -> None:
    b.area(BODY, [(0.5, 0), (1, b.near(0.4)), (0.5, b.near(0.9)), (0, b.near(0.4))])
    b.area(SECOND, [(0.5, 0), (1, 0.4), (0.5, 0.45)])
    b.bar(DARK, (0.5, 0.85), (b.near(0.5, 0.3), 1), 0.02)


def _blob(b: Brush) -> None:
    for _ in range(3):
        b.oval(BODY, b.near(0.5, 0.15), b.near(0.5, 0.15), b.near(0.34), b.near(0.34))
    b.oval(SECOND, b.near(0.5, 0.2), b.near(0.5, 0.2), 0.2, 0.2)


def _food(b: Brush) -> None:
    if b.dice.chance(0.4):
        b.oval(LIGHT, 0.5, 0.55, 0.5, 0.45)
    _blob(b)
    for _ in range(4):
        label = (WOOD, SECOND, LIGHT, DARK)[b.dice.below(4)]
        b.oval(label, b.near(0.5, 0.3), b.near(0.5, 0.25), 0.06, 0.06)


def _plant(b: Brush) -> None:
    pot = b.near(0.7)
    b.area(WOOD, [(0.3, pot), (0.7, pot), (0.64, 1), (0.36, 1)])
    for _ in range(9):
        b.oval(BODY, b.near(0.5, 0.35), b.near(pot / 2, pot / 2.6), 0.16, 0.13)
    for _ in range(4):
        b.oval(SECOND, b.near(0.5, 0.3), b.near(pot / 2, pot / 3), 0.06, 0.06)
        b.oval(DARK, b.near(0.5, 0.3), b.near(pot / 2, pot / 3), 0.05, 0.04)


def _plush(b: Brush) -> None:
    for x in (0.2, 0.8):
        b.oval(BODY, x, 0.1, 0.12, 0.1)
        b.oval(BODY, x, 0.55, 0.18, 0.12)
        b.oval(BODY, x, 0.88, 0.2, 0.12)
    b.oval(BODY, 0.5, 0.65, 0.34, 0.3)
    b.oval(BODY, 0.5, 0.25, 0.33, 0.24)
    b.oval(SECOND, 0.5, 0.68, 0.2, 0.2)
    for x in (0.4, 0.6):
        b.oval(DARK, x, 0.22, 0.04, 0.03)


def _patch(b: Brush) -> None:
    b.rect(BODY, -0.3, -0.3, 1.3, 1.3)
    for label in (SECOND, DARK, LIGHT):
        x, y = b.dice.uniform(-0.2, 0.9), b.dice.uniform(-0.2, 0.9)
        if b.dice.chance(0.5):
            b.rect(label, x, y, x + 0.3, y + 0.2)


def _nothing(b: Brush) -> None:
    """Draw nothing: a box around no thing at all."""


#: Silhouette → what draws it. ``patch`` is a surface that fills its box and more, ``nothing``
#: leaves the background.
SILHOUETTES: dict[str, Callable[[Brush], None]] = {
    'person': _person, 'vehicle': _vehicle, 'cycle': _cycle, 'animal': _animal,
    'giraffe': _giraffe, 'bird': _bird, 'disc': _disc, 'ring': _ring, 'bottle': _bottle,
    'goblet': _goblet, 'cup': _cup, 'bowl': _bowl, 'box': _box, 'screen': _screen,
    'flat': _flat, 'seat': _seat, 'couch': _couch, 'long': _long, 'bag': _sack,
    'umbrella': _umbrella, 'plane': _plane, 'boat': _boat, 'kite': _kite, 'blob': _blob,
    'food': _food, 'plant': _plant, 'plush': _plush, 'patch': _patch, 'nothing': _nothing,
}  # fmt: skip
