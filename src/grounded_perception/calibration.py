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

"""How far confidence is from accuracy: answers in bins of like confidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BINS = 15


@dataclass(frozen=True)
class Bin:
    """
    Answers of like confidence.

    :param confidence: mean probability of what was chosen; 0 where the bin is empty.
    :param accuracy: share of them that is right; 0 where the bin is empty.
    :param count: how many.
    """

    confidence: float
    accuracy: float
    count: int


def bin_of(confidence: NDArray[np.float64]) -> NDArray[np.int64]:
    """
    Say in which bin answers belong.

    :param confidence: ``(A,)`` probability of each answer, in [0, 1].
    :returns: ``(A,)`` numbers below :data:`BINS`; all bins have the same width.
    """
    return np.clip((confidence * BINS).astype(np.int64), 0, BINS - 1)


def binned(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> list[Bin]:
    """
    Put answers of like confidence together.

    :param confidence: ``(A,)`` probability of each answer, in [0, 1].
    :param right: ``(A,)`` whether it is right.
    :returns: :data:`BINS` bins of the same width, from confidence 0 to 1.
    """
    number = bin_of(confidence)
    return [_bin(confidence[number == i], right[number == i]) for i in range(BINS)]


def calibration_error(bins: Sequence[Bin]) -> float:
    """
    Return the expected calibration error: how far confidence is from accuracy on average.

    After Guo et al. 2017, https://arxiv.org/abs/1706.04599, section 3.

    :param bins: of :func:`binned`.
    :returns: in [0, 1]; 0 where there are no answers.
    """
    total = sum(each.count for each in bins)
    return sum(each.count * abs(each.confidence - each.accuracy) for each in bins) / max(total, 1)


def error_by_chance(bins: Sequence[Bin], draws: int = 2000, seed: int = 0) -> NDArray[np.float64]:
    """
    Draw the calibration errors that answers of these confidences have when nothing is amiss.

    A mean of distances is above 0 by chance alone, the more so the fewer answers: of a few hundred
    it is .05, however good the probabilities. An error within these draws shows no fault. After
    Bröcker and Smith 2007, Increasing the Reliability of Reliability Diagrams,
    https://doi.org/10.1175/WAF993.1 (consistency resampling; answers of a bin count as equally
    sure).

    :param bins: of :func:`binned`.
    :param draws: how many.
    :param seed: of the draws.
    :returns: ``(draws,)`` errors, each as of :func:`calibration_error`.
    """
    count = np.array([each.count for each in bins], np.int64)
    confidence = np.clip([each.confidence for each in bins], 0, 1)
    right = np.random.default_rng(seed).binomial(count, confidence, (draws, len(bins)))
    errors = np.abs(right - count * confidence).sum(axis=1) / max(int(count.sum()), 1)
    return np.asarray(errors, np.float64)


def _bin(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> Bin:
    if not len(right):
        return Bin(0.0, 0.0, 0)
    return Bin(float(confidence.mean()), float(right.mean()), len(right))
