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

"""From flat colours to a picture: detail, light, shading, lens and sensor."""

from __future__ import annotations

import math

import cv2
from grounded_perception.records import Floats
from grounded_perception.training.world.dice import Dice
import numpy as np
from numpy.typing import NDArray

#: Logarithm of the exposure: photographs of things are darker than their colours' focal tones.
_GAIN, _GAIN_SPREAD = -0.1, 0.25
_GAIN_RANGE = (0.45, 1.3)
#: Spread of the light's colour, and of the light from place to place in one photograph.
_CAST, _SHADE = 0.04, 0.12
#: Surfaces vary at these sizes, in pixels, each by up to so much.
_GRAINS = ((12, 0.12), (5, 0.2), (2, 0.3))
_STROKES = 30


def light_of(dice: Dice) -> Floats:
    """
    Invent the light and the exposure of a photograph.

    :param dice: source of chance.
    :returns: ``(3,)`` gains of red, green and blue.
    """
    low, high = _GAIN_RANGE
    gain = min(max(math.exp(dice.normal(_GAIN, _GAIN_SPREAD)), low), high)
    return np.array([gain * (1 + dice.normal(0, _CAST)) for _ in range(3)], np.float32)


def expose(
    colours: Floats, gains: Floats, dice: Dice, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """
    Light a scene and take the picture.

    :param colours: ``(H, W, 3)`` sRGB in [0, 1], flat.
    :param gains: see :func:`light_of`.
    :param dice: source of chance.
    :param rng: the same, for whole arrays.
    :returns: uint8 ``(H, W, 3)`` RGB.
    """
    height, width = colours.shape[:2]
    slope_x, slope_y = dice.normal(0, 0.2), dice.normal(0, 0.2)
    light = 1 + slope_x * np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    light = light + slope_y * np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    light *= math.exp(dice.normal(0, _SHADE)) * _strokes(height, width, dice)
    for pixels, most in _GRAINS:
        shape = max(height // pixels, 1), max(width // pixels, 1)
        grain = rng.standard_normal(shape, dtype=np.float32)
        grain = cv2.resize(grain, (width, height), interpolation=cv2.INTER_LINEAR)
        light *= 1 + dice.uniform(0.0, most) * grain
    # What is black reflects as well: a shine that detail modulates.
    image = (colours + 0.03) * light[..., None] * gains
    image = cv2.GaussianBlur(image, (0, 0), dice.uniform(0.3, 1.1))
    noise = rng.standard_normal((height, width, 1), dtype=np.float32)
    image += dice.uniform(0.004, 0.04) * noise
    # A sensor's shoulder: bright surfaces keep some of their detail.
    image = np.where(image > 0.8, 0.8 + 0.2 * np.tanh((image - 0.8) / 0.25), image)
    return np.asarray(np.clip(image * 255, 0, 255), np.uint8)


def _strokes(height: int, width: int, dice: Dice) -> Floats:
    """Return folds, seams, highlights and shadows as factors on the light."""
    factors = np.ones((height, width), np.float32)
    reach = (height + width) / 2
    strength = dice.uniform(0.1, 0.6)
    for _ in range(4 + dice.below(_STROKES)):
        x, y = int(dice.share() * width), int(dice.share() * height)
        length, turn = dice.uniform(0.04, 0.3) * reach, dice.uniform(0, 2 * math.pi)
        end = round(x + length * math.cos(turn)), round(y + length * math.sin(turn))
        factor = max(
            1 + strength * (0.5 * dice.share() if dice.chance(0.4) else -dice.share()), 0.2
        )
        cv2.line(factors, (x, y), end, factor, 1 + dice.below(4), cv2.LINE_AA)
    return factors
