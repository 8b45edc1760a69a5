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

"""From probabilities to an answer: FOUND, AMBIGUOUS or ABSENT, with a reason for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grounded_perception.fusion.base import Fused
from grounded_perception.fusion.evidence import Evidence
from grounded_perception.fusion.explanation import checks_on, listed, missing, shared
from grounded_perception.fusion.tokens import RegionTokens, TextTokens
from grounded_perception.records import (
    Attention,
    Check,
    Floats,
    Grounding,
    Quantity,
    Status,
)
import numpy as np
from numpy.typing import NDArray

_Indices = NDArray[np.intp]
#: A region fits what means several things when that is likelier than not.
_FITS = 0.5
#: ... or when it is nearly as likely as of the one that fits best.
_NEARLY = 0.7
#: "The leftmost", "the second", "the largest" mean one thing by what they say: part of the margin.
_SINGLED_OUT = 0.5
#: Two boxes that are about as likely and overlap more are not asked to be told apart.
_ONE_THING = 0.35


@dataclass(frozen=True)
class Thresholds:
    """
    When an answer is which; the fields are those of ``Settings``.

    :param absent: ABSENT when the probability of *none* exceeds this, and that of every thing.
    :param margin: AMBIGUOUS when another thing's probability is nearer to the best one's than
        this share of it.
    """

    absent: float
    margin: float


def select(
    regions: RegionTokens,
    text: TextTokens,
    fused: Fused,
    limits: Thresholds,
    kept: int | None = None,
) -> Grounding:
    """
    Read the answer to one phrase off its probabilities.

    :param regions: N region tokens.
    :param text: the phrase.
    :param fused: what the fusion made of both.
    :param limits: when an answer is which.
    :param kept: the region that answered in earlier frames: it still does where it fits and is
        not clearly less likely than the best.
    :returns: the answer.
    """
    p, phrase = fused.probabilities, text.phrase
    order = np.argsort(-p, kind='stable')
    ranked = np.sort(np.append(p, fused.none_probability))[::-1]
    # Where something is meant, what fits best does, though no single one be sure.
    best_fit = float(fused.member.max(initial=0))
    fits = fused.member[order] > min(_FITS, _NEARLY * best_fit)
    nobody = fused.none_probability > max(limits.absent, float(p.max(initial=0)))
    margin = limits.margin * (_SINGLED_OUT if phrase.size or phrase.position else 1)
    rivals = _rivals(regions, order[:0] if nobody else order, p, margin)
    before = False
    if phrase.quantity is Quantity.ALL:
        status, chosen = _all(order[:0] if nobody else order[fits], phrase.count)
    else:
        status, chosen = _one(rivals, phrase.quantity)
        if kept is not None and len(rivals) > 1 and kept in rivals:
            status, chosen, before = Status.FOUND, np.array([kept], np.intp), True
    lead = float(ranked[0] - ranked[1]) if len(ranked) > 1 else 1.0
    found = fused.evidence
    told = chosen[0] if len(chosen) else (np.argmax(found.logits) if len(p) else None)
    checks = checks_on(text, found, None if told is None else int(told))
    return Grounding(
        phrase=phrase,
        status=status,
        indices=tuple(int(i) for i in chosen),
        probabilities=fused.member if phrase.quantity is Quantity.ALL else p,
        none_probability=fused.none_probability,
        margin=lead,
        reason=_reason(text, found, status, chosen, checks, int(fits.sum()), before),
        attention=fused.attention,
        checks=checks,
    )


def _rivals(regions: RegionTokens, fitting: _Indices, p: Floats, margin: float) -> _Indices:
    """Return the best region and those that are another thing and about as likely."""
    rivals: list[int] = []
    doubles = regions.doubles(_ONE_THING)
    best = float(p[doubles[fitting[0]]].sum()) if len(fitting) else 0.0  # under all its boxes
    for i in fitting:
        if rivals and p[i] < (1 - margin) * best:
            break
        if not doubles[i, rivals].any():
            rivals.append(int(i))
    return np.array(rivals, np.intp)


_Answer = tuple[Status, _Indices]


def _one(rivals: _Indices, quantity: Quantity) -> _Answer:
    """Answer a phrase that means one thing."""
    if not len(rivals):
        return Status.ABSENT, rivals
    if len(rivals) > 1 and quantity is Quantity.ONE:
        return Status.AMBIGUOUS, rivals
    return Status.FOUND, rivals[:1]


def _all(fitting: _Indices, count: int) -> _Answer:
    """Answer a phrase that means every thing that fits, or a number of them."""
    if not len(fitting) or (count and len(fitting) < count):
        return Status.ABSENT, fitting[:0]
    if count and len(fitting) > count:
        return Status.AMBIGUOUS, fitting
    return Status.FOUND, fitting


def _reason(
    text: TextTokens,
    found: Evidence,
    status: Status,
    chosen: _Indices,
    checks: Sequence[Check],
    fitting: int,
    before: bool,
) -> str:
    """Say why, in one sentence for people."""
    phrase, n = text.phrase, len(chosen)
    every = phrase.quantity is Quantity.ALL
    if status is Status.FOUND:
        head = f'this fits "{phrase.text}" best'
        if before:
            head = f'this fits "{phrase.text}" about as well as others, and was meant before'
        elif n > 1:
            head = f'{n} things fit "{phrase.text}", the best'
        return f'{head}: {listed(checks)}'
    if status is Status.AMBIGUOUS:
        how = f', {phrase.count} were asked for' if every else ' about equally well'
        tail = shared(text, found, [int(i) for i in chosen])
        return f'{n} things fit "{phrase.text}"{how}' + (f': {tail}' if tail else '')
    if fitting and every:
        return f'only {fitting} of {phrase.count} "{phrase.text}" are here'
    return f'nothing here fits "{phrase.text}": {missing(text, found)}'


def not_understood(n: int, text: TextTokens) -> Grounding:
    """
    Answer a phrase whose noun no region can be.

    :param n: number of candidates in the image.
    :param text: the phrase.
    :returns: ABSENT, with the reason that the vocabulary gives.
    """
    return Grounding(
        phrase=text.phrase,
        status=Status.ABSENT,
        indices=(),
        probabilities=np.zeros(n, np.float32),
        none_probability=1.0,
        margin=1.0,
        reason=text.match.reason,
        attention=Attention((text.phrase.noun,), np.zeros((1, n), np.float32)),
        checks=(Check(text.phrase.noun, 'noun', 0.0, None),),
    )
