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

"""The seam between a region proposer and everything else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from grounded_perception.records import Regions
import numpy as np
from numpy.typing import NDArray


class Detector(Protocol):
    """
    Proposes regions of an image; one instance is used from one thread.

    A detector whose vocabulary is closed lists it in ``names`` and ignores ``phrases``; one that
    finds any word has empty ``names`` and looks for the phrases.
    """

    @property
    def names(self) -> tuple[str, ...]:
        """The words it knows, or none if it knows any."""
        ...

    def propose(
        self, rgb: NDArray[np.uint8], phrases: Sequence[str], floor: float, limit: int
    ) -> Regions:
        """
        Find regions.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param phrases: nouns to look for, for a detector with an open vocabulary.
        :param floor: lowest score wanted, in [0, 1].
        :param limit: most regions wanted.
        :returns: regions, best score first, boxes in the pixels of ``rgb``, inside it.
        :raises ModelFailed: when the network raises.
        """
        ...

    def close(self) -> None:
        """Free what it holds; it is not used afterwards."""
        ...


@runtime_checkable
class LooksCloser(Protocol):
    """What a detector offers besides if a second, slower look shows it more."""

    def look_closer(
        self, rgb: NDArray[np.uint8], phrases: Sequence[str], floor: float, limit: int
    ) -> Regions:
        """
        Find regions that :meth:`Detector.propose` may have missed.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param phrases: nouns to look for, for a detector with an open vocabulary.
        :param floor: lowest score wanted, in [0, 1].
        :param limit: most regions wanted.
        :returns: as :meth:`Detector.propose`; they may repeat what that found.
        :raises ModelFailed: when the network raises.
        """
        ...
