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
People in photographs: how they hold themselves, what they wear, and sentences about both.

``.venv/bin/python benchmarks/bodies.py --data ../shared/data/coco_train2017_90``

The truth is ``benchmarks/data/bodies.jsonl``: 103 people labelled by eye. The first two tables
take their true boxes; a posture is told when it is surer than the others and than .6. Sentences
are made of the labels: FOUND where a posture or colour is one person's alone, ABSENT where it is
nobody's; the whole pipeline answers them, with and without somebody who looks at people. The
limits of postures were chosen on these very people: the second table and the third are the ones
that say something of others.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
import json
from pathlib import Path
import sys
from typing import Any

import cv2
from grounded_perception import geometry
from grounded_perception.assembly import build
from grounded_perception.compute import Compute
from grounded_perception.imaging.colour import COLOURS
from grounded_perception.imaging.descriptors import describe
from grounded_perception.pipeline import Pipeline
from grounded_perception.pose_estimators import blazepose, worn
from grounded_perception.pose_estimators.postures import degrees
from grounded_perception.records import Floats, Frame, Status
from grounded_perception.settings import Settings
import numpy as np

PEOPLE = Path(__file__).parent / 'data' / 'bodies.jsonl'
#: Names in the labels, and names here.
STANCES = {
    'standing': 'standing',
    'sitting': 'sitting',
    'lying': 'lying',
    'crouching': 'crouching',
    'bending': 'bending over',
}
FACING = {'camera': 'facing us', 'away': 'facing away'}
GARMENTS = {'head': 'hat', 'torso': 'shirt', 'legs': 'trousers', 'feet': 'shoes'}
TOLD = 0.6

Row = dict[str, Any]


def pictures() -> dict[str, list[Row]]:
    """Return the labelled people by the name of their picture."""
    found: dict[str, list[Row]] = defaultdict(list)
    for line in PEOPLE.read_text().splitlines():
        row = json.loads(line)
        found[row['image']].append(row)
    return found


def looks(data: Path, counts: dict[str, list[bool]]) -> None:
    """Judge postures and colours on true boxes."""
    estimator = blazepose.load(blazepose.Options(), Compute(precision='f32'))
    for name, rows in pictures().items():
        rgb = read(data, name)
        boxes = np.array([row['bbox_xyxy'] for row in rows], np.float32)
        bodies, described = estimator.estimate(rgb, boxes), describe(rgb, boxes)
        stances = np.stack([degrees(bodies, stance) for stance in STANCES.values()])
        raised = degrees(bodies, 'raising an arm')
        facing = {label: degrees(bodies, held) for label, held in FACING.items()}
        zones = {zone: worn.colours(rgb, bodies, zone) for zone in worn.ZONES}
        whole = np.maximum(described.colours, described.bands.max(axis=1))
        for i, row in enumerate(rows):
            if row['posture']:
                told = stances[:, i].max() > TOLD
                counts[f'{row["posture"]}, told'].append(told)
                if told:
                    best = list(STANCES)[int(stances[:, i].argmax())]
                    counts[f'{row["posture"]}, right when told'].append(best == row['posture'])
                    counts['any posture, right when told'].append(best == row['posture'])
            if row['arms_raised'] is not None and raised[i] != 0.5:
                counts[f'arm raised: {row["arms_raised"]}, right'].append(
                    (raised[i] > 0.5) == row['arms_raised']
                )
            for label, degree in facing.items():
                if row['facing']:
                    counts[f'{FACING[label]}: {row["facing"] == label}, right'].append(
                        (degree[i] > 0.5) == (row['facing'] == label)
                    )
            for zone, said in row['worn'].items():
                if not np.isnan(zones[zone][i]).any():
                    counts[f'{zone}, colour where it is worn'].append(top(zones[zone][i], said))
                    counts[f'{zone}, colour of the box'].append(top(whole[i], said))


