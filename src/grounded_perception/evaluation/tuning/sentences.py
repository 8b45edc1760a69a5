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
When a phrase had better be called ABSENT, and when AMBIGUOUS.

The answers' probabilities are kept, so that every pair of limits can be tried without a network,
by the rule of :mod:`grounded_perception.fusion.selection` itself. Two things are beyond this:
whether the detector looked closer was decided by the limits as they were, and the memory of
earlier frames, which sentences of a truth have none of.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from grounded_perception.evaluation.metrics.answers import judge
from grounded_perception.evaluation.results import FrameResult, Reply
from grounded_perception.evaluation.truth.records import TrueSentence
from grounded_perception.evaluation.tuning.parts import Frames, turns
from grounded_perception.fusion.doubles import doubles
from grounded_perception.fusion.doubt import trust
from grounded_perception.fusion.selection import Asked, Chances, choose, Thresholds
from grounded_perception.records import Quality, Quantity, Status
from grounded_perception.settings import Settings
import numpy as np
from numpy.typing import NDArray

STATUSES = ('FOUND', 'ABSENT', 'AMBIGUOUS')
#: Below a half, whether *none* is likelier than any one thing decides alone.
_ABSENT = np.arange(50, 100, 5) / 100
_MARGIN = np.arange(0, 100, 5) / 100
_Shares = NDArray[np.float64]
_Right = NDArray[np.bool_]


@dataclass(frozen=True)
class Limits:
    """
    Limits before and after, and how often answers are right with them.

    :param before: as they were.
    :param after: as they were chosen.
    :param counts: sentences with each of :data:`STATUSES`.
    :param was: right answers to each, before.
    :param now: right answers to each, on the frames that were chosen on.
    :param tried: right answers to each with limits chosen on other frames: what to expect.
    :param fixed: sentences that have the same answer whatever the limits are, since they were
        refused, or since it did not come from these alone.
    """

    before: Thresholds
    after: Thresholds
    counts: tuple[int, ...]
    was: tuple[int, ...]
    now: tuple[int, ...]
    tried: tuple[int, ...]
    fixed: int


class Asking:
    """
    Collects the answers to sentences, then chooses limits.

    :param sentences: of the truth.
    :param settings: with the limits as they are.
    :param balanced: whether FOUND, ABSENT and AMBIGUOUS weigh the same, however many sentences
        there are of each; else every sentence does.
    :param seed: of the cuts into parts.
    """

    def __init__(
        self, sentences: Iterable[TrueSentence], settings: Settings, balanced: bool, seed: int
    ) -> None:
        self._sentences = {sentence.number: sentence for sentence in sentences}
        self._old = Thresholds(settings.absent_threshold, settings.ambiguity_margin)
        self._balanced, self._seed = balanced, seed
        self._absents = np.unique(np.append(_ABSENT, self._old.absent))
        self._margins = np.unique(np.append(_MARGIN, self._old.margin))
        self._right: list[_Right] = []
        self._frame_of: list[int] = []
        self._status_of: list[int] = []
        self._frames = self._fixed = 0

    def add(self, result: FrameResult) -> None:
        """
        Try all limits on the answers of one frame.

        :param result: what became of it.
        """
        if result.outcome != 'answered':
            return
        first: dict[int, Reply] = {}
        for reply in result.replies:
            first.setdefault(reply.sentence, reply)
        asked = [(self._sentences[n], r) for n, r in first.items() if n in self._sentences]
        for sentence, reply in asked:
            self._right.append(self._tried(sentence, reply, result.quality))
            self._frame_of.append(self._frames)
            self._status_of.append(STATUSES.index(sentence.status))
        self._frames += bool(asked)

    def chosen(self) -> Limits | None:
        """Choose limits; None where nothing was asked."""
        if not self._right:
            return None
        every = np.ones(self._frames, np.bool_)
        of_frame = self._per_frame()
        old = self._place(self._old)
        best = self._guarded(of_frame, every)
        tried = np.zeros(len(STATUSES))
        for chosen_on, tried_on in turns(every, self._seed):
            at = self._guarded(of_frame, chosen_on)
            tried += of_frame[tried_on][:, :, at[0], at[1]].sum(axis=0)
        sums = of_frame.sum(axis=0)
        counts = np.bincount(self._status_of, minlength=len(STATUSES)).astype(np.float64)
        return Limits(
            self._old,
            Thresholds(float(self._absents[best[0]]), float(self._margins[best[1]])),
            _whole(counts),
            _whole(sums[:, old[0], old[1]]),
            _whole(sums[:, best[0], best[1]]),
            _whole(tried),
            self._fixed,
        )

    def _tried(self, sentence: TrueSentence, reply: Reply, quality: str) -> _Right:
        """Return ``(A, M)``: with which limits the answer is right."""
        right = np.full((len(self._absents), len(self._margins)), judge(sentence, reply).right)
        again = _Again(sentence, reply, quality)
        if not again.is_answered_by(self._old):
            self._fixed += 1
            return right
        least, most = self._absents[0], self._absents[-1]
        for m, margin in enumerate(self._margins):
            ends = [again.right(Thresholds(a, margin)) for a in (least, most)]
            # The higher the limit, the less is ABSENT: equal ends mean that nothing changes.
            right[:, m] = ends[0]
            if ends[0] != ends[1]:
                right[:, m] = [again.right(Thresholds(a, margin)) for a in self._absents]
        return right

    def _guarded(self, of_frame: _Shares, within: Frames) -> tuple[int, int]:
        """Choose on some frames; the limits as they were where that is no help on others."""
        old = self._place(self._old)
        was = now = np.zeros(len(STATUSES))
        for chosen_on, tried_on in turns(within, self._seed + 1):
            at = self._best(of_frame[chosen_on].sum(axis=0), self._weights(chosen_on))
            sums = of_frame[tried_on].sum(axis=0)
            was, now = was + sums[:, old[0], old[1]], now + sums[:, at[0], at[1]]
        weights = self._weights(within)
        if weights @ now <= weights @ was:
            return old
        return self._best(of_frame[within].sum(axis=0), weights)

    def _best(self, sums: _Shares, weights: _Shares) -> tuple[int, int]:
        """Return the place of the best limits; of equal ones, that nearest to the old ones."""
        worth = np.tensordot(weights, sums, 1)
        far = np.hypot(
            self._absents[:, None] - self._old.absent, self._margins[None] - self._old.margin
        )
        best = np.where(worth >= worth.max() - 1e-9, far, np.inf)
        a, m = np.unravel_index(best.argmin(), best.shape)
        return int(a), int(m)

    def _weights(self, within: Frames) -> _Shares:
        """Say what a right answer to each status is worth."""
        if not self._balanced:
            return np.ones(len(STATUSES))
        some = within[self._frame_of]
        counts = np.bincount(np.array(self._status_of)[some], minlength=len(STATUSES))
        return np.asarray(1 / np.maximum(counts, 1), np.float64)

    def _per_frame(self) -> _Shares:
        """Return ``(F, statuses, A, M)`` right answers."""
        shape = self._frames, len(STATUSES), len(self._absents), len(self._margins)
        sums = np.zeros(shape)
        np.add.at(sums, (self._frame_of, self._status_of), np.array(self._right))
        return sums

    def _place(self, limits: Thresholds) -> tuple[int, int]:
        absent = np.flatnonzero(self._absents == limits.absent)
        margin = np.flatnonzero(self._margins == limits.margin)
        return int(absent[0]), int(margin[0])


