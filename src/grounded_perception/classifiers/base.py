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

"""The seam of the classifiers: regions of an image and free labels in, probabilities out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class LabelMatch:
    """
    How a classifier understood a free label.

    :param label: the label as it came.
    :param known: whether the classifier can tell it; the column of a label that it does not know
        is 0 everywhere.
    :param how: ``'name'`` (a class of the network), ``'kind'`` (a word for several of them),
        ``'nearest'`` (by meaning), ``'free'`` (the network takes any words) or ``'unknown'``.
    :param stands_for: up to five of the network's own classes that count for it, best first.
    :param score: 1 for a listed word, less for a guess, in [-1, 1].
    :param reason: one sentence for people.
    """

    label: str
    known: bool
    how: str
    stands_for: tuple[str, ...]
    score: float
    reason: str


class Classifier(Protocol):
    """Tells which of some free labels a region is; for one thread at a time."""

    @property
    def feature_model(self) -> str:
        """Name what makes the features: only those of equal names can be compared."""
        ...

    def understand(self, labels: Sequence[str]) -> tuple[LabelMatch, ...]:
        """
        Say what each label is taken for, without looking at any image.

        :param labels: L words or short phrases.
        :returns: L matches.
        :raises ModelFailed: when the text encoder fails.
        """
        ...

    def classify(self, rgb: NDArray[np.uint8], boxes_px: Floats, labels: Sequence[str]) -> Floats:
        """
        Weigh free labels against each other on regions of an image.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param boxes_px: ``(N, 4)`` float32 xyxy in its pixels; the whole frame is the box
            ``(0, 0, W, H)``.
        :param labels: L words or short phrases; one that comes twice shares its probability.
        :returns: ``(N, L)`` float32, in [0, 1]. Each row sums to at most 1: what is missing is the
            probability that none of the labels fits. Divide a row by its sum for the answer to
            "which of these, if it is one of them". The row of a box that holds no pixel is 0.
        :raises ModelFailed: when the network raises.
        """
        ...

    def features(self, rgb: NDArray[np.uint8], boxes_px: Floats) -> Floats:
        """
        Describe regions of an image so that like things have like vectors.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param boxes_px: ``(N, 4)`` float32 xyxy in its pixels.
        :returns: ``(N, D)`` float32 rows of length 1; 0 for a box that holds no pixel.
        :raises ModelFailed: when the network raises.
        """
        ...

    def close(self) -> None:
        """Free what the network holds; the classifier is not used afterwards."""
        ...
