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

"""From a detector's proposals to one region for each thing: what a singular noun is asked of."""

from __future__ import annotations

from grounded_perception import geometry
from grounded_perception.records import Regions
import numpy as np

#: Boxes of one class that overlap more than this are one thing. Detectors suppress doubles at a
#: higher overlap, which is right for recall and makes "the cat" ambiguous between two boxes of it.
_SAME_CLASS_IOU = 0.5
#: A box of which this share lies inside a far better one of its class is a part of that thing ...
_PART_SHARE = 0.9
#: ... and a box about as good as the one around it is another thing, in front of it. On the even
#: half of ``benchmarks/grounding.py`` this keeps 3 % more of the things meant.
_PART_SCORE = 0.5
#: Boxes of different classes that overlap more than this are one thing under two names.
_SAME_THING_IOU = 0.75


def distinct(regions: Regions, floor: float) -> Regions:
    """
    Merge doubles: the best box stays and believes what its doubles believed of their classes.

    :param regions: N proposals.
    :param floor: lowest score considered.
    :returns: at most N regions, best score first.
    """
    chosen = regions.take(regions.scores >= floor)
    if not len(chosen):
        return chosen
    labels = np.array(chosen.labels)
    boxes = chosen.boxes_px
    overlaps = geometry.iou(boxes, boxes)
    inside = geometry.intersection(boxes, boxes) / np.maximum(geometry.area(boxes), 1)
    # Row i: what is a double of i, should i stay.
    weaker = chosen.scores[None, :] < _PART_SCORE * chosen.scores[:, None]
    part = ((inside > _PART_SHARE) | (inside.T > _PART_SHARE)) & weaker
    same = (overlaps > _SAME_CLASS_IOU) | part
    same &= labels[:, None] == labels[None, :]
    same |= overlaps > _SAME_THING_IOU
    keep, gone = [], np.zeros(len(chosen), bool)
    posterior = chosen.posterior.copy()
    for i in np.argsort(-chosen.scores, kind='stable'):
        if gone[i]:
            continue
        doubles = same[i] & ~gone
        posterior[i] = chosen.posterior[doubles].max(axis=0)
        gone |= doubles
        keep.append(i)
    merged = Regions(chosen.boxes_px, chosen.scores, chosen.labels, chosen.names, posterior)
    return merged.take(np.array(keep, np.intp))
