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

"""How good the detections are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grounded_perception.evaluation.metrics import average_precision as ap
from grounded_perception.evaluation.metrics.bootstrap import (
    CHEAP,
    Draws,
    EXPENSIVE,
    measure,
    Numbers,
)
from grounded_perception.evaluation.metrics.coco_matching import CocoMatching, Verdicts
from grounded_perception.evaluation.metrics.confusion import Confusion
from grounded_perception.evaluation.metrics.matching import SAME
from grounded_perception.evaluation.metrics.operating_point import (
    best_f1,
    curve,
    least_score,
    Tally,
    tally,
    together,
)
from grounded_perception.evaluation.results import Boxes, FrameResult, Json
from grounded_perception.evaluation.truth.records import Truth
from grounded_perception.settings import Settings
import numpy as np

ALL = 'all'
NO_BOXES = Boxes.of(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), ())


def judged(truth: Truth, result: FrameResult) -> Boxes | None:
    """
    Say which detections of a frame are judged.

    :param truth: of the frames.
    :param result: of one of them.
    :returns: its detections, none where it failed; None where it was dropped, or the truth does
        not know it.
    """
    if result.key not in truth.frames or result.outcome == 'dropped':
        return None
    return result.detections if result.outcome == 'answered' else NO_BOXES


class Detection:
    """
    Judges detections by a truth, frame by frame.

    :param truth: what is in the frames.
    :param settings: whose thresholds decide what is published.
    :param seed: of the draws.
    :raises ModelMissing: when pycocotools is not installed.
    """

    def __init__(self, truth: Truth, settings: Settings, seed: int = 0) -> None:
        self._truth = truth
        self._settings = settings
        self._seed = seed
        self._matching = CocoMatching(truth.class_names)
        self._confusion = Confusion(truth.class_names, settings)

    def add(self, recording: str, result: FrameResult) -> None:
        """
        Judge one frame, if there is a truth of it.

        :param recording: path of the recording; of no account here.
        :param result: what became of the frame.
        """
        boxes = judged(self._truth, result)
        if boxes is not None:
            self._matching.add(self._truth.frames[result.key], boxes)
            self._confusion.add(self._truth.frames[result.key], boxes)

    def summary(self) -> Json | None:
        """Return the part ``detection`` of the results; None where nothing was judged."""
        measured = Precisions.of(self._matching, self._seed)
        if measured is None:
            return None
        frames, settings = self._matching.frames, self._settings
        draws = Draws.of(frames, CHEAP, self._seed)
        per_class: Json = {}
        curves: Json = {ALL: curve(measured.classes)}
        tallies = []
        for k, (name, verdicts) in enumerate(
            zip(self._truth.class_names, measured.classes, strict=True)
        ):
            tallies.append(tally(verdicts, least_score(name, settings), frames))
            if verdicts.truths or len(verdicts.scores):
                per_class[name] = {
                    **measured.of_class(k, ('AP', 'AP50')),
                    **_of_class(verdicts, tallies[-1], draws),
                }
            if verdicts.truths:
                curves[name] = curve([verdicts])
        everything = together(tallies)
        return {
            'summary': measured.summary(ap.NAMES),
            'at_threshold': {
                'threshold': settings.threshold,
                'class_thresholds': dict(settings.own_thresholds),
                'iou': SAME,
                **everything.shares(draws),
                **everything.sums(),
            },
            'per_class': per_class,
            'pr_curves': curves,
            'confusion': self._confusion.to_json(),
        }


@dataclass(frozen=True, eq=False)
class Precisions:
    """
    COCO's numbers of every class and of all of them.

    :param classes: matches, by class.
    :param values: ``(1, 12)`` of each class.
    :param drawn: ``(D, 12)`` of each class, for draws of the frames.
    """

    classes: Sequence[Verdicts]
    values: Sequence[Numbers]
    drawn: Sequence[Numbers]

    @staticmethod
    def of(matching: CocoMatching, seed: int) -> Precisions | None:
        """
        Measure.

        :param matching: of the frames.
        :param seed: of the draws.
        :returns: the numbers; None where nothing was judged.
        """
        classes = matching.finish()
        if not classes or not matching.frames:
            return None
        draws = Draws.of(matching.frames, EXPENSIVE, seed)
        return Precisions(
            classes,
            [ap.of_class(verdicts) for verdicts in classes],
            [ap.of_class(verdicts, draws) for verdicts in classes],
        )

    def summary(self, names: Sequence[str]) -> Json:
        """Return measures of all classes, by their COCO names."""
        truths = sum(verdicts.truths for verdicts in self.classes)
        return _measures(ap.mean(self.values), ap.mean(self.drawn), truths, names)

    def of_class(self, k: int, names: Sequence[str]) -> Json:
        """Return measures of the k-th class, by their COCO names."""
        return _measures(self.values[k], self.drawn[k], self.classes[k].truths, names)


def _measures(values: Numbers, drawn: Numbers, truths: int, names: Sequence[str]) -> Json:
    """Return COCO's numbers with their intervals."""
    columns = [(name, ap.NAMES.index(name)) for name in names]
    return {name: measure(values[0, i], drawn[:, i], truths).to_json() for name, i in columns}


def _of_class(verdicts: Verdicts, counted: Tally, draws: Draws) -> Json:
    """Return what is published of one class, and what had better be."""
    shares = counted.shares(draws)
    return {
        **{name: shares[name] for name in ('precision', 'recall', 'f1')},
        'truths': verdicts.truths,
        'detections': round(counted.right.sum() + counted.wrong.sum()),
        'best_f1': best_f1(verdicts),
    }
