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
How the surface of regions looks: light, colourfulness, edges and corners.

Corners are those of Shi and Tomasi, Good Features to Track (1994), from the structure tensor of
Harris and Stephens, A Combined Corner and Edge Detector (1988).
"""

from __future__ import annotations

import cv2
from grounded_perception.imaging.patches import smooth
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

#: Columns of :func:`surface_of`.
MEASURES = 5
# Gray levels a patch pixel: a step of twice as many is an edge.
_EDGE = 12.0
# Smaller eigenvalue of the structure tensor, in squared gray levels: a corner.
_CORNER = 60.0
# Share of pixels that are corners' tops in a fine chequerboard: full density.
_MOST_CORNERS = 1 / 16


def surface_of(
    rgb: NDArray[np.uint8], gray: NDArray[np.uint8], weights: Floats, dx: Floats, dy: Floats
) -> Floats:
    """
    Measure surfaces.

    :param rgb: ``(N, S, S, 3)`` uint8.
    :param gray: ``(N, S, S)`` uint8, its luma.
    :param weights: ``(N, S, S)`` how much each pixel counts.
    :param dx: ``(N, S, S)`` derivatives along x in gray levels a patch pixel.
    :param dy: along y.
    :returns: ``(N, 5)`` float32 in [0, 1]: brightness (mean), contrast (standard deviation, 1 for
        half black half white), saturation (mean of largest minus smallest channel), edge density
        (share of pixels at an edge), key-point density (corners a pixel, 1 for a fine
        chequerboard); 0 where nothing counts.
    """
    totals = np.maximum(weights.sum(axis=(1, 2)), 1e-6)

    def mean(values: Floats) -> Floats:
        return np.asarray((values * weights).sum(axis=(1, 2)) / totals, np.float32)

    luma = gray.astype(np.float32) / np.float32(255)
    brightness = mean(luma)
    variance = np.maximum(mean(luma * luma) - brightness**2, 0)
    red, green, blue = (np.ascontiguousarray(rgb[..., i]) for i in range(3))
    spread = np.maximum(np.maximum(red, green), blue) - np.minimum(np.minimum(red, green), blue)
    xx, yy, xy = dx * dx, dy * dy, dx * dy
    edges = (xx + yy > _EDGE**2).astype(np.float32)
    xx, yy, xy = smooth(xx, 1), smooth(yy, 1), smooth(xy, 1)
    corner = np.asarray((xx + yy - np.sqrt((xx - yy) ** 2 + 4 * xy * xy)) / 2, np.float32)
    tops = ((corner > _CORNER) & (corner >= _highest_around(corner))).astype(np.float32)
    columns = (
        brightness,
        np.minimum(2 * np.sqrt(variance), 1),
        mean(spread.astype(np.float32) / np.float32(255)),
        mean(edges),
        np.minimum(mean(tops) / _MOST_CORNERS, 1),
    )
    return np.stack(columns, axis=1).astype(np.float32)


def _highest_around(stack: Floats) -> Floats:
    """Return the highest value of each pixel's 3 x 3 neighbourhood, patch by patch."""
    count, height, width = stack.shape
    if not count:
        return stack
    apart = np.full((count, height + 1, width), -1, np.float32)
    apart[:, :height] = stack
    highest = cv2.dilate(apart.reshape(-1, width), np.ones((3, 3), np.uint8))
    return np.asarray(highest, np.float32).reshape(apart.shape)[:, :height]
