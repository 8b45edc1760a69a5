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
Human sentences and true boxes without pictures: how often the best region is the one meant.

``.venv/bin/python benchmarks/ranking.py --data ../shared/data/refexp_text --weights full=PATH``

RefCOCO and RefCOCO+ val; images whose id is a multiple of 5 and that hold two regions at least.
Classes come from a vote over the sentences, colours from what *other* sentences say of the region
(see ``training/human/scenes.py``): this measures language, not sight. *None* is no allowed answer;
equally good regions share the point. ``--weights`` may be given several times: ablations are rows.
The interval is a bootstrap over images.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
import sys
import time

from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.fusion.attention import WordAttention
from grounded_perception.fusion.gathering import gather
from grounded_perception.fusion.inputs import inputs
from grounded_perception.fusion.tokens import RegionTokens, TextTokens
from grounded_perception.language.encoder import load_encoder, TokenEmbeddings
from grounded_perception.language.vocabulary import Vocabulary
from grounded_perception.records import Floats
from grounded_perception.training.human.scenes import questions, text_of
from grounded_perception.training.human.text import KINDS, read, Said
from grounded_perception.training.reading import phrase_of
import numpy as np

FILES = {'RefCOCO': 'refcoco_val', 'RefCOCO+': 'refcoco+_val'}
RESAMPLES = 2000
#: Logits closer than this are equal: they come from equal inputs by another way of rounding.
EQUAL = 1e-4


@dataclass(frozen=True, eq=False)
class Asked:
    """
    Sentences that may be asked together.

    :param image_id: of which image.
    :param regions: its regions.
    :param said: B sentences.
    :param texts: their tokens.
    """

    image_id: int
    regions: RegionTokens
    said: tuple[Said, ...]
    texts: tuple[TextTokens, ...]


#: Scores ``(B, N)`` of regions for sentences.
Ranker = Callable[[RegionTokens, Sequence[TextTokens]], Floats]


@dataclass
class Row:
    """
    Points of one ranker on one file.

    :param images: image of each sentence.
    :param kinds: kind of each sentence.
    :param points: share of the best regions that is the one meant.
    """

    images: list[int] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    points: list[float] = field(default_factory=list)


def ask(
    paths: Sequence[Path], source: str, words: Vocabulary, known: dict[str, TokenEmbeddings]
) -> Iterator[Asked]:
    """Yield held-out sentences of one file; the other file's tell of the regions, too."""
    for scene in read(*paths):
        if not scene.is_held_out or len(scene.boxes_px) < 2:
            continue
        for regions, said in questions(scene, words, source):
            read_as = [text_of(each, words) for each in said]
            texts = tuple(replace(t, words=known.get(t.phrase.text)) for t in read_as)
            yield Asked(scene.image_id, regions, said, texts)


def _is_asked(said: Said, text: TextTokens) -> bool:
    """Say whether the node would ask its fusion: one thing, of a class that the detector knows."""
    return phrase_of(said.text) is not None and bool(text.match.class_names)


def chance(regions: RegionTokens, texts: Sequence[TextTokens]) -> Floats:
    """Rank all alike."""
    return np.zeros((len(texts), len(regions)), np.float32)


def similarity(words: Vocabulary) -> Ranker:
    """Rank by the cosine of the noun (else the sentence) and the region's class."""

    def rank(regions: RegionTokens, texts: Sequence[TextTokens]) -> Floats:
        nouns = [text.phrase.noun or text.phrase.text for text in texts]
        return np.asarray(words.embed(nouns) @ regions.semantics.T, np.float32)

    return rank


def rules(regions: RegionTokens, texts: Sequence[TextTokens]) -> Floats:
    """Rank by the untrained fusion."""
    fused = WordAttention().fuse(regions, texts)
    return np.asarray(np.log(np.stack([f.probabilities for f in fused]) + 1e-30), np.float32)


def trained(path: Path) -> Ranker:
    """Rank by a trained network, told what people like to speak of as it is when it answers."""
    from grounded_perception.training.shipping.export import load
    import torch

    torch.set_num_threads(1)  # small tensors: a second thread only waits
    network = load(path).eval()

    def rank(regions: RegionTokens, texts: Sequence[TextTokens]) -> Floats:
        found = gather(regions, texts)
        arrays = inputs(regions, texts, found)
        mask = torch.ones(1, len(regions))
        tensors = [torch.from_numpy(a)[None] for a in vars(arrays).values()]
        with torch.inference_mode():
            logits = network(*tensors[:2], mask, *tensors[2:])[0]
        salience = np.stack([each.salience for each in found])
        return np.asarray(logits[0, :, :-1].numpy() + salience, np.float32)

    return rank


