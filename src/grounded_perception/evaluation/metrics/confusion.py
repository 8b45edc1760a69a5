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

"""What is taken for what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from grounded_perception.evaluation.metrics.matching import matched, PASSED_OVER
from grounded_perception.evaluation.metrics.operating_point import least_score
from grounded_perception.evaluation.results import Boxes, Json
from grounded_perception.evaluation.truth.records import TrueFrame
from grounded_perception.settings import Settings
import numpy as np

NOTHING = 'nothing'


class Confusion:
    """
    Counts which class each object was said to be, whatever its class, at IoU .5.

    :param class_names: that are judged.
    :param settings: whose thresholds decide what is said.
    """

    def __init__(self, class_names: Sequence[str], settings: Settings) -> None:
        self._least = {name: least_score(name, settings) for name in class_names}
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, truth: TrueFrame, boxes: Boxes) -> None:
        """
        Count one frame.

        :param truth: what is in it.
        :param boxes: what was found.
        """
        said = [
            i
            for i, label in enumerate(boxes.labels)
            if label in self._least and boxes.scores[i] >= self._least[label]
        ]
        judged = [
            i for i, label in enumerate(truth.labels) if label in self._least or truth.ignored[i]
        ]
        ignored = truth.ignored[judged]
        found = matched(boxes.boxes_px[said], truth.boxes_px[judged], ignored)
        for i, which in zip(said, found.tolist(), strict=True):
            if which != PASSED_OVER:
                true = truth.labels[judged[which]] if which >= 0 else NOTHING
                self._counts[true, boxes.labels[i]] += 1
        for which in np.setdiff1d(np.flatnonzero(~ignored), found).tolist():
            self._counts[truth.labels[judged[which]], NOTHING] += 1

    def to_json(self) -> Json:
        """Return labels (classes that came up, and nothing) and counts, rows truth."""
        seen = {name for pair in self._counts for name in pair}
        labels = [*(name for name in self._least if name in seen), NOTHING]
        return {
            'labels': labels,
            'counts': [[self._counts[true, said] for said in labels] for true in labels],
        }