class _Again:
    """An answer as it would be with other limits."""

    def __init__(self, sentence: TrueSentence, reply: Reply, quality: str) -> None:
        self._sentence, self._reply = sentence, reply
        self._judged: dict[tuple[str, int | None], bool] = {}
        self._chances = self._asked = None
        share = trust(_quality(quality))
        if not reply.quantity or not share:
            return
        # What the image's poor quality took is given back: it came after the decision.
        p = np.asarray(reply.probabilities / share, np.float32)
        none = (reply.none_probability - (1 - share) / 2) / share
        member = p
        if reply.asks_all:
            # What is kept is that each fits. Which one is meant is needed only for their order,
            # and is less likely than *none* wherever that is likelier than a half.
            p = np.asarray(member * ((1 - none) / max(float(member.sum()), 1.0)), np.float32)
        self._chances = Chances(p, none, member, doubles(reply.boxes_px))
        self._asked = Asked(Quantity(reply.quantity), reply.count, reply.singled_out)

    def is_answered_by(self, limits: Thresholds) -> bool:
        """Tell whether limits give the answer that was given."""
        reply = self._reply
        best = reply.indices[0] if reply.indices else None
        return self._chances is not None and self._answer(limits) == (reply.status, best)

    def right(self, limits: Thresholds) -> bool:
        """Tell whether the answer is right with other limits."""
        status, best = answer = self._answer(limits)
        if answer not in self._judged:
            indices = () if best is None else (best,)
            changed = replace(self._reply, status=status, indices=indices)
            self._judged[answer] = judge(self._sentence, changed).right
        return self._judged[answer]

    def _answer(self, limits: Thresholds) -> tuple[str, int | None]:
        assert self._chances is not None and self._asked is not None, 'asked before'
        if self._chances.none_probability >= 1:
            return Status.ABSENT.value, None  # the noun means nothing here
        choice = choose(self._chances, self._asked, limits)
        return choice.status.value, int(choice.indices[0]) if len(choice.indices) else None


def _quality(verdict: str) -> Quality:
    return Quality(1.0, 1.0, 0.0, 0.0, verdict, verdict)


def _whole(sums: _Shares) -> tuple[int, ...]:
    return tuple(round(float(each)) for each in sums)
