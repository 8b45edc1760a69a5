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
The colour of the light, and how to take it out.

Grey-world (Buchsbaum, A spatial processor model for object colour perception, 1980) over those
pixels alone that are nearly gray already (after Huo et al., Robust automatic white balance
algorithm using gray color points in images, 2006): a meadow makes nothing magenta. Exposure goes
by the bright end of the histogram (white patch: Land, The retinex theory, 1977). Both are limited.
"""

from __future__ import annotations

import cv2
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

# Pixels looked at along the longer side.
_LOOK = 64
# Chroma in CIELAB up to which a pixel may be a gray one under coloured light.
_NEARLY_GRAY = 20.0
# Share of the image that must be nearly gray to trust it fully.
_ENOUGH = 0.2
# Largest gain of a channel against the others, and how much of it is believed: gray objects that
# are not quite gray count as light, too.
_MOST_CAST = 1.3
_BELIEVED = 0.5
# Level that the brightest hundredth should reach, and the largest gain to get there.
_WHITE = 235.0
_MOST_EXPOSURE = 1.6


def gains_of(rgb: NDArray[np.uint8]) -> Floats:
    """
    Estimate what makes an image look as under white light of full strength.

    :param rgb: uint8 ``(H, W, 3)`` RGB.
    :returns: ``(3,)`` float32 gains of the channels, about 1.
    """
    stride = max(max(rgb.shape[:2]) // _LOOK, 1)
    small = np.ascontiguousarray(rgb[stride // 2 :: stride, stride // 2 :: stride])
    if not small.size:
        small = np.ascontiguousarray(rgb)
    pixels = small.reshape(-1, 3).astype(np.float32)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).reshape(-1, 3).astype(np.float32)
    chroma = np.hypot(lab[:, 1] - 128, lab[:, 2] - 128)
    brightest = np.maximum(np.maximum(pixels[:, 0], pixels[:, 1]), pixels[:, 2])
    rank = len(brightest) * 99 // 100
    # Near black, chroma is noise; near white, channels are burnt out.
    gray = (chroma < _NEARLY_GRAY) & (brightest < 250) & (lab[:, 0] > 40)
    gains = np.ones(3, np.float32)
    if gray.any():
        mean = pixels[gray].mean(axis=0)
        trust = _BELIEVED * min(float(gray.mean()) / _ENOUGH, 1.0)
        gains = np.clip(mean.mean() / mean, 1 / _MOST_CAST, _MOST_CAST) ** trust
    bright = float(np.partition(brightest, rank)[rank])
    exposure = min(max(_WHITE / max(bright, 1.0), 1.0), _MOST_EXPOSURE)
    return np.asarray(gains * exposure, np.float32)


def apply_gains(rgb: NDArray[np.uint8], gains: Floats) -> NDArray[np.uint8]:
    """
    Multiply channels.

    :param rgb: ``(..., 3)`` uint8.
    :param gains: ``(3,)`` of the channels.
    :returns: the same shape, uint8, cut off at 255.
    """
    if not rgb.size:
        return rgb
    levels = np.arange(256, dtype=np.float32)[:, None] * gains
    table = np.clip(np.rint(levels), 0, 255).astype(np.uint8)[None]
    return np.asarray(cv2.LUT(rgb.reshape(1, -1, 3), table), np.uint8).reshape(rgb.shape)