def shuffled(rank: Ranker) -> Ranker:
    """Rank after the looks of the regions were dealt out anew."""
    rng = np.random.default_rng(0)

    def other(regions: RegionTokens, texts: Sequence[TextTokens]) -> Floats:
        order = rng.permutation(len(regions))
        return rank(replace(regions, descriptors=regions.descriptors.take(order)), texts)

    return other


def judge(rank: Ranker, asked: Sequence[Asked]) -> Row:
    """Ask everything."""
    row = Row()
    for each in asked:
        scores = rank(each.regions, each.texts)
        best = scores > scores.max(axis=1, keepdims=True) - EQUAL
        for said, is_best in zip(each.said, best, strict=True):
            row.images.append(each.image_id)
            row.kinds.append(said.kind)
            row.points.append(float(is_best[said.region] / is_best.sum()))
    return row


def interval(row: Row) -> tuple[float, float]:
    """Return the 95 % interval of the mean, by resampling images."""
    images, at = np.unique(row.images, return_inverse=True)
    sums = np.bincount(at, row.points)
    counts = np.bincount(at)
    rng = np.random.default_rng(0)
    drawn = rng.integers(len(images), size=(RESAMPLES, len(images)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)


def table(rows: dict[str, Row]) -> str:
    """Write a Markdown table, its columns the kinds of sentences."""
    first = next(iter(rows.values()))
    counts = [first.kinds.count(kind) for kind in KINDS]
    heads = [f'{kind} ({count})' for kind, count in zip(KINDS, counts, strict=True)]
    lines = [f'| ranked by | all ({len(first.kinds)}) | 95 % | ' + ' | '.join(heads) + ' |']
    lines.append('|---' * (3 + len(KINDS)) + '|')
    for name, row in rows.items():
        points, kinds = np.array(row.points), np.array(row.kinds)
        low, high = interval(row)
        cells = [f'{100 * points[kinds == k].mean():.1f}' if k in kinds else '–' for k in KINDS]
        every = f'{100 * points.mean():.1f} | {100 * low:.1f}–{100 * high:.1f}'
        lines.append(f'| {name} | {every} | ' + ' | '.join(cells) + ' |')
    return '\n'.join(lines)


def named(text: str) -> tuple[str, Path]:
    """Read NAME=PATH."""
    name, _, path = text.partition('=')
    if not (name and path):
        raise argparse.ArgumentTypeError(f'NAME=PATH is wanted, got {text!r}')
    return name, Path(path)


def main() -> int:
    """Run and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument('--data', type=Path, required=True, help='folder of refcoco*_val.jsonl.gz')
    parser.add_argument('--weights', type=named, action='append', default=[], metavar='NAME=PATH')
    args = parser.parse_args()
    begin = time.perf_counter()
    encoder = load_encoder(threads=0)
    words = Vocabulary(COCO_NAMES, encoder)
    rankers: dict[str, Ranker] = {
        'chance': chance,
        'class similarity only': similarity(words),
        'rules only': rules,
        'rules, descriptors shuffled': shuffled(rules),
    }
    for i, (name, path) in enumerate(args.weights):
        rankers[name] = trained(path)
        if not i:
            rankers[f'{name}, descriptors shuffled'] = shuffled(rankers[name])
    paths = [args.data / f'{file}.jsonl.gz' for file in FILES.values()]
    said = [s for scene in read(*paths) if scene.is_held_out for s in scene.said]
    texts = sorted({text_of(each, words).phrase.text for each in said})
    known = dict(zip(texts, encoder.tokens_of_many(texts), strict=True))
    for title, source in FILES.items():
        asked = list(ask(paths, source, words, known))
        images = len({each.image_id for each in asked})
        asks = [_is_asked(*pair) for a in asked for pair in zip(a.said, a.texts, strict=True)]
        sys.stdout.write(
            f'\n{title}, {images} held-out images, accuracy in %; the node would ask '
            f'{100 * np.mean(asks):.0f} % of the sentences, refuse the others\n\n'
        )
        rows = {name: judge(rank, asked) for name, rank in rankers.items()}
        sys.stdout.write(table(rows) + '\n')
    sys.stdout.write(f'\n{time.perf_counter() - begin:.0f} s\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
