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

"""Small pictures of invented things: colours under some light, texture, clutter, blur, noise."""

from __future__ import annotations

from dataclasses import dataclass
import math

import cv2
from grounded_perception.records import Floats
from grounded_perception.training.looks import brush as part
from grounded_perception.training.looks.brush import Brush, Labels
from grounded_perception.training.looks.exposure import expose
from grounded_perception.training.looks.silhouettes import SILHOUETTES
from grounded_perception.training.world.catalogue import catalogue
from grounded_perception.training.world.dice import Dice
import numpy as np
from numpy.typing import NDArray

#: Spread of a colour around a focal one, CIELAB lightness and a, b.
_SPREAD_L, _SPREAD_AB = 6.0, 5.0
_BACKGROUNDS = (
    'gray', 'gray', 'gray', 'brown', 'brown', 'brown', 'green', 'green', 'white', 'white',
    'blue', 'black', 'black',
)  # fmt: skip
#: Factors on saturation, of things and of what is behind them.
_FADED, _FADED_BEHIND = (0.72, 1.05), (0.15, 0.75)
_SKINS = ((236, 190, 160), (205, 150, 115), (150, 100, 70), (95, 62, 45))
_HAIRS = ((35, 25, 20), (80, 55, 35), (160, 125, 75), (120, 115, 110))
#: Labels of the background's clutter, above those of things.
_FIRST_CLUTTER = 11
_CLUTTER = 6


@dataclass(frozen=True)
class Look:
    """
    What is to be painted.

    :param silhouette: a key of :data:`.silhouettes.SILHOUETTES`.
    :param colours: main colour, and a second one or ``''``; a person's top and legs.
    :param hat: a person's hat, or ``''``.
    :param texture: see :class:`.scene.Thing`.
    """

    silhouette: str
    colours: tuple[str, str]
    hat: str = ''
    texture: str = 'plain'


def paint(
    look: Look, ratio: float, gains: Floats, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], Floats]:
    """
    Paint a thing in its surroundings.

    :param look: what.
    :param ratio: width of its box through height.
    :param gains: the light, see :func:`.exposure.light_of`.
    :param rng: source of chance.
    :returns: uint8 RGB, and the thing's box ``(4,)`` as a detector would find it.
    """
    dice = Dice(rng)
    side = dice.uniform(28, 100)
    root = math.sqrt(min(max(ratio, 0.2), 5))
    w, h = min(side * root, 128), min(side / root, 128)
    # Less than no margin: the thing is cut at the image's border.
    left, top, right, bottom = (dice.uniform(-0.05, 0.6) for _ in range(4))
    shape = max(int(h * (1 + top + bottom)), 8), max(int(w * (1 + left + right)), 8)
    labels = np.zeros(shape, np.uint8)
    _clutter(labels, dice)
    thing = np.zeros(shape, np.uint8)
    brush = Brush(thing, (left * w, top * h, w, h), dice)
    SILHOUETTES[look.silhouette](brush)
    if look.silhouette != 'nothing' and dice.chance(0.3):
        _hide(brush, dice)
    palette = _palette(look, dice, rng)
    shown = np.where(thing > 0, thing, labels)
    colours = palette[shown]
    if look.texture != 'plain':
        _pattern(colours, thing, palette, look, dice)
    rgb = expose(colours, gains, dice, rng)
    shake = np.array([dice.normal(0, 0.04) for _ in range(4)], np.float32)
    box = np.array([left * w, top * h, (left + 1) * w, (top + 1) * h], np.float32)
    box += shake * np.array([w, h, w, h], np.float32)
    limits = np.array([shape[1], shape[0]] * 2, np.float32)
    return rgb, np.clip(box, 0, limits)


def _clutter(labels: Labels, dice: Dice) -> None:
    """Divide the background and put a few shapes into it."""
    height, width = labels.shape
    labels[:] = _FIRST_CLUTTER
    if dice.chance(0.7):
        labels[int(dice.uniform(0.2, 0.9) * height) :] = _FIRST_CLUTTER + 1
    brush = Brush(labels, (0, 0, width, height), dice)
    for i in range(dice.below(_CLUTTER - 1)):
        x, y = dice.share(), dice.share()
        rx, ry = dice.uniform(0.04, 0.25), dice.uniform(0.04, 0.25)
        draw = brush.oval if dice.chance(0.4) else brush.rect
        corners = (x, y, rx, ry) if draw == brush.oval else (x - rx, y - ry, x + rx, y + ry)
        draw(_FIRST_CLUTTER + 2 + i % (_CLUTTER - 2), *corners)


