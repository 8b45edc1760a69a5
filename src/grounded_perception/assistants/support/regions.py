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

"""Which candidate regions the boxes of a model are."""

from __future__ import annotations

from grounded_perception import geometry
from grounded_perception.assistants.base import Scene
from grounded_perception.assistants.parsing.found import Parsed
import numpy as np

#: Two boxes that overlap more than this (IoU) are of the same thing.
_SAME = 0.5


def regions_of(parsed: Parsed, seen: Scene | None) -> tuple[int, ...]:
    """
    Find the candidates that a text speaks of.

    :param parsed: what was read off the text.
    :param seen: the candidates; None = there are none.
    :returns: their indices, in the order of the text, each once.
    """
    if seen is None or not parsed.found or not len(seen.regions):
        return ()
    boxes = np.array([found.box for found in parsed.found], np.float32)
    overlap = geometry.iou(boxes, seen.regions.boxes_px)
    best = [int(row.argmax()) for row in overlap if row.max() > _SAME]
    return tuple(dict.fromkeys(best))
