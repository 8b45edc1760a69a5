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
Probabilities that are what they say: a temperature, and how far off they are.

After Guo et al. 2017, https://arxiv.org/abs/1706.04599: a network's logits are divided by one
number that is fitted on sentences that it did not learn from.
"""

from __future__ import annotations

from collections.abc import Sequence

from grounded_perception.calibration import Bin, binned
from grounded_perception.errors import TrainingError
from grounded_perception.records import Floats
from grounded_perception.training.fitting.metrics import correct, log_softmax
import numpy as np
from numpy.typing import NDArray

#: Temperatures tried; beyond, a network knows nothing or is never in doubt.
_LOWEST, _HIGHEST = 0.05, 20.0
_PADDING = -1e9


def fit_temperature(logits: Sequence[Floats], targets: Sequence[Floats]) -> float:
    """
    Find the temperature that makes the truth most likely.

    :param logits: for each image ``(B, N + 1)``, the last for *none*.
    :param targets: for each image ``(B, N + 1)``, rows sum to 1.
    :returns: what to divide the logits by.
    :raises TrainingError: when there is nothing to fit to.
    """
    z, t = _stacked(logits, targets)
    if not len(z):
        raise TrainingError('a temperature needs sentences that were held out: there are none')
    truth = (t * z).sum(1).mean()
    # The likelihood is concave in 1 / temperature: halve where its slope changes sign.
    low, high = np.log(1 / _HIGHEST), np.log(1 / _LOWEST)
    for _ in range(50):
        middle = (low + high) / 2
        expected = (np.exp(log_softmax(z * np.exp(middle))) * z).sum(1).mean()
        low, high = (middle, high) if truth > expected else (low, middle)
    return float(np.exp(-(low + high) / 2))


def reliability(
    logits: Sequence[Floats], targets: Sequence[Floats], temperature: float = 1.0
) -> list[Bin]:
    """
    Compare confidence with accuracy.

    :param logits: as above.
    :param targets: as above.
    :param temperature: what the logits are divided by.
    :returns: bins of :func:`grounded_perception.calibration.binned`.
    """
    z, t = _stacked(logits, targets)
    confidence = np.exp(log_softmax(z / temperature).max(1)) if len(z) else np.zeros(0)
    right = correct(z, t) if len(z) else np.zeros(0, bool)
    return binned(confidence, right)


def _stacked(
    logits: Sequence[Floats], targets: Sequence[Floats]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return all rows in one array each, padded where there are fewer regions."""
    width = max((rows.shape[1] for rows in logits), default=1)
    count = sum(len(rows) for rows in logits)
    every, truths = np.full((count, width), _PADDING), np.zeros((count, width))
    at = 0
    for rows, truth in zip(logits, targets, strict=True):
        place = slice(at, at + len(rows)), slice(rows.shape[1])
        every[place], truths[place] = rows, truth
        at += len(rows)
    return every, truths
