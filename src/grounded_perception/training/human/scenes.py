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
Scenes made of what people said: RefCOCO's sentences without its pictures.

The class of a region is what most of its sentences call it (the asked one votes, too: a class is
what a detector would know), its colours are those that *other* sentences give it (the asked one
is left out), everything else of its looks is an average. So this measures how sentences are
understood, not how pictures are seen. The sentences are for research only: nothing that is
shipped is trained on them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from grounded_perception.fusion.tokens import (
    described,
    RegionTokens,
    TextTokens,
    tokens_of,
    Words,
)
from grounded_perception.imaging.colour import BANDS, COLOURS, shown_as
from grounded_perception.imaging.descriptors import Descriptors
from grounded_perception.language.encoder import TokenEmbeddings
from grounded_perception.records import Floats, Phrase, Regions
from grounded_perception.training.examples import Example
from grounded_perception.training.human.joining import joined
from grounded_perception.training.human.text import HumanScene, read, Said
from grounded_perception.training.reading import phrase_of
import numpy as np

_SCORE = 0.9
_NOBODY_SAYS = 'person'
#: Share of a region's colours that what was said of them makes; the rest is all colours alike.
_SAID_SHARE = 0.6
#: Means over the boxes of 40 COCO photographs: a look that tells nothing.
_SHAPE = (0.39, 0.67, 0.56, 0.84, 0.46, 0.04, 0.01, 0.0)
_SURFACE = (0.39, 0.31, 0.16, 0.47, 0.37, 0.62)
_TEXTURE = (0.22, 0.12, 0.10, 0.18, 0.14, 0.05, 0.02, 0.03, 0.01, 0.13)

Embed = Callable[[Sequence[str]], Sequence[TokenEmbeddings]]


def regions_of(scene: HumanScene, words: Words) -> Regions:
    """
    Name the regions as a detector might.

    :param scene: the scene.
    :param words: resolves what people call things.
    :returns: one region for each box, its class by vote.
    """
    votes: list[Counter[str]] = [Counter() for _ in scene.boxes_px]
    for said in scene.said:
        for category in said.categories:
            names = words.resolve(category).class_names if category.strip() else ()
            for name in names:
                votes[said.region][name] += 1 / len(names)  # type: ignore[assignment]
    every: Counter[str] = sum(votes, Counter())
    usual = every.most_common(1)[0][0] if every else _NOBODY_SAYS
    labels = tuple(
        max(own, key=lambda name: (own[name], every[name])) if own else usual for own in votes
    )
    scores = np.full(len(labels), _SCORE, np.float32)
    return Regions.of_labels(scene.boxes_px, scores, labels)


def look_of(scene: HumanScene, asked: Said | None = None) -> Descriptors:
    """
    Describe regions by the colours that people gave them, and averages.

    :param scene: the scene.
    :param asked: the sentence that is left out.
    :returns: descriptors of its regions.
    """
    n = len(scene.boxes_px)
    mentions = np.zeros((n, len(COLOURS)), np.float32)
    for said in scene.said:
        if said is not asked:
            for colour in said.colours:
                mentions[said.region] += shown_as(colour)
    total = mentions.sum(axis=1, keepdims=True)
    share = _SAID_SHARE * (total > 0)
    colours = share * mentions / np.maximum(total, 1) + (1 - share) / len(COLOURS)
    colours = colours.astype(np.float32)

    def alike(row: Sequence[float]) -> Floats:
        return np.tile(np.array(row, np.float32), (n, 1))

    return Descriptors(
        colours=colours,
        bands=np.repeat(colours[:, None], BANDS, axis=1),
        texture=alike(_TEXTURE),
        shape=alike(_SHAPE),
        gradients=alike([1 / 6] * 36),
        surface=alike(_SURFACE),
    )


def questions(
    scene: HumanScene, words: Words, source: str = ''
) -> Iterator[tuple[RegionTokens, tuple[Said, ...]]]:
    """
    Ask what was said of a scene, each sentence of regions that do not know of it.

    :param scene: the scene.
    :param words: resolves and embeds nouns.
    :param source: ask only what comes from this file; empty = all.
    :returns: regions, and the sentences that may be asked of them together.
    """
    regions, size = regions_of(scene, words), (scene.width, scene.height)
    groups: dict[tuple[int, tuple[str, ...]], list[Said]] = defaultdict(list)
    for said in scene.said:
        if not source or said.source == source:
            # leaving out a sentence without colours changes nothing
            groups[(said.region, said.colours) if said.colours else (-1, ())].append(said)
    for group in groups.values():
        yield tokens_of(regions, look_of(scene, group[0]), size, words), tuple(group)


def text_of(said: Said, words: Words) -> TextTokens:
    """
    Read a sentence; one that the node would refuse is read as any thing.

    :param said: the sentence.
    :param words: resolves nouns.
    :returns: its tokens, without the words' embeddings.
    """
    return described(phrase_of(said.text) or Phrase(said.text, ''), words)


def examples(
    paths: Sequence[Path], words: Words, embed: Embed, held_out: bool = False
) -> list[Example]:
    """
    Make examples of what people said, of the sentences that the node would ask.

    :param paths: see :func:`read`.
    :param words: resolves and embeds nouns; should remember what it resolved.
    :param embed: embeds sentences word by word.
    :param held_out: the images for tables instead of those for training.
    :returns: examples; pictures with one region tell nothing and are left out.
    """
    drafts: list[tuple[RegionTokens, list[Said], list[TextTokens]]] = []
    for scene in read(*paths):
        if scene.is_held_out is not held_out or len(scene.boxes_px) < 2:
            continue
        for regions, group in questions(scene, words):
            read_as = [(said, text_of(said, words)) for said in group if phrase_of(said.text)]
            kept = [(said, text) for said, text in read_as if text.match.class_names]
            if kept:
                drafts.append((regions, [s for s, _ in kept], [t for _, t in kept]))
    embedded = iter(embed([text.phrase.text for _, _, texts in drafts for text in texts]))
    return [
        joined(
            regions,
            [replace(text, words=next(embedded)) for text in texts],
            [(each.region,) for each in said],
            [each.kind for each in said],
        )
        for regions, said, texts in drafts
    ]
