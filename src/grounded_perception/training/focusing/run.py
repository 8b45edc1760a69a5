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
"""Sentences in, fitted network with its model card out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import json
from pathlib import Path
import zlib

from grounded_perception.errors import ModelMissing, TrainingError
from grounded_perception.fusion.loading import TORCH_INSTALL
from grounded_perception.language.encoder import load_encoder, TextEncoder
from grounded_perception.language.focus import (
    describes,
    FILES,
    NAME,
    OUTSIDE,
    probabilities,
    WEIGHTS,
)
from grounded_perception.records import Floats
from grounded_perception.training.focusing.lines import Line, read_file
from grounded_perception.training.focusing.mixing import mixed
from grounded_perception.training.focusing.options import FocusOptions
from grounded_perception.weights import file_hash, MANIFEST
import numpy as np
from numpy.typing import NDArray

PACKAGED = Path(__file__).parents[1] / 'data' / 'said.txt'
CARD = 'MODEL_CARD.md'
#: One sentence of so many is held out, by a hash of its words.
_HELD_OUT = 10

Sample = tuple[Floats, NDArray[np.int64]]


@dataclass(frozen=True)
class Figures:
    """
    How often the network is right on sentences that it did not learn from.

    :param count: of the sentences.
    :param whole: share of them whose description is found to the word.
    :param words: share of words that are rightly inside or outside.
    :param names: share of the sentences with a name whose likeliest word is part of it.
    """

    count: int
    whole: float
    words: float
    names: float

    def lines(self) -> list[str]:
        """Return them as lines of a table."""
        return [
            f'| description found to the word | {self.whole:.3f} |',
            f'| words rightly inside or outside | {self.words:.3f} |',
            f'| name found | {self.names:.3f} |',
        ]


def run(options: FocusOptions) -> Figures:
    """
    Fit, measure and export.

    :param options: see :class:`FocusOptions`.
    :returns: figures on what was held out.
    :raises TrainingError: when there are too few sentences, or one cannot be read.
    :raises ModelMissing: when PyTorch or the text encoder is not installed.
    """
    every = [line for path in (PACKAGED, *options.sentences) for line in read_file(path)]
    learned = [line for line in every if not _is_held_out(line)]
    held = [line for line in every if _is_held_out(line)]
    if not learned or not held:
        raise TrainingError(f'{len(every)} sentences are too few to learn from and to measure')
    try:
        from grounded_perception.training.focusing.fitting import fit
    except ImportError as exc:
        raise ModelMissing(f'{exc.name} is not installed: {TORCH_INSTALL}') from exc
    encoder = load_encoder(0)
    more = mixed(learned, options.mixed, np.random.default_rng(options.seed))
    weights = fit(samples([*learned, *more], encoder), options)
    figures = measure(samples(held, encoder), weights)
    _export(weights, figures, options, len(learned))
    return figures


def samples(lines: Sequence[Line], encoder: TextEncoder) -> list[Sample]:
    """
    Embed sentences.

    :param lines: sentences.
    :param encoder: the text encoder.
    :returns: for each its words ``(T, 384)`` and what they are ``(T,)``; those without words are
        left out.
    """
    embedded = encoder.tokens_of_many([line.text for line in lines])
    return [
        (each.vectors, np.array(line.labels(each.spans), np.int64))
        for each, line in zip(embedded, lines, strict=True)
        if each.words
    ]


def measure(held: Sequence[Sample], weights: dict[str, Floats]) -> Figures:
    """
    Ask a network about sentences.

    :param held: sentences that it did not learn from.
    :param weights: of the network.
    :returns: how often it is right.
    """
    whole, words, names = [], [], []
    for vectors, labels in held:
        chances = probabilities(vectors, weights)
        is_right = describes(chances) == (labels != OUTSIDE)
        whole.append(is_right.all())
        words += is_right.tolist()
        if (labels == NAME).any():
            names.append(labels[chances[:, NAME].argmax()] == NAME)
    return Figures(len(held), *(float(np.mean(each)) for each in (whole, words, names)))


def _is_held_out(line: Line) -> bool:
    return zlib.crc32(line.text.lower().encode()) % _HELD_OUT == 0


def _export(
    weights: dict[str, Floats], figures: Figures, options: FocusOptions, learned: int
) -> None:
    from safetensors.numpy import save

    options.out.mkdir(parents=True, exist_ok=True)
    # Without its manifest a folder that is half written is known as such.
    (options.out / MANIFEST).unlink(missing_ok=True)
    (options.out / WEIGHTS).write_bytes(save(weights))
    card = _CARD.format(
        command=options.command,
        seed=options.seed,
        learned=learned,
        mixed=options.mixed,
        own=''.join(f', {path.name}' for path in options.sentences),
        count=figures.count,
        figures='\n'.join(figures.lines()),
        size=sum(w.size for w in weights.values()),
        licence='that of the sentences' if options.sentences else 'Apache-2.0',
    )
    (options.out / CARD).write_text(card, encoding='utf-8')
    manifest = {name: file_hash(options.out / name) for name in FILES}
    (options.out / MANIFEST).write_text(json.dumps(manifest, indent=1) + '\n')


_CARD = """# Focus network of grounded_perception

Says of each word of an English sentence whether it describes the thing that is meant, and whether
it names it: "catch up with *the man holding two poles*".

- Command: `{command}`
- Seed: {seed}
- Data: {learned} sentences (`training/data/said.txt`{own}), and {mixed} made of them by putting
  the description of one into another
- Size: {size} weights
- Licence of the weights: {licence}

## What it learned from

Sentences that were written for this project by a language model in twelve voices (drivers,
families, people looking at photographs, staff of shops, of hospitals and schools, of farms and
film crews, robot engineers, ...), without pictures and without a look at what it is measured on.
Words are embedded by all-MiniLM-L6-v2 (Apache-2.0), whose weights are not part of these files.

## Intended use and limits

To take off what people wrap a description into, before the grammar reads it. English only. It
does not judge what is asked, and must not decide alone where a wrong answer can hurt someone.

## Figures

On {count} sentences of the same writers that it did not learn from:

| | |
|---|---|
{figures}

On sentences of other writers: `benchmarks/commands.py`.
"""
