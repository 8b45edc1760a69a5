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
From probabilities to an answer: FOUND, AMBIGUOUS or ABSENT, with a reason for people.

:func:`choose` is the rule, of numbers alone: who has these may ask what other limits would say.
:func:`select` applies it to what the fusion made of an image, and says why.
"""

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
    Phrase,
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
#: "The leftmost", "the largest", "the cup on the table" mean one thing by what they say: part of
#: the margin. Of photographs people hardly ever said that and meant several.
_SINGLED_OUT = 0.25


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


@dataclass(frozen=True)
class Asked:
    """
    What of a phrase decides how many things answer it.

    :param quantity: how many are meant.
    :param count: the number said, 0 = none.
    :param singled_out: whether it tells one from its like by size, by place ("the leftmost") or
        by how it stands to something ("left of the bus"), which was seen to be so.
    """

    quantity: Quantity
    count: int = 0
    singled_out: bool = False

    @staticmethod
    def by(phrase: Phrase, checks: Sequence[Check]) -> Asked:
        """
        Read it off a phrase.

        :param phrase: the phrase.
        :param checks: of the likeliest region. A word that nothing here can check may mean
            another.
        """
        stands = any(check.kind == 'relation' and check.holds for check in checks)
        sure = all(check.holds is not None for check in checks)
        singled_out = bool(phrase.size or phrase.position) or (stands and sure)
        return Asked(phrase.quantity, phrase.count, singled_out)


@dataclass(frozen=True, eq=False)
class Chances:
    """
    What is known of N regions and a phrase.

    :param probabilities: ``(N,)`` float32, that each is the one that is meant.
    :param none_probability: that none of them is.
    :param member: ``(N,)`` float32, that each fits whatever else is there; needed only where
        every fitting thing is meant.
    :param doubles: ``(N, N)`` which of them may be one thing under two boxes, see
        :func:`.doubles.doubles`.
    """

    probabilities: Floats
    none_probability: float
    member: Floats
    doubles: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Choice:
    """
    Which answer it is.

    :param status: of the answer.
    :param indices: the regions that answer, best first.
    :param fitting: how many fit for themselves.
    :param before: whether it is the one that answered before, though others are as likely.
    """

    status: Status
    indices: _Indices
    fitting: int
    before: bool = False


def choose(chances: Chances, asked: Asked, limits: Thresholds, kept: int | None = None) -> Choice:
    """
    Decide between FOUND, AMBIGUOUS and ABSENT.

    :param chances: of N regions.
    :param asked: how many things are meant.
    :param limits: when an answer is which.
    :param kept: see :func:`select`.
    :returns: the decision.
    """
    p, none = chances.probabilities, chances.none_probability
    order = np.argsort(-p, kind='stable')
    # Where something is meant, what fits best does, though no single one be sure.
    best_fit = float(chances.member.max(initial=0))
    fits = chances.member[order] > min(_FITS, _NEARLY * best_fit)
    fitting = int(fits.sum())
    nobody = none > max(limits.absent, float(p.max(initial=0)))
    if asked.quantity is Quantity.ALL:
        return Choice(*_all(order[:0] if nobody else order[fits], asked.count), fitting)
    margin = limits.margin * (_SINGLED_OUT if asked.singled_out else 1)
    rivals = _rivals(chances.doubles, order[:0] if nobody else order, p, margin)
    if kept is not None and len(rivals) > 1 and kept in rivals:
        return Choice(Status.FOUND, np.array([kept], np.intp), fitting, before=True)
    return Choice(*_one(rivals, asked.quantity), fitting)


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
    p, phrase, found = fused.probabilities, text.phrase, fused.evidence
    doubles = regions.doubles()
    chances = Chances(p, fused.none_probability, fused.member, doubles)
    likeliest = int(np.argmax(p)) if len(p) else None
    checks = checks_on(text, found, likeliest)
    choice = choose(chances, Asked.by(phrase, checks), limits, kept)
    ranked = np.sort(np.append(p, fused.none_probability))[::-1]
    lead = float(ranked[0] - ranked[1]) if len(ranked) > 1 else 1.0
    chosen = choice.indices
    if len(p):  # else nothing was seen that could be told of
        told = int(chosen[0] if len(chosen) else np.argmax(found.logits))
        checks = checks if told == likeliest else checks_on(text, found, told)
    return Grounding(
        phrase=phrase,
        status=choice.status,
        indices=tuple(int(i) for i in chosen),
        probabilities=fused.member if phrase.quantity is Quantity.ALL else p,
        none_probability=fused.none_probability,
        margin=lead,
        reason=_reason(text, found, choice, checks),
        attention=fused.attention,
        checks=checks,
    )


def _rivals(doubles: NDArray[np.bool_], fitting: _Indices, p: Floats, margin: float) -> _Indices:
    """Return the best region and those that are another thing and about as likely."""
    rivals: list[int] = []
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


def _reason(text: TextTokens, found: Evidence, choice: Choice, checks: Sequence[Check]) -> str:
    """Say why, in one sentence for people."""
    phrase, n, status = text.phrase, len(choice.indices), choice.status
    every = phrase.quantity is Quantity.ALL
    if status is Status.FOUND:
        head = f'this fits "{phrase.text}" best'
        if choice.before:
            head = f'this fits "{phrase.text}" about as well as others, and was meant before'
        elif n > 1:
            head = f'{n} things fit "{phrase.text}", the best'
        return f'{head}: {listed(checks)}'
    if status is Status.AMBIGUOUS:
        how = f', {phrase.count} were asked for' if every else ' about equally well'
        tail = shared(text, found, [int(i) for i in choice.indices])
        return f'{n} things fit "{phrase.text}"{how}' + (f': {tail}' if tail else '')
    if choice.fitting and every:
        return f'only {choice.fitting} of {phrase.count} "{phrase.text}" are here'
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
