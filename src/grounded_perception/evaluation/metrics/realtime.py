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
What a camera that does not wait makes of it: dropped images, ages, and streaming accuracy.

Li et al. 2020, Towards Streaming Perception, https://arxiv.org/abs/2005.10420: at the moment
when an image comes, the world is what that image shows, and all that is known of it is the
answer that was finished last. That answer is judged, whichever image it is about.
"""

from __future__ import annotations

from collections import deque

from grounded_perception.evaluation.metrics.coco_matching import CocoMatching
from grounded_perception.evaluation.metrics.detection import NO_BOXES, Precisions
from grounded_perception.evaluation.metrics.series import Series
from grounded_perception.evaluation.results import Boxes, FrameResult, Json
from grounded_perception.evaluation.truth.records import Truth

_PERCENTS = (50, 95, 99)
_STREAMING = ('AP', 'AP50')


class RealTime:
    """
    Follows images at a recording's own pace, in their order.

    :param truth: what is in the frames; None, or without boxes = no streaming accuracy.
    :param rate: how many seconds of the recording pass in one.
    :param seed: of the draws.
    :raises ModelMissing: when accuracy is wanted and pycocotools is not installed.
    """

    def __init__(self, truth: Truth | None, rate: float, seed: int = 0) -> None:
        self._frames = truth.frames if truth else {}
        self._rate = rate
        self._seed = seed
        judges = truth is not None and truth.has_boxes and truth.class_names
        self._matching = CocoMatching(truth.class_names) if truth and judges else None
        self._undated = 0
        self._outcomes = dict.fromkeys(('answered', 'dropped', 'failed'), 0)
        self._ages = Series()
        self._recording: str | None = None
        self._begin('')

    def _begin(self, recording: str) -> None:
        """Forget what was known in another recording."""
        self._recording = recording
        self._known: Boxes = NO_BOXES
        self._coming: deque[tuple[float, Boxes]] = deque()

    def add(self, recording: str, result: FrameResult) -> None:
        """
        Take one image in.

        :param recording: path of the recording.
        :param result: what became of the image, with the age of its answer in real time; 0 = not
            known: then streaming accuracy is not, either.
        """
        if recording != self._recording:
            self._begin(recording)
        self._outcomes[result.outcome] += 1
        now_ms = result.logged_ns / 1e6
        while self._coming and self._coming[0][0] <= now_ms:
            self._known = self._coming.popleft()[1]
        if self._matching is not None and result.key in self._frames:
            self._matching.add(self._frames[result.key], self._known)
        if result.outcome == 'answered' and not result.age_ms:
            self._undated += 1
        elif result.outcome == 'answered':
            self._ages.add(result.age_ms)
            # In the recording's time, of which more passes while an answer is made at a rate > 1.
            self._coming.append((now_ms + result.age_ms * self._rate, result.detections))

    def summary(self) -> Json:
        """Return the part ``realtime`` of the results."""
        matching = None if self._undated else self._matching
        measured = Precisions.of(matching, self._seed) if matching else None
        images = sum(self._outcomes.values())
        return {
            'rate': self._rate,
            'answered': self._outcomes['answered'],
            'dropped': self._outcomes['dropped'],
            'drop_share': self._outcomes['dropped'] / images if images else None,
            'age_ms': self._ages.to_json(*_PERCENTS),
            'streaming': measured.summary(_STREAMING) if measured else None,
        }