def top(shares: Floats, said: list[str]) -> bool:
    """Say whether the plainest colour is one that a person would say."""
    return COLOURS[int(shares.argmax())] in said


def sentences(rows: list[Row]) -> Iterator[tuple[str, str, list[float] | None]]:
    """Yield a kind, a sentence and the box of who is meant; None = nobody is."""
    if len(rows) > 1 and all(row['posture'] for row in rows):
        for stance, said in STANCES.items():
            yield from meant('posture', f'the person {said}', rows, lambda r: r['posture'], stance)
    if len(rows) > 1 and all(row['arms_raised'] is not None for row in rows):
        yield from meant('arm', 'the person waving', rows, lambda r: r['arms_raised'], True)
    if len(rows) > 1 and all(row['facing'] for row in rows):
        for label, held in FACING.items():
            yield from meant('facing', f'the person {held}', rows, lambda r: r['facing'], label)
    for zone, garment in GARMENTS.items():
        # A hat that is not there has no colour; of the other zones all must be known.
        if len(rows) < 2 or (zone != 'head' and not all(zone in row['worn'] for row in rows)):
            continue
        said = {colour for row in rows for colour in row['worn'].get(zone, ())}
        for colour in COLOURS:
            fits = [row for row in rows if colour in row['worn'].get(zone, ())]
            text = f'the person in the {colour} {garment}'
            if len(fits) == 1:
                yield 'colour', text, fits[0]['bbox_xyxy']
            elif colour in ('green', 'yellow', 'pink') and said and not fits:
                yield 'no such colour', text, None


def meant(
    kind: str, text: str, rows: list[Row], of: Any, value: object
) -> Iterator[tuple[str, str, list[float] | None]]:
    """Yield the sentence where one person is meant by it, or nobody."""
    fits = [row for row in rows if of(row) == value]
    if len(fits) == 1:
        yield kind, text, fits[0]['bbox_xyxy']
    elif not fits:
        yield f'no such {kind}', text, None


def answered(pipeline: Pipeline, data: Path) -> dict[str, list[bool]]:
    """Ask every sentence; return by kind whether the answers are right."""
    right: dict[str, list[bool]] = defaultdict(list)
    for name, rows in pictures().items():
        frame = Frame(read(data, name))
        for kind, text, box in sentences(rows):
            seen = pipeline.perceive(frame, pipeline.understand(text))
            answer = seen.groundings[0]
            if box is None:
                right[kind].append(answer.status is Status.ABSENT)
                continue
            fits = geometry.iou(seen.candidates.boxes_px, np.array([box], np.float32))[:, 0] >= 0.5
            if fits.any():
                found = answer.status is Status.FOUND
                right[kind].append(found and bool(fits[answer.indices[0]]))
                right[f'{kind}, likeliest'].append(bool(fits[np.argmax(answer.probabilities)]))
    return right


def read(data: Path, name: str) -> Any:
    """Read a picture as RGB."""
    return np.ascontiguousarray(cv2.imread(str(data / 'images' / name))[..., ::-1])


def main() -> int:
    """Run and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument('--data', type=Path, required=True, help='folder: images')
    args = parser.parse_args()
    counts: dict[str, list[bool]] = defaultdict(list)
    looks(args.data, counts)
    sys.stdout.write('| of people, true boxes | share | of |\n|---|---|---|\n')
    for name in sorted(counts):
        sys.stdout.write(f'| {name} | {np.mean(counts[name]):.2f} | {len(counts[name])} |\n')
    every = {
        name: answered(build(Settings(precision='f32', pose_estimator=name)), args.data)
        for name in ('none', 'blazepose')
    }
    sys.stdout.write('\n| sentences | none | blazepose | of |\n|---|---|---|---|\n')
    for kind in sorted(every['blazepose']):
        shares = ' | '.join(f'{np.mean(right[kind]):.2f}' for right in every.values())
        sys.stdout.write(f'| {kind} | {shares} | {len(every["blazepose"][kind])} |\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
