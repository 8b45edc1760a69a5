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
Attention of words over regions, softmax(I·Tᵀ/√D), with a *none* token beside the regions.

Every descriptive word of a phrase is a text token t; every region a token x of the same space
``[semantics | colour evidence | place | size]``. Their scaled dot product is the evidence, in
nats, that the word fits the region; the region's logit is the sum over the words (independent
evidence adds up), a relation adds the evidence of its best anchor, and softmax over regions and
*none* gives the probabilities. Nothing here is trained: the gains below are measured (see
``benchmarks/grounding.py``). A trained network takes the same tokens and gives the same result.
"""

from __future__ import annotations

from dataclasses import dataclass
import math
from typing import Protocol

from grounded_perception import geometry
from grounded_perception.fusion.tokens import RegionTokens, TextTokens
from grounded_perception.imaging.colour import COLOURS
from grounded_perception.records import Attention, Floats, Phrase
import numpy as np
from numpy.typing import NDArray

#: Gains in nats: a class whose name is at cosine .65 (a neighbour like dog to cat) must lose
#: against *none*, one at .9 (the detector wavers between the two) must not.
_SEMANTIC_GAIN = 14.0
_COLOUR_GAIN = 1.3
_WITHOUT_GAIN = 2.0
_PLACE_GAIN = 5.0
_ORDINAL_GAIN = 3.0
_SIZE_GAIN = 2.0
_RELATION_GAIN = 0.8
_SCORE_GAIN = 0.35
_NONE_LOGIT = -2.2
#: Share of a box at which it counts as being of a colour.
_COLOUR_SHARE = 0.3
#: A thing on the wrong side of the image's middle by more than this is not "on the left".
_PLACE_SLACK = 0.25
_FLOOR = 0.03


@dataclass(frozen=True, eq=False)
class Fused:
    """
    What the fusion makes of one phrase and the regions of one image.

    :param probabilities: ``(N,)`` float32.
    :param none_probability: probability that none of them is meant; all sum to 1.
    :param member: ``(N,)`` float32, probability that a region fits whatever else is there:
        what counts where several are meant.
    :param attention: per-word attention.
    """

    probabilities: Floats
    none_probability: float
    member: Floats
    attention: Attention


class Fusion(Protocol):
    """Fuses the tokens of an image with those of a phrase."""

    def fuse(self, regions: RegionTokens, text: TextTokens) -> Fused:
        """
        Decide how well each region answers a phrase.

        :param regions: N region tokens.
        :param text: the phrase.
        :returns: probabilities and attention.
        """
        ...


class WordAttention:
    """The untrained :class:`Fusion`."""

    def fuse(self, regions: RegionTokens, text: TextTokens) -> Fused:
        """
        Decide how well each region answers a phrase; see the protocol.

        :param regions: N region tokens.
        :param text: the phrase.
        :returns: probabilities and attention.
        """
        words, evidence = _evidence(regions, text)
        logits = _SCORE_GAIN * _log_odds(regions.scores) + evidence.sum(axis=0)
        for relation, anchor in zip(text.phrase.relations, text.anchors, strict=True):
            if not anchor.match.class_names:
                continue  # an anchor that no region can be is no evidence either way
            row = _relation(regions, relation.kind, self.fuse(regions, anchor).member)
            words.append(f'{relation.kind} {relation.anchor.noun}'.strip())
            evidence = np.concatenate([evidence, row[None]])
            logits = logits + row
        member = 1 / (1 + np.exp(np.clip(_NONE_LOGIT - logits, -30, 30)))
        every = _softmax(np.append(logits, _NONE_LOGIT))
        weights = np.stack([_softmax(row) for row in evidence]) if len(regions) else evidence
        return Fused(
            probabilities=np.asarray(every[:-1], np.float32),
            none_probability=float(every[-1]),
            member=np.asarray(member, np.float32),
            attention=Attention(tuple(words), np.asarray(weights, np.float32)),
        )


def _evidence(regions: RegionTokens, text: TextTokens) -> tuple[list[str], NDArray[np.float64]]:
    """Return the word groups of a phrase and their evidence ``(W, N)`` in nats, at most 0."""
    phrase, n = text.phrase, len(regions)
    words = [phrase.noun or 'thing']
    rows = [_dot(regions.semantics, text.semantics) if len(text.semantics) else np.zeros(n)]
    for colour in phrase.colours:
        words.append(colour)
        rows.append(_COLOUR_GAIN * _colour(regions, colour))
    for colour in phrase.without_colours:
        words.append(f'not {colour}')
        share = regions.colours[:, COLOURS.index(colour)] / _COLOUR_SHARE
        rows.append(_WITHOUT_GAIN * np.log(np.clip(1 - share, _FLOOR, 1)))
    # Superlatives compare things of the kind that was named, and described so far.
    rivals = np.exp(np.sum(rows, axis=0)) > 0.1
    if phrase.size:
        words.append(phrase.size)
        rows.append(_size(regions, rivals, phrase.size))
    if phrase.position:
        words.append(
            f'{phrase.ordinal}. from {phrase.position}' if phrase.ordinal else phrase.position
        )
        rows.append(_place(regions, rivals, phrase))
    return words, np.stack(rows)


def _dot(semantics: Floats, nouns: Floats) -> NDArray[np.float64]:
    """Return the scaled dot product of regions with the closest sense of a noun, shifted to 0."""
    # √D is folded into the text tokens, I·Tᵀ/√D = gain · cosine; exact agreement is 0 nats.
    d = semantics.shape[1]
    logits = semantics @ (nouns * (_SEMANTIC_GAIN * math.sqrt(d))).T / math.sqrt(d)
    return np.asarray(logits.max(axis=1) - _SEMANTIC_GAIN, np.float64)


def _colour(regions: RegionTokens, colour: str) -> NDArray[np.float64]:
    share = regions.colours[:, COLOURS.index(colour)]
    return np.asarray(np.log(np.clip(share / _COLOUR_SHARE, _FLOOR, 1)), np.float64)


def _size(regions: RegionTokens, rivals: NDArray[np.bool_], size: str) -> NDArray[np.float64]:
    """Return evidence of being the largest (smallest) of the rivals."""
    log_area = np.log(np.maximum(geometry.area(regions.boxes_px), 1))
    signed = log_area if size == 'large' else -log_area
    return np.asarray(np.minimum(_SIZE_GAIN * _below_best(signed, rivals), 0), np.float64)


def _place(
    regions: RegionTokens, rivals: NDArray[np.bool_], phrase: Phrase
) -> NDArray[np.float64]:
    """Return evidence of lying where a position word points, among the rivals."""
    along = geometry.place(regions.boxes_px, regions.width, regions.height, phrase.position)
    if phrase.ordinal:
        rank = np.array([np.count_nonzero(rivals & (along > a)) for a in along]) + 1
        return np.asarray(-_ORDINAL_GAIN * np.abs(rank - phrase.ordinal), np.float64)
    relative = _PLACE_GAIN * _below_best(along, rivals)
    absolute = _PLACE_GAIN * np.minimum(along + _PLACE_SLACK, 0)
    if phrase.position in ('nearest', 'farthest', 'middle'):
        absolute = np.zeros_like(absolute)  # these compare only
    return np.asarray(np.minimum(relative, 0) + absolute, np.float64)


def _below_best(values: Floats, rivals: NDArray[np.bool_]) -> Floats:
    """Return values minus the best rival's; 0 for all where there is no rival."""
    best = values[rivals].max() if rivals.any() else values
    return np.asarray(values - best, np.float32)


def _relation(regions: RegionTokens, kind: str, anchors: Floats) -> NDArray[np.float64]:
    """Return evidence ``(N,)`` of standing in a relation to the best anchor."""
    degrees = geometry.RELATIONS[kind](regions.boxes_px, regions.boxes_px) * anchors[None]
    np.fill_diagonal(degrees, 0)  # nothing stands beside itself
    best = degrees.max(axis=1, initial=0)
    return np.asarray(_RELATION_GAIN * np.log(np.clip(best / 0.8, _FLOOR, 1)), np.float64)


def _log_odds(scores: Floats) -> NDArray[np.float64]:
    clipped = np.clip(scores.astype(np.float64), 0.01, 0.99)
    return np.asarray(np.log(clipped / (1 - clipped)), np.float64)


def _softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    weights = np.exp(logits - logits.max())
    return np.asarray(weights / weights.sum(), np.float64)
