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

"""What a threshold is chosen for, and how good one is."""

from __future__ import annotations

from dataclasses import dataclass

from grounded_perception.evaluation.metrics.coco_matching import Verdicts
from grounded_perception.evaluation.metrics.operating_point import best_f1
import numpy as np
from numpy.typing import NDArray

#: ``(..., 3)``: detections that found an object, detections that found none, objects missed; at
#: IoU .5.
Counts = NDArray[np.float64]


def precision(counts: Counts) -> NDArray[np.float64]:
    """Return the share of what is published that is right; 1 where nothing is published."""
    right, wrong = counts[..., 0], counts[..., 1]
    return np.asarray(np.where(right + wrong > 0, right, 1) / np.maximum(right + wrong, 1))


def recall(counts: Counts) -> NDArray[np.float64]:
    """Return the share of the objects that are found; 0 where there are none."""
    right, missed = counts[..., 0], counts[..., 2]
    return np.asarray(right / np.maximum(right + missed, 1))


def f1(counts: Counts) -> NDArray[np.float64]:
    """Return the harmonic mean of both; 0 where there is neither object nor detection."""
    right = 2 * counts[..., 0]
    return np.asarray(right / np.maximum(right + counts[..., 1] + counts[..., 2], 1))


@dataclass(frozen=True)
class Aim:
    """
    What thresholds are to reach.

    :param precision: least precision, and then the best recall; None = the best F1.
    """

    precision: float | None = None

    def worth(self, counts: Counts) -> NDArray[np.float64]:
        """
        Say how good counts are.

        :param counts: of what is published.
        :returns: ``(...)``, more is better. With a floor of precision: what reaches it is better
            than what does not; among the first recall decides, among the others precision.
        """
        if self.precision is None:
            return f1(counts)
        share = precision(counts)
        return np.where(share >= self.precision, 1 + recall(counts), share)

    def threshold(self, verdicts: Verdicts) -> float | None:
        """
        Find the best threshold.

        :param verdicts: of a class, or of several as if they were one.
        :returns: the middle between the last score that it lets through and the next below it,
            with few digits; None where there is nothing to find, nothing was found, or no
            threshold has the precision.
        """
        best = best_f1(verdicts) if self.precision is None else self._widest(verdicts)
        if best is None:
            return None
        at = best['threshold']
        scores = verdicts.scores[verdicts.counts(0, 0)]
        below = scores[scores < at]
        return _between(float(below[0]) if len(below) else 0.0, at)

    def _widest(self, verdicts: Verdicts) -> dict[str, float] | None:
        """Find the score that reaches the precision and finds most; the highest where several."""
        assert self.precision is not None, 'F1 is not asked for'
        counts = verdicts.counts(0, 0)
        scores, right = verdicts.scores[counts], np.cumsum(verdicts.hit(0, 0)[counts])
        # Equal scores are published together.
        last = np.append(scores[1:] != scores[:-1], True)[: len(scores)]
        reached = last & (right > 0) & (right >= self.precision * np.arange(1, len(right) + 1))
        if not reached.any():
            return None
        return {'threshold': float(scores[np.where(reached, right, 0).argmax()])}


def _between(low: float, high: float) -> float:
    """Return the number with the fewest digits in (low, high], near the middle, as float32 too."""
    middle = (low + high) / 2
    for digits in range(2, 9):
        number = round(middle, digits)
        if low < number <= high and low < np.float32(number) <= high:
            return number
    return high
