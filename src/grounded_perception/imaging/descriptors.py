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
All classical descriptors of image regions in one call.
"""

from __future__ import annotations

from dataclasses import dataclass

from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Descriptors:
    """
    N regions described without any network; every value finite, about [0, 1].

    :param colours: ``(N, 11)`` shares of :data:`.colour.COLOURS` on the object (inside the
        region's mask), rows sum to 1 (0 where a box holds no pixel).
    :param bands: ``(N, 3, 11)`` the same for the upper, middle and lower third of the box.
    :param texture: ``(N, 10)`` histogram of uniform local binary patterns, rows sum to 1.
    :param shape: ``(N, 8)`` elongation, fill of the box by the mask, orientation, then five Hu
        moments, log-scaled.
    :param gradients: ``(N, 36)`` HOG: 2 x 2 cells of 9 orientations, unit length.
    :param surface: ``(N, 6)`` brightness, contrast, saturation, edge density, key-point density,
        sharpness.
    """

    colours: Floats
    bands: Floats
    texture: Floats
    shape: Floats
    gradients: Floats
    surface: Floats

    def __len__(self) -> int:
        return len(self.colours)

    def take(self, keep: NDArray[np.intp]) -> Descriptors:
        """
        Pick some of the regions.

        :param keep: M indices.
        :returns: their descriptors in that order.
        """
        return Descriptors(
            self.colours[keep],
            self.bands[keep],
            self.texture[keep],
            self.shape[keep],
            self.gradients[keep],
            self.surface[keep],
        )

    def vectors(self) -> Floats:
        """Return all of it as ``(N, WIDTH)`` float32."""
        parts = (
            self.colours,
            self.bands.reshape(len(self), 33),
            self.texture,
            self.shape,
            self.gradients,
            self.surface,
        )
        return np.concatenate(parts, axis=1)


#: Columns of :meth:`Descriptors.vectors`.
WIDTH = 11 + 33 + 10 + 8 + 36 + 6


def describe(rgb: NDArray[np.uint8], boxes: Floats) -> Descriptors:
    """
    Describe regions of an image.

    :param rgb: uint8 ``(H, W, 3)`` RGB.
    :param boxes: ``(N, 4)`` xyxy in its pixels.
    :returns: N descriptors.
    """
    raise NotImplementedError
