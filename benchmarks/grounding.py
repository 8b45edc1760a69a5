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
status is right. "given detection" counts only sentences whose object is among the candidates.
``--half even|odd`` takes the images of even or odd id: one half for decisions, one held back.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
import json
from pathlib import Path
import sys
import time
from typing import Any

import cv2
from grounded_perception import geometry
from grounded_perception.errors import CommandError
from grounded_perception.pipeline import build, Pipeline
from grounded_perception.records import Frame, Perception, Status
from grounded_perception.settings import Settings
import numpy as np


def is_right(row: dict[str, Any], perception: Perception | None) -> tuple[str, bool, bool]:
    """
    Judge one answer.

    :param row: the sentence and its truth.
    :param perception: the answer; None where the sentence was refused.
    :returns: the status said, whether it is right, whether the object was among the candidates.
    """
    truth = row['bbox_xyxy']
    if perception is None:
        return 'REFUSED', False, False
    answer = perception.groundings[0]
    boxes = perception.candidates.boxes_px
    overlaps = geometry.iou(boxes, np.array([truth], np.float32))[:, 0] if truth else None
    seen = bool(truth) and len(boxes) > 0 and bool(overlaps.max() >= 0.5)  # type: ignore[union-attr]
    right = answer.status.value == row['status']
    if right and answer.status is Status.FOUND and overlaps is not None:
        right = bool(overlaps[answer.indices[0]] >= 0.5)
    return answer.status.value, right, seen


def judge(pipeline: Pipeline, row: dict[str, Any], rgb: Any) -> tuple[str, bool, bool, str]:
    """Answer one sentence and judge it."""
    try:
        query = pipeline.understand(row['expression'])
    except CommandError as exc:
        return (*is_right(row, None), str(exc))
    perception = pipeline.perceive(Frame(rgb), query)
    return (*is_right(row, perception), '; '.join(query.not_understood))


def main() -> int:
    """Run and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument('--data', type=Path, required=True, help='folder: refexp.jsonl, images')
    parser.add_argument('--half', choices=('all', 'even', 'odd'), default='all')
    parser.add_argument('--errors', action='store_true', help='print every error')
    args = parser.parse_args()
    rows = [json.loads(line) for line in (args.data / 'refexp.jsonl').read_text().splitlines()]
    if args.half != 'all':
        rows = [r for r in rows if r['image_id'] % 2 == (args.half == 'odd')]
    pipeline = build(Settings(precision='f32'))
    counts: dict[str, list[bool]] = defaultdict(list)
    confusion: Counter[tuple[str, str]] = Counter()
    begin = time.perf_counter()
    for row in rows:
        image = cv2.imread(str(args.data / 'images' / row['image']))
        rgb = np.ascontiguousarray(image[..., ::-1])
        said, right, seen, notes = judge(pipeline, row, rgb)
        confusion[row['status'], said] += 1
        counts['all'].append(right)
        counts[row['status']].append(right)
        if row['status'] == 'FOUND':
            counts['detector recall'].append(seen)
            if seen:
                counts['FOUND given detection'].append(right)
            for kind in row['types']:
                counts[f'kind {kind}'].append(right)
        if args.errors and not right:
            sys.stdout.write(
                f'{row["image"]} {row["expression"]!r} {row["status"]} → {said} '
                f'{"seen" if seen else "unseen"} {notes}\n'
            )
    sys.stdout.write('| part | right | of |\n|---|---|---|\n')
    for name, values in counts.items():
        sys.stdout.write(f'| {name} | {np.mean(values):.2f} | {len(values)} |\n')
    sys.stdout.write(f'{dict(confusion)}\n{time.perf_counter() - begin:.1f} s\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
