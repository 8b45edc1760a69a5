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

"""The seam of the pose estimators: people's boxes in, their joints out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from grounded_perception.errors import ModelFailed
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

#: The joints in their order, those of COCO's person keypoints: https://cocodataset.org/#format-data.
JOINTS = (
    'nose', 'left_eye', 'right_eye', 'left_ear', 'right_ear', 'left_shoulder', 'right_shoulder',
    'left_elbow', 'right_elbow', 'left_wrist', 'right_wrist', 'left_hip', 'right_hip',
    'left_knee', 'right_knee', 'left_ankle', 'right_ankle',
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Bodies:
    """
    The joints of N people; left and right are theirs, not the image's.

    :param joints_px: ``(N, 17, 2)`` float32 xy in pixels, the order of :data:`JOINTS`; may lie
        outside the image.
    :param joints_m: ``(N, 17, 3)`` float32 metres from between the hips in the camera's optical
        axes (x right, y down, z forward; REP 103); NaN where the estimator knows the image only.
    :param visibility: ``(N, 17)`` float32 in [0, 1], that a joint is in the image and not hidden.
    :param presence: ``(N,)`` float32 in [0, 1], that there is a person at all.
    :raises ModelFailed: when they disagree: the estimator is at fault.
    """

    joints_px: Floats
    joints_m: Floats
    visibility: Floats
    presence: Floats

    def __post_init__(self) -> None:
        count, joints = len(self.presence), len(JOINTS)
        for name, shape in (
            ('joints_px', (count, joints, 2)),
            ('joints_m', (count, joints, 3)),
            ('visibility', (count, joints)),
            ('presence', (count,)),
        ):
            array = getattr(self, name)
            if array.dtype != np.float32 or array.shape != shape:
                raise ModelFailed(
                    f'{name} must be float32 {shape}, got {array.dtype} {array.shape}'
                )
        if not np.isfinite(self.joints_px).all():
            raise ModelFailed('joints_px must be finite')

    def __len__(self) -> int:
        return len(self.presence)

    def joined(self, other: Bodies) -> Bodies:
        """
        Put other people behind these.

        :param other: M people of the same image.
        :returns: N + M people.
        """
        names = ('joints_px', 'joints_m', 'visibility', 'presence')
        return Bodies(*(np.concatenate([getattr(self, n), getattr(other, n)]) for n in names))

    def between(self, names: Sequence[str]) -> Floats:
        """
        Return the middle of joints in the image.

        :param names: of :data:`JOINTS`.
        :returns: ``(N, 2)`` float32 xy in pixels.
        """
        rows = [JOINTS.index(name) for name in names]
        return np.asarray(self.joints_px[:, rows].mean(axis=1), np.float32)

    def torso(self) -> Floats:
        """
        Measure what people's sizes in the image are told by.

        :returns: ``(N,)`` float32 pixels from the middle of the hips to that of the shoulders, at
            least 1.
        """
        shoulders = self.between(['left_shoulder', 'right_shoulder'])
        hips = self.between(['left_hip', 'right_hip'])
        return np.asarray(np.maximum(np.linalg.norm(shoulders - hips, axis=1), 1.0), np.float32)

    def seen(self, names: Sequence[str]) -> Floats:
        """
        Say how far joints can be seen.

        :param names: of :data:`JOINTS`.
        :returns: ``(N,)`` float32, the mean of their visibility.
        """
        rows = [JOINTS.index(name) for name in names]
        return np.asarray(self.visibility[:, rows].mean(axis=1), np.float32)

    @staticmethod
    def empty() -> Bodies:
        """
        Return nobody.

        :returns: N = 0.
        """
        n = len(JOINTS)
        shapes = ((0, n, 2), (0, n, 3), (0, n), (0,))
        return Bodies(*(np.zeros(shape, np.float32) for shape in shapes))


class PoseEstimator(Protocol):
    """Finds people's joints; one instance is used from one thread."""

    def estimate(self, rgb: NDArray[np.uint8], boxes_px: Floats) -> Bodies:
        """
        Find the joints of the person in each box.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param boxes_px: ``(N, 4)`` float32 xyxy in its pixels, any values.
        :returns: N people; a box without a pixel holds nobody (presence 0).
        :raises ModelFailed: when the network raises.
        """
        ...

    def close(self) -> None:
        """Free what it holds; it is not used afterwards."""
        ...
