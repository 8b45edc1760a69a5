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

"""Outlines of people, animals, plants and what is soft."""

from __future__ import annotations

from grounded_perception.training.looks.brush import (
    BODY,
    Brush,
    DARK,
    HAIR,
    HAT,
    LEGS,
    LIGHT,
    SECOND,
    SKIN,
    TOP,
    WOOD,
)


def blob(b: Brush) -> None:
    """Draw something of no clear shape."""
    for _ in range(3):
        b.oval(BODY, b.near(0.5, 0.15), b.near(0.5, 0.15), b.near(0.34), b.near(0.34))
    b.oval(SECOND, b.near(0.5, 0.2), b.near(0.5, 0.2), 0.2, 0.2)


def person(b: Brush) -> None:
    """Draw a person, standing or seated."""
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


def animal(b: Brush) -> None:
    """Draw a four-legged animal."""
    side = 1 if b.dice.chance(0.5) else -1

    def at(x: float) -> float:
        return 0.5 + side * (x - 0.5)

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


def giraffe(b: Brush) -> None:
    """Draw a giraffe."""
    for x in (0.2, 0.32, 0.55, 0.66):
        b.bar(BODY, (x, 0.6), (b.near(x), 0.98), 0.07)
    b.oval(BODY, 0.42, 0.58, 0.32, 0.12)
    b.bar(BODY, (0.62, 0.55), (0.82, 0.1), 0.14)
    b.oval(BODY, 0.87, 0.07, 0.12, 0.06)


def bird(b: Brush) -> None:
    """Draw a bird, standing or in flight."""
    b.oval(BODY, 0.45, b.near(0.5), 0.34, b.near(0.25))
    b.oval(BODY, 0.78, 0.28, 0.14, 0.16)
    b.area(BODY, [(0.2, 0.45), (0, 0.75), (0.35, 0.65)])
    b.area(SECOND, [(0.3, 0.4), (0.6, 0.4), (0.2, 0.65)])
    if b.dice.chance(0.5):
        b.area(BODY, [(0.3, 0.5), (0.15, 0), (0.6, 0.45)])
    b.area(DARK, [(0.9, 0.26), (1, 0.3), (0.9, 0.34)])
    b.bar(DARK, (0.5, 0.75), (0.5, 1), 0.03)


def food(b: Brush) -> None:
    """Draw food in pieces, perhaps on a plate."""
    if b.dice.chance(0.4):
        b.oval(LIGHT, 0.5, 0.55, 0.5, 0.45)
    blob(b)
    for _ in range(4):
        label = (WOOD, SECOND, LIGHT, DARK)[b.dice.below(4)]
        b.oval(label, b.near(0.5, 0.3), b.near(0.5, 0.25), 0.06, 0.06)


def plant(b: Brush) -> None:
    """Draw leaves over a pot."""
    pot = b.near(0.7)
    b.area(WOOD, [(0.3, pot), (0.7, pot), (0.64, 1), (0.36, 1)])
    for _ in range(9):
        b.oval(BODY, b.near(0.5, 0.35), b.near(pot / 2, pot / 2.6), 0.16, 0.13)
    for _ in range(4):
        b.oval(SECOND, b.near(0.5, 0.3), b.near(pot / 2, pot / 3), 0.06, 0.06)
        b.oval(DARK, b.near(0.5, 0.3), b.near(pot / 2, pot / 3), 0.05, 0.04)


def plush(b: Brush) -> None:
    """Draw a soft toy."""
    for x in (0.2, 0.8):
        b.oval(BODY, x, 0.1, 0.12, 0.1)
        b.oval(BODY, x, 0.55, 0.18, 0.12)
        b.oval(BODY, x, 0.88, 0.2, 0.12)
    b.oval(BODY, 0.5, 0.65, 0.34, 0.3)
    b.oval(BODY, 0.5, 0.25, 0.33, 0.24)
    b.oval(SECOND, 0.5, 0.68, 0.2, 0.2)
    for x in (0.4, 0.6):
        b.oval(DARK, x, 0.22, 0.04, 0.03)
