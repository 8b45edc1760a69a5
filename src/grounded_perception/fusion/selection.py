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

from dataclasses import dataclass

from grounded_perception.fusion.base import Fused
from grounded_perception.fusion.tokens import TextTokens
from grounded_perception.records import Attention, Grounding, Quantity, Status
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Thresholds:
    """
    When an answer is which; the fields are those of ``Settings``.

    :param absent: ABSENT when the probability of *none* exceeds this.
    :param margin: AMBIGUOUS when the two best probabilities are closer than this.
    """

    absent: float
    margin: float


def select(text: TextTokens, fused: Fused, limits: Thresholds) -> Grounding:
    """
    Read the answer to one phrase off its probabilities.

    :param text: the phrase.
    :param fused: what the fusion made of both.
    :param limits: when an answer is which.
    :returns: the answer.
    """
    p, phrase = fused.probabilities, text.phrase
    order = np.argsort(-p, kind='stable')
    ranked = np.sort(np.append(p, fused.none_probability))[::-1]
    fits = fused.member[order] > 1 - limits.absent
    if phrase.quantity is Quantity.ALL:
        status, chosen, reason = _all(order[fits], phrase.count)
    else:
        status, chosen, reason = _one(p, order, fits, phrase.quantity, limits)
    margin = float(ranked[0] - ranked[1]) if len(ranked) > 1 else 1.0
    return Grounding(
        phrase=phrase,
        status=status,
        indices=tuple(int(i) for i in chosen),
        probabilities=fused.member if phrase.quantity is Quantity.ALL else p,
        none_probability=fused.none_probability,
        margin=margin,
        reason=reason.format(phrase=phrase.text),
        attention=fused.attention,
    )


_Answer = tuple[Status, NDArray[np.intp], str]


def _one(
    p: NDArray[np.float32],
    order: NDArray[np.intp],
    fits: NDArray[np.bool_],
    quantity: Quantity,
    limits: Thresholds,
) -> _Answer:
    """Answer a phrase that means one thing."""
    if not fits.any():
        return Status.ABSENT, order[:0], 'nothing here fits "{phrase}"'
    best = order[0]
    rivals = [i for i in order[fits] if p[best] - p[i] < limits.margin]
    if len(rivals) > 1 and quantity is Quantity.ONE:
        return (
            Status.AMBIGUOUS,
            np.array(rivals, np.intp),
            f'{len(rivals)} things fit "{{phrase}}" about equally well',
        )
    return Status.FOUND, order[:1], 'one thing fits "{phrase}" best'


def _all(fitting: NDArray[np.intp], count: int) -> _Answer:
    """Answer a phrase that means every thing that fits, or a number of them."""
    if len(fitting) == 0:
        return Status.ABSENT, fitting, 'nothing here fits "{phrase}"'
    if count and len(fitting) > count:
        return (
            Status.AMBIGUOUS,
            fitting,
            f'{len(fitting)} things fit "{{phrase}}", {count} were asked for',
        )
    if count and len(fitting) < count:
        return Status.ABSENT, fitting[:0], f'only {len(fitting)} of {count} "{{phrase}}" are here'
    return Status.FOUND, fitting, f'{len(fitting)} things fit "{{phrase}}"'


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
    )
