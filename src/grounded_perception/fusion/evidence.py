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

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
import math

from grounded_perception import geometry
from grounded_perception.fusion.likeness import Likeness, likenesses
from grounded_perception.fusion.measures import (
    COLOUR_SHARE,
    colour_shares,
    coloured,
    postures,
)
from grounded_perception.fusion.nats import FLOOR, logs, Nats
from grounded_perception.fusion.people import HELD_SO, people, POSTURE_GAIN
from grounded_perception.fusion.superlatives import foremost, largest, nth
from grounded_perception.fusion.tokens import RegionTokens, TextTokens
from grounded_perception.imaging.colour import shown_as
import numpy as np
from numpy.typing import NDArray

#: Gains in nats: a class whose name is at cosine .65 (a neighbour like dog to cat) must lose
#: against *none*, one at .9 (the detector wavers between the two) must not.
_SEMANTIC_GAIN = 14.0
_COLOUR_GAIN = 1.3
_WITHOUT_GAIN = 2.0
_RELATION_GAIN = 0.8
_SCORE_GAIN = 0.35
#: Of what is alike people mean the larger thing a little more often: 2 of 100 human sentences more
#: are understood with it (``benchmarks/ranking.py``). The share of an image that a thing of no
#: particular size has.
_SALIENCE_GAIN, _USUAL = 0.05, 0.05
#: Logit of *none* among the summed rows.
NONE_LOGIT = -2.2
#: A degree from which on a relation holds without doubt.
_STANDS_SO = 0.8
#: A fit below this is a "no".
_HOLDS = 0.5
#: What a row is divided by to be a fit: for shares and degrees their gain, for a noun what makes
#: "no" begin where it loses against *none*; the others are nats as they stand.
_SPREADS = {
    'noun': NONE_LOGIT / math.log(_HOLDS),
    'colour': _COLOUR_GAIN,
    'without': _WITHOUT_GAIN,
    'posture': POSTURE_GAIN,
    'relation': _RELATION_GAIN,
}


@dataclass(frozen=True, eq=False)
class Evidence:
    """
    How N regions fit the W parts of a phrase.

    :param words: W names of the parts.
    :param kinds: W of ``'noun'``, ``'colour'``, ``'without'``, ``'posture'``, ``'size'``,
        ``'place'``, ``'ordinal'``, ``'relation'``.
    :param rows: ``(W, N)`` nats, at most 0.
    :param scores: ``(N,)`` nats of the detector's score.
    :param salience: ``(N,)`` nats of being large, where size is not what is asked.
    :param anchors: ``(N,)`` in [0, 1], how likely a region is one that the phrase leans on.
    :param likeness: how far each region is what is named.
    :param looked: whether people were looked at for postures and clothes.
    :param people: ``(N,)`` nats of what was seen of them that a network was never told of:
        postures, and that nobody wears what was said.
    """

    words: tuple[str, ...]
    kinds: tuple[str, ...]
    rows: Nats
    scores: Nats
    salience: Nats
    anchors: Nats
    likeness: Likeness
    looked: bool = False
    people: Nats | None = None

    @cached_property
    def logits(self) -> Nats:
        """Sum of all evidence ``(N,)``."""
        return np.asarray(self.scores + self.salience + self.rows.sum(axis=0), np.float64)

    @property
    def answer(self) -> Nats:
        """Log probabilities ``(N + 1,)`` of the regions and, last, *none*, by this alone."""
        return np.asarray(answers([self])[0])

    @property
    def member(self) -> Nats:
        """Probability ``(N,)`` that a region fits, whatever else is there."""
        return np.asarray(1 / (1 + np.exp(np.minimum(NONE_LOGIT - self.logits, 30))))

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
        return np.asarray(1 / (1 + np.exp(-self.scores / _SCORE_GAIN)), np.float64)

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


def gather(regions: RegionTokens, texts: Sequence[TextTokens]) -> list[Evidence]:
    """
    Check everything that phrases ask.

    :param regions: N region tokens.
    :param texts: B phrases.
    :returns: the evidence of each.
    """
    likenesses(regions, [each for text in texts for each in _named(text)])
    return [_gather(regions, text) for text in texts]


def _named(text: TextTokens) -> Iterator[TextTokens]:
    """List all that a phrase names: itself, and what it leans on."""
    yield text
    for anchor in text.anchors:
        yield from _named(anchor)


