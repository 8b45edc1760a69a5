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

"""What is published at the chosen thresholds: right, wrong and missed, and better thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grounded_perception.evaluation.metrics.average_precision import envelope, RECALLS
from grounded_perception.evaluation.metrics.bootstrap import Draws, Numbers
from grounded_perception.evaluation.metrics.coco_matching import Verdicts
from grounded_perception.evaluation.results import Json
from grounded_perception.settings import Settings, spelt
import numpy as np
from numpy.typing import NDArray

_DIGITS = 6


def least_score(label: str, settings: Settings) -> np.float32:
    """
    Say from which score on a class is published.

    :param label: of the class.
    :param settings: see there: ``threshold``, ``class_thresholds``.
    :returns: in float32, as scores are: .7 in float64 is more than it is there.
    """
    return np.float32(settings.own_thresholds.get(spelt(label), settings.threshold))


@dataclass(frozen=True, eq=False)
class Tally:
    """
    What is right and wrong of one or several classes, at IoU .5.

    :param right: ``(F,)`` detections that found an object, for each frame.
    :param wrong: ``(F,)`` detections that found none.
    :param missed: ``(F,)`` objects that were not found.
    """

    right: Numbers
    wrong: Numbers
    missed: Numbers

    def shares(self, draws: Draws) -> Json:
        """
        Return precision, recall, F1 and accuracy with their intervals, as JSON.

        :param draws: of the frames.
        """
        said, true = self.right + self.wrong, self.right + self.missed
        every = self.right + self.wrong + self.missed
        return {
            'accuracy': draws.ratio(self.right, every).to_json(),
            'precision': draws.ratio(self.right, said).to_json(),
            'recall': draws.ratio(self.right, true).to_json(),
            'f1': draws.ratio(2 * self.right, said + true, round(every.sum())).to_json(),
        }

    def sums(self) -> Json:
        """Return how many are right, wrong and missed."""
        named = {'tp': self.right, 'fp': self.wrong, 'fn': self.missed}
        return {name: round(counts.sum()) for name, counts in named.items()}


def tally(verdicts: Verdicts, least: np.float32, frames: int) -> Tally:
    """
    Count one class.

    :param verdicts: its matches.
    :param least: score from which on detections count.
    :param frames: how many there are in all.
    :returns: the counts.
    """
    said = verdicts.counts(0, 0) & (verdicts.scores >= least)
    hit = verdicts.hit(0, 0)

    def per_frame(chosen: NDArray[np.bool_]) -> Numbers:
        return np.bincount(verdicts.frames[chosen], minlength=frames).astype(np.float64)

    true = np.zeros(frames)
    true[verdicts.places] = verdicts.to_find[0]
    right = per_frame(said & hit)
    return Tally(right, per_frame(said & ~hit), true - right)


def together(tallies: Sequence[Tally]) -> Tally:
    """
    Add classes up.

    :param tallies: one or more.
    :returns: their sum.
    """
    return Tally(
        np.sum([one.right for one in tallies], axis=0),
        np.sum([one.wrong for one in tallies], axis=0),
        np.sum([one.missed for one in tallies], axis=0),
    )


def best_f1(verdicts: Verdicts) -> Json | None:
    """
    Find the score from which on F1 at IoU .5 is best; the highest where several are.

    :param verdicts: of a class.
    :returns: ``threshold`` and ``f1``; None where there is nothing to find, or nothing is found.
    """
    scores, right, of = _running(verdicts)
    if not verdicts.truths or not len(scores) or not right[-1]:
        return None
    f1 = 2 * right / (of + verdicts.truths)
    # Equal scores are published together.
    f1[:-1][scores[:-1] == scores[1:]] = 0
    best = int(f1.argmax())
    return {'threshold': float(scores[best]), 'f1': float(f1[best])}


def curve(classes: Sequence[Verdicts]) -> Json:
    """
    Follow precision over recall at IoU .5.

    :param classes: matches of a class, or of several as if they were one.
    :returns: ``recall``, ``precision`` (the best at that recall or beyond) and ``threshold``
        (the score there) at those of COCO's 101 recalls that are reached.
    """
    runs = [_running(verdicts) for verdicts in classes]
    truths = sum(verdicts.truths for verdicts in classes)
    scores = np.concatenate([np.zeros(0), *(scores for scores, _, _ in runs)])
    hits = np.concatenate([np.zeros(0), *(np.diff(right, prepend=0) for _, right, _ in runs)])
    order = np.argsort(-scores, kind='stable')
    at = np.flatnonzero(hits[order])
    if not len(at):
        return {'recall': [], 'precision': [], 'threshold': []}
    right, of = np.arange(1.0, len(at) + 1), (at + 1).astype(np.float64)
    recalls = RECALLS[: np.searchsorted(RECALLS, right[-1] / truths, side='right')]
    where = np.searchsorted(right / truths, recalls)
    return {
        'recall': recalls.round(2).tolist(),
        'precision': envelope(right, of)[where].round(_DIGITS).tolist(),
        'threshold': scores[order][at][where].round(_DIGITS).tolist(),
    }


def _running(verdicts: Verdicts) -> tuple[Numbers, Numbers, Numbers]:
    """Return scores, how many are right down to each, and of how many."""
    counts = verdicts.counts(0, 0)
    right = np.cumsum(verdicts.hit(0, 0)[counts]).astype(np.float64)
    return verdicts.scores[counts], right, np.arange(1.0, len(right) + 1)
