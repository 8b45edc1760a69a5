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
Shape of regions: moments of their masks.

Source: Hu, Visual Pattern Recognition by Moment Invariants (1962).
"""

from __future__ import annotations

from functools import cache

from grounded_perception.records import Floats
import numpy as np

#: Columns of :func:`moments_of`.
MEASURES = 8
_ORDERS = ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2), (3, 0), (2, 1), (1, 2), (0, 3))
# Below this an invariant counts as 0: it is what the raster of a small mask makes of a disc.
_SMALLEST_INVARIANT = 1e-4
# Below this elongation an axis says nothing.
_ROUND = 0.15


@cache
def _powers(side: int) -> Floats:
    """Return ``(side, 4)``: the powers 0 to 3 of the coordinates in [-1, 1]."""
    t = (np.arange(side) + 0.5) / side * 2 - 1
    return np.asarray(t[:, None] ** np.arange(4), np.float32)


def moments_of(mask: Floats, step: Floats) -> Floats:
    """
    Measure the shapes of masks.

    :param mask: ``(N, S, S)`` float32 in [0, 1], the boxes stretched to squares.
    :param step: ``(N, 2)`` image pixels that a mask pixel covers along x and y.
    :returns: ``(N, 8)`` float32 about [0, 1]: elongation (0 a disc, 1 a line), fill of the box,
        orientation of the long axis (0 lying, 1 upright, drawn to 0.5 where there is none), the
        first five invariants of Hu, log-scaled and cut off at 1 (the fifth may be negative); 0
        for empty masks.
    """
    side = mask.shape[1]
    powers = _powers(side)
    # Matrix by matrix, each too small for BLAS to wake its threads.
    grid = np.matmul(powers.T, np.matmul(mask, powers))
    raw = np.stack([grid[:, q, p] for p, q in _ORDERS], axis=1).astype(np.float64)
    empty = raw[:, 0] < 0.5
    raw[empty, 0] = 1
    m = raw / raw[:, :1]
    x, y = m[:, 1], m[:, 2]
    # Only proportions matter: the longer side of the box is 1.
    sx, sy = (step / np.maximum(step.max(axis=1, keepdims=True), 1e-9)).T.astype(np.float64)
    # 1/12 of a pixel's square: a line one pixel wide is not without width.
    pixel = (2 / side) ** 2 / 12
    mu20 = (m[:, 3] - x * x + pixel) * sx * sx
    mu11 = (m[:, 4] - x * y) * sx * sy
    mu02 = (m[:, 5] - y * y + pixel) * sy * sy
    mu30 = (m[:, 6] - 3 * x * m[:, 3] + 2 * x**3) * sx**3
    mu21 = (m[:, 7] - 2 * x * m[:, 4] - y * m[:, 3] + 2 * x * x * y) * sx * sx * sy
    mu12 = (m[:, 8] - 2 * y * m[:, 4] - x * m[:, 5] + 2 * y * y * x) * sx * sy * sy
    mu03 = (m[:, 9] - 3 * y * m[:, 5] + 2 * y**3) * sy**3
    spread = np.sqrt((mu20 - mu02) ** 2 + 4 * mu11**2)
    longest, shortest = mu20 + mu02 + spread, np.maximum(mu20 + mu02 - spread, 0)
    elongation = 1 - np.sqrt(shortest / longest)
    upright = np.abs(np.arctan2(2 * mu11, mu20 - mu02)) / np.pi
    upright = 0.5 + (upright - 0.5) * np.minimum(elongation / _ROUND, 1)
    area = raw[:, 0] * (2 / side) ** 2 * sx * sy
    second = (mu20 / area, mu11 / area, mu02 / area)
    third = tuple(mu / area**1.5 for mu in (mu30, mu21, mu12, mu03))
    columns = (elongation, raw[:, 0] / (side * side), upright, *_invariants(*second, *third))
    measures = np.stack(columns, axis=1)
    measures[empty] = 0
    return np.asarray(measures, np.float32)


def _invariants(
    n20: Floats, n11: Floats, n02: Floats, n30: Floats, n21: Floats, n12: Floats, n03: Floats
) -> tuple[Floats, ...]:
    """Return Hu's first five invariants of normalised central moments, log-scaled."""
    a, b = n30 + n12, n21 + n03
    c, d = n30 - 3 * n12, 3 * n21 - n03
    invariants = (
        n20 + n02,
        (n20 - n02) ** 2 + 4 * n11**2,
        c * c + d * d,
        a * a + b * b,
        c * a * (a * a - 3 * b * b) + d * b * (3 * a * a - b * b),
    )
    full = np.log1p(1 / _SMALLEST_INVARIANT)
    return tuple(
        np.clip(np.sign(h) * np.log1p(np.abs(h) / _SMALLEST_INVARIANT) / full, -1, 1)
        for h in invariants
    )