def _gather(regions: RegionTokens, text: TextTokens) -> Evidence:
    (likeness,) = likenesses(regions, [text])
    words, kinds, rows = _own(regions, text, likeness)
    anchors = np.zeros(len(regions))
    members: list[Nats | None] = []
    for relation, anchor in zip(text.phrase.relations, text.anchors, strict=True):
        if not anchor.match.class_names:
            members.append(None)
            continue  # an anchor that no region can be is no evidence either way
        member = _gather(regions, anchor).member
        members.append(member)
        anchors = np.maximum(anchors, member)
        words.append(f'{relation.kind} {relation.anchor.noun}'.strip())
        kinds.append('relation')
        rows.append(_relation(regions, relation.kind, member))
    return Evidence(
        words=tuple(words),
        kinds=tuple(kinds),
        rows=np.stack(rows),
        scores=regions.once('log odds', lambda: _SCORE_GAIN * _log_odds(regions)),
        salience=_salience(regions, text),
        anchors=anchors,
        likeness=likeness,
        looked=regions.persons is not None,
        people=people(regions, text, rows[0], members),
    )


def _own(
    regions: RegionTokens, text: TextTokens, likeness: Likeness
) -> tuple[list[str], list[str], list[Nats]]:
    """Return names, kinds and rows of what a phrase says of the target itself."""
    phrase = text.phrase
    words, kinds = [phrase.noun or 'thing'], ['noun']
    # The scaled dot product I·Tᵀ/√D with √D folded into T: gain · cosine; agreement is 0 nats.
    rows: list[Nats] = [_SEMANTIC_GAIN * (likeness.near.astype(np.float64) - 1)]

    def add(word: str, kind: str, row: Nats) -> None:
        words.append(word)
        kinds.append(kind)
        rows.append(row)

    for part in coloured(regions, text):
        shares = colour_shares(regions, text, part) / COLOUR_SHARE
        add(part.name, 'colour', _COLOUR_GAIN * logs(shares))
    for colour in phrase.without_colours:
        share = regions.descriptors.colours @ shown_as(colour) / COLOUR_SHARE
        add(f'not {colour}', 'without', _WITHOUT_GAIN * logs(1 - share))
    for posture in phrase.postures:
        if (held := postures(regions, text, posture)) is not None:
            add(posture, 'posture', POSTURE_GAIN * logs(held / HELD_SO))
    # Superlatives compare things of the kind that was named, and described so far.
    if not (phrase.size or phrase.position):
        return words, kinds, rows
    rivals = (np.exp(np.sum(rows, axis=0)) > 0.1) & (likeness.plain > 0.5)
    if phrase.size:
        add(phrase.size, 'size', largest(regions, rivals, phrase.size))
    if phrase.position and phrase.ordinal:
        word = f'{phrase.ordinal}. from {phrase.position}'
        add(word, 'ordinal', nth(regions, rivals, phrase))
    elif phrase.position:
        add(phrase.position, 'place', foremost(regions, rivals, phrase))
    return words, kinds, rows


def _relation(regions: RegionTokens, kind: str, anchors: Nats) -> Nats:
    """Return evidence ``(N,)`` of standing in a relation to the best anchor."""
    some = anchors > FLOOR * _STANDS_SO  # the others cannot lift anything above the floor
    best = (regions.related(kind)[:, some] * anchors[some]).max(axis=1, initial=0)
    return _RELATION_GAIN * logs(best / _STANDS_SO)


def _salience(regions: RegionTokens, text: TextTokens) -> Nats:
    """Return nats of being what people speak of: of two things alike, the larger one."""
    if text.phrase.size:
        return regions.once('no salience', lambda: np.zeros(len(regions)))

    def measure() -> Nats:
        share = geometry.area(regions.boxes_px) / max(regions.width * regions.height, 1)
        return np.asarray(_SALIENCE_GAIN * np.log(np.maximum(share, 1e-4) / _USUAL), np.float64)

    return regions.once('salience', measure)


def _log_odds(regions: RegionTokens) -> Nats:
    clipped = np.clip(regions.scores.astype(np.float64), 0.01, 0.99)
    return np.asarray(np.log(clipped / (1 - clipped)), np.float64)
