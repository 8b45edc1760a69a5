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
Whether a whole image can be trusted: blurred, too dark, burnt out, or showing nothing.

Exposure is read from the histogram, sharpness as in :mod:`.sharpness`. The limits are far from
good photographs: a verdict says that no detector can be believed, not that a picture is poor.
"""

from __future__ import annotations

import cv2
from grounded_perception.imaging.sharpness import least_sharpness, reduced_gray
from grounded_perception.records import Quality
import numpy as np
from numpy.typing import NDArray

# The longer side of the reduced image that is judged is at least this (or the image's own).
_LOOK_PX = 240
_DARK_LEVEL = 30
_BRIGHT_LEVEL = 250
# On 142 good photographs sharpness is above 0.13, on the same ones strongly blurred (grainy or
# shaken, too) below 0.1; contrast is above 0.09, dark below 0.86, bright below 0.58.
_MOST_DARK = 0.97
_MOST_BRIGHT = 0.9
_LEAST_CONTRAST = 0.05
_LEAST_SHARPNESS = 0.1
# What dim images are stretched to before their sharpness is measured, and how far at most.
_USUAL_CONTRAST = 0.45
_MOST_GAIN = 4.0


def judge(rgb: NDArray[np.uint8]) -> Quality:
    """
    Judge a whole image.

    :param rgb: uint8 ``(H, W, 3)`` RGB.
    :returns: its quality.
    """
    gray = reduced_gray(rgb, _LOOK_PX)
    shares = np.bincount(gray.ravel(), minlength=256) / gray.size
    dark = float(shares[: _DARK_LEVEL + 1].sum())
    bright = float(shares[_BRIGHT_LEVEL:].sum())
    levels = np.arange(256)
    mean = float(shares @ levels)
    contrast = min(float(np.sqrt(shares @ (levels - mean) ** 2)) / 127.5, 1.0)
    sharpness = least_sharpness(_stretched(gray, mean, contrast))
    verdict, reason = _verdict(sharpness, contrast, dark, bright)
    return Quality(sharpness, contrast, dark, bright, verdict, reason)


def _stretched(gray: NDArray[np.uint8], mean: float, contrast: float) -> NDArray[np.uint8]:
    """Give a dim or hazy image the contrast of others, lest its edges pass for noise."""
    gain = min(max(_USUAL_CONTRAST / max(contrast, 1e-6), 1.0), _MOST_GAIN)
    levels = (np.arange(256) - mean) * gain + 127.5
    return np.asarray(cv2.LUT(gray, np.clip(levels, 0, 255).astype(np.uint8)), np.uint8)


def _verdict(sharpness: float, contrast: float, dark: float, bright: float) -> tuple[str, str]:
    """Name what is wrong with an image, and say it."""
    if dark > _MOST_DARK:
        return 'too dark', f'{dark:.0%} of the image is almost black: more light or exposure'
    if bright > _MOST_BRIGHT:
        return 'too bright', f'{bright:.0%} of the image is burnt out: less light or exposure'
    if contrast < _LEAST_CONTRAST:
        return 'near blank', f'the image shows next to nothing (contrast {contrast:.3f})'
    if sharpness < _LEAST_SHARPNESS:
        return 'blurred', f'the image is blurred (sharpness {sharpness:.2f}): focus or hold still'
    return '', ''
