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
Measure how nouns are understood: classes found, and absent things refused.

The word lists were written, and split at random into dev and held-out, before the tables and
thresholds; the background vocabulary holds no absent noun of either. Their author is also the
tables' author, so most present words are listed there. The second half therefore asks what
happens to words that are *not* listed: each is taken out of the tables before it is resolved.

    python benchmarks/vocabulary.py
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
import sys
from typing import NamedTuple

from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.language.concepts import background, Concepts, normalise
from grounded_perception.language.encoder import load_encoder
from grounded_perception.language.vocabulary import Vocabulary
import numpy as np
from numpy.typing import NDArray

DATA = Path(__file__).parent / 'data'
SWEEP = (0.4, 0.45, 0.5, 0.54, 0.58, 0.62, 0.66, 0.7)


class Noun(NamedTuple):
    """
    One labelled noun.

    :param noun: the noun.
    :param class_name: the class that it means; empty = none.
    """

    noun: str
    class_name: str


def read(split: str) -> list[Noun]:
    """
    Read a list of labelled nouns.

    :param split: ``dev`` or ``heldout``.
    :returns: its nouns.
    """
    text = (DATA / f'vocabulary_{split}.jsonl').read_text(encoding='utf-8')
    rows = [json.loads(line) for line in text.splitlines()]
    return [Noun(row['noun'], row['class']) for row in rows]


def auroc(present: NDArray[np.float64], absent: NDArray[np.float64]) -> float:
    """
    Compute the chance that a present noun scores higher than an absent one.

    :param present: scores of present nouns.
    :param absent: scores of absent nouns.
    :returns: area under the ROC curve, ties count half.
    """
    greater = (present[:, None] > absent[None]).mean()
    return float(greater + (present[:, None] == absent[None]).mean() / 2)


def cascade(split: str, vocabulary: Vocabulary) -> None:
    """
    Print figures of the whole cascade.

    :param split: ``dev`` or ``heldout``.
    :param vocabulary: what resolves nouns.
    """
    rows = read(split)
    matches = {row.noun: vocabulary.resolve(row.noun) for row in rows}
    present = [row for row in rows if row.class_name]
    absent = [row for row in rows if not row.class_name]
    right = [row for row in present if row.class_name in matches[row.noun].class_names]
    wrong = [r for r in present if matches[r.noun].class_names and r not in right]
    taken = [row for row in absent if matches[row.noun].class_names]
    area = auroc(
        np.array([matches[row.noun].score for row in present]),
        np.array([matches[row.noun].score for row in absent]),
    )
    sys.stdout.write(
        f'{split:8} present {len(present)}: right {len(right) / len(present):.3f}, '
        f'wrong class {len(wrong) / len(present):.3f}; absent {len(absent)}: refused '
        f'{1 - len(taken) / len(absent):.3f}; AUROC {area:.3f}\n'
    )
    for row in taken:
        sys.stdout.write(f'         taken for something: {matches[row.noun].reason}\n')
    for row in wrong:
        sys.stdout.write(f'         wrong: {matches[row.noun].reason}, not {row.class_name}\n')


def unlisted(split: str, vocabulary: Vocabulary, concepts: Concepts) -> None:
    """
    Print figures of the encoder alone for words that no table lists.

    :param split: ``dev`` or ``heldout``.
    :param vocabulary: what guesses.
    :param concepts: the tables.
    """
    present, absent, hits = [], [], []
    for row in read(split):
        name = normalise(row.noun)
        meaning = concepts.look_up(name)
        if not row.class_name:
            guess = vocabulary.guess(name)
            if not meaning.class_names:
                absent.append(-1.0 if guess.is_decoy or meaning.is_misleading else guess.score)
            continue
        term = name.removeprefix(meaning.rest).strip() if meaning.class_names else name
        if term in COCO_NAMES:
            continue  # the class itself cannot be taken out
        if (behind := concepts.look_up(term.partition(' ')[2])).class_names:
            # the last word is listed of its own: the encoder is not asked
            present.append(1.0)
            hits.append(row.class_name in behind.class_names)
            continue
        squeezed = term.replace(' ', '')
        same = {t for t in concepts.terms if t.replace(' ', '') == squeezed}
        guess = vocabulary.guess(name, without=same)
        present.append(-1.0 if guess.is_decoy else guess.score)
        hits.append(guess.class_name == row.class_name)
    scores, others, is_hit = np.array(present), np.array(absent), np.array(hits)
    sys.stdout.write(
        f'{split:8} unlisted: present {len(scores)}, absent {len(others)}; top-1 '
        f'{is_hit.mean():.3f}, AUROC {auroc(scores, others):.3f}\n'
        '         threshold  right  wrong class  refused (absent)\n'
    )
    for threshold in SWEEP:
        accepted = scores >= threshold
        sys.stdout.write(
            f'         {threshold:9.2f}  {(accepted & is_hit).mean():.3f}  '
            f'{(accepted & ~is_hit).mean():11.3f}  {(others < threshold).mean():.3f}\n'
        )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument('--threshold', type=float, default=0.58)
    arguments = parser.parse_args()
    vocabulary = Vocabulary(COCO_NAMES, load_encoder(0), arguments.threshold)
    concepts = Concepts(COCO_NAMES)
    held = {row.noun for split in ('dev', 'heldout') for row in read(split)}
    sys.stdout.write(
        f'{len(concepts.terms)} names in the tables, {len(background())} background nouns, '
        f'{len(held & set(background()))} of them in the test lists\n'
        f'whole cascade at threshold {arguments.threshold}\n'
    )
    for split in ('dev', 'heldout'):
        cascade(split, vocabulary)
    for split in ('dev', 'heldout'):
        unlisted(split, vocabulary, concepts)


if __name__ == '__main__':
    main()
