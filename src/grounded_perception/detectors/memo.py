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

"""A detector that remembers the last image: many sentences about it cost one detection."""

from __future__ import annotations

from collections.abc import Sequence
import time

from grounded_perception.detectors.base import Detector, LooksCloser
from grounded_perception.records import Regions
import numpy as np
from numpy.typing import NDArray


class Memo:
    """
    A detector that remembers the last image: many sentences about one image cost one detection.

    :param detector: the real one.
    :param floor: lowest score that it is asked for; what is handed on is what was asked for here.
    """

    def __init__(self, detector: Detector, floor: float = 1.0) -> None:
        self._detector = detector
        self._floor = floor
        #: All that the first look at the last image found, from ``floor`` on.
        self.overheard = Regions.empty()
        self._rgb: NDArray[np.uint8] | None = None
        self._known: dict[tuple[object, ...], tuple[Regions, float]] = {}
        #: What the looks asked for since it was set to 0 took, in milliseconds, whether
        #: remembered or not.
        self.detect_ms = 0.0

    @property
    def names(self) -> tuple[str, ...]:
        """The words that the detector knows."""
        return self._detector.names

    def propose(
        self, rgb: NDArray[np.uint8], phrases: Sequence[str], floor: float, limit: int
    ) -> Regions:
        """
        Find regions; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB; the same object means the same image.
        :param phrases: nouns to look for.
        :param floor: lowest score wanted.
        :param limit: most regions wanted.
        :returns: regions, best first.
        :raises ModelFailed: when the network raises.
        """
        return self._look('propose', rgb, phrases, floor, limit)

    def look_closer(
        self, rgb: NDArray[np.uint8], phrases: Sequence[str], floor: float, limit: int
    ) -> Regions:
        """
        Find more, if the detector can; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB; the same object means the same image.
        :param phrases: nouns to look for.
        :param floor: lowest score wanted.
        :param limit: most regions wanted.
        :returns: regions, best first; none from a detector that cannot.
        :raises ModelFailed: when the network raises.
        """
        if not isinstance(self._detector, LooksCloser):
            return Regions.empty()
        return self._look('look_closer', rgb, phrases, floor, limit)

    def _look(
        self, how: str, rgb: NDArray[np.uint8], phrases: Sequence[str], floor: float, limit: int
    ) -> Regions:
        if rgb is not self._rgb:
            self._rgb, self._known, self.overheard = rgb, {}, Regions.empty()
        # A closed vocabulary finds the same whatever is asked for.
        asked = (how, () if self.names else tuple(phrases), floor, limit)
        if asked not in self._known:
            start = time.perf_counter()
            lowest = min(floor, self._floor)
            regions: Regions = getattr(self._detector, how)(rgb, phrases, lowest, limit)
            if not self._known:
                self.overheard = regions
            if lowest < floor:
                regions = regions.take(regions.scores >= floor)
            self._known[asked] = regions, (time.perf_counter() - start) * 1e3
        regions, took_ms = self._known[asked]
        self.detect_ms += took_ms
        return regions

    def close(self) -> None:
        """Free the detector."""
        self._rgb, self._known = None, {}
        self._detector.close()
