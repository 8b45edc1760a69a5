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

"""Whether answers are as often right as they claim."""

from __future__ import annotations

from collections.abc import Sequence

from grounded_perception.calibration import bin_of, binned, BINS, calibration_error
from grounded_perception.evaluation.metrics.answers import Judgement
from grounded_perception.evaluation.metrics.bootstrap import (
    CHEAP,
    divided,
    Draws,
    measure,
    Numbers,
)
from grounded_perception.evaluation.results import Json
import numpy as np
from numpy.typing import NDArray

_OF = 'the likeliest answer, none of the candidates included, to sentences that mean one thing'


def calibrated(judged: Sequence[Judgement], frame_of: Sequence[int], seed: int) -> Json | None:
    """
    Compare confidence with accuracy.

    :param judged: answers.
    :param frame_of: number of the frame of each, rising.
    :param seed: of the draws.
    :returns: the part ``calibration`` of the results; None where no answer was a choice.
    """
    asked = [i for i, one in enumerate(judged) if one.confidence is not None]
    if not asked:
        return None
    confidence = np.array([judged[i].confidence for i in asked], np.float64)
    right = np.array([judged[i].likeliest for i in asked], bool)
    frames = np.unique([frame_of[i] for i in asked], return_inverse=True)[1]
    bins = binned(confidence, right)
    error = calibration_error(bins)
    drawn = _drawn(confidence, right, frames, seed)
    if len(drawn):
        # Chance only adds to a mean of distances, and to a draw's a second time: without that,
        # the error itself may lie outside of its interval.
        drawn = np.maximum(drawn - drawn.mean() + error, 0)
    return {
        'ece': measure(error, drawn, len(asked)).to_json(),
        'bins': [
            {
                'low': i / BINS,
                'high': (i + 1) / BINS,
                'count': one.count,
                'confidence': one.confidence if one.count else None,
                'accuracy': one.accuracy if one.count else None,
            }
            for i, one in enumerate(bins)
        ],
        'of': _OF,
    }


def _drawn(
    confidence: Numbers, right: NDArray[np.bool_], frames: NDArray[np.int64], seed: int
) -> Numbers:
    """Return ``(D,)`` calibration errors of draws of frames."""
    count = int(frames.max()) + 1
    each = np.zeros((count, BINS, 2))
    # Of a bin only the sum of confidence minus accuracy counts, and how many there are.
    place = frames, bin_of(confidence)
    np.add.at(each[..., 0], place, confidence - right)
    np.add.at(each[..., 1], place, 1)
    totals = Draws.of(count, CHEAP, seed).totals(each)
    return divided(np.abs(totals[..., 0]).sum(axis=1), totals[..., 1].sum(axis=1))
