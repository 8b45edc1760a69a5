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
COCO's twelve numbers from matches, for all frames and for draws of them in one go.

The arithmetic is that of ``COCOeval.accumulate`` and ``summarize``; tests hold them together. A
draw gives each frame a weight, and precision and recall come from weighted running sums: nothing
is sorted or matched again. Precision can only rise where an object is found, so the curve is
looked at there only; how many of COCO's 101 recalls lie between two finds is how often the
better precision behind them counts.
"""

from __future__ import annotations

from collections.abc import Sequence

from grounded_perception.evaluation.metrics.bootstrap import divided, Draws, Numbers
from grounded_perception.evaluation.metrics.coco_matching import AREAS, IOUS, Verdicts
import numpy as np
from numpy.typing import NDArray

NAMES = ('AP', 'AP50', 'AP75', 'APs', 'APm', 'APl', 'AR1', 'AR10', 'AR100', 'ARs', 'ARm', 'ARl')
#: As ``COCOeval`` has them.
RECALLS = np.linspace(0.0, 1.0, 101)
#: Which IoU is .75, and where the numbers of each area are.
_AT_75, _PRECISIONS, _RECALLS = 5, (0, 3, 4, 5), (8, 9, 10, 11)
_FEW = (1, 10)
#: Numbers in a working array.
_MOST = 4_000_000


def of_class(verdicts: Verdicts, draws: Draws | None = None) -> Numbers:
    """
    Measure one class.

    :param verdicts: its matches.
    :param draws: of the frames; None = every frame once.
    :returns: ``(D, 12)`` in the order of :data:`NAMES`, D = 1 without draws; not a number where
        there is nothing to find.
    """
    if draws is None:
        ones = np.ones((1, len(verdicts.frames))), np.ones((1, len(verdicts.places)))
        return _weighted(verdicts, *ones)
    said, true = draws.block[verdicts.frames], draws.block[verdicts.places]
    step = max(1, _MOST // max(len(said), 1))
    parts = [
        _weighted(verdicts, some[:, said], some[:, true])
        for some in (draws.weights[i : i + step] for i in range(0, len(draws.weights), step))
    ]
    return np.concatenate([np.zeros((0, len(NAMES))), *parts])


def mean(classes: Sequence[Numbers]) -> Numbers:
    """
    Average over the classes of which there is something to find.

    :param classes: ``(D, 12)`` each.
    :returns: ``(D, 12)``; not a number where no class has anything to find.
    """
    every = np.array(classes)
    return divided(np.nansum(every, axis=0), np.isfinite(every).sum(axis=0))


def _weighted(verdicts: Verdicts, said: Numbers, true: Numbers) -> Numbers:
    """
    Measure with weights.

    :param verdicts: D detections in P frames.
    :param said: ``(B, D)`` weights of the detections.
    :param true: ``(B, P)`` weights of the frames.
    :returns: ``(B, 12)``.
    """
    result = np.full((len(said), len(NAMES)), np.nan)
    for area in range(len(AREAS)):
        sought = true @ verdicts.to_find[area].astype(np.float64)
        hits = np.array([verdicts.hit(area, iou) for iou in range(IOUS)])
        precision = _precisions(verdicts, area, hits, said, sought)
        result[:, _PRECISIONS[area]] = precision.mean(axis=0)
        result[:, _RECALLS[area]] = _recall(hits, said, sought)
        if not area:
            result[:, 1:3] = precision[[0, _AT_75]].T
            for i, most in enumerate(_FEW):
                result[:, 6 + i] = _recall(hits & (verdicts.ranks < most), said, sought)
    return result


def _recall(hits: NDArray[np.bool_], said: Numbers, sought: Numbers) -> Numbers:
    """Return ``(B,)`` the share that is found, averaged over the IoUs."""
    found = said @ hits.T.astype(np.float64)
    return np.asarray(divided(found, sought[:, None]).mean(axis=1), np.float64)


def _precisions(
    verdicts: Verdicts, area: int, hits: NDArray[np.bool_], said: Numbers, sought: Numbers
) -> Numbers:
    """Return ``(IOUS, B)`` average precision."""
    found = np.zeros((IOUS, len(said)))
    counted = np.zeros(0, bool)
    for iou in range(IOUS):
        counts = verdicts.counts(area, iou)
        # Mostly the same detections count at one IoU as at the one before.
        if not np.array_equal(counts, counted):
            counted, running = counts, np.cumsum(said[:, counts], axis=1)
        hit = hits[iou][counted]
        if hit.any():
            right = np.cumsum(said[:, hits[iou]], axis=1)
            found[iou] = _area_below(right, running[:, hit], sought[:, None])
    found[:, sought == 0] = np.nan
    return found


def _area_below(right: Numbers, of: Numbers, sought: Numbers) -> Numbers:
    """
    Average precision over COCO's recalls.

    :param right: ``(B, H)`` how many are right up to each hit.
    :param of: ``(B, H)`` of how many.
    :param sought: ``(B, 1)`` how many there are to find.
    :returns: ``(B,)``.
    """
    best = envelope(right, of)
    reached = np.searchsorted(RECALLS, divided(right, sought), side='right')
    times = np.diff(reached, axis=1, prepend=0)
    return np.asarray((times * best).sum(axis=1) / len(RECALLS), np.float64)


def envelope(right: Numbers, of: Numbers) -> Numbers:
    """
    Return the best precision at each hit or behind it.

    :param right: ``(..., H)`` how many are right up to each hit.
    :param of: ``(..., H)`` of how many.
    :returns: ``(..., H)``.
    """
    precision = right / (of + np.spacing(1))
    return np.asarray(np.maximum.accumulate(precision[..., ::-1], axis=-1)[..., ::-1], np.float64)
