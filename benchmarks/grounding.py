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
Sentences about photographs: how often the answer is right, and whose fault an error is.

``.venv/bin/python benchmarks/grounding.py --data ../shared/data/coco_train2017_90``

A FOUND truth counts when the answer is FOUND with IoU ≥ .5, ABSENT and AMBIGUOUS count when the
status is right. "given box" counts only sentences whose object has a candidate of IoU ≥ .5, "given
detection" those where that candidate is of its class, too, which is what COCO calls detected.
``--half even|odd`` takes the images of even or odd id: one half for decisions, one held back.
``--set name=value`` changes a setting (``fusion=rules``, ``closer_look=never``). The calibration
error is that of the likeliest answer, *none* included, to sentences that mean one thing;
``--plot`` draws it; the row below it tells what chance makes of so few answers when nothing is
amiss (mean, 5 % and 95 %), the row above it the log loss of the same answers. ``--sentences
benchmarks/data/sentences.jsonl`` asks 576 other sentences about the same photographs, by four
writers who had seen neither this program nor the 293; several files are counted together.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from dataclasses import dataclass, fields
import json
from pathlib import Path
import sys
import time
from typing import Any

import cv2
from grounded_perception import geometry
from grounded_perception.assembly import build
from grounded_perception.calibration import binned, calibration_error, error_by_chance
from grounded_perception.errors import CommandError
from grounded_perception.pipeline import Pipeline
from grounded_perception.records import Frame, Perception, Quantity, Status
from grounded_perception.settings import Settings
import numpy as np

# IoU of two annotators' boxes of one thing.
_SAME = 0.7


@dataclass(frozen=True)
class Judgement:
    """
    One answer, judged.

    :param said: its status, or REFUSED.
    :param right: whether it is right.
    :param boxed: whether a candidate has the object's box.
    :param seen: whether one has its box and its class.
    :param confidence: of the likeliest answer; None where the fusion was not asked.
    :param likeliest: whether that one is right, as far as the candidates go.
    """

    said: str
    right: bool
    boxed: bool
    seen: bool
    confidence: float | None = None
    likeliest: bool = False


def judge(row: dict[str, Any], perception: Perception | None) -> Judgement:
    """
    Judge one answer.

    :param row: the sentence and its truth.
    :param perception: the answer; None where the sentence was refused or asks for words.
    :returns: the judgement.
    """
    if perception is None or not perception.groundings:
        return Judgement('REFUSED', False, False, False)
    truth, boxes = row['bbox_xyxy'], perception.candidates.boxes_px
    fits = np.zeros(len(boxes), bool)
    if truth:
        fits = geometry.iou(boxes, np.array([truth], np.float32))[:, 0] >= 0.5
    answer = perception.groundings[0]
    right = answer.status.value == row['status']
    if right and answer.status is Status.FOUND:
        right = bool(fits[answer.indices[0]])
    said, boxed = answer.status.value, bool(fits.any())
    labels = np.array(perception.candidates.labels)
    seen = bool((fits & (labels == row['class'])).any()) if row['class'] else boxed
    asked = answer.phrase.quantity is not Quantity.ALL and row['status'] != 'AMBIGUOUS'
    if not asked or not len(boxes) or answer.none_probability == 1:
        return Judgement(said, right, boxed, seen)
    best = int(np.argmax(answer.probabilities))
    if answer.none_probability > answer.probabilities[best]:
        return Judgement(said, right, boxed, seen, answer.none_probability, not boxed)
    return Judgement(said, right, boxed, seen, float(answer.probabilities[best]), bool(fits[best]))


def ask(pipeline: Pipeline, row: dict[str, Any], rgb: Any) -> tuple[Perception | None, str]:
    """Answer one sentence; return the answer, and what was not understood."""
    try:
        query = pipeline.understand(row['expression'])
    except CommandError as exc:
        return None, str(exc)
    return pipeline.perceive(Frame(rgb), query), '; '.join(query.not_understood)


def count(row: dict[str, Any], judged: Judgement, counts: dict[str, list[bool]]) -> None:
    """Enter one judgement into every part of the table that it belongs to."""
    counts['all'].append(judged.right)
    counts[row['status']].append(judged.right)
    if row['status'] != 'FOUND':
        return
    counts['boxed'].append(judged.boxed)
    counts['detected'].append(judged.seen)
    if judged.boxed:
        counts['FOUND given box'].append(judged.right)
    if judged.seen:
        counts['FOUND given detection'].append(judged.right)
        counts['likeliest given detection'].append(judged.likeliest)
    for kind in row['types']:
        counts[f'kind {kind}'].append(judged.right)


