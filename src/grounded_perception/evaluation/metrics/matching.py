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

"""Which detection is which object: greedy, best score first, as COCO matches."""

from __future__ import annotations

from grounded_perception import geometry
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

#: From this overlap on a detection is its object, where nothing else is said.
SAME = 0.5
NOTHING, PASSED_OVER = -1, -2


def matched(
    boxes_px: Floats, truths_px: Floats, ignored: NDArray[np.bool_], least: float = SAME
) -> NDArray[np.int64]:
    """
    Give each detection the object that it overlaps most and that no better one has.

    :param boxes_px: ``(N, 4)`` xyxy of detections, best score first.
    :param truths_px: ``(M, 4)`` xyxy of objects.
    :param ignored: ``(M,)`` objects that may be found, any number of times, or not. How much of
        the detection lies in them counts, as for COCO's crowds.
    :param least: intersection over union.
    :returns: ``(N,)`` number of the object, :data:`NOTHING`, or :data:`PASSED_OVER` where the
        detection fits only what is ignored.
    """
    found = np.full(len(boxes_px), NOTHING, np.int64)
    if not len(boxes_px) or not len(truths_px):
        return found
    overlaps = geometry.iou(boxes_px, truths_px)
    overlaps[:, ignored] = _inside(boxes_px, truths_px[ignored])
    free = ~ignored
    for i, row in enumerate(overlaps):
        open_to = np.where(free, row, -1.0)
        best = int(open_to.argmax())
        if open_to[best] >= least:
            found[i], free[best] = best, False
        elif (row[ignored] >= least).any():
            found[i] = PASSED_OVER
    return found


def _inside(boxes_px: Floats, truths_px: Floats) -> Floats:
    """Return ``(N, M)`` share of each box that lies in each other one."""
    own = np.maximum(geometry.area(boxes_px)[:, None], np.finfo(np.float32).tiny)
    return np.asarray(geometry.intersection(boxes_px, truths_px) / own, np.float32)
