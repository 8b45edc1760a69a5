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

"""How good answers are: share of right ones, in all, by kind of sentence and by true answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from grounded_perception.records import Floats, Status
from grounded_perception.training.examples import Example
import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.floating[Any]]
#: As an example's ``status`` counts them.
STATUS_NAMES = tuple(s.value for s in (Status.FOUND, Status.AMBIGUOUS, Status.ABSENT))


@dataclass(frozen=True)
class Share:
    """
    Some of many.

    :param right: right answers.
    :param count: all answers.
    """

    right: int
    count: int

    @property
    def accuracy(self) -> float:
        """Return the share of right ones; not a number where there are none at all."""
        return self.right / self.count if self.count else float('nan')


@dataclass(frozen=True)
class Metrics:
    """
    How good the answers to many sentences are.

    :param total: all of them.
    :param nll: mean negative log likelihood of the truth, in nats.
    :param by_status: by true answer.
    :param by_kind: by kind of sentence.
    """

    total: Share
    nll: float
    by_status: Mapping[str, Share]
    by_kind: Mapping[str, Share]

    @property
    def accuracy(self) -> float:
        """Return the share of right answers."""
        return self.total.accuracy

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON takes it."""
        return asdict(self)


def measure(logits: Sequence[Floats], examples: Sequence[Example]) -> Metrics:
    """
    Compare answers with the truth.

    An answer is right when what gets the highest probability (a region or *none*) is one of
    those that are true.

    :param logits: for each example ``(B, N + 1)``, the last for *none*.
    :param examples: with their truth.
    :returns: the shares.
    """
    right = [correct(z, e.target) for z, e in zip(logits, examples, strict=True)]
    nll = [-(e.target * log_softmax(z)).sum(1) for z, e in zip(logits, examples, strict=True)]
    every = np.concatenate([*right, np.zeros(0, bool)])
    statuses = [STATUS_NAMES[s] for e in examples for s in e.status]
    kinds = [kind for e in examples for kind in e.kinds]
    return Metrics(
        _share(every),
        float(np.concatenate(nll).mean()) if every.size else float('nan'),
        _by(statuses, every, STATUS_NAMES),
        _by(kinds, every, sorted(set(kinds))),
    )


def correct(logits: Numbers, target: Numbers) -> NDArray[np.bool_]:
    """
    Say which answers are right.

    :param logits: ``(B, N + 1)``.
    :param target: ``(B, N + 1)``.
    :returns: ``(B,)``.
    """
    chosen = logits.argmax(1)
    return np.asarray(target[np.arange(len(target)), chosen] > 0, bool)


def log_softmax(logits: Numbers) -> NDArray[np.float64]:
    """
    Return the logarithm of the softmax of rows.

    :param logits: ``(R, M)``.
    :returns: ``(R, M)``.
    """
    shifted = logits.astype(np.float64) - logits.max(1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(1, keepdims=True)))


def _share(right: NDArray[np.bool_]) -> Share:
    return Share(int(right.sum()), len(right))


def _by(labels: Sequence[str], right: NDArray[np.bool_], order: Sequence[str]) -> dict[str, Share]:
    """Return the share of each label that occurs."""
    array = np.array(labels)
    return {name: _share(right[array == name]) for name in order if name in set(labels)}
