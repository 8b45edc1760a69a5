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
Named colours of image regions.

The eleven names are the basic colour terms that Berlin and Kay found common to languages (Basic
Color Terms, 1969). A pixel's names come from the nearest of hand-placed prototypes in CIELAB,
softly: "between red and orange" gives both a share.
"""

from __future__ import annotations

from functools import cache

import cv2
from grounded_perception.imaging.patches import colour_codes
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

#: The basic colour terms, the order of every colour histogram's columns.
COLOURS: tuple[str, ...] = (
    'black', 'white', 'gray', 'red', 'orange', 'yellow', 'green', 'blue', 'purple', 'pink',
    'brown',
)  # fmt: skip

_KINSHIP: dict[str, dict[str, float]] = {
    'black': {'gray': 0.3, 'brown': 0.25, 'blue': 0.25, 'purple': 0.1, 'green': 0.1},
    'white': {'gray': 0.45, 'yellow': 0.1, 'blue': 0.1, 'pink': 0.1},
    'gray': {'white': 0.3, 'black': 0.35, 'blue': 0.25, 'brown': 0.2},
    'red': {'orange': 0.4, 'brown': 0.35, 'pink': 0.4, 'purple': 0.2},
    'orange': {'brown': 0.5, 'red': 0.4, 'yellow': 0.4},
    'yellow': {'orange': 0.45, 'brown': 0.35, 'green': 0.25, 'white': 0.1},
    'green': {'yellow': 0.25, 'blue': 0.2, 'gray': 0.15, 'brown': 0.2, 'black': 0.15},
    'blue': {'gray': 0.3, 'purple': 0.45, 'black': 0.2, 'green': 0.2, 'white': 0.1},
    'purple': {'blue': 0.35, 'pink': 0.4, 'red': 0.15, 'gray': 0.15, 'black': 0.1},
    'pink': {'red': 0.35, 'purple': 0.4, 'orange': 0.2, 'white': 0.15},
    'brown': {'orange': 0.45, 'red': 0.3, 'yellow': 0.25, 'black': 0.3, 'gray': 0.3},
}


#: How far what is measured is dark or pale, where that is all that is said of a thing's colour.
_SHADES: dict[str, dict[str, float]] = {
    'dark': {
        'black': 1.0, 'brown': 0.5, 'purple': 0.4, 'gray': 0.35, 'blue': 0.35, 'green': 0.2,
        'red': 0.1,
    },
    'pale': {'white': 1.0, 'gray': 0.4, 'pink': 0.4, 'yellow': 0.4, 'blue': 0.1, 'brown': 0.1},
}  # fmt: skip


def _kin() -> Floats:
    table = np.eye(len(COLOURS), dtype=np.float32)
    for asked, others in _KINSHIP.items():
        for seen, share in others.items():
            table[COLOURS.index(asked), COLOURS.index(seen)] = share
    return table


#: ``(11, 11)``: row = a name that was said, column = a colour that is measured; how readily
#: people say the one of the other. An orange jacket in shade is brown to a camera, blue jeans in
#: lamplight are gray: light moves a colour to its neighbours in CIELAB, people see through it.
KIN: Floats = _kin()


@cache
def shown_as(name: str) -> Floats:
    """
    Say which measured colours are what a name says.

    :param name: one of :data:`COLOURS`, or ``'dark'`` or ``'pale'``.
    :returns: ``(11,)`` in [0, 1]; histograms times this are shares of what is called so.
    """
    shares = _SHADES.get(name, {name: 1.0})
    return np.array([shares.get(colour, 0.0) for colour in COLOURS], np.float32)


@cache
def kindred(name: str) -> Floats:
    """
    Say which measured colours people may call by a name.

    :param name: as for :func:`shown_as`.
    :returns: ``(11,)`` in [0, 1], nowhere less than :func:`shown_as`.
    """
    return np.asarray(np.max(KIN * shown_as(name)[:, None], axis=0), np.float32)


# sRGB prototypes: each name's focal colour, and lit, shaded and faded ones as photographs have.
_PROTOTYPES: dict[str, tuple[tuple[int, int, int], ...]] = {
    'black': ((0, 0, 0), (25, 25, 28), (38, 36, 36)),
    'white': ((255, 255, 255), (225, 225, 225), (215, 222, 230), (235, 228, 215), (200, 200, 200),
              (200, 195, 185), (185, 192, 202)),
    'gray': ((128, 128, 128), (90, 90, 92), (155, 155, 155), (110, 115, 122), (135, 130, 122)),
    'red': ((220, 20, 30), (160, 20, 25), (200, 50, 50), (110, 15, 20), (235, 70, 60)),
    'orange': ((255, 140, 0), (235, 110, 30), (250, 160, 60), (215, 95, 20)),
    'yellow': ((255, 225, 0), (230, 195, 40), (250, 235, 120), (200, 170, 30)),
    'green': ((0, 150, 50), (60, 110, 50), (120, 170, 80), (30, 70, 35), (95, 110, 60),
              (150, 200, 130)),
    'blue': ((20, 70, 200), (40, 90, 150), (100, 150, 215), (20, 30, 80), (70, 110, 140),
             (160, 200, 235), (0, 160, 200)),
    'purple': ((120, 40, 150), (90, 60, 120), (160, 110, 190), (70, 25, 80)),
    'pink': ((255, 150, 180), (235, 90, 150), (250, 190, 200), (220, 130, 150)),
    'brown': ((120, 70, 30), (90, 55, 30), (150, 105, 65), (70, 45, 30), (175, 130, 90),
              (105, 80, 60)),
}  # fmt: skip
_STEP_BITS = 3
_SIDE = 256 >> _STEP_BITS
#: Softness in CIELAB units: two names share a pixel whose distances differ by about this.
_SOFTNESS = 6.0
_PATCH = 24


@cache
def _table() -> Floats:
    """Return shares of the names for every quantised RGB value, ``(32·32·32, 11)``."""
    steps = np.arange(_SIDE, dtype=np.uint8) * (1 << _STEP_BITS) + (1 << (_STEP_BITS - 1))
    rgb = np.stack(np.meshgrid(steps, steps, steps, indexing='ij'), axis=-1).reshape(-1, 3)
    lab = _to_lab(rgb)
    distances = np.stack(
        [
            np.linalg.norm(lab[:, None] - _to_lab(np.array(p, np.uint8))[None], axis=2).min(axis=1)
            for p in (_PROTOTYPES[name] for name in COLOURS)
        ],
        axis=1,
    )
    weights = np.exp(-(distances - distances.min(axis=1, keepdims=True)) / _SOFTNESS)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


@cache
def _two_names() -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Return each quantised RGB value's two nearest names, and the share of the nearest."""
    table = _table()
    order = np.argsort(-table, axis=1)[:, :2]
    shares = np.take_along_axis(table, order, axis=1)
    first, second = np.ascontiguousarray(order.T)
    return first, second, np.asarray(shares[:, 0] / shares.sum(axis=1), np.float32)


