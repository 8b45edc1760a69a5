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
Questions about photographs: how often the composed assistant's words are right.

``.venv/bin/python benchmarks/questions.py --data ../shared/data/coco_train2017_90``

Counts, existence, sides, places and sizes are asked from the annotations; colours were looked at
and written down by hand, below. An answer is judged by its words, as a person reads it; "I can't
tell" is no right answer, but counted apart. The baseline says for each kind what is most often
true. ``--half even|odd`` takes the images of even or odd id; ``--errors`` prints what is wrong.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
import json
from pathlib import Path
import re
import time
from typing import Any

import cv2
from grounded_perception import detectors
from grounded_perception.assistants.base import AnswerStatus
from grounded_perception.assistants.composed import ComposedAssistant
from grounded_perception.assistants.composing.wording import article, plural
from grounded_perception.assistants.scenes import scene_of
from grounded_perception.compute import Compute
from grounded_perception.fusion.grounder import Grounder
from grounded_perception.fusion.loading import load as load_fusion
from grounded_perception.fusion.selection import Thresholds
from grounded_perception.imaging.colour import COLOURS
from grounded_perception.language.encoder import load_encoder
from grounded_perception.language.lexicon import values
from grounded_perception.language.vocabulary import Vocabulary
from grounded_perception.pipeline import Pipeline
from grounded_perception.records import Frame
from grounded_perception.settings import Settings
import numpy as np

#: Image, question, the colours that a person may name; looked at one by one.
COLOUR_QUESTIONS = (
    (30, 'what colour is the vase?', 'white'),
    (42, 'what colour is the dog?', 'brown'),
    (73, 'what colour is the motorcycle?', 'black'),
    (81, 'what color is the airplane?', 'white'),
    (92, 'what colour is the cake?', 'brown'),
    (127, 'what colour is the cup?', 'white'),
    (151, 'what colour is the stop sign?', 'red'),
    (247, 'what colour is the airplane?', 'blue white'),
    (263, 'what colour are the elephants?', 'gray'),
    (307, 'what colour is the dog?', 'brown white orange'),
    (307, 'what colour is the frisbee?', 'blue yellow'),
    (326, "what colour is the man's shirt?", 'white'),
    (349, 'what colour is the train?', 'white gray'),
    (370, 'what colour is the broccoli?', 'green'),
    (394, 'what colour is the frisbee?', 'purple'),
    (394, 'WHAT COLOR IS THE DOG', 'white'),
    (395, "what colour is the person's jacket?", 'red orange'),
    (431, "what colour is the player's shirt?", 'white'),
    (450, 'what colour is the pizza?', 'red orange'),
    (459, "what colour is the man's jacket?", 'brown black'),
    (474, "what colour are the boy's shorts?", 'blue black'),
    (491, 'what colour is the teddy bear?', 'white'),
    (502, 'what colour is the bear?', 'black'),
    (510, 'what colour is the bench?', 'red brown purple'),
    (510, "what colour is the man's shirt?", 'blue'),
    (532, 'what colour is the bus?', 'red'),
    (572, 'what colour is the suitcase?', 'black blue purple'),
    (581, 'what colour is the dog?', 'white'),
    (589, "what colour is the person's shirt?", 'white'),
    (612, 'what colour is the bed?', 'red'),
    (629, 'what colour is the motorcycle?', 'black red'),
    (641, 'what colour is the bus?', 'white'),
    (643, 'what colour is the tv?', 'black'),
    (650, 'what colour is the cat?', 'gray white'),
)
#: Image, question, whether it is so; looked at one by one.
COLOUR_CHECKS = (
    (30, 'is the vase white?', True),
    (30, 'is the vase red?', False),
    (263, 'are the elephants pink?', False),
    (394, 'is the frisbee purple?', True),
    (394, 'is the frisbee green?', False),
    (394, 'is the dog black?', False),
    (394, 'is there a purple frisbee?', True),
    (395, 'is the man wearing a red jacket?', True),
    (419, 'is the person on the left wearing red?', True),
    (419, 'is the person on the right wearing red?', False),
    (491, 'is the teddy bear white?', True),
    (502, 'is the bear black?', True),
    (502, 'is the bear white?', False),
    (532, 'is the bus red?', True),
    (532, 'is there a green bus?', False),
    (612, 'is the bed red?', True),
    (641, 'is the bus red?', False),
    (641, 'is the bus white?', True),
    (650, 'is the cat orange?', False),
)
#: A thing is on a side of another, or larger, when nobody would disagree.
_APART, _LARGER = 0.15, 1.6
_NUMBERS = {**values('numbers'), 'no': 0, 'nothing': 0}


