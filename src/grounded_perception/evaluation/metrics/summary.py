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

"""All the numbers of an evaluation."""

from __future__ import annotations

from collections.abc import Iterable

from grounded_perception.evaluation.metrics.detection import Detection
from grounded_perception.evaluation.metrics.grounding import Answers
from grounded_perception.evaluation.metrics.latency import Latency
from grounded_perception.evaluation.metrics.realtime import RealTime
from grounded_perception.evaluation.metrics.tracking import Tracking
from grounded_perception.evaluation.results import FrameResult, Json
from grounded_perception.evaluation.truth.records import Truth
from grounded_perception.settings import Settings

#: Path of a recording, and what became of its frames, in their order.
Results = Iterable[tuple[str, Iterable[FrameResult]]]


def summarise(
    truth: Truth | None,
    results: Results,
    settings: Settings,
    seed: int = 0,
    paced: Results | None = None,
    rate: float = 1.0,
) -> Json:
    """
    Measure; what is kept of a frame is little, and of a frame without truth nothing but its times.

    :param truth: what should be there; None = only times are measured.
    :param results: of every recording; read once.
    :param settings: whose thresholds decide what is published.
    :param seed: of the draws for the intervals.
    :param paced: the same at the recordings' own pace
        (:func:`~grounded_perception.evaluation.pacing.in_real_time`); read once. None = real time
        is not looked at.
    :param rate: of that.
    :returns: the part ``metrics`` of the results, without a number that is none.
    :raises ModelMissing: when a library that measures is not installed.
    """
    detection = Detection(truth, settings, seed) if truth and _has_boxes(truth) else None
    answers = Answers(truth, seed) if truth and truth.sentences else None
    tracking = Tracking(truth, settings, seed) if truth and truth.has_tracks else None
    latency = Latency(seed)
    parts = [part for part in (detection, answers, tracking, latency) if part is not None]
    for recording, frames in results:
        for result in frames:
            for part in parts:
                part.add(recording, result)
    return {
        'detection': detection.summary() if detection else None,
        'grounding': answers.grounding() if answers else None,
        'calibration': answers.calibration() if answers else None,
        'latency': latency.summary(),
        'realtime': None if paced is None else _real_time(truth, paced, rate, seed),
        'tracking': tracking.summary() if tracking else None,
    }


def _has_boxes(truth: Truth) -> bool:
    return truth.has_boxes and bool(truth.class_names)


def _real_time(truth: Truth | None, paced: Results, rate: float, seed: int) -> Json:
    followed = RealTime(truth, rate, seed)
    for recording, frames in paced:
        for result in frames:
            followed.add(recording, result)
    return followed.summary()
