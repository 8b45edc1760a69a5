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
Texture of regions: local binary patterns.

Source: Ojala, Pietikäinen and Mäenpää, Multiresolution Gray-Scale and Rotation Invariant Texture
Classification with Local Binary Patterns (2002), the "riu2" patterns of 8 neighbours at radius 1,
with the tolerance of Heikkilä and Pietikäinen (2006) that keeps noise on plain ground plain.
"""

from __future__ import annotations

from functools import cache

from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

#: Patterns told apart: 0 to 8 brighter neighbours in one run, and everything else.
PATTERNS = 10
# Gray levels by which a neighbour must be brighter than its centre.
_TOLERANCE = 4
_RING = ((0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0))


@cache
def _patterns() -> NDArray[np.uint8]:
    """Return the pattern of each of the 256 codes."""
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    turns = (bits != np.roll(bits, 1, axis=1)).sum(axis=1)
    return np.where(turns <= 2, bits.sum(axis=1), PATTERNS - 1).astype(np.uint8)


def binary_patterns(gray: NDArray[np.uint8], weights: Floats) -> Floats:
    """
    Count local binary patterns.

    :param gray: ``(N, S, S)`` uint8.
    :param weights: ``(N, S - 2, S - 2)`` how much each pixel but the outermost counts.
    :returns: ``(N, 10)`` float32 in [0, 1]; rows sum to 1, or are 0 where nothing counts.
    """
    count, height, width = gray.shape
    # Darker than white by the tolerance, else the sum wraps around.
    centre = np.minimum(gray[:, 1:-1, 1:-1], 255 - _TOLERANCE) + np.uint8(_TOLERANCE)
    codes = np.zeros(centre.shape, np.uint8)
    for bit, (row, column) in enumerate(_RING):
        ring = gray[:, row : row + height - 2, column : column + width - 2]
        codes |= (ring > centre).view(np.uint8) << np.uint8(bit)
    bins = _patterns()[codes].astype(np.int32)
    bins += (np.arange(count, dtype=np.int32) * PATTERNS)[:, None, None]
    sums = np.bincount(bins.ravel(), weights.ravel(), count * PATTERNS).reshape(count, PATTERNS)
    return np.asarray(sums / np.maximum(sums.sum(axis=1, keepdims=True), 1e-9), np.float32)
