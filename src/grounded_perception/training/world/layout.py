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

"""Where things are and what of them is seen: a perspective camera over flat ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math

from grounded_perception.records import Floats
import numpy as np

#: Nearest distance that a camera sees.
_NEAR_M = 0.15
#: Points a side with which the visible part of a box is found.
_GRID = 8
#: Share of a box's width and height that its thing hides: silhouettes leave the corners free.
_OPAQUE_WIDTH, _OPAQUE_HEIGHT = 0.75, 0.92

Box = tuple[float, float, float, float]


@dataclass
class Solid:
    """
    An upright block in the world, metres; x right, z away from the camera, the plane at 0.

    :param x: middle.
    :param base: height of its foot over the plane.
    :param z: distance of its middle.
    :param width: along x.
    :param height: upwards.
    :param depth: along z.
    """

    x: float
    base: float
    z: float
    width: float
    height: float
    depth: float


@dataclass(frozen=True)
class Camera:
    """
    A camera over a plane.

    :param width: of the image in pixels.
    :param height: of the image in pixels.
    :param focal: focal length in pixels.
    :param above: metres over the plane.
    :param pitch: radians that it looks down.
    """

    width: int
    height: int
    focal: float
    above: float
    pitch: float

    def row(self, z: float, up: float) -> float:
        """Return the image row of a point at a distance and a height."""
        drop = self.above - up
        away = max(z * math.cos(self.pitch) + drop * math.sin(self.pitch), _NEAR_M)
        down = drop * math.cos(self.pitch) - z * math.sin(self.pitch)
        return self.height / 2 + self.focal * down / away

    def away(self, solid: Solid) -> float:
        """Return how far the middle of a block is along the optical axis."""
        drop = self.above - solid.base - solid.height / 2
        return max(solid.z * math.cos(self.pitch) + drop * math.sin(self.pitch), _NEAR_M)

    def box(self, solid: Solid) -> Box:
        """Return the box of a block in pixels, not cut at the image's border."""
        near = max(solid.z - solid.depth / 2, _NEAR_M)
        far = max(solid.z + solid.depth / 2, near)
        top, foot = solid.base + solid.height, solid.base
        y1 = min(self.row(near, top), self.row(far, top))
        y2 = max(self.row(near, foot), self.row(far, foot))
        scale = self.focal / self.away(solid)
        middle, half = self.width / 2 + solid.x * scale, solid.width * scale / 2
        return middle - half, y1, middle + half, y2

    def half_view(self, z: float) -> float:
        """Return half the width in metres that is seen at a distance."""
        return z * self.width / (2 * self.focal)


def visible(boxes: Floats, order: Floats) -> tuple[Floats, Floats]:
    """
    Find what nearer things leave to be seen.

    :param boxes: ``(N, 4)`` xyxy of whole things.
    :param order: ``(N,)`` the lower, the nearer.
    :returns: boxes of the visible parts, and the share of each thing that is visible.
    """
    steps = (np.arange(_GRID, dtype=np.float32) + 0.5) / _GRID
    sides = boxes[:, 2:] - boxes[:, :2]
    xs = boxes[:, 0:1] + sides[:, 0:1] * steps
    ys = boxes[:, 1:2] + sides[:, 1:2] * steps
    middle = (boxes[:, 0] + boxes[:, 2]) / 2
    half = sides[:, 0] * _OPAQUE_WIDTH / 2
    in_x = (xs[:, None] > (middle - half)[None, :, None]) & (
        xs[:, None] < (middle + half)[None, :, None]
    )
    top = boxes[:, 3] - sides[:, 1] * _OPAQUE_HEIGHT
    in_y = (ys[:, None] > top[None, :, None]) & (ys[:, None] < boxes[None, :, 3, None])
    nearer = order[None, :] < order[:, None]
    in_x &= nearer[..., None]
    hidden = np.einsum('ijy,ijx->iyx', in_y, in_x)
    seen = ~hidden
    shares = seen.mean(axis=(1, 2), dtype=np.float32)
    columns, rows = seen.any(axis=1), seen.any(axis=2)
    x1, x2 = columns.argmax(axis=1), _GRID - columns[:, ::-1].argmax(axis=1)
    y1, y2 = rows.argmax(axis=1), _GRID - rows[:, ::-1].argmax(axis=1)
    part = np.stack([x1, y1, x2, y2], axis=1).astype(np.float32) / _GRID
    cut = np.tile(boxes[:, :2], 2) + part * np.tile(sides, 2)
    return np.asarray(cut, np.float32), shares


def collides(solid: Solid, others: Sequence[Solid]) -> bool:
    """
    Say whether a block stands where another stands already.

    :param solid: the block.
    :param others: what stands on the same plane.
    """
    return any(
        abs(solid.x - other.x) < 0.4 * (solid.width + other.width)
        and abs(solid.z - other.z) < 0.35 * (solid.depth + other.depth)
        for other in others
    )
