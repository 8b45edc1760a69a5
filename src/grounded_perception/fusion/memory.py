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
What earlier frames said of a command: so that an answer does not jump between look-alikes.

Every region is associated with what was there before, by overlap and looks, and its log odds are
averaged over time with a half-life. The one that was answered stays the answer while nothing is
clearly likelier. Three limits keep this honest: what is not seen for a half-life is forgotten;
what the frames themselves reject several times in a row is rejected at once, whatever the
average says; and a frame that does not follow the last one starts afresh.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from grounded_perception import geometry
from grounded_perception.fusion.base import Fused
from grounded_perception.fusion.selection import select, Thresholds
from grounded_perception.fusion.tokens import RegionTokens, TextTokens
from grounded_perception.records import Floats, Grounding, Quantity, Status
import numpy as np
from numpy.typing import NDArray

Nats = NDArray[np.float64]

#: Boxes of two frames that overlap less are not one thing.
_LEAST_IOU = 0.3
#: Names whose embeddings agree less are not one thing under two names.
_LEAST_LIKENESS = 0.5
#: Frames in a row that reject a thing before the average does not count any more.
_PATIENCE = 3
#: The past counts as at most this far from the present, in nats: it bounds how long a change of
#: mind takes to about one half-life.
_MOST_APART = 6.0
#: A gap of more half-lives than this is another scene.
_MOST_GAP = 10.0
#: Things that are not in view any more and are still remembered, at most.
_MOST_UNSEEN = 200


@dataclass(frozen=True, eq=False)
class _Past:
    """
    T things seen in the last frames, and what was said of them for one phrase.

    :param boxes: ``(T, 4)`` where each was seen last.
    :param colours: ``(T, 11)`` the colours it had.
    :param semantics: ``(T, D)`` what it was.
    :param odds: ``(T,)`` averaged log odds of being meant against *none*.
    :param fits: ``(T,)`` averaged log odds of fitting.
    :param rejected: ``(T,)`` frames in a row in which it did not fit.
    :param seen_ns: ``(T,)`` when it was seen last.
    :param answered: which of them was answered; -1 = none.
    """

    boxes: Floats
    colours: Floats
    semantics: Floats
    odds: Nats
    fits: Nats
    rejected: NDArray[np.int64]
    seen_ns: NDArray[np.int64]
    answered: int


