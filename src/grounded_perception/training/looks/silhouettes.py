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

"""Outlines of things by the silhouettes that the catalogue names."""

from __future__ import annotations

from collections.abc import Callable

from grounded_perception.training.looks import grown, made
from grounded_perception.training.looks.brush import BODY, Brush, DARK, LIGHT, SECOND


def _patch(b: Brush) -> None:
    """Draw a surface that fills its box and more."""
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
    'person': grown.person,
    'vehicle': made.vehicle,
    'cycle': made.cycle,
    'animal': grown.animal,
    'giraffe': grown.giraffe,
    'bird': grown.bird,
    'disc': made.disc,
    'ring': made.ring,
    'bottle': made.bottle,
    'goblet': made.goblet,
    'cup': made.cup,
    'bowl': made.bowl,
    'box': made.box,
    'screen': made.screen,
    'flat': made.flat,
    'seat': made.seat,
    'couch': made.couch,
    'long': made.long,
    'bag': made.sack,
    'umbrella': made.umbrella,
    'plane': made.plane,
    'boat': made.boat,
    'kite': made.kite,
    'blob': grown.blob,
    'food': grown.food,
    'plant': grown.plant,
    'plush': grown.plush,
    'patch': _patch,
    'nothing': _nothing,
}
