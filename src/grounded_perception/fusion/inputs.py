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
Tokens → the arrays that the fusion network takes.

One place for both training and running, so that the network always sees what it was trained on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grounded_perception.fusion.evidence import Evidence
from grounded_perception.fusion.measures import colour_shares, coloured, kin_shares
from grounded_perception.fusion.nats import Nats
from grounded_perception.fusion.tokens import RegionTokens, TextTokens
from grounded_perception.imaging.descriptors import WIDTH as DESCRIPTOR_WIDTH
from grounded_perception.language.minilm import WIDTH as TEXT_WIDTH
from grounded_perception.records import Floats, Quantity
import numpy as np

#: Where a region lies, how large it is, and how sure its detector was.
SCALARS = 9
REGION_WIDTH = TEXT_WIDTH + DESCRIPTOR_WIDTH + SCALARS
#: What a phrase asks and a region has (columns), then what a phrase asks at all.
_CHECKED = ('noun', 'colour', 'without', 'size', 'place', 'ordinal', 'relation')
_COLUMNS = {kind: k for k, kind in enumerate(_CHECKED)}
ASKED = 13
#: Rivals that come before a region in each order, and how many there are.
_ORDERS = 7
EVIDENCE_WIDTH = 11 + len(_CHECKED) + _ORDERS + 1 + ASKED
#: Words seen of a phrase; longer ones are cut.
MAX_WORDS = 48
#: Evidence in nats, made about [-2, 0].
_NATS = 4.0


@dataclass(frozen=True, eq=False)
class Inputs:
    """
    B sentences about one image with N regions.

    :param regions: ``(N, REGION_WIDTH)`` float32.
    :param boxes: ``(N, 4)`` float32 xyxy as shares of the image's sides.
    :param text: ``(B, L, TEXT_WIDTH)`` float32, rows of 0 where a sentence is shorter.
    :param text_mask: ``(B, L)`` float32, 1 = a word.
    :param evidence: ``(B, N, EVIDENCE_WIDTH)`` float32.
    """

    regions: Floats
    boxes: Floats
    text: Floats
    text_mask: Floats
    evidence: Floats


def inputs(
    regions: RegionTokens, texts: Sequence[TextTokens], found: Sequence[Evidence]
) -> Inputs:
    """
    Make the network's arrays.

    :param regions: N region tokens.
    :param texts: B phrases.
    :param found: the evidence of each.
    :returns: arrays.
    """
    vectors = [words_of(text) for text in texts]
    length = max((len(v) for v in vectors), default=0)
    text = np.zeros((len(texts), max(length, 1), TEXT_WIDTH), np.float32)
    mask = np.zeros(text.shape[:2], np.float32)
    for row, vector in enumerate(vectors):
        text[row, : len(vector)] = vector
        mask[row, : max(len(vector), 1)] = 1  # a softmax over nothing is not a number
    return Inputs(
        regions=region_inputs(regions),
        boxes=box_inputs(regions),
        text=text,
        text_mask=mask,
        evidence=evidence_inputs(regions, texts, found),
    )


def words_of(text: TextTokens) -> Floats:
    """
    Return the word embeddings of a phrase that the network sees.

    :param text: the phrase.
    :returns: ``(L, TEXT_WIDTH)`` float32, L at most :data:`MAX_WORDS`.
    """
    if text.words is None:
        return np.zeros((0, TEXT_WIDTH), np.float32)
    return text.words.vectors[:MAX_WORDS]


def region_inputs(regions: RegionTokens) -> Floats:
    """
    Join what is known of each region whatever is asked.

    :param regions: N region tokens.
    :returns: ``(N, REGION_WIDTH)`` float32: semantics, descriptors, scalars.
    """
    x1, y1, x2, y2 = box_inputs(regions).T
    width, height = x2 - x1, y2 - y1
    score = np.clip(regions.scores, 0.01, 0.99)
    aspect = regions.width / max(regions.height, 1)
    scalars = np.stack(
        [
            x1 + x2 - 1,
            y1 + y2 - 1,
            width,
            height,
            y2,
            np.log(np.maximum(width * height, 1e-4)) / 4,
            np.log(np.maximum(width, 1e-3) * aspect / np.maximum(height, 1e-3)) / 2,
            score,
            np.log(score / (1 - score)) / 4,
        ],
        axis=1,
    )
    every = [regions.semantics, regions.descriptors.vectors(), scalars]
    return np.concatenate(every, axis=1).astype(np.float32)


