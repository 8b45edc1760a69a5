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
The colours of what people wear, taken where it is worn.

"The red cap" asks for the pixels of a head, "blue jeans" for those of legs: in the box around a
person a cap is a fiftieth, less than anything that stands behind.
"""

from __future__ import annotations

import cv2
from grounded_perception.imaging.balance import apply_gains, gains_of
from grounded_perception.imaging.colour import COLOURS, pixel_colours
from grounded_perception.pose_estimators.base import Bodies, JOINTS
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

#: Where clothes are worn, and the joints without which nobody can tell.
ZONES = {
    'head': ('left_ear', 'right_ear', 'nose'),
    'torso': ('left_shoulder', 'right_shoulder', 'left_hip', 'right_hip'),
    'legs': ('left_hip', 'right_hip', 'left_knee', 'right_knee'),
    'feet': ('left_ankle', 'right_ankle'),
}
#: A zone of which less can be seen, or of fewer pixels, has no colour.
_SEEN, _LEAST_PIXELS = 0.3, 12
#: Sizes by the length from the hips to the shoulders or, where larger, by the shoulders' width.
_HEAD, _TORSO, _LEG, _FOOT = 0.22, 0.1, 0.16, 0.12
_LIFT = 0.9

_SIDES = ('left', 'right')


def colours(rgb: NDArray[np.uint8], bodies: Bodies, zone: str) -> Floats:
    """
    Measure which named colours people wear.

    :param rgb: ``(H, W, 3)`` uint8 RGB.
    :param bodies: N people in it.
    :param zone: one of :data:`ZONES`.
    :returns: ``(N, 11)`` float32 shares, columns as :data:`.imaging.colour.COLOURS`; NaN where the
        zone cannot be seen.
    """
    found = np.full((len(bodies), len(COLOURS)), np.nan, np.float32)
    seen = bodies.seen(ZONES[zone])
    gains = gains_of(rgb)
    for row in np.flatnonzero(seen > _SEEN):
        pixels = _pixels(rgb, bodies, int(row), zone)
        if len(pixels) >= _LEAST_PIXELS:
            found[row] = pixel_colours(apply_gains(pixels, gains)).mean(axis=0)
    return found


def _pixels(rgb: NDArray[np.uint8], bodies: Bodies, row: int, zone: str) -> NDArray[np.uint8]:
    """Return ``(M, 3)`` the pixels of a zone; none where it lies outside the image."""
    shape, reach = _shape(bodies, row, zone)
    height, width = rgb.shape[:2]
    low = np.maximum(np.floor(shape.min(axis=0) - reach), 0).astype(int)
    high = np.minimum(np.ceil(shape.max(axis=0) + reach) + 1, (width, height)).astype(int)
    if (high <= low).any():
        return np.zeros((0, 3), np.uint8)
    part = rgb[low[1] : high[1], low[0] : high[0]]
    mask = np.zeros(part.shape[:2], np.uint8)
    points = np.round(shape - low).astype(np.int32)
    thick = max(round(reach), 1)
    if zone == 'torso':
        outline = cv2.convexHull(points)
        cv2.fillConvexPoly(mask, outline, 1)
        cv2.polylines(mask, [outline], True, 1, thick)  # from the side it is but a line
    elif zone == 'legs':
        for leg in points.reshape(2, -1, 2):
            cv2.polylines(mask, [leg], False, 1, thick)
    else:
        for point in points:
            cv2.circle(mask, (int(point[0]), int(point[1])), thick, 1, -1)
    return np.asarray(part[mask > 0], np.uint8)


def _shape(bodies: Bodies, row: int, zone: str) -> tuple[Floats, float]:
    """Return the points of a zone and how far it reaches around them, both in pixels."""
    at = dict(zip(JOINTS, bodies.joints_px[row], strict=True))
    shoulders = (at['left_shoulder'] + at['right_shoulder']) / 2
    hips = (at['left_hip'] + at['right_hip']) / 2
    across = float(np.linalg.norm(at['left_shoulder'] - at['right_shoulder']))
    unit = max(across, float(np.linalg.norm(shoulders - hips)) / 2, 1.0)
    if zone == 'head':
        ears = (at['left_ear'] + at['right_ear']) / 2
        neck = ears - shoulders
        rise = float(np.linalg.norm(neck))
        reach = max(_HEAD * unit, rise / 2)
        # Above the ears: below them is a face.
        return np.array([ears + neck / max(rise, 1e-3) * _LIFT * reach], np.float32), reach
    names: tuple[str, ...]
    if zone == 'torso':
        names = ('left_shoulder', 'right_shoulder', 'right_hip', 'left_hip')
        return np.array([at[name] for name in names], np.float32), _TORSO * unit
    if zone == 'legs':
        names = tuple(f'{side}_{joint}' for side in _SIDES for joint in ('hip', 'knee', 'ankle'))
        return np.array([at[name] for name in names], np.float32), _LEG * unit
    return np.array([at[f'{side}_ankle'] for side in _SIDES], np.float32), _FOOT * unit