class Memory:
    """What earlier frames said of the command in force. Used from one thread."""

    def __init__(self) -> None:
        self._command: object = None
        self._now_ns = 0
        self._half_life_s = 0.0
        self._pasts: dict[int, _Past] = {}

    def begin(self, command: object, stamp_ns: int, half_life_s: float) -> None:
        """
        Take up a frame; forget everything where it does not follow the last one.

        :param command: the same object while the same command holds.
        :param stamp_ns: of the frame; one that is not later than the last starts afresh.
        :param half_life_s: after which a frame counts half, in seconds, more than 0.
        """
        gap_s = (stamp_ns - self._now_ns) / 1e9
        if command is not self._command or not 0 < gap_s <= _MOST_GAP * half_life_s:
            self._pasts = {}
        self._command, self._now_ns, self._half_life_s = command, stamp_ns, half_life_s

    def answer(
        self, n: int, regions: RegionTokens, text: TextTokens, fused: Fused, limits: Thresholds
    ) -> Grounding:
        """
        Read the answer off this frame and the earlier ones.

        :param n: which phrase of the command.
        :param regions: N region tokens of the frame taken up last.
        :param text: the phrase.
        :param fused: what the fusion made of both.
        :param limits: when an answer is which.
        :returns: the answer; the first one is that of the frame alone.
        """
        odds, fits = _odds(fused), _logit(fused.member)
        rejected = np.where(fused.member > 1 - limits.absent, 0, 1).astype(np.int64)
        now = _Past(
            regions.boxes_px,
            regions.descriptors.colours,
            regions.semantics,
            odds,
            fits,
            rejected,
            np.full(len(regions), self._now_ns, np.int64),
            answered=-1,
        )
        past = self._pasts.get(n)
        old, new = _associate(past, now) if past else (_NOBODY, _NOBODY)
        kept = None
        if past and len(old):
            now = self._averaged(past, now, old, new)
            fused = _fused(fused, now)
            if past.answered in old:
                kept = int(new[list(old).index(past.answered)])
                if now.rejected[kept] >= _PATIENCE:
                    kept = None
        answer = select(regions, text, fused, limits, kept)
        single = answer.status is Status.FOUND and text.phrase.quantity is not Quantity.ALL
        now = replace(now, answered=answer.indices[0] if single else -1 if kept is None else kept)
        self._pasts[n] = self._with_unseen(past, now, old) if past else now
        return answer

    def _averaged(
        self, past: _Past, now: _Past, old: NDArray[np.intp], new: NDArray[np.intp]
    ) -> _Past:
        """Average what is associated with what was said of it before."""
        age_s = (self._now_ns - past.seen_ns[old]) / 1e9
        weight = 0.5 ** (age_s / self._half_life_s)
        rejected = now.rejected.copy()
        rejected[new] *= past.rejected[old] + 1
        weight = np.where(rejected[new] >= _PATIENCE, 0, weight)
        odds, fits = now.odds.copy(), now.fits.copy()
        for current, before in ((odds, past.odds[old]), (fits, past.fits[old])):
            there = current[new]
            before = np.clip(before, there - _MOST_APART, there + _MOST_APART)
            current[new] = weight * before + (1 - weight) * there
        return replace(now, odds=odds, fits=fits, rejected=rejected)

    def _with_unseen(self, past: _Past, now: _Past, old: NDArray[np.intp]) -> _Past:
        """Carry over for a half-life what this frame does not show."""
        unseen = np.ones(len(past.odds), bool)
        unseen[old] = False
        unseen &= (self._now_ns - past.seen_ns) / 1e9 <= self._half_life_s
        index = np.flatnonzero(unseen)
        index = index[np.argsort(-past.seen_ns[index], kind='stable')][:_MOST_UNSEEN]
        answered = now.answered
        if past.answered in index:
            # Another one that answers meanwhile does not take its place before it is forgotten.
            answered = len(now.odds) + int(np.flatnonzero(index == past.answered)[0])
        return _Past(
            np.concatenate([now.boxes, past.boxes[index]]),
            np.concatenate([now.colours, past.colours[index]]),
            np.concatenate([now.semantics, past.semantics[index]]),
            np.concatenate([now.odds, past.odds[index]]),
            np.concatenate([now.fits, past.fits[index]]),
            np.concatenate([now.rejected, past.rejected[index]]),
            np.concatenate([now.seen_ns, past.seen_ns[index]]),
            answered,
        )


_NOBODY = np.zeros(0, np.intp)


def _associate(past: _Past, now: _Past) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return who of the past is who now, each at most once, the surest pairs first."""
    overlap = geometry.iou(past.boxes, now.boxes)
    # Few pairs overlap: looking at those alone is quicker than a product of all with all.
    before, after = np.nonzero(overlap >= _LEAST_IOU)
    likeness = np.einsum('pd,pd->p', past.semantics[before], now.semantics[after])
    before, after = before[likeness >= _LEAST_LIKENESS], after[likeness >= _LEAST_LIKENESS]
    # Shares of colours: what both have of each, summed, is 1 for equals.
    colours = np.minimum(past.colours[before], now.colours[after]).sum(axis=1)
    affinity = overlap[before, after] * (0.5 + 0.5 * colours)
    old: list[int] = []
    new: list[int] = []
    for pair in np.argsort(-affinity, kind='stable'):
        if before[pair] not in old and after[pair] not in new:
            old.append(int(before[pair]))
            new.append(int(after[pair]))
    return np.array(old, np.intp), np.array(new, np.intp)


def _odds(fused: Fused) -> Nats:
    """Return log odds against *none*: what one region's neighbours cannot change."""
    p = np.log(np.maximum(fused.probabilities.astype(np.float64), 1e-12))
    return np.asarray(p - np.log(max(fused.none_probability, 1e-12)), np.float64)


def _logit(p: Floats) -> Nats:
    clipped = np.clip(p.astype(np.float64), 1e-9, 1 - 1e-9)
    return np.asarray(np.log(clipped / (1 - clipped)), np.float64)


def _fused(fused: Fused, now: _Past) -> Fused:
    """Turn averaged odds back into probabilities."""
    logits = np.append(now.odds, 0.0)
    weights = np.exp(logits - logits.max())
    every = weights / weights.sum()
    return replace(
        fused,
        probabilities=np.asarray(every[:-1], np.float32),
        none_probability=float(every[-1]),
        member=np.asarray(1 / (1 + np.exp(-now.fits)), np.float32),
    )
