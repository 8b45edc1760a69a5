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
Whose hands are at what: of two people beside a bat, the one who holds it.

Boxes of a person and of what lies next to him touch as those of a person and of what he holds do;
the hands tell them apart.
"""

from __future__ import annotations

from grounded_perception.pose_estimators.base import Bodies
from grounded_perception.records import Floats
import numpy as np

#: A hand lies beyond the wrist by this share of the forearm.
_BEYOND = 0.3
#: A gap between hand and thing at which holding is no longer likely, by the torso's length.
_GAP = 0.35


def reach(bodies: Bodies, boxes_px: Floats) -> Floats:
    """
    Say how near people's hands are to things.

    :param bodies: N people.
    :param boxes_px: ``(M, 4)`` xyxy of things.
    :returns: ``(N, M)`` float32 in [0, 1], 1 = the nearer hand is inside the box.
    """
    gaps = np.full((len(bodies), len(boxes_px)), np.inf, np.float32)
    scale = bodies.torso()[:, None]
    for side in ('left', 'right'):
        wrist = bodies.between([f'{side}_wrist'])
        hand = wrist + _BEYOND * (wrist - bodies.between([f'{side}_elbow']))
        off = np.maximum(
            boxes_px[None, :, :2] - hand[:, None], hand[:, None] - boxes_px[None, :, 2:]
        )
        gaps = np.minimum(gaps, np.linalg.norm(np.maximum(off, 0), axis=2))
    near = np.exp(-0.5 * np.square(gaps / (_GAP * scale)))
    return np.asarray(near * bodies.presence[:, None], np.float32)
