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

"""Numbers over time, in memory that does not grow."""

from __future__ import annotations

from array import array
from collections.abc import Iterable

from grounded_perception.evaluation.results import Json
import numpy as np
from numpy.typing import NDArray

#: Both even: halved, every second one stays in step.
_MOST = 100_000
_MOST_POINTS = 2000
_DIGITS = 4


class Series:
    """
    Numbers of which quantiles are wanted.

    All are kept up to :data:`_MOST`; from there on every second, every fourth, and so on: enough
    for a 99th percentile, and the same on every run. Count and mean are of all of them.
    """

    def __init__(self) -> None:
        self.count = 0
        self._sum = 0.0
        self._every = 1
        self._kept = array('d')

    def add(self, value: float) -> None:
        """Take one number in."""
        if self.count % self._every == 0:
            if len(self._kept) == _MOST:
                self._kept = self._kept[::2]
                self._every *= 2
            self._kept.append(value)
        self.count += 1
        self._sum += value

    @property
    def kept(self) -> NDArray[np.float64]:
        """The numbers that were kept, in their order."""
        return np.array(self._kept, np.float64)

    def to_json(self, *percents: int) -> Json:
        """
        Return percentiles.

        :param percents: which: 50 is the median.
        :returns: ``p50`` and so on; None where there are no numbers.
        """
        if not self.count:
            return {f'p{percent}': None for percent in percents}
        values = np.percentile(self.kept, percents)
        return {
            f'p{percent}': round(float(value), _DIGITS)
            for percent, value in zip(percents, values, strict=True)
        }

    @property
    def mean(self) -> float | None:
        """The mean of all numbers; None where there are none."""
        return round(self._sum / self.count, _DIGITS) if self.count else None


class Timeline:
    """Numbers at their times; of neighbours only the highest is kept where there are many."""

    def __init__(self) -> None:
        self._every = 1
        self._points: list[tuple[float, float]] = []
        self._open: list[tuple[float, float]] = []

    def add(self, time_s: float, value: float) -> None:
        """Take one number in."""
        self._open.append((time_s, value))
        if len(self._open) < self._every:
            return
        self._points.append(_highest(self._open))
        self._open.clear()
        if len(self._points) == _MOST_POINTS:
            pairs = zip(self._points[::2], self._points[1::2], strict=True)
            self._points = [_highest(pair) for pair in pairs]
            self._every *= 2

    def to_json(self) -> Json:
        """Return times and numbers, fewer than 2000 of them."""
        points = [*self._points, *([_highest(self._open)] if self._open else [])]
        return {
            't_s': [round(time, 3) for time, _ in points],
            'ms': [round(value, _DIGITS) for _, value in points],
        }


def _highest(
    points: Iterable[tuple[float, float]],
) -> tuple[float, float]:
    return max(points, key=lambda point: point[1])