def _hide(brush: Brush, dice: Dice) -> None:
    """Let something of the clutter's colour hide a side of the thing."""
    deep = dice.uniform(0.05, 0.3)
    label = _FIRST_CLUTTER + 2
    side = dice.below(4)
    if side == 0:
        brush.rect(label, -0.5, 1 - deep, 1.5, 1.5)
    elif side == 1:
        brush.rect(label, -0.5, -0.5, deep * 0.6, 1.5)
    elif side == 2:
        brush.rect(label, 1 - deep * 0.6, -0.5, 1.5, 1.5)
    else:
        brush.oval(label, dice.share(), dice.uniform(0.6, 1), 0.15, 0.15)


def _palette(look: Look, dice: Dice, rng: np.random.Generator) -> Floats:
    """Return an sRGB value in [0, 1] for every label."""
    focal = catalogue().focal
    tones: list[tuple[float, float, float]] = [(128.0, 128.0, 128.0)] * (_FIRST_CLUTTER + _CLUTTER)

    def of(name: str) -> tuple[float, float, float]:
        return focal[name][dice.below(len(focal[name]))]

    main, second = look.colours
    tones[part.BODY] = tones[part.TOP] = of(main)
    tones[part.SECOND] = of(second) if second else tones[part.BODY]
    tones[part.LEGS] = of(second) if second else tones[part.BODY]
    tones[part.DARK] = (30, 30, 34)
    tones[part.LIGHT] = (215, 215, 215)
    tones[part.SKIN] = _SKINS[dice.below(len(_SKINS))]
    tones[part.HAIR] = _HAIRS[dice.below(len(_HAIRS))]
    tones[part.HAT] = of(look.hat) if look.hat else tones[part.HAIR]
    tones[part.WOOD] = of('brown')
    for i in range(_FIRST_CLUTTER, len(tones)):
        names = _BACKGROUNDS if i < _FIRST_CLUTTER + 2 else tuple(focal)
        tones[i] = of(names[dice.below(len(names))])
    lab = cv2.cvtColor(np.array([tones], np.float32) / 255, cv2.COLOR_RGB2LAB)
    spread = np.array([_SPREAD_L, _SPREAD_AB, _SPREAD_AB], np.float32)
    lab += rng.standard_normal(lab.shape, dtype=np.float32) * spread
    if not second:
        lab[0, part.SECOND] = lab[0, part.BODY]
    # Photographs are paler than the colours that people imagine, backgrounds most of all.
    lab[0, :_FIRST_CLUTTER, 1:] *= dice.uniform(*_FADED)
    lab[0, _FIRST_CLUTTER:, 1:] *= dice.uniform(*_FADED_BEHIND)
    return np.asarray(np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)[0], 0, 1), np.float32)


def _pattern(colours: Floats, thing: Labels, palette: Floats, look: Look, dice: Dice) -> None:
    """Paint stripes, spots or checks of the second colour over the body."""
    person = look.silhouette == 'person'
    body = thing == (part.TOP if person else part.BODY)
    height, width = thing.shape
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    period = max(min(height, width) * dice.uniform(0.08, 0.22), 4)
    turn = dice.uniform(0, math.pi) if dice.chance(0.4) else math.pi / 2 * dice.below(2)
    u = np.sin(2 * math.pi * (x * math.cos(turn) + y * math.sin(turn)) / period)
    v = np.sin(2 * math.pi * (y * math.cos(turn) - x * math.sin(turn)) / period)
    if look.texture == 'striped':
        marked = u > 0.15
    elif look.texture == 'checked':
        marked = u * v > 0
    else:
        marked = u * v > 0.35
    label = part.SECOND if not person else part.LIGHT
    colours[body & marked] = palette[label]