def located(rows: list[dict[str, Any]], instances: Path) -> None:
    """
    Give sentences the picture, box and class of what they mean.

    Sentences about numbered annotations have those; a box without a number is matched to one.
    """
    truth = json.loads(instances.read_text())
    files = {each['id']: each['file_name'] for each in truth['images']}
    names = {each['id']: each['name'] for each in truth['categories']}
    things: dict[int, dict[int, tuple[list[float], str]]] = defaultdict(dict)
    for each in truth['annotations']:
        x, y, w, h = each['bbox']
        thing = [x, y, x + w, y + h], names[each['category_id']]
        things[each['image_id']][each['id']] = thing
    for row in rows:
        row['image'] = files[row['image_id']]
        row['class'] = None
        own = things[row['image_id']]
        if row['status'] != 'FOUND':
            row['bbox_xyxy'] = None
        elif 'annotations' in row:
            row['bbox_xyxy'], row['class'] = own[row['annotations'][0]]
        elif own:
            known = np.array([box for box, _ in own.values()], np.float32)
            like = geometry.iou(known, np.array([row['bbox_xyxy']], np.float32))[:, 0]
            if like.max() >= _SAME:
                row['class'] = list(own.values())[int(like.argmax())][1]


def settings_of(pairs: list[str]) -> Settings:
    """Read ``name=value`` pairs."""
    kinds = {f.name: type(f.default) for f in fields(Settings)}
    chosen: dict[str, Any] = {'precision': 'f32'}
    for pair in pairs:
        name, _, value = pair.partition('=')
        chosen[name] = kinds[name](value)
    return Settings(**chosen)


def likeliest(judged: list[Judgement]) -> tuple[Any, Any]:
    """Return how sure the likeliest answers are, and whether they are right, both ``(A,)``."""
    asked = [(j.confidence, j.likeliest) for j in judged if j.confidence is not None]
    return np.array([c for c, _ in asked]), np.array([r for _, r in asked], bool)


def main() -> int:
    """Run and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument('--data', type=Path, required=True, help='folder: refexp.jsonl, images')
    parser.add_argument(
        '--sentences', type=Path, nargs='+', help='JSON lines (default: refexp.jsonl of the data)'
    )
    parser.add_argument('--half', choices=('all', 'even', 'odd'), default='all')
    parser.add_argument('--set', action='append', default=[], metavar='NAME=VALUE')
    parser.add_argument('--errors', action='store_true', help='print every error')
    parser.add_argument('--plot', type=Path, help='draw the calibration to this .png')
    args = parser.parse_args()
    files = args.sentences or [args.data / 'refexp.jsonl']
    lines = [line for file in files for line in file.read_text(encoding='utf-8').splitlines()]
    rows = [json.loads(line) for line in lines]
    located(rows, args.data / 'instances.json')
    if args.half != 'all':
        rows = [r for r in rows if r['image_id'] % 2 == (args.half == 'odd')]
    pipeline = build(settings_of(args.set))
    counts: dict[str, list[bool]] = defaultdict(list)
    confusion: Counter[tuple[str, str]] = Counter()
    judged: list[Judgement] = []
    begin = time.perf_counter()
    for row in rows:
        image = cv2.imread(str(args.data / 'images' / row['image']))
        perception, notes = ask(pipeline, row, np.ascontiguousarray(image[..., ::-1]))
        judged.append(judge(row, perception))
        confusion[row['status'], judged[-1].said] += 1
        count(row, judged[-1], counts)
        if args.errors and not judged[-1].right:
            answers = perception.groundings if perception else ()
            reason = answers[0].reason if answers else 'refused'
            sys.stdout.write(
                f'{row["image"]} {row["expression"]!r} {row["status"]} → {judged[-1].said} '
                f'{"seen" if judged[-1].seen else "unseen"}: {reason} {notes}\n'
            )
    sys.stdout.write('| part | right | of |\n|---|---|---|\n')
    for name, values in counts.items():
        sys.stdout.write(f'| {name} | {np.mean(values):.2f} | {len(values)} |\n')
    sure, right = likeliest(judged)
    bins, asked = binned(sure, right), len(right)
    loss = -np.log(np.where(right, sure, 1 - sure)).mean()
    sys.stdout.write(f'| log loss | {loss:.3f} | {asked} |\n')
    chance = error_by_chance(bins)
    low, high = np.quantile(chance, (0.05, 0.95))
    sys.stdout.write(f'| calibration error | {calibration_error(bins):.3f} | {asked} |\n')
    sys.stdout.write(f'| by chance | {chance.mean():.3f} ({low:.3f} to {high:.3f}) | {asked} |\n')
    sys.stdout.write(f'{dict(confusion)}\n{time.perf_counter() - begin:.1f} s\n')
    if args.plot:
        from grounded_perception.training.fitting.plots import draw_reliability

        draw_reliability(bins, args.plot, 'answers about photographs')
    return 0


if __name__ == '__main__':
    sys.exit(main())
