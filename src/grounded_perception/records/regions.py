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

"""What a detector proposes in one image."""

from __future__ import annotations

from dataclasses import dataclass

from grounded_perception.errors import ModelFailed
import numpy as np
from numpy.typing import NDArray

#: Box array ``(N, 4)`` float32 xyxy, or score array ``(N,)`` float32.
Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Regions:
    """
    What a detector proposes in one image.

    :param boxes_px: ``(N, 4)`` float32 xyxy in pixels of the original image, inside it.
    :param scores: ``(N,)`` float32 in [0, 1], finite.
    :param labels: N words of the detector's vocabulary.
    :param names: the K words that the columns of ``posterior`` stand for.
    :param posterior: ``(N, K)`` float32, what the detector believes of each region besides its
        label; the rows need not sum to 1. ``K = 0`` where a detector tells nothing but a label.
    :raises ModelFailed: when they disagree, or a value is not finite: the detector is at fault.
    """

    boxes_px: Floats
    scores: Floats
    labels: tuple[str, ...]
    names: tuple[str, ...]
    posterior: Floats

    def __post_init__(self) -> None:
        n, k = len(self.labels), len(self.names)
        shapes = (self.boxes_px.shape, self.scores.shape, self.posterior.shape)
        if shapes != ((n, 4), (n,), (n, k)):
            raise ModelFailed(
                f'{n} labels and {k} names need boxes ({n}, 4), scores ({n},) and posterior '
                f'({n}, {k}), got {shapes[0]}, {shapes[1]} and {shapes[2]}'
            )
        if not all(np.isfinite(a).all() for a in (self.boxes_px, self.scores, self.posterior)):
            raise ModelFailed('boxes, scores and posterior must be finite')

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, keep: NDArray[np.intp] | NDArray[np.bool_]) -> Regions:
        """
        Pick some of the regions.

        :param keep: indices, or a boolean mask of length N.
        :returns: the regions in that order.
        """
        index = np.flatnonzero(keep) if keep.dtype == np.bool_ else keep
        labels = tuple(self.labels[i] for i in index)
        return Regions(
            self.boxes_px[index], self.scores[index], labels, self.names, self.posterior[index]
        )

    def joined(self, other: Regions) -> Regions:
        """
        Put the regions of a second look behind those of the first.

        :param other: of the same detector.
        :returns: all of them.
        :raises ModelFailed: when their class names differ.
        """
        if not len(other):
            return self
        if not len(self):
            return other
        if self.names != other.names:
            raise ModelFailed('a detector gave two lists of class names for one image')
        return Regions(
            np.concatenate([self.boxes_px, other.boxes_px]),
            np.concatenate([self.scores, other.scores]),
            self.labels + other.labels,
            self.names,
            np.concatenate([self.posterior, other.posterior]),
        )

    @staticmethod
    def of_labels(boxes_px: Floats, scores: Floats, labels: tuple[str, ...]) -> Regions:
        """
        Make regions of a detector that tells nothing but a label.

        :param boxes_px: ``(N, 4)`` float32 xyxy.
        :param scores: ``(N,)`` float32.
        :param labels: N words.
        :returns: the regions, with ``K = 0``.
        """
        return Regions(boxes_px, scores, labels, (), np.zeros((len(labels), 0), np.float32))

    @staticmethod
    def empty() -> Regions:
        """Return no region at all."""
        return Regions.of_labels(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), ())
