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

"""Outlines of what people make, and of fruits as simple as that."""

from __future__ import annotations

from grounded_perception.training.looks.brush import (
    BODY,
    Brush,
    DARK,
    LIGHT,
    NOTHING,
    SECOND,
    WOOD,
)


def vehicle(b: Brush) -> None:
    """Draw a vehicle with windows and wheels."""
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


def cycle(b: Brush) -> None:
    """Draw two wheels and a frame."""
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


def disc(b: Brush) -> None:
    """Draw a ball, a fruit, a sign."""
    b.oval(BODY, 0.5, 0.5, 0.5, 0.5)
    b.oval(SECOND, b.near(0.5), b.near(0.5), 0.28, 0.3)
    b.oval(LIGHT, 0.35, 0.3, 0.07, 0.07)


def ring(b: Brush) -> None:
    """Draw a ring."""
    b.oval(WOOD, 0.5, 0.5, 0.5, 0.5)
    b.oval(BODY, 0.5, 0.45, 0.46, 0.42)
    b.oval(SECOND, 0.6, 0.3, 0.1, 0.08)
    b.oval(NOTHING, 0.5, 0.48, 0.15, 0.13)


def bottle(b: Brush) -> None:
    """Draw a bottle or a vase."""
    neck, shoulder = b.dice.uniform(0.14, 0.4), b.dice.uniform(0.15, 0.45)
    b.rect(BODY, 0.5 - neck, 0, 0.5 + neck, 0.5)
    b.oval(BODY, 0.5, shoulder + 0.2, 0.48, 0.22)
    b.rect(BODY, b.near(0.06, 0.05), shoulder + 0.15, b.near(0.94, 0.05), 0.98)
    b.rect(SECOND, 0.06, b.near(0.6), 0.94, b.near(0.8))
    b.rect(LIGHT, 0.16, 0.5, 0.22, 0.9)


def goblet(b: Brush) -> None:
    """Draw a glass on a stem."""
    b.oval(BODY, 0.5, 0.25, 0.46, 0.3)
    b.rect(LIGHT, 0.2, 0, 0.8, 0.14)
    b.bar(LIGHT, (0.5, 0.5), (0.5, 0.95), 0.06)
    b.oval(LIGHT, 0.5, 0.95, 0.35, 0.05)


def cup(b: Brush) -> None:
    """Draw a cup with its handle."""
    b.oval(BODY, 0.88, 0.5, 0.12, 0.25)
    b.oval(NOTHING, 0.88, 0.5, 0.06, 0.16)
    b.area(BODY, [(0.02, 0.08), (0.85, 0.08), (b.near(0.75), 1), (b.near(0.12), 1)])
    b.rect(SECOND, 0.1, 0.4, 0.8, b.near(0.7))
    b.oval(DARK if b.dice.chance(0.4) else LIGHT, 0.43, 0.09, 0.38, 0.08)


def bowl(b: Brush) -> None:
    """Draw a bowl seen from above."""
    b.oval(BODY, 0.5, 0.3, 0.5, 0.68)
    b.rect(NOTHING, 0, 0, 1, 0.12)
    b.oval(BODY, 0.5, 0.22, 0.5, 0.2)
    b.oval(SECOND if b.dice.chance(0.5) else LIGHT, 0.5, 0.22, 0.42, 0.15)


def box(b: Brush) -> None:
    """Draw a box or an appliance."""
    lean = b.dice.uniform(-0.08, 0.08)
    b.area(BODY, [(max(lean, 0), 0), (1 + min(lean, 0), 0), (1 - max(lean, 0), 1),
                  (max(-lean, 0), 1)])  # fmt: skip
    b.rect(SECOND, b.near(0.15), b.near(0.2), b.near(0.6), b.near(0.5))
    if b.dice.chance(0.5):
        b.rect(DARK, b.near(0.2), b.near(0.25), b.near(0.7), b.near(0.4))
    b.bar(DARK, (0.8, 0.3), (0.8, 0.6), 0.03)


def screen(b: Brush) -> None:
    """Draw a screen, perhaps with keys before it."""
    low = 1 if b.dice.chance(0.5) else 0.75
    b.rect(BODY, 0, 0, 1, low)
    shown = (DARK, SECOND, LIGHT, BODY)[b.dice.below(4)]
    b.rect(shown, 0.06, 0.07, 0.94, low - 0.08)
    b.area(BODY, [(0.1, low), (0.9, low), (1, 1), (0, 1)])
    for _ in range(2):
        x, y = b.dice.uniform(0.1, 0.6), b.dice.uniform(0.1, 0.5)
        b.rect((DARK, LIGHT, SECOND)[b.dice.below(3)], x, y, x + 0.25, y + 0.15)


