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

"""All classical descriptors of image regions in one call."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import cv2
from grounded_perception.imaging.balance import apply_gains, gains_of
from grounded_perception.imaging.colour import colour_shares
from grounded_perception.imaging.foreground import foreground
from grounded_perception.imaging.gradients import derivatives, oriented_gradients
from grounded_perception.imaging.patches import BOX, clip, cut, INNER, MARGIN, Patches
from grounded_perception.imaging.shape import moments_of
from grounded_perception.imaging.sharpness import box_sharpness
from grounded_perception.imaging.surface import surface_of
from grounded_perception.imaging.texture import binary_patterns
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
    :returns: N descriptors; all 0 for a box that holds no pixel of the image.
    """
    height, width = rgb.shape[:2]
    boxes = np.asarray(boxes, np.float32).reshape(-1, 4)
    clipped, valid = clip(boxes, height, width)
    patches = cut(rgb, boxes)
    # One step waits for nobody but the mask, which takes a third of all time: what needs none is
    # done meanwhile, and what needs it is shared out. NumPy and OpenCV let go of the interpreter.
    # The thread is of this call alone: a process that forks (training) would lose a kept one.
    with ThreadPoolExecutor(max_workers=1) as aside:
        looking = aside.submit(_look, rgb, patches)
        sharpness = aside.submit(box_sharpness, rgb, clipped)
        mask = np.ascontiguousarray(foreground(patches)[:, BOX, BOX])
        seen = looking.result()
        texture = aside.submit(binary_patterns, seen.gray, mask)
        shape = aside.submit(moments_of, _decided(mask), patches.step)
        colours, bands = colour_shares(seen.balanced, mask)
        surface = np.zeros((len(boxes), 6), np.float32)
        surface[:, :5] = surface_of(seen.inner, seen.gray[:, 1:-1, 1:-1], mask, seen.dx, seen.dy)
        surface[:, 5] = sharpness.result() * valid
        return Descriptors(
            colours=colours,
            bands=bands,
            texture=texture.result(),
            shape=shape.result(),
            gradients=seen.gradients,
            surface=surface,
        )


class _Look(NamedTuple):
    """What is seen of patches without knowing which pixels are the object's."""

    inner: NDArray[np.uint8]
    balanced: NDArray[np.uint8]
    gray: NDArray[np.uint8]
    dx: Floats
    dy: Floats
    gradients: Floats


def _look(rgb: NDArray[np.uint8], patches: Patches) -> _Look:
    """Prepare patches of an image for what is measured of them."""
    inner = np.ascontiguousarray(patches.rgb[:, BOX, BOX])
    rimmed = np.ascontiguousarray(patches.rgb[:, _RIMMED, _RIMMED])
    gray = _gray(rimmed.reshape(-1, _RIM, 3)).reshape(-1, _RIM, _RIM)
    dx, dy = derivatives(gray)
    balanced = apply_gains(inner, gains_of(rgb))
    gradients = oriented_gradients(dx, dy, patches.step)
    return _Look(inner, balanced, gray, dx, dy, gradients)


# The box and one patch pixel around it: what derivatives of its pixels need.
_RIMMED = slice(MARGIN - 1, MARGIN + INNER + 1)
_RIM = INNER + 2


def _decided(mask: Floats) -> Floats:
    """Make up a belief's mind: half-belief all around an object would hide its shape."""
    return np.asarray(mask > 0.5, np.float32)


def _gray(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return luma, ``(H, W)`` uint8."""
    if not rgb.size:
        return np.zeros(rgb.shape[:2], np.uint8)
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)
