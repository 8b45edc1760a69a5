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

"""Masks as tints of their pixels, to be drawn before boxes and texts."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
from grounded_perception.drawing.canvas import Colour, Picture
from grounded_perception.segmenters.base import Masks
import numpy as np

#: Share of the colour in a mask's pixels; its edge has it in full.
_TINT = 0.45


def tinted(rgb: Picture, masks: Masks, colours: Sequence[Colour]) -> Picture:
    """
    Tint the pixels of masks, the largest first, so that none hides a smaller one.

    :param rgb: uint8 ``(H, W, 3)`` RGB; not written to.
    :param masks: N masks of this image.
    :param colours: N RGB colours.
    :returns: uint8 ``(H, W, 3)`` RGB, a new array.
    """
    image = np.array(rgb, np.uint8, order='C')
    for i in np.argsort(-masks.areas, kind='stable').tolist():
        x1, y1, x2, y2 = masks.boxes_px[i].tolist()
        crop, part = masks.crops[i], image[y1:y2, x1:x2]
        part[crop] = np.round(part[crop] * (1 - _TINT) + np.array(colours[i]) * _TINT)
        edges, _ = cv2.findContours(crop.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(image, edges, -1, colours[i], 1, offset=(x1, y1))
    return image