@dataclass(frozen=True)
class Pair:
    """
    A question with its truth.

    :param kind: what is asked.
    :param image: id.
    :param question: as asked.
    :param truth: the words or numbers that are right, any of them.
    """

    kind: str
    image: int
    question: str
    truth: tuple[str, ...]


def pairs(data: dict[str, Any]) -> Iterator[Pair]:
    """
    Make questions of annotations, the same ones each time.

    :param data: COCO instances.
    :returns: the pairs.
    """
    names = {category['id']: category['name'] for category in data['categories']}
    things: dict[int, dict[str, list[list[float]]]] = defaultdict(lambda: defaultdict(list))
    crowds: set[tuple[int, str]] = set()
    for note in data['annotations']:
        name = names[note['category_id']]
        if note['iscrowd']:
            crowds.add((note['image_id'], name))
        things[note['image_id']][name].append(note['bbox'])
    common = Counter(name for found in things.values() for name in found)
    for n, image in enumerate(data['images']):
        found = {
            name: boxes
            for name, boxes in things[image['id']].items()
            if (image['id'], name) not in crowds
        }
        yield from _counts(image, found)
        absent = [name for name, _ in common.most_common(24) if name not in things[image['id']]]
        yield from _existence(n, image, sorted(found), absent)
        yield from _between(n, image, {k: v[0] for k, v in found.items() if len(v) == 1})
    for number, question, colours in COLOUR_QUESTIONS:
        yield Pair('colour', number, question, tuple(colours.split()))
    for number, question, holds in COLOUR_CHECKS:
        yield Pair('is it red', number, question, ('yes' if holds else 'no',))


def _counts(image: dict[str, Any], found: dict[str, list[list[float]]]) -> Iterator[Pair]:
    for name, boxes in sorted(found.items()):
        shares = [w * h / (image['width'] * image['height']) for _, _, w, h in boxes]
        kind = 'count' if min(shares) >= 0.005 else 'count, tiny things too'
        yield Pair(kind, image['id'], f'how many {plural(name)} are there?', (str(len(boxes)),))


def _existence(
    n: int, image: dict[str, Any], present: list[str], absent: list[str]
) -> Iterator[Pair]:
    rng = np.random.default_rng(n)
    for names, truth in ((present, 'yes'), (absent, 'no')):
        chosen = rng.choice(names, min(len(names), 2), replace=False) if names else ()
        for name in chosen:
            text = f'is there {article(str(name))}?', f'do you see any {plural(str(name))}?'
            yield Pair('exists', image['id'], text[n % 2], (truth,))


def _between(n: int, image: dict[str, Any], single: dict[str, list[float]]) -> Iterator[Pair]:
    """Ask about things that are there once."""
    width, height = image['width'], image['height']
    middle = {k: ((x + w / 2) / width, (y + h / 2) / height) for k, (x, y, w, h) in single.items()}
    area = {k: w * h for k, (_, _, w, h) in single.items()}
    for name, (x, _) in sorted(middle.items()):
        if min(abs(x - 1 / 3), abs(x - 2 / 3)) > 0.04:
            column = ('left', 'middle', 'right')[min(int(x * 3), 2)]
            yield Pair('where', image['id'], f'where is the {name}?', (column,))
    for i, (a, b) in enumerate(_couples(sorted(single))):
        a, b = (a, b) if (i + n) % 2 else (b, a)
        if abs(middle[a][0] - middle[b][0]) > _APART:
            side = ('left', 'right')[i % 2]
            holds = (middle[a][0] < middle[b][0]) == (side == 'left')
            asked = f'is the {a} {side} of the {b}?'
            yield Pair('left or right', image['id'], asked, ('yes' if holds else 'no',))
        if max(area[a], area[b]) > _LARGER * min(area[a], area[b]):
            word = ('bigger', 'smaller')[i % 2]
            holds = (area[a] > area[b]) == (word == 'bigger')
            asked = f'is the {a} {word} than the {b}?'
            yield Pair('larger', image['id'], asked, ('yes' if holds else 'no',))


def _couples(names: list[str]) -> list[tuple[str, str]]:
    return [(a, b) for i, a in enumerate(names) for b in names[i + 1 :]][:3]


