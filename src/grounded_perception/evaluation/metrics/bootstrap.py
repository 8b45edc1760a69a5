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
How far a number can be trusted: percentile bootstrap over frames.

Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 13: as many frames as there
are, drawn with replacement, again and again; 95 % of the numbers that come out lie in the
interval. A frame brings all its boxes and sentences along, since what is in one image errs
together. Beyond :data:`MOST_BLOCKS` frames, neighbours are drawn together: films of like frames
are not taken for independent, and cost and memory stay where they are.

Nothing is measured anew for a draw: what a frame adds (hits, misses, matches) is counted once,
and a draw is a weight for each frame. An interval tells what as many other frames of the same kind
may give. It knows nothing of what no frame shows: a share of 0 or 1 has an interval of no width,
and frames of one film may err alike. Average precision lies higher on few frames than on many of
the same kind, which no interval makes good: compare it on the same frames.
"""

from __future__ import annotations

from dataclasses import dataclass

from grounded_perception.evaluation.results import Measure
import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
MOST_BLOCKS = 1000
#: Draws where a draw is a matrix product, and for average precision.
CHEAP, EXPENSIVE = 1000, 200
_ENDS = (2.5, 97.5)


@dataclass(frozen=True, eq=False)
class Draws:
    """
    Frames drawn with replacement.

    :param block: ``(F,)`` for each frame the number of its block.
    :param weights: ``(D, blocks)`` for each draw how often each block is in it; D is 0 where
        there are too few frames to draw from.
    """

    block: NDArray[np.int64]
    weights: Numbers

    @staticmethod
    def of(frames: int, count: int, seed: int) -> Draws:
        """
        Draw.

        :param frames: how many there are.
        :param count: of draws.
        :param seed: the same one draws the same.
        :returns: draws; none from fewer than two frames.
        """
        blocks = min(frames, MOST_BLOCKS)
        block = np.arange(frames, dtype=np.int64) * blocks // max(frames, 1)
        if blocks < 2:
            return Draws(block, np.zeros((0, blocks)))
        drawn = np.random.default_rng(seed).multinomial(blocks, np.full(blocks, 1 / blocks), count)
        return Draws(block, drawn.astype(np.float64))

    def totals(self, each: Numbers) -> Numbers:
        """
        Add up over the frames of every draw.

        :param each: ``(F, ...)`` what each frame adds.
        :returns: ``(D, ...)``.
        """
        if not len(self.weights):
            return np.zeros((0, *each.shape[1:]))
        firsts = np.searchsorted(self.block, np.arange(self.weights.shape[1]))
        return np.tensordot(self.weights, np.add.reduceat(each, firsts, axis=0), 1)

    def ratio(self, over: Numbers, under: Numbers, count: int | None = None) -> Measure:
        """
        Measure a ratio of two sums over frames.

        :param over: ``(F,)`` what each frame adds above the line.
        :param under: ``(F,)`` and below.
        :param count: of what it is measured on; None = the sum below the line.
        :returns: the ratio with its interval; not a number where the sum below the line is 0.
        """
        value = float(divided(over.sum(), under.sum()))
        drawn = divided(self.totals(over), self.totals(under))
        return measure(value, drawn, round(under.sum()) if count is None else count)


def divided(over: Numbers, under: Numbers) -> Numbers:
    """Divide; not a number where there is nothing below the line."""
    with np.errstate(divide='ignore', invalid='ignore'):
        return np.where(under > 0, np.divide(over, under), np.nan)


def measure(value: float, drawn: Numbers, count: int) -> Measure:
    """
    Put a number and its draws together.

    :param value: the number itself; what is not finite is not a number.
    :param drawn: ``(D,)`` what the draws made of it; those that are not numbers are left out
        (draws without a frame on which there is something to measure).
    :param count: of what it is measured on.
    :returns: the measure.
    """
    known = drawn[np.isfinite(drawn)]
    if not np.isfinite(value):
        return Measure(np.nan, count=count)
    if not len(known):
        return Measure(float(value), count=count)
    low, high = np.percentile(known, _ENDS)
    return Measure(float(value), float(low), float(high), count)
