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
What the grammar asks, checked on the regions: evidence in nats, one row for each thing asked.

A row says how well each region fits one part of the phrase: its name, a colour, a place, a tie to
another thing. 0 is a perfect fit, less is worse; independent evidence adds up. The rows are the
untrained fusion's whole knowledge, an input of the trained one, and the reasons shown to people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math

from grounded_perception.fusion.likeness import Likeness
from grounded_perception.fusion.nats import Nats
import numpy as np
from numpy.typing import NDArray

#: Gains in nats: a class whose name is at cosine .65 (a neighbour like dog to cat) must lose
#: against *none*, one at .9 (the detector wavers between the two) must not.
SEMANTIC_GAIN = 14.0
COLOUR_GAIN = 1.3
WITHOUT_GAIN = 2.0
POSTURE_GAIN = 2.0
RELATION_GAIN = 0.8
SCORE_GAIN = 0.35
#: Logit of *none* among the summed rows.
NONE_LOGIT = -2.2
#: A fit below this is a "no".
_HOLDS = 0.5
#: What a row is divided by to be a fit: for shares and degrees their gain, for a noun what makes
#: "no" begin where it loses against *none*; the others are nats as they stand.
_SPREADS = {
    'noun': NONE_LOGIT / math.log(_HOLDS),
    'colour': COLOUR_GAIN,
    'without': WITHOUT_GAIN,
    'posture': POSTURE_GAIN,
    'relation': RELATION_GAIN,
}


@dataclass(frozen=True, eq=False)
class Evidence:
    """
    How N regions fit the W parts of a phrase.

    :param words: W names of the parts.
    :param kinds: W of ``'noun'``, ``'colour'``, ``'without'``, ``'posture'``, ``'usual'``,
        ``'size'``, ``'place'``, ``'ordinal'``, ``'relation'``.
    :param rows: ``(W, N)`` nats, at most 0.
    :param logits: ``(N,)`` sum of all evidence.
    :param scores: ``(N,)`` nats of the detector's score.
    :param salience: ``(N,)`` nats of being what people speak of, see :mod:`.salience`.
    :param anchors: ``(N,)`` in [0, 1], how likely a region is one that the phrase leans on.
    :param likeness: how far each region is what is named.
    :param looked: whether people were looked at for postures and clothes.
    :param people: ``(N,)`` nats of what was seen of them that a network was never told of:
        postures, and that nobody wears what was said.
    """

    words: tuple[str, ...]
    kinds: tuple[str, ...]
    rows: Nats
    logits: Nats
    scores: Nats
    salience: Nats
    anchors: Nats
    likeness: Likeness
    looked: bool = False
    people: Nats | None = None

    @property
    def answer(self) -> Nats:
        """Log probabilities ``(N + 1,)`` of the regions and, last, *none*, by this alone."""
        return np.asarray(answers([self])[0])

    @property
    def member(self) -> Nats:
        """Probability ``(N,)`` that a region fits, whatever else is there."""
        return members(self.logits)

    @property
    def fits(self) -> Nats:
        """How well each region fits each part ``(W, N)``, in [0, 1], 1 = perfectly."""
        spreads = np.array([_SPREADS.get(kind, 1.0) for kind in self.kinds])
        return np.asarray(np.exp(self.rows / spreads[:, None]), np.float64)

    @property
    def holds(self) -> NDArray[np.bool_]:
        """Whether each part ``(W, N)`` can be said of each region."""
        return np.asarray(self.fits >= _HOLDS - 1e-9)

    @property
    def seen(self) -> Nats:
        """Return the detector's scores ``(N,)``."""
        return np.asarray(1 / (1 + np.exp(-self.scores / SCORE_GAIN)), np.float64)

    def of(self, kind: str) -> Nats:
        """
        Sum the rows of one kind.

        :param kind: see ``kinds``.
        :returns: ``(N,)``, 0 where the phrase asks nothing of the kind.
        """
        rows = self.rows_of(kind)
        return sum(rows[1:], rows[0]) if rows else np.zeros(len(self.scores))

    def rows_of(self, kind: str) -> list[Nats]:
        """
        Return the rows of one kind.

        :param kind: see ``kinds``.
        :returns: rows ``(N,)``.
        """
        return [row for row, own in zip(self.rows, self.kinds, strict=True) if own == kind]


def members(logits: Nats) -> Nats:
    """
    Turn sums of evidence into probabilities.

    :param logits: ``(N,)``, see :attr:`Evidence.logits`.
    :returns: ``(N,)`` that a region fits, whatever else is there.
    """
    return np.asarray(1 / (1 + np.exp(np.minimum(NONE_LOGIT - logits, 30))), np.float64)


def answers(found: Sequence[Evidence]) -> Nats:
    """
    Answer by the evidence alone.

    :param found: of B phrases about the same N regions.
    :returns: log probabilities ``(B, N + 1)`` of the regions and, last, *none*.
    """
    logits = np.full((len(found), len(found[0].scores) + 1), NONE_LOGIT)
    logits[:, :-1] = [each.logits for each in found]
    return log_softmax(logits)


def log_softmax(logits: Nats) -> Nats:
    """
    Turn logits into logarithms of probabilities.

    :param logits: ``(B, N)``.
    :returns: the same shape; the exponentials of each row sum to 1.
    """
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)), np.float64)
