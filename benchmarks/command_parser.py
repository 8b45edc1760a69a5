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
Measure the command parser against weak labels of human referring expressions.

Prints how often the head noun, the colours and the position agree with the automatic parse that
comes with RefCOCO and RefCOCO+ (itself often wrong), how often the head noun of a Talk2Car
command is a word for the annotated class, and the time for one expression.

    python benchmarks/command_parser.py --data ../shared/data
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
import gzip
import json
from pathlib import Path
import sys
import time
from typing import Any

from grounded_perception.errors import CommandError
from grounded_perception.language.command import parse
from grounded_perception.language.lexicon import groups, singular
from grounded_perception.language.sentences import SentenceReader
from grounded_perception.records import Phrase

#: nuScenes class → words that name it.
TALK2CAR = {
    'car': 'car vehicle suv sedan taxi audi jeep cab bmw hatchback coupe minivan van',
    'truck': 'truck semi pickup lorry vehicle van trailer',
    'bus': 'bus coach vehicle',
    'pedestrian': 'man woman guy person pedestrian lady worker people friend girl boy kid child '
    'dude wife son colleague gentleman human mom dad brother sister mother police officer',
    'bicycle': 'bike bicycle cyclist',
    'motorcycle': 'motorcycle motorbike bike scooter moped',
    'trailer': 'trailer truck',
    'trafficcone': 'cone pylon',
    'barrier': 'barrier',
}


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """
    Read a file of labelled expressions.

    :param path: gzipped JSON lines.
    :returns: its lines.
    """
    with gzip.open(path, 'rt', encoding='utf-8') as stream:
        for line in stream:
            yield json.loads(line)


def first_phrase(text: str) -> Phrase | None:
    """
    Parse an expression.

    :param text: a sentence.
    :returns: its first phrase, or None when the parser found none.
    """
    try:
        found = parse(text, 500).phrases
    except CommandError:
        return None
    return found[0] if found else None


def refcoco(path: Path, show: int) -> str:
    """
    Compare with the weak parse of RefCOCO.

    :param path: ``refcoco*_val.jsonl.gz``.
    :param show: number of head-noun disagreements to print.
    :returns: one line of figures.
    """
    counts: Counter[str] = Counter()
    for row in rows(path):
        weak, phrase = row['parse'], first_phrase(row['expression'])
        counts['all'] += 1
        if phrase is None:
            counts['none'] += 1
            continue
        category = [word for word in weak['category'] if word not in groups('axes')]
        if category:
            counts['noun'] += 1
            agree = singular(category[0]) in phrase.noun.split() or category[0] in phrase.noun
            counts['noun ok'] += agree
            if not agree and counts['noun'] - counts['noun ok'] <= show:
                sys.stdout.write(f'  {row["expression"]!r}: {category[0]} / {phrase.noun!r}\n')
        colours = {groups('colours')[w] for w in weak['color'] if w in groups('colours')}
        if colours:
            counts['colour'] += 1
            counts['colour ok'] += colours <= set(phrase.colours)
        axes = {groups('axes')[w] for w in weak['abs_location'] if w in groups('axes')}
        if axes:
            counts['place'] += 1
            said = {'nearest': 'bottom', 'farthest': 'top'}
            parts = set(phrase.position.split())
            counts['place ok'] += all(a in parts or said.get(a) in parts for a in axes)
    share = {k: counts[f'{k} ok'] / max(counts[k], 1) for k in ('noun', 'colour', 'place')}
    return (
        f'{path.name:24} {counts["all"]:6} expressions, {counts["none"]} refused; agreement: '
        f'head noun {share["noun"]:.3f} of {counts["noun"]}, colour {share["colour"]:.3f} of '
        f'{counts["colour"]}, position {share["place"]:.3f} of {counts["place"]}'
    )


def talk2car(path: Path, show: int, reader: SentenceReader | None = None) -> str:
    """
    Compare head nouns with the annotated class of Talk2Car.

    :param path: ``talk2car_val.jsonl.gz``.
    :param show: number of misses to print.
    :param reader: reads sentences; None = the grammar alone.
    :returns: one line of figures.
    """
    read = (reader or SentenceReader()).read
    good = total = shown = 0
    for row in rows(path):
        names = [
            n for part in row['obj'].split('.') if part in TALK2CAR for n in TALK2CAR[part].split()
        ]
        if not names:
            continue
        total += 1
        try:
            phrases = read(row['command'], 1000).phrases
        except CommandError:
            phrases = ()
        nouns = [word for phrase in phrases for word in phrase.noun.split()]
        is_good = any(word in names for word in nouns)
        good += is_good
        if not is_good and shown < show:
            shown += 1
            sys.stdout.write(f'  {row["command"]!r}: {names[0]} / {[p.noun for p in phrases]}\n')
    return (
        f'{path.name:24} {total:6} commands; the class is named by a phrase in {good / total:.3f}'
    )


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument('--data', type=Path, default=Path('../shared/data'))
    parser.add_argument('--show', type=int, default=0, help='disagreements to print for each file')
    arguments = parser.parse_args()
    folder = arguments.data / 'refexp_text'
    texts = [row['expression'] for row in rows(folder / 'refcoco_val.jsonl.gz')]
    first_phrase(texts[0])
    start = time.perf_counter()
    for text in texts:
        first_phrase(text)
    each = (time.perf_counter() - start) / len(texts) * 1e3
    for name in ('refcoco_val', 'refcoco+_val'):
        sys.stdout.write(refcoco(folder / f'{name}.jsonl.gz', arguments.show) + '\n')
    sys.stdout.write(talk2car(folder / 'talk2car_val.jsonl.gz', arguments.show) + '\n')
    sys.stdout.write(f'{each:.3f} ms for one expression\n')


if __name__ == '__main__':
    main()