def _to_lab(rgb: NDArray[np.uint8]) -> Floats:
    """Convert ``(N, 3)`` sRGB to CIELAB, L in 0..100."""
    scaled = rgb.reshape(-1, 1, 3).astype(np.float32) / 255
    return np.asarray(cv2.cvtColor(scaled, cv2.COLOR_RGB2LAB).reshape(-1, 3), np.float32)


@cache
def _window() -> Floats:
    """Return weights ``(24·24,)`` that favour a box's middle, where its object is."""
    t = np.linspace(-1, 1, _PATCH, dtype=np.float32)
    bell = np.exp(-((t / 0.6) ** 2) / 2)
    weights = np.outer(bell, bell).ravel()
    return np.asarray(weights / weights.sum(), np.float32)


#: Bands of a box, from its top.
BANDS = 3


def colour_shares(rgb: NDArray[np.uint8], weights: Floats) -> tuple[Floats, Floats]:
    """
    Measure which named colours regions have.

    :param rgb: ``(N, S, S, 3)`` uint8 RGB.
    :param weights: ``(N, S, S)`` how much each pixel counts.
    :returns: ``(N, 11)`` float32 shares of the whole and ``(N, 3, 11)`` of its upper, middle and
        lower third, columns as :data:`COLOURS`; rows sum to 1, or are 0 where nothing counts.
    """
    count, height = rgb.shape[:2]
    codes = colour_codes(rgb)
    first, second, share = _two_names()
    band = np.arange(height) * BANDS // max(height, 1)
    rows = (np.arange(count)[:, None] * BANDS + band)[..., None] * len(COLOURS)
    nearest = share[codes] * weights
    size = count * BANDS * len(COLOURS)
    # Not a product with the table of all names: BLAS would wake its threads for it.
    sums = np.bincount((first[codes] + rows).ravel(), nearest.ravel(), size)
    sums += np.bincount((second[codes] + rows).ravel(), (weights - nearest).ravel(), size)
    bands = sums.astype(np.float32).reshape(count, BANDS, len(COLOURS))
    return _normalised(bands.sum(axis=1)), _normalised(bands)


def _normalised(sums: Floats) -> Floats:
    """Scale the last axis to a sum of 1, or 0 where there is next to nothing."""
    totals = sums.sum(axis=-1, keepdims=True)
    return np.asarray(np.where(totals > 1e-3, sums / np.maximum(totals, 1e-3), 0), np.float32)


def pixel_colours(rgb: NDArray[np.uint8]) -> Floats:
    """
    Say which named colours pixels have.

    :param rgb: ``(M, 3)`` uint8 RGB.
    :returns: ``(M, 11)`` float32 shares, columns as :data:`COLOURS`, each row sums to 1.
    """
    return np.asarray(_table()[colour_codes(rgb)], np.float32)


def named_colours(rgb: NDArray[np.uint8], boxes: Floats) -> Floats:
    """
    Measure which named colours the middle of each box has.

    :param rgb: uint8 ``(H, W, 3)`` RGB.
    :param boxes: ``(N, 4)`` xyxy in its pixels.
    :returns: ``(N, 11)`` float32, columns as :data:`COLOURS`, each row sums to 1 (0 where the box
        holds no pixel).
    """
    histograms = np.zeros((len(boxes), len(COLOURS)), np.float32)
    height, width = rgb.shape[:2]
    corners = np.concatenate([np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])], axis=1).astype(int)
    for i, (x1, y1, x2, y2) in enumerate(corners):
        crop = rgb[max(y1, 0) : min(y2, height), max(x1, 0) : min(x2, width)]
        if crop.size == 0:
            continue
        patch = cv2.resize(crop, (_PATCH, _PATCH), interpolation=cv2.INTER_AREA)
        histograms[i] = _window() @ pixel_colours(patch.reshape(-1, 3))
    return histograms
