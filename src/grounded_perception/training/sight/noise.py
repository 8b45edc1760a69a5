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
How the embedded detector errs, in numbers.

Measured with ``benchmarks/detector_noise.py`` on 90 photographs of COCO train2017 (673 things,
f32, floor .1, after :func:`.fusion.candidates.distinct`), looking once and with ``tiles=2``, then
smoothed by hand where a size has few things. The network was trained on these pictures: on 40
others (DALI_extra) big things are found as often, under another name twice as often, which is
what the rates of other names follow.
"""

from __future__ import annotations

from dataclasses import dataclass

from grounded_perception.records import Floats
import numpy as np

#: √(box area / image area) that the rows of the tables below are for.
SIZES = np.array([0.02, 0.045, 0.08, 0.125, 0.175, 0.25, 0.4, 0.6, 0.85], np.float32)
#: Shares of the things for which the columns of the tables below are reached; the outermost two
#: are the ends of what can be.
QUANTILES = np.array([0, 0.05, 0.25, 0.5, 0.75, 0.95, 1], np.float32)


@dataclass(frozen=True, eq=False)
class Noise:
    """
    Rates of one way of looking.

    :param recall: for each size, share of the things that are found, those in full view; what
        hides one another, other names and merged doubles take their part afterwards.
    :param scores: for each size, scores of those by quantile.
    :param ious: for each size, IoU with the truth of those by quantile.
    :param stray_base: false regions in a picture without things.
    :param stray_per_thing: further ones for each thing.
    """

    recall: Floats
    scores: Floats
    ious: Floats
    stray_base: float
    stray_per_thing: float


def _table(rows: list[list[float]], low: float, high: float) -> Floats:
    return np.array([[low, *row, high] for row in rows], np.float32)


WHOLE = Noise(
    recall=np.array([0.02, 0.13, 0.30, 0.42, 0.62, 0.90, 1.0, 1.0, 1.0], np.float32),
    scores=_table(
        [
            [0.12, 0.18, 0.28, 0.45, 0.70],
            [0.14, 0.22, 0.33, 0.57, 0.87],
            [0.13, 0.20, 0.39, 0.68, 0.92],
            [0.13, 0.24, 0.40, 0.60, 0.85],
            [0.13, 0.24, 0.45, 0.78, 0.92],
            [0.17, 0.44, 0.73, 0.91, 0.98],
            [0.28, 0.79, 0.94, 0.99, 0.998],
            [0.60, 0.91, 0.965, 0.99, 0.998],
            [0.44, 0.76, 0.88, 0.95, 0.985],
        ],
        0.1,
        0.9995,
    ),
    ious=_table(
        [
            [0.51, 0.56, 0.62, 0.70, 0.80],
            [0.52, 0.61, 0.65, 0.72, 0.77],
            [0.55, 0.61, 0.70, 0.74, 0.85],
            [0.53, 0.65, 0.75, 0.81, 0.87],
            [0.58, 0.68, 0.76, 0.84, 0.92],
            [0.58, 0.76, 0.83, 0.89, 0.93],
            [0.69, 0.80, 0.88, 0.91, 0.945],
            [0.71, 0.85, 0.915, 0.945, 0.963],
            [0.75, 0.85, 0.907, 0.935, 0.968],
        ],
        0.5,
        0.98,
    ),
    stray_base=0.4,
    stray_per_thing=1.0,
)

TILED = Noise(
    recall=np.array([0.14, 0.34, 0.52, 0.63, 0.76, 0.92, 0.98, 1.0, 1.0], np.float32),
    scores=_table(
        [
            [0.15, 0.26, 0.37, 0.67, 0.89],
            [0.17, 0.28, 0.46, 0.68, 0.89],
            [0.15, 0.23, 0.50, 0.72, 0.92],
            [0.15, 0.28, 0.50, 0.74, 0.91],
            [0.15, 0.36, 0.62, 0.87, 0.98],
            [0.30, 0.70, 0.87, 0.98, 0.996],
            [0.20, 0.75, 0.93, 0.99, 0.998],
            [0.60, 0.91, 0.965, 0.99, 0.998],
            [0.44, 0.76, 0.88, 0.95, 0.985],
        ],
        0.1,
        0.9995,
    ),
    ious=_table(
        [
            [0.52, 0.57, 0.65, 0.71, 0.75],
            [0.56, 0.61, 0.68, 0.76, 0.86],
            [0.59, 0.66, 0.74, 0.83, 0.91],
            [0.53, 0.66, 0.77, 0.84, 0.90],
            [0.54, 0.70, 0.78, 0.86, 0.93],
            [0.65, 0.80, 0.87, 0.91, 0.94],
            [0.68, 0.80, 0.88, 0.91, 0.945],
            [0.71, 0.85, 0.915, 0.945, 0.963],
            [0.75, 0.85, 0.907, 0.935, 0.968],
        ],
        0.5,
        0.98,
    ),
    stray_base=1.5,
    stray_per_thing=2.35,
)

#: How false regions divide before doubles are merged, which takes most of the loose boxes and
#: groups away: afterwards, of ten, three lie in a thing of another class and four are pieces,
#: loose boxes or groups of things of the class that they name.
STRAYS: dict[str, float] = {
    'inside': 0.18, 'elsewhere': 0.24, 'present': 0.14, 'loose': 0.19, 'part': 0.09,
    'group': 0.08, 'double': 0.11,
}  # fmt: skip
#: Scores of false regions by quantile: of those in or near no thing of their class, and others.
#: Higher than measured there, so that a region of some score is true as often as on photographs
#: (.3-.4: 30 %); on pictures that the detector has not learned from it is less often.
STRAY_SCORES = np.array([0.1, 0.105, 0.120, 0.155, 0.230, 0.45, 0.85], np.float32)
PIECE_SCORES = np.array([0.1, 0.107, 0.130, 0.190, 0.330, 0.62, 0.93], np.float32)
#: Size of false regions: median and spread of the logarithm of √(share of the image).
STRAY_SIZE, STRAY_SPREAD = 0.1, 0.95
#: A found thing bears another name, alone / besides its own.
RENAMED, NAMED_TWICE = 0.05, 0.035
#: The second class of a region: median, spread of the logarithm; of false ones as a share of the
#: score. The third class as a share of the second; every other class,
#: and how much these rise and fall together.
SECOND, SECOND_SPREAD = 0.005, 2.2
STRAY_SECOND, STRAY_SECOND_SPREAD = 0.055, 1.35
THIRD = 0.33
REST, REST_SPREAD, REST_COMMON = 2e-5, 1.2, 1.3
#: Classes that are found less often than others of their size.
HARD = frozenset(
    {
        'backpack', 'handbag', 'book', 'knife', 'fork', 'spoon', 'hair drier', 'toaster', 'tie',
        'skis', 'carrot', 'toothbrush', 'remote', 'scissors', 'baseball bat', 'snowboard',
    }
)  # fmt: skip
HARD_FACTOR = 0.75


def at(table: Floats, size: float, share: float) -> float:
    """
    Read a table between its rows and columns.

    :param table: rows as :data:`SIZES`, columns as :data:`QUANTILES`.
    :param size: √(box area / image area).
    :param share: in [0, 1].
    """
    place = float(np.interp(size, SIZES, _ROWS))
    low = int(place)
    high = min(low + 1, len(SIZES) - 1)
    row = table[low] + (place - low) * (table[high] - table[low])
    return float(np.interp(share, QUANTILES, row))


_ROWS = np.arange(len(SIZES), dtype=np.float32)
