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
Edges of regions: their derivatives, and where those point.

Source: Dalal and Triggs, Histograms of Oriented Gradients for Human Detection (2005): unsigned
orientations, shared between neighbouring bins, the block scaled to unit length, clipped, scaled
again.
"""

from __future__ import annotations

from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

#: Cells along a side.
CELLS = 2
#: Orientations in half a turn.
ORIENTATIONS = 9
_CLIP = 0.3
# Below this share of full contrast a patch has no edges, only noise.
_NOISE = 2.0


def derivatives(gray: NDArray[np.uint8]) -> tuple[Floats, Floats]:
    """
    Take central differences.

    :param gray: ``(N, S, S)`` uint8.
    :returns: ``(N, S - 2, S - 2)`` float32 along x and along y, in gray levels a patch pixel.
    """
    wide = gray.astype(np.float32)
    dx = (wide[:, 1:-1, 2:] - wide[:, 1:-1, :-2]) * np.float32(0.5)
    dy = (wide[:, 2:, 1:-1] - wide[:, :-2, 1:-1]) * np.float32(0.5)
    return dx, dy


def oriented_gradients(dx: Floats, dy: Floats, step: Floats) -> Floats:
    """
    Make histograms of oriented gradients.

    :param dx: ``(N, S, S)`` derivatives along x, of boxes stretched to squares.
    :param dy: along y.
    :param step: ``(N, 2)`` image pixels that a patch pixel covers along x and y: orientations
        are those of the image.
    :returns: ``(N, 36)`` float32 in [0, 1]: 2 x 2 cells, row by row, of 9 orientations of the
        gradient from 0° (across) to 160°; unit length, or 0 for a plain region.
    """
    count, side = dx.shape[:2]
    if not count:
        return np.zeros((0, CELLS * CELLS * ORIENTATIONS), np.float32)
    # The shorter step is 1: derivatives are not made larger.
    scale = step.min(axis=1, keepdims=True) / np.maximum(step, 1e-9)
    gx, gy = dx * scale[:, :1, None], dy * scale[:, 1:, None]
    size = np.sqrt(gx * gx + gy * gy)
    turn = np.arctan2(gy, gx) * np.float32(ORIENTATIONS / np.pi)
    low = np.floor(turn)
    high_share = turn - low
    bins = low.astype(np.int32) % ORIENTATIONS
    cell = (np.arange(side, dtype=np.int32) * CELLS) // side
    cells = cell[:, None] * CELLS + cell[None, :]
    rows = np.arange(count, dtype=np.int32)[:, None, None] * (CELLS * CELLS)
    base = (rows + cells) * ORIENTATIONS
    total = count * CELLS * CELLS * ORIENTATIONS
    upper = size * high_share
    sums = np.bincount((base + bins).ravel(), (size - upper).ravel(), total)
    sums += np.bincount((base + (bins + 1) % ORIENTATIONS).ravel(), upper.ravel(), total)
    histograms = np.asarray(sums, np.float64).reshape(count, -1)
    floor = _NOISE * side * side / (CELLS * CELLS)
    histograms = np.minimum(_unit(histograms, floor), _CLIP)
    return np.asarray(_unit(histograms, 0), np.float32)


def _unit(rows: NDArray[np.float64], floor: float) -> NDArray[np.float64]:
    """Scale rows to unit length, those shorter than a floor to 0."""
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.where(length > floor, rows / np.maximum(length, 1e-9), 0)
