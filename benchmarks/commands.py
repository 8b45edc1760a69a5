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
Whole sentences as people say them to a robot: how often the thing meant is found in them.

``.venv/bin/python benchmarks/commands.py``

``data/commands.jsonl``: 660 sentences and short phrases about streets, homes, shops, each with the
head noun of the thing meant and what is said of it, written by a language model that had not seen
this program (nor the sentences that the focus network learned from). "name": the first phrase's
noun ends with that head; the other rows count sentences whose name is right. ``--data`` adds
Talk2Car's validation commands, said by people: whether a phrase names the annotated class.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable
import json
from pathlib import Path
import sys
from typing import Any

from command_parser import talk2car
from grounded_perception.errors import CommandError
from grounded_perception.language import focus
from grounded_perception.language.encoder import load_encoder
from grounded_perception.language.lexicon import groups, singular
from grounded_perception.language.sentences import SentenceReader
from grounded_perception.records import Intent, Phrase
import numpy as np

FILE = Path(__file__).parent / 'data' / 'commands.jsonl'
#: Position words of the file → of the program.
PLACES = {'front': 'nearest', 'back': 'farthest'}


def named(phrase: Phrase, head: str) -> bool:
    """Say whether a phrase has the name that is meant; a person may stand for no name."""
    if not head:
        return phrase.noun in ('', 'person')
    last = phrase.noun.split()[-1:]
    return [singular(word) for word in last] == [singular(head.lower().split()[-1])]


def judge(phrase: Phrase, row: dict[str, Any]) -> dict[str, bool | None]:
    """Compare what is said of the thing; None where nothing is said and nothing was read."""
    colours = {groups('colours').get(c, c) for c in row['colours']}
    place = {PLACES.get(word, word) for word in row['place'].split()}
    ties = {singular(noun.split()[-1]) for _, noun in row['ties'] if noun}
    read = {r.anchor.noun.split()[-1] for r in phrase.relations if r.anchor.noun}
    pairs: dict[str, tuple[Any, Any]] = {
        'colours': (colours, set(phrase.colours)),
        'place': (place, set(phrase.position.split())),
        'ordinal': (row['ordinal'], phrase.ordinal),
        'size': (row['size'], phrase.size),
        'other things': (ties, read),
    }
    return {name: said == got if said or got else None for name, (said, got) in pairs.items()}


def table(read: Callable[[str], Any], show: bool) -> dict[str, list[bool]]:
    """Read every sentence."""
    right: dict[str, list[bool]] = defaultdict(list)
    for row in map(json.loads, FILE.read_text(encoding='utf-8').splitlines()):
        try:
            command = read(row['text'])
        except CommandError:
            right['name'].append(False)
            continue
        first = command.phrases[0] if command.phrases else None
        good = first is not None and command.intent is Intent.FIND and named(first, row['head'])
        right['name'].append(good)
        if show and not good:
            sys.stdout.write(f'{row["text"]!r}: {row["head"]!r}, not {first and first.text!r}\n')
        for name, same in judge(first, row).items() if good and first else ():
            if same is not None:
                right[name].append(same)
    return right


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument('--data', type=Path, help='folder refexp_text, for Talk2Car')
    parser.add_argument(
        '--focus', type=Path, default=focus.PACKAGED, help='what train-focus wrote'
    )
    parser.add_argument('--errors', action='store_true', help='print where the name is wrong')
    args = parser.parse_args()
    readers = {
        'grammar': SentenceReader(),
        'focus, grammar': SentenceReader(focus.load(load_encoder(0), args.focus)),
    }
    found = {
        name: table(lambda text, reader=reader: reader.read(text, 500), args.errors)
        for name, reader in readers.items()
    }
    sys.stdout.write(f'| right | {" | ".join(found)} | of |\n|---|---|---|---|\n')
    for part in found['grammar']:
        cells = ' | '.join(f'{np.mean(right[part]):.3f}' for right in found.values())
        counts = ', '.join(dict.fromkeys(str(len(right[part])) for right in found.values()))
        sys.stdout.write(f'| {part} | {cells} | {counts} |\n')
    for name, reader in readers.items() if args.data else ():
        line = talk2car(args.data / 'talk2car_val.jsonl.gz', 0, reader)
        sys.stdout.write(f'{name}: {line}\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