def flat(b: Brush) -> None:
    """Draw a plate, a board, a table."""
    lean = b.dice.uniform(0, 0.2)
    b.area(BODY, [(lean, 0), (1 - lean, 0), (1, b.near(0.7, 0.25)), (0, b.near(0.7, 0.25))])
    if b.box[3] > 0.3 * b.box[2]:
        for x in (0.08, 0.92):
            b.bar(BODY, (x, 0.6), (x, 1), 0.06)
    b.area(SECOND, [(0.3, 0.1), (0.6, 0.1), (0.7, 0.5), (0.2, 0.5)])
    for _ in range(b.dice.below(4)):
        b.oval((LIGHT, DARK, WOOD)[b.dice.below(3)], b.near(0.5, 0.4), b.near(0.3, 0.2), 0.07, 0.1)


def seat(b: Brush) -> None:
    """Draw a chair or a bench."""
    left, back = b.near(0.1, 0.08), b.near(0.45)
    b.rect(BODY, left, 0, 1 - left, back)
    if b.dice.chance(0.4):
        for x in (0.3, 0.5, 0.7):
            b.rect(NOTHING, x - 0.06, 0.1, x + 0.06, back - 0.05)
    b.area(BODY, [(left, back), (1 - left, back), (1, back + 0.15), (0, back + 0.15)])
    b.rect(SECOND, left, back, 1 - left, back + 0.1)
    for x in (0.06, 0.25, 0.75, 0.94):
        b.bar(BODY, (x, back + 0.1), (x, 1), 0.06)


def couch(b: Brush) -> None:
    """Draw a couch with cushions."""
    b.rect(BODY, 0.05, 0, 0.95, 0.6)
    b.rect(BODY, 0, 0.3, 1, 0.95)
    b.bar(DARK, (0.12, 0.55), (0.88, 0.55), 0.02)
    for x in (0.3, 0.7):
        b.area(SECOND, [(x - 0.1, 0.25), (x + 0.1, 0.2), (x + 0.12, 0.5), (x - 0.1, 0.52)])


def long(b: Brush) -> None:
    """Draw a stick, a tool, a long fruit."""
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


def sack(b: Brush) -> None:
    """Draw a bag with its handle."""
    b.oval(BODY, 0.5, 0.2, 0.3, 0.2)
    b.oval(NOTHING, 0.5, 0.2, 0.2, 0.14)
    b.area(BODY, [(0.12, 0.25), (0.88, 0.25), (1, 0.95), (0, 0.95)])
    b.rect(SECOND, 0.2, b.near(0.55), 0.8, 0.9)
    b.bar(DARK, (0.1, 0.45), (0.9, 0.45), 0.02)


def umbrella(b: Brush) -> None:
    """Draw an umbrella."""
    rim = b.near(0.6, 0.15)
    b.oval(BODY, 0.5, rim, 0.5, rim)
    b.rect(NOTHING, 0, rim + 0.02, 1, 1)
    b.area(SECOND, [(0.5, 0), (0.35, rim), (0.65, rim)])
    b.bar(DARK, (0.5, rim), (0.5, 1), 0.03)


def plane(b: Brush) -> None:
    """Draw an aircraft."""
    b.oval(BODY, 0.5, 0.6, 0.5, 0.14)
    b.area(BODY, [(0.05, 0.58), (0, 0.05), (0.12, 0.05), (0.22, 0.55)])
    b.area(LIGHT, [(0.45, 0.6), (0.3, 1), (0.4, 1), (0.65, 0.6)])
    b.rect(SECOND, 0.1, 0.6, 0.9, 0.66)
    b.bar(DARK, (0.2, 0.57), (0.85, 0.57), 0.02)


def boat(b: Brush) -> None:
    """Draw a boat with a sail or a cabin."""
    b.area(BODY, [(0, 0.6), (1, 0.6), (0.88, 1), (0.12, 1)])
    if b.dice.chance(0.5):
        b.area(BODY, [(0.5, 0), (0.9, 0.55), (0.5, 0.55)])
        b.bar(DARK, (0.48, 0), (0.48, 0.6), 0.02)
    else:
        b.rect(BODY, 0.25, 0.25, 0.7, 0.6)
        b.rect(DARK, 0.3, 0.32, 0.65, 0.45)
    b.rect(SECOND, 0.08, 0.75, 0.92, 0.9)


def kite(b: Brush) -> None:
    """Draw a kite."""
    b.area(BODY, [(0.5, 0), (1, b.near(0.4)), (0.5, b.near(0.9)), (0, b.near(0.4))])
    b.area(SECOND, [(0.5, 0), (1, 0.4), (0.5, 0.45)])
    b.bar(DARK, (0.5, 0.85), (b.near(0.5, 0.3), 1), 0.02)