def box_inputs(regions: RegionTokens) -> Floats:
    """
    Scale boxes to the image.

    :param regions: N region tokens.
    :returns: ``(N, 4)`` float32 xyxy as shares of the image's sides.
    """
    sides = np.array([regions.width, regions.height] * 2, np.float32)
    return np.asarray(regions.boxes_px / sides, np.float32)


def evidence_inputs(
    regions: RegionTokens, texts: Sequence[TextTokens], found: Sequence[Evidence]
) -> Floats:
    """
    Join what the grammar checked for phrases, and what they asked.

    :param regions: N region tokens.
    :param texts: B phrases.
    :param found: the evidence of each.
    :returns: ``(B, N, EVIDENCE_WIDTH)`` float32.
    """
    n = len(regions)
    sums = regions.posterior.sum(axis=1) if regions.posterior.size else np.ones(n, np.float32)
    rows = np.zeros((len(texts), EVIDENCE_WIDTH, n), np.float32)
    near, belief, plain = (
        np.array(part) for part in zip(*(each.likeness for each in found), strict=True)
    )
    checks = _checks(found, n)
    rows[:, 0] = belief
    rows[:, 1] = belief / np.maximum(sums, 1e-6)
    rows[:, 2] = belief / np.maximum(belief.max(axis=1, initial=0, keepdims=True), 1e-6)
    rows[:, 3] = near
    # What superlatives compare, and colours.
    rivals = np.exp(checks[:, _CHECKED.index('noun')]) * plain
    rows[:, 8] = rivals
    rows[:, 9] = [each.anchors for each in found]
    _put_colours(rows, regions, texts, rivals)
    related = [each.rows_of('relation') for each in found]
    if tied := [b for b, each in enumerate(related) if each]:
        rows[tied, 10] = np.exp([np.minimum.reduce(related[b]) for b in tied])
    np.maximum(checks / _NATS, -2, out=rows[:, 11 : 11 + len(_CHECKED)])
    asked = [_asked(text, each) for text, each in zip(texts, found, strict=True)]
    rows[:, -ASKED:] = np.array(asked)[:, :, None]
    # Of the regions described so, how many come before each, in each order.
    fits = checks[:, _CHECKED.index('colour')] + checks[:, _CHECKED.index('without')]
    described = rivals * np.exp(fits)
    counts = rows[:, -ASKED - _ORDERS - 1 : -ASKED]
    counts[:, :-1] = np.minimum(regions.before(described), 8) / 4
    counts[:, -1] = np.minimum(described.sum(axis=1, keepdims=True), 8) / 4
    return np.ascontiguousarray(rows.transpose(0, 2, 1))


def _put_colours(
    rows: Floats, regions: RegionTokens, texts: Sequence[TextTokens], rivals: Nats
) -> None:
    """Write how far regions show the colours that are asked for, and compared with rivals."""
    parts = [(text, coloured(regions, text)) for text in texts]
    if not (asked := [b for b, (_, own) in enumerate(parts) if own]):
        return
    # People call the reddest car red, whatever the light makes of it.
    for k, measure in ((4, colour_shares), (6, kin_shares)):
        every = [[measure(regions, parts[b][0], part) for part in parts[b][1]] for b in asked]
        shown = np.array([own[0] if len(own) == 1 else np.min(own, axis=0) for own in every])
        best = (shown * rivals[asked]).max(axis=1, initial=1e-3, keepdims=True)
        rows[asked, k] = shown
        rows[asked, k + 1] = np.minimum(shown / best, 1)


def _checks(found: Sequence[Evidence], n: int) -> Nats:
    """Sum the rows of each kind that was checked: ``(B, 7, N)``, 0 where nothing was asked."""
    sums = np.zeros((len(found), len(_CHECKED), n))
    for own, each in zip(sums, found, strict=True):
        for kind, row in zip(each.kinds, each.rows, strict=True):
            if (k := _COLUMNS.get(kind)) is not None:
                own[k] += row
    return sums


def _asked(text: TextTokens, found: Evidence) -> Floats:
    """Return ``(ASKED,)`` what a phrase asks, whatever is seen."""
    phrase = text.phrase
    known = sum(bool(anchor.match.class_names) for anchor in text.anchors)
    asked = [
        bool(phrase.noun),
        bool(phrase.colours or phrase.parts),
        bool(phrase.without_colours),
        bool(phrase.size),
        bool(phrase.position),
        phrase.ordinal / 4,
        bool(phrase.relations),
        known / 2,
        (len(phrase.relations) - known) / 2,
        bool(phrase.unchecked(looked=found.looked)),
        phrase.quantity is Quantity.ANY,
        phrase.quantity is Quantity.ALL,
        phrase.count / 4,
    ]
    return np.array(asked, np.float32)
