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

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

from grounded_perception.records import Floats, Regions
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


@runtime_checkable
class FindsAlike(Protocol):
    """What a detector offers besides if a picture can take the place of a word."""

    @property
    def feature_model(self) -> str:
        """Name what makes the features: only those of equal names can be compared."""
        ...

    def features(self, rgb: NDArray[np.uint8], boxes_px: Floats) -> Floats:
        """
        Look at what is to be found again.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param boxes_px: ``(N, 4)`` float32 xyxy in its pixels, each around one thing.
        :returns: ``(N, D)`` float32 rows of length 1; 0 for a box that holds no pixel.
        :raises ModelFailed: when the network raises.
        """
        ...

    def propose_like(
        self, rgb: NDArray[np.uint8], likes: Mapping[str, Floats], floor: float, limit: int
    ) -> Regions:
        """
        Find what is like things that were shown, whether a word names them or not.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param likes: at least one name → ``(K, D)`` features of what was shown under it, K ≥ 1.
        :param floor: lowest score wanted, in [0, 1].
        :param limit: most regions wanted.
        :returns: as :meth:`Detector.propose`; ``names`` are those of ``likes``, and a score of
            0.5 says that a region is as likely like the thing as not.
        :raises ModelFailed: when the network raises.
        """
        ...
