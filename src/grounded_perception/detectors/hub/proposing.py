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

"""What detectors of any word do alike: which words they look for, how much they return."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from grounded_perception.detectors.hub.loading import computing
from grounded_perception.detectors.hub.options import OpenOptions
from grounded_perception.detectors.hub.phrases import read_vocabulary, wanted
from grounded_perception.records import Regions
import numpy as np
from numpy.typing import NDArray


class OpenDetector(ABC):
    """
    A :class:`~grounded_perception.detectors.base.Detector` that finds any word.

    :param name: name of the detector, for messages.
    :param options: what the user wants.
    :param runtime: what runs the network, in words; and why, where it is not what is fastest.
    """

    def __init__(self, name: str, options: OpenOptions, runtime: str) -> None:
        self.runtime = runtime
        self._name, self._nms = name, options.nms
        self._vocabulary = read_vocabulary(options.vocabulary)

    @property
    def names(self) -> tuple[str, ...]:
        """None: it finds any word."""
        return ()

    def propose(
        self, rgb: NDArray[np.uint8], phrases: Sequence[str], floor: float, limit: int
    ) -> Regions:
        """
        Find what is asked for and what the vocabulary lists; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param phrases: nouns to look for.
        :param floor: lowest score wanted.
        :param limit: most regions wanted.
        :returns: regions, best first; ``names`` begin with the words looked for and ``posterior``
            says how much each region is each; none when nothing was asked.
        :raises ModelFailed: when the network raises.
        """
        names = wanted(phrases, self._vocabulary)
        if not names:
            return Regions.empty()
        with computing(self._name):
            return best(self._find(rgb, names, floor), limit)

    @abstractmethod
    def _find(self, rgb: NDArray[np.uint8], names: tuple[str, ...], floor: float) -> Regions:
        """Find at least one word; regions best first."""


def best(found: Regions, limit: int) -> Regions:
    """
    Keep the best.

    :param found: regions, best first.
    :param limit: most regions wanted.
    :returns: the first of them.
    """
    return found.take(np.arange(min(len(found), limit)))
