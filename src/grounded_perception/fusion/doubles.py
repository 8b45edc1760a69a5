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

"""Which boxes may be of one thing."""

from __future__ import annotations

from grounded_perception import geometry
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

#: Regions that overlap more, or of which this share of the smaller one lies inside the other, may
#: be one thing: not enough to throw one away, too much to ask which of them is meant.
_DOUBLE_IOU, _INSIDE = 0.55, 0.85


def doubles(boxes_px: Floats) -> NDArray[np.bool_]:
    """
    Say which boxes may be of one thing.

    :param boxes_px: ``(N, 4)`` float32 xyxy.
    :returns: ``(N, N)``, symmetric, true on the diagonal.
    """
    area = geometry.area(boxes_px)
    both = geometry.intersection(boxes_px, boxes_px)
    inside = both > _INSIDE * np.maximum(np.minimum.outer(area, area), 1)
    return np.asarray(inside | (both > _DOUBLE_IOU * (np.add.outer(area, area) - both)))
