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

"""How well objects keep their numbers over time, by motmetrics."""

from __future__ import annotations

from typing import Any

from grounded_perception import geometry
from grounded_perception.errors import ModelMissing
from grounded_perception.evaluation.metrics.bootstrap import CHEAP, divided, Draws, measure
from grounded_perception.evaluation.metrics.detection import judged
from grounded_perception.evaluation.metrics.matching import matched, PASSED_OVER, SAME
from grounded_perception.evaluation.metrics.operating_point import least_score
from grounded_perception.evaluation.results import Boxes, FrameResult, Json
from grounded_perception.evaluation.truth.records import TrueFrame, Truth
from grounded_perception.settings import Settings
import numpy as np
from numpy.typing import NDArray

#: Ours → motmetrics'.
_SHARES = {
    'MOTA': 'mota', 'MOTP': 'motp', 'IDF1': 'idf1', 'precision': 'precision', 'recall': 'recall',
}  # fmt: skip
_COUNTS = {
    'switches': 'num_switches', 'fragmentations': 'num_fragmentations',
    'false_positives': 'num_false_positives', 'misses': 'num_misses',
    'mostly_tracked': 'mostly_tracked', 'mostly_lost': 'mostly_lost',
}  # fmt: skip


class Tracking:
    """
    Judges tracks by a truth, frame by frame, each recording's in their order.

    :param truth: with tracks.
    :param settings: whose thresholds decide what is published.
    :param seed: of the draws.
    :raises ModelMissing: when motmetrics is not installed.
    """

    def __init__(self, truth: Truth, settings: Settings, seed: int = 0) -> None:
        self._library = _motmetrics()
        self._truth = truth
        self._least = {name: least_score(name, settings) for name in truth.class_names}
        self._seed = seed
        self._recording: str | None = None
        self._followed: list[Any] = []
        self._said = False

    def add(self, recording: str, result: FrameResult) -> None:
        """
        Judge one frame, if there is a truth of it.

        :param recording: path of the recording: tracks end with it.
        :param result: what became of the frame.
        """
        boxes = judged(self._truth, result)
        if boxes is None:
            return
        if recording != self._recording:
            self._recording = recording
            self._followed.append(self._library.MOTAccumulator(auto_id=True))
        truth = self._truth.frames[result.key]
        true, said = self._judged(truth, boxes)
        self._said = self._said or bool(len(said))
        distances = 1.0 - geometry.iou(truth.boxes_px[true], boxes.boxes_px[said]).astype(float)
        true_labels, labels = (np.array(one.labels, str) for one in (truth, boxes))
        apart = (distances > 1 - SAME) | (true_labels[true, None] != labels[None, said])
        distances[apart] = np.nan
        self._followed[-1].update(truth.track_ids[true], boxes.track_ids[said], distances)

    def _judged(
        self, truth: TrueFrame, boxes: Boxes
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return numbers of the objects and detections that count."""
        named = np.array([label in self._least for label in truth.labels], bool)
        said = [
            i
            for i, label in enumerate(boxes.labels)
            if boxes.scores[i] >= self._least.get(label, np.inf) and boxes.track_ids[i] >= 0
        ]
        fits = matched(boxes.boxes_px[said], truth.boxes_px, truth.ignored)
        true = np.flatnonzero(named & ~truth.ignored & (truth.track_ids >= 0))
        return true, np.array(said, np.int64)[fits != PASSED_OVER]

    def summary(self) -> Json | None:
        """Return the part ``tracking`` of the results; None where nothing was tracked."""
        if not self._said:
            return None
        names = [f'{i}' for i in range(len(self._followed))]
        host = self._library.metrics.create()
        table = host.compute_many(
            self._followed,
            metrics=[*_SHARES.values(), *_COUNTS.values(), 'num_objects'],
            names=names,
            generate_overall=True,
        )
        overall = table.loc['OVERALL']
        objects, drawn = int(overall['num_objects']), self._drawn()
        shares = {
            name: measure(float(overall[theirs]), drawn.get(name, np.zeros(0)), objects).to_json()
            for name, theirs in _SHARES.items()
        }
        return {**shares, **{name: int(overall[theirs]) for name, theirs in _COUNTS.items()}}

    def _drawn(self) -> dict[str, NDArray[np.float64]]:
        """
        Return what draws of frames make of what is a sum over frames.

        IDF1 is none: which track is whose is decided over the whole recording.
        """
        kinds = ('MATCH', 'SWITCH', 'MISS', 'FP')
        rows = []
        for one in self._followed:
            events = one.mot_events.reset_index()
            frames = int(one.events.index.get_level_values('FrameId').max()) + 1
            each = np.zeros((frames, len(kinds) + 1))
            for k, kind in enumerate(kinds):
                these = events[events.Type == kind]
                np.add.at(each[:, k], these.FrameId, 1)
                if kind in ('MATCH', 'SWITCH'):
                    np.add.at(each[:, -1], these.FrameId, these.D)
            rows.append(each)
        counted = np.concatenate(rows)
        totals = Draws.of(len(counted), CHEAP, self._seed).totals(counted)
        match, switch, miss, wrong, distance = totals.T
        found = match + switch
        return {
            'MOTA': 1 - divided(miss + switch + wrong, found + miss),
            'MOTP': divided(distance, found),
            'precision': divided(found, found + wrong),
            'recall': divided(found, found + miss),
        }


def _motmetrics() -> Any:
    """
    Return motmetrics.

    :raises ModelMissing: when it is not installed.
    """
    try:
        import motmetrics
    except ImportError as exc:
        raise ModelMissing(
            "Judging tracks needs motmetrics: pip install 'grounded_perception[evaluate]'"
        ) from exc
    return motmetrics