def said(pair: Pair, text: str) -> str:
    """
    Read what an answer says, as a person would.

    :param pair: what was asked.
    :param text: the answer.
    :returns: the word or number that answers.
    """
    words = re.findall('[a-z]+|[0-9]+', text.lower())
    if pair.kind.startswith('count'):
        return next((str(_NUMBERS.get(w, w)) for w in words if w in _NUMBERS or w.isdigit()), '')
    if pair.kind == 'colour':
        return next((w for w in words if w in COLOURS), '')
    if pair.kind == 'where':
        before = words[: words.index('next')] if 'next' in words else words
        return next((w for w in before if w in ('left', 'right')), 'middle')
    return 'no' if words[0] == 'not' else words[0]


def main() -> None:
    """Ask and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument('--data', type=Path, required=True)
    parser.add_argument('--half', choices=('even', 'odd'))
    parser.add_argument('--closer', action='store_true', help='look closer at every image')
    parser.add_argument('--errors', action='store_true')
    args = parser.parse_args()
    data = json.loads((args.data / 'instances.json').read_text(encoding='utf-8'))
    asked: dict[int, list[Pair]] = defaultdict(list)
    for pair in pairs(data):
        if not args.half or pair.image % 2 == (args.half == 'odd'):
            asked[pair.image].append(pair)
    settings = Settings(closer_look='always' if args.closer else 'never')
    module = detectors.module(settings.detector)
    detector = module.load(module.Options(), Compute())
    words = Vocabulary(detector.names, load_encoder(settings.threads), settings.text_threshold)
    grounder = Grounder(words, load_fusion(settings))
    pipeline = Pipeline(settings, detector, grounder)
    query = pipeline.understand('the thing') if args.closer else None
    limits = Thresholds(settings.absent_threshold, settings.ambiguity_margin)
    assistant = ComposedAssistant()
    rows: dict[str, list[tuple[bool, bool, float]]] = defaultdict(list)
    truths: dict[str, Counter[str]] = defaultdict(Counter)
    spent = 0.0
    for image in data['images']:
        if image['id'] not in asked:
            continue
        bgr = cv2.imread(str(args.data / 'images' / image['file_name']))
        frame = Frame(np.ascontiguousarray(bgr[:, :, ::-1]))
        perception = pipeline.perceive(frame, query)
        scene = scene_of(
            frame, perception.candidates, grounder, limits, settings.threshold,
            perception.quality,
        )  # fmt: skip
        for pair in asked[image['id']]:
            began = time.perf_counter()
            answer = assistant.answer(frame.rgb, pair.question, scene)
            spent += time.perf_counter() - began
            told = answer.status is AnswerStatus.ANSWERED
            right = told and said(pair, answer.text) in pair.truth
            rows[pair.kind].append((right, told, answer.confidence))
            truths[pair.kind].update(pair.truth)
            if args.errors and not right:
                print(f'{image["id"]:4} {pair.question} {pair.truth} -> {answer.text}')
    print(f'{"kind":24}{"asked":>7}{"right":>8}{"of told":>9}{"silent":>8}{"baseline":>10}')
    for kind, judged in rows.items():
        _print(kind, judged, max(truths[kind].values()) / len(judged))
    every = [row for judged in rows.values() for row in judged]
    _print('all', every, sum(max(c.values()) for c in truths.values()) / len(every))
    print(f'{1e3 * spent / len(every):.2f} ms an answer, after perception')
    print('confidence of what is told, and how much of it is right:')
    told_rows = [(right, sure) for right, told, sure in every if told]
    for low in (0.0, 0.5, 0.7, 0.85):
        high = {0.0: 0.5, 0.5: 0.7, 0.7: 0.85, 0.85: 1.01}[low]
        inside = [(right, sure) for right, sure in told_rows if low <= sure < high]
        if inside:
            right, sure = np.mean(np.array(inside, float), axis=0)
            print(
                f'  {low:.2f}-{min(high, 1):.2f}: {sure:.2f} said, '
                f'{right:.2f} right, {len(inside)}'
            )
    pipeline.close()


def _print(kind: str, judged: list[tuple[bool, bool, float]], baseline: float) -> None:
    right, told = sum(r for r, _, _ in judged), sum(t for _, t, _ in judged)
    share, of_told = right / len(judged), right / max(told, 1)
    silent = 1 - told / len(judged)
    print(f'{kind:24}{len(judged):7}{share:8.1%}{of_told:9.1%}{silent:8.1%}{baseline:10.1%}')


if __name__ == '__main__':
    main()
