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
Regions and phrases as tokens.

A region's semantics lie in the space of the text encoder: the mean of its class names'
embeddings, weighted by the detector's posterior. A noun lies where the classes lie that it was
understood as. So the fusion does not care which detector proposed a region.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from grounded_perception.imaging.colour import named_colours
from grounded_perception.language.vocabulary import Match
from grounded_perception.records import Floats, Frame, Phrase, Regions
import numpy as np

#: Classes kept of a region's posterior: beyond the third there is noise.
_TOP_CLASSES = 3


class Words(Protocol):
    """What tokens need of a vocabulary."""

    def resolve(self, noun: str) -> Match:
        """
        Find the classes that a noun means.

        :param noun: singular, lower case; empty = any thing.
        :returns: how it was understood.
        """
        ...

    def embed(self, texts: Sequence[str]) -> Floats:
        """
        Embed nouns, remembering them.

        :param texts: M nouns.
        :returns: ``(M, D)`` float32, rows of length 1.
        """
        ...


@dataclass(frozen=True, eq=False)
class RegionTokens:
    """
    The regions of one image as the fusion sees them.

    :param semantics: ``(N, D)`` unit vectors in the text encoder's space.
    :param colours: ``(N, 11)`` named-colour shares.
    :param scores: ``(N,)`` detector scores.
    :param boxes_px: ``(N, 4)`` xyxy.
    :param width: image width in pixels.
    :param height: image height in pixels.
    """

    semantics: Floats
    colours: Floats
    scores: Floats
    boxes_px: Floats
    width: int
    height: int

    def __len__(self) -> int:
        return len(self.scores)


@dataclass(frozen=True, eq=False)
class TextTokens:
    """
    One phrase as the fusion sees it; made once for a command, not for every frame.

    :param phrase: the phrase.
    :param match: how its noun was understood.
    :param semantics: ``(M, D)`` unit vectors, one for each class that the noun may mean; M = 0
        where the noun was not understood, or any thing will do.
    :param anchors: the tokens of ``phrase.relations``' anchors, in their order.
    """

    phrase: Phrase
    match: Match
    semantics: Floats
    anchors: tuple[TextTokens, ...]


def region_tokens(frame: Frame, regions: Regions, words: Words) -> RegionTokens:
    """
    Make tokens of regions.

    :param frame: the image.
    :param regions: N proposals in it.
    :param words: embeds class names.
    :returns: N tokens.
    """
    return RegionTokens(
        semantics=_region_semantics(regions, words),
        colours=named_colours(frame.rgb, regions.boxes_px),
        scores=regions.scores,
        boxes_px=regions.boxes_px,
        width=frame.width,
        height=frame.height,
    )


def text_tokens(phrase: Phrase, words: Words) -> TextTokens:
    """
    Make tokens of a phrase and, through its relations, of what it leans on.

    :param phrase: the phrase.
    :param words: resolves and embeds nouns.
    :returns: its tokens.
    """
    match = words.resolve(phrase.noun)
    classes = match.class_names if phrase.noun else ()
    anchors = tuple(text_tokens(relation.anchor, words) for relation in phrase.relations)
    return TextTokens(phrase, match, words.embed(classes), anchors)


def _region_semantics(regions: Regions, words: Words) -> Floats:
    """Return ``(N, D)`` unit vectors: posterior-weighted means of class embeddings."""
    own = words.embed(regions.labels)
    if not regions.names or not len(regions):
        return own
    weights = regions.posterior.copy()
    if weights.shape[1] > _TOP_CLASSES:
        least = np.partition(weights, -_TOP_CLASSES, axis=1)[:, -_TOP_CLASSES, None]
        weights[weights < least] = 0
    mean = weights @ words.embed(regions.names) + 1e-6 * own
    return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), np.float32)
