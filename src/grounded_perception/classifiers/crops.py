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

"""Regions cut out of an image for a network that sees squares of one size."""

from __future__ import annotations

from typing import Any

import cv2
from grounded_perception.imaging.patches import clip
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

#: How a region becomes a square: stretched; padded with grey; grown by what surrounds it.
SQUARES = ('squash', 'letterbox', 'context')
_GREY = 127


def windows(
    boxes_px: Floats, height: int, width: int, square: str, margin: float
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """
    Say which part of an image shows a region.

    :param boxes_px: ``(N, 4)`` float32 xyxy in pixels, any values.
    :param height: rows of the image.
    :param width: columns.
    :param square: one of :data:`SQUARES`; with ``context`` a part is as wide as high, unless the
        image ends before.
    :param margin: what is seen around a box on each side, as a share of its width and height.
    :returns: ``(M, 4)`` xyxy whole pixels inside the image, for the boxes that hold a pixel, and
        ``(N,)`` whether each box does (M of them).
    """
    boxes = np.asarray(boxes_px, np.float32).reshape(-1, 4)
    inner, valid = clip(boxes, height, width)
    inner = inner[valid]
    seen = (inner[:, 2:] - inner[:, :2]) * (1 + 2 * margin)
    if square == 'context':
        seen = np.repeat(seen.max(axis=1, keepdims=True), 2, axis=1)
    centre = (inner[:, :2] + inner[:, 2:]) / 2
    grown, _ = clip(np.concatenate([centre - seen / 2, centre + seen / 2], axis=1), height, width)
    return grown.astype(np.intp), valid


def cut_squares(
    rgb: NDArray[np.uint8], boxes_px: Floats, side: int, square: str, margin: float
) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """
    Cut regions out of an image.

    :param rgb: uint8 ``(H, W, 3)`` RGB.
    :param boxes_px: ``(N, 4)`` float32 xyxy in its pixels, any values.
    :param side: pixels of a square's side.
    :param square: one of :data:`SQUARES`.
    :param margin: what is seen around a box on each side, as a share of its width and height.
    :returns: ``(M, side, side, 3)`` uint8 RGB squares of the boxes that hold a pixel, and ``(N,)``
        whether each box does (M of them).
    """
    parts, valid = windows(boxes_px, rgb.shape[0], rgb.shape[1], square, margin)
    squares = np.empty((len(parts), side, side, 3), np.uint8)
    fit = _letterboxed if square == 'letterbox' else _squashed
    for row, (x1, y1, x2, y2) in enumerate(parts):
        squares[row] = fit(rgb[y1:y2, x1:x2], side)
    return squares, valid


def _squashed(part: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    return np.asarray(_resized(part, side, side), np.uint8)


def _letterboxed(part: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    scale = side / max(part.shape[:2])
    height, width = (max(1, round(length * scale)) for length in part.shape[:2])
    padded = np.full((side, side, 3), _GREY, np.uint8)
    top, left = (side - height) // 2, (side - width) // 2
    padded[top : top + height, left : left + width] = _resized(part, width, height)
    return padded


def _resized(part: NDArray[np.uint8], width: int, height: int) -> Any:
    """Resize; areas are averaged when it shrinks, so that fine patterns do not flicker."""
    shrinks = part.shape[0] > height or part.shape[1] > width
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(part, (width, height), interpolation=how)
