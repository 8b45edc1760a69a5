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
The mask of one object in pixels of the image, for whoever looks at or publishes it.

GrabCut (Rother, Kolmogorov and Blake, GrabCut: Interactive Foreground Extraction using Iterated
Graph Cuts, 2004), begun from what :mod:`.foreground` believes: begun from the box alone, it cuts
away half of what COCO's polygons hold.
"""

from __future__ import annotations

import cv2
from grounded_perception.imaging.foreground import foreground
from grounded_perception.imaging.patches import BOX, clip, cut, INNER, MARGIN
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

# Longer side of what GrabCut works on; its time grows faster than the pixels.
_LONGEST_PX = 160
# Beliefs above and below which a pixel is settled.
_SURELY_OBJECT = 0.8
_SURELY_OTHER = 0.2
# Pixels that either side needs for the five colours of its model.
_FEWEST = 8


def region_mask(rgb: NDArray[np.uint8], box: Floats, rounds: int = 1) -> NDArray[np.bool_]:
    """
    Cut one object out of an image.

    :param rgb: uint8 ``(H, W, 3)`` RGB.
    :param box: ``(4,)`` xyxy in its pixels.
    :param rounds: iterations of GrabCut; 0 for what the descriptors believe.
    :returns: ``(H, W)`` the object's pixels, inside the box; none where the box holds none.
    """
    height, width = rgb.shape[:2]
    mask = np.zeros((height, width), np.bool_)
    boxes = np.asarray(box, np.float32).reshape(1, 4)
    clipped, valid = clip(boxes, height, width)
    if not valid[0]:
        return mask
    x1, y1, x2, y2 = (int(v) for v in clipped[0])
    belief = foreground(cut(rgb, boxes))[0, BOX, BOX]
    full = cv2.resize(belief, (x2 - x1, y2 - y1), interpolation=cv2.INTER_LINEAR)
    if rounds:
        # The same surroundings that the belief comes from.
        dx, dy = (x2 - x1) * MARGIN // INNER + 2, (y2 - y1) * MARGIN // INNER + 2
        left, top = max(x1 - dx, 0), max(y1 - dy, 0)
        crop = rgb[top : y2 + dy, left : x2 + dx]
        own = slice(y1 - top, y2 - top), slice(x1 - left, x2 - left)
        around = np.zeros(crop.shape[:2], np.float32)
        around[own] = full
        full = _grab_cut(crop, around, rounds)[own]
    mask[y1:y2, x1:x2] = full > 0.5
    return mask


def _grab_cut(rgb: NDArray[np.uint8], belief: Floats, rounds: int) -> Floats:
    """Refine a belief at reduced size; return it at full size."""
    height, width = belief.shape
    factor = min(_LONGEST_PX / max(height, width), 1.0)
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
    cv2.grabCut(small, labels, None, *models, rounds, cv2.GC_INIT_WITH_MASK)
    cut_out = (labels & 1).astype(np.float32)
    full = cv2.resize(cut_out, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(full, np.float32)
