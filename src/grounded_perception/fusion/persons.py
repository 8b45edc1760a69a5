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
The people among the regions of a frame, looked at when a phrase asks for it.

Who says "the man sitting" or "the red cap" wants people looked at; who says "the red car" does
not, and then nobody is. What was found of a person serves all phrases about the frame.
"""

from __future__ import annotations

from grounded_perception.errors import ModelFailed, PerceptionError
from grounded_perception.pose_estimators import worn
from grounded_perception.pose_estimators.base import Bodies, PoseEstimator
from grounded_perception.pose_estimators.hands import reach
from grounded_perception.pose_estimators.postures import degrees
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

#: People looked at for one phrase, the likeliest first: each costs milliseconds.
MOST = 10
#: A region less believed to be a person is none.
_PERSON = 0.1


class Persons:
    """
    Looks at the people of one frame; for one thread.

    :param estimator: finds joints.
    :param rgb: ``(H, W, 3)`` uint8 RGB.
    :param boxes_px: ``(N, 4)`` xyxy of all regions, people or not.
    """

    def __init__(self, estimator: PoseEstimator, rgb: NDArray[np.uint8], boxes_px: Floats) -> None:
        self._estimator = estimator
        self._rgb = rgb
        self._boxes = boxes_px
        self._bodies = Bodies.empty()
        #: Row of each region among the bodies; -1 = not looked at.
        self._rows = np.full(len(boxes_px), -1)

    def posture(self, name: str, belief: Floats) -> Floats:
        """
        Say how far regions hold themselves in a way.

        :param name: one of :data:`.pose_estimators.postures.POSTURES`.
        :param belief: ``(N,)`` in [0, 1], that each is a person.
        :returns: ``(N,)`` float32 in [0, 1]; .5 where it cannot be told or nobody looked.
        :raises ModelFailed: when the estimator fails.
        """
        self._look(belief)
        return self._spread(degrees(self._bodies, name), np.full((), 0.5, np.float32))

    def colours(self, zone: str, belief: Floats) -> Floats:
        """
        Measure the colours of what regions wear.

        :param zone: one of :data:`.pose_estimators.worn.ZONES`.
        :param belief: ``(N,)`` in [0, 1], that each is a person.
        :returns: ``(N, 11)`` float32 shares, columns as :data:`.imaging.colour.COLOURS`; NaN where
            it cannot be seen or nobody looked.
        :raises ModelFailed: when the estimator fails.
        """
        self._look(belief)
        return self._spread(worn.colours(self._rgb, self._bodies, zone), np.full(11, np.nan))

    def reach(self, belief: Floats) -> Floats:
        """
        Say how near the hands of regions are to regions.

        :param belief: ``(N,)`` in [0, 1], that each is a person.
        :returns: ``(N, N)`` float32 in [0, 1], row i the person; NaN where nobody looked.
        :raises ModelFailed: when the estimator fails.
        """
        self._look(belief)
        unknown = np.full(len(self._boxes), np.nan)
        return self._spread(reach(self._bodies, self._boxes), unknown)

    def _look(self, belief: Floats) -> None:
        """Look at those who were not looked at yet, and should be."""
        likeliest = np.argsort(-belief, kind='stable')[:MOST]
        new = np.array([i for i in likeliest if belief[i] > _PERSON and self._rows[i] < 0], int)
        if not len(new):
            return
        try:
            found = self._estimator.estimate(self._rgb, self._boxes[new])
        except PerceptionError:
            raise
        except Exception as exc:
            # It may be a plug-in: one bad frame of foreign code must not end the node.
            raise ModelFailed(f'{type(self._estimator).__name__} raised {exc!r}') from exc
        if len(found) != len(new):
            raise ModelFailed(
                f'{type(self._estimator).__name__} found {len(found)} bodies in {len(new)} boxes'
            )
        self._rows[new] = len(self._bodies) + np.arange(len(new))
        self._bodies = self._bodies.joined(found)

    def _spread(self, values: Floats, otherwise: NDArray[np.floating]) -> Floats:
        """Return values of bodies by region."""
        spread = np.empty((len(self._rows), *otherwise.shape), np.float32)
        spread[:] = otherwise
        looked = self._rows >= 0
        spread[looked] = values[self._rows[looked]]
        return spread
