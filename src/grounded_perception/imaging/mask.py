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
The masks of objects in pixels of the image, for whoever looks at or publishes them.

GrabCut (Rother, Kolmogorov and Blake, GrabCut: Interactive Foreground Extraction using Iterated
Graph Cuts, 2004), begun from what :mod:`.foreground` believes: begun from the box alone, it cuts
away half of what COCO's polygons hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

import cv2
from grounded_perception.imaging.foreground import foreground
from grounded_perception.imaging.patches import BOX, clip, cut, INNER, MARGIN
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

# Longer side of what GrabCut works on: measured on COCO, 160 pixels agree with the polygons by
# 0.003 more and take three times as long.
_LONGEST_PX = 96
# Beliefs above and below which a pixel is settled.
_SURELY_OBJECT = 0.8
_SURELY_OTHER = 0.2
# Pixels that either side needs for the five colours of its model.
_FEWEST = 8
# Shorter side of a box below which the belief alone is better, measured on COCO: GrabCut learns
# ten colours from these pixels.
_SMALLEST_PX = 24
# GrabCut draws lots to begin its colour models; the same ones for every region.
_SEED = 0

#: One box in whole pixels and what is believed of them.
_Job = tuple[tuple[int, int, int, int], Floats]
_T = TypeVar('_T')
_R = TypeVar('_R')


class Apply(Protocol):
    """What applies a function to many things, in order: ``map`` or an executor's."""

    def __call__(self, work: Callable[[_T], _R], things: Iterable[_T], /) -> Iterable[_R]:
        """Apply and return the results in order."""
        ...


def pixel_boxes(boxes: Floats, height: int, width: int) -> NDArray[np.int32]:
    """
    Name the whole pixels that boxes touch.

    :param boxes: ``(N, 4)`` xyxy in pixels, any values.
    :param height: rows of the image.
    :param width: columns.
    :returns: ``(N, 4)`` int32 xyxy inside the image, the last ones excluded; empty where a box
        holds no pixel.
    """
    clipped, valid = clip(boxes, height, width)
    whole = clipped.astype(np.int32)
    whole[~valid, 2:] = whole[~valid, :2]
    return whole


def region_mask(
    rgb: NDArray[np.uint8], box: Floats, rounds: int = 1, longest_px: int = _LONGEST_PX
) -> NDArray[np.bool_]:
    """
    Cut one object out of an image.

    :param rgb: uint8 ``(H, W, 3)`` RGB.
    :param box: ``(4,)`` xyxy in its pixels.
    :param rounds: iterations of GrabCut; 0 for what the descriptors believe.
    :param longest_px: longer side of what GrabCut works on.
    :returns: ``(H, W)`` the object's pixels, inside the box; none where the box holds none.
    """
    mask = np.zeros(rgb.shape[:2], np.bool_)
    one = np.asarray(box, np.float32).reshape(1, 4)
    boxes, crops = region_masks(rgb, one, rounds, longest_px)
    x1, y1, x2, y2 = boxes[0].tolist()
    mask[y1:y2, x1:x2] = crops[0]
    return mask


def region_masks(
    rgb: NDArray[np.uint8],
    boxes: Floats,
    rounds: int = 1,
    longest_px: int = _LONGEST_PX,
    apply: Apply = map,
) -> tuple[NDArray[np.int32], tuple[NDArray[np.bool_], ...]]:
    """
    Cut many objects out of an image; the same image and boxes give the same masks.

    The random numbers of OpenCV begin anew in every thread that works here.

    :param rgb: uint8 ``(H, W, 3)`` RGB.
    :param boxes: ``(N, 4)`` xyxy in its pixels.
    :param rounds: iterations of GrabCut; 0 for what the descriptors believe.
    :param longest_px: longer side of what GrabCut works on.
    :param apply: ``map``, or an executor's for boxes side by side.
    :returns: ``(N, 4)`` int32 boxes as of :func:`pixel_boxes`, and for each the object's pixels
        in it, bool.
    """
    rgb = np.ascontiguousarray(rgb)
    height, width = rgb.shape[:2]
    whole = pixel_boxes(boxes, height, width)
    if not len(whole):
        return whole, ()
    beliefs = foreground(cut(rgb, boxes))[:, BOX, BOX]

    def one(job: _Job) -> NDArray[np.bool_]:
        return _crop(rgb, *job, rounds, longest_px)

    jobs = ((tuple(box), belief) for box, belief in zip(whole.tolist(), beliefs, strict=True))
    return whole, tuple(apply(one, jobs))


def _crop(
    rgb: NDArray[np.uint8],
    box: tuple[int, int, int, int],
    belief: Floats,
    rounds: int,
    longest_px: int,
) -> NDArray[np.bool_]:
    """Return the object's pixels in its box."""
    x1, y1, x2, y2 = box
    if x1 == x2 or y1 == y2:
        return np.zeros((y2 - y1, x2 - x1), np.bool_)
    full = cv2.resize(belief, (x2 - x1, y2 - y1), interpolation=cv2.INTER_LINEAR)
    if rounds and min(x2 - x1, y2 - y1) >= _SMALLEST_PX:
        # The same surroundings that the belief comes from.
        dx, dy = (x2 - x1) * MARGIN // INNER + 2, (y2 - y1) * MARGIN // INNER + 2
        left, top = max(x1 - dx, 0), max(y1 - dy, 0)
        crop = rgb[top : y2 + dy, left : x2 + dx]
        own = slice(y1 - top, y2 - top), slice(x1 - left, x2 - left)
        around = np.zeros(crop.shape[:2], np.float32)
        around[own] = full
        full = _grab_cut(crop, around, rounds, longest_px)[own]
    return np.asarray(full > 0.5, np.bool_)


def _grab_cut(rgb: NDArray[np.uint8], belief: Floats, rounds: int, longest_px: int) -> Floats:
    """Refine a belief at reduced size; return it at full size."""
    height, width = belief.shape
    factor = min(longest_px / max(height, width), 1.0)
    size = max(round(width * factor), 1), max(round(height * factor), 1)
    small = np.ascontiguousarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))
    start = cv2.resize(belief, size, interpolation=cv2.INTER_AREA)
    labels = np.where(start > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    labels[start > _SURELY_OBJECT] = cv2.GC_FGD
    labels[start < _SURELY_OTHER] = cv2.GC_BGD
    # Foreground labels are the odd ones.
    chosen = int((labels & 1).sum())
    if min(chosen, labels.size - chosen) < _FEWEST:
        return belief
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(_SEED)
    cv2.grabCut(small, labels, None, *models, rounds, cv2.GC_INIT_WITH_MASK)
    cut_out = (labels & 1).astype(np.float32)
    full = cv2.resize(cut_out, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(full, np.float32)
