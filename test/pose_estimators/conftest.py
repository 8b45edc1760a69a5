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

"""Stick figures whose joints are known in metres and in pixels, and the embedded estimator."""

from grounded_perception.compute import Compute
from grounded_perception.errors import ModelMissing
from grounded_perception.pose_estimators import blazepose
from grounded_perception.pose_estimators.base import Bodies, JOINTS
import numpy as np
import pytest

#: Somebody who stands before the camera and looks into it: metres from between the hips (x right,
#: y down, z away from us), of the left side, which is on the image's right.
STANDING = {
    'nose': (0, -0.7, -0.1), 'eye': (0.04, -0.76, -0.08), 'ear': (0.08, -0.74, 0),
    'shoulder': (0.2, -0.5, 0), 'elbow': (0.25, -0.22, 0), 'wrist': (0.25, 0.03, 0),
    'hip': (0.1, 0, 0), 'knee': (0.1, 0.42, 0), 'ankle': (0.1, 0.84, 0),
}  # fmt: skip


class Figure:
    """
    One person, who can be moved.

    :param moved: joints that are not where they are in :data:`STANDING`, both sides.
    """

    def __init__(self, **moved):
        sides = {'left': (1, 1, 1), 'right': (-1, 1, 1), 'nose': (1, 1, 1)}
        self.metres = np.zeros((len(JOINTS), 3))
        for row, name in enumerate(JOINTS):
            side, _, joint = name.partition('_')
            self.metres[row] = {**STANDING, **moved}[joint or side]
            self.metres[row] *= sides[side]

    def with_joint(self, name, at):
        """Move one joint."""
        self.metres[JOINTS.index(name)] = at
        return self

    def bent(self, angle):
        """Bend the hips forward."""
        above = self.metres[:, 1] < -0.1
        self.metres[above] = _rotated(self.metres[above], 1, 2, angle)
        return self

    def turned(self, angle):
        """Turn about the vertical: by 90 degrees it looks to the image's right."""
        self.metres = _rotated(self.metres, 2, 0, -angle)
        return self

    def toppled(self, angle):
        """Turn the image clockwise."""
        self.metres = _rotated(self.metres, 0, 1, angle)
        return self

    def bodies(
        self, at_px=(200, 130), px_per_m=100.0, is_flat=False, visibility=1.0, presence=1.0
    ):
        """Return it as an estimator would, seen from far away; flat = with no metres."""
        joints_px = self.metres[:, :2] * px_per_m + at_px
        metres = np.full_like(self.metres, np.nan) if is_flat else self.metres
        return Bodies(
            joints_px[None].astype(np.float32),
            metres[None].astype(np.float32),
            np.full((1, len(JOINTS)), visibility, np.float32),
            np.full(1, presence, np.float32),
        )


def _rotated(points, first, second, angle):
    """Turn points by degrees, the axis ``first`` towards ``second``."""
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    turned = points.copy()
    turned[:, first] = cos * points[:, first] - sin * points[:, second]
    turned[:, second] = sin * points[:, first] + cos * points[:, second]
    return turned


@pytest.fixture(scope='session')
def figure():
    """Return what makes stick figures."""
    return Figure


@pytest.fixture(scope='session')
def blaze():
    """Return the embedded pose estimator in f32, the arithmetic that is the same on every CPU."""
    try:
        return blazepose.load(blazepose.Options(), Compute(precision='f32'))
    except ModelMissing as exc:
        pytest.skip(str(exc))
