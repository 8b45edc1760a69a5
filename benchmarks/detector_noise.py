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
How the embedded detector errs on photographs, and how the invented one errs, side by side.

``.venv/bin/python benchmarks/detector_noise.py --data ../shared/data/coco_train2017_90``

What is printed is what the tables of ``grounded_perception.training.sight.noise`` were read from.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
import json
from pathlib import Path
import sys

import cv2
from grounded_perception import geometry
from grounded_perception.compute import Compute
from grounded_perception.detectors import ssd
from grounded_perception.fusion.candidates import distinct
from grounded_perception.records import Floats, Regions
from grounded_perception.training.looks.appearance import Bank
from grounded_perception.training.sight.observation import FLOOR, observe
from grounded_perception.training.world.scenes import scene
import numpy as np

BINS = (0.0, 0.06, 0.15, 0.3, 0.6)
SHARES = (0.05, 0.25, 0.5, 0.75, 0.95)
#: A picture: width, height, names and boxes of the things, crowds, what the detector proposes.
Picture = tuple[int, int, list[str], Floats, Floats, Regions]


@dataclass
class Tally:
    """What is counted over pictures."""

    pictures: int = 0
    things: int = 0
    regions: int = 0
    found: dict[int, list[bool]] = field(default_factory=dict)
    scores: dict[int, list[float]] = field(default_factory=dict)
    ious: dict[int, list[float]] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)
    false_scores: list[float] = field(default_factory=list)
    false_sizes: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    false_seconds: list[float] = field(default_factory=list)
    rest: list[float] = field(default_factory=list)


def photographs(data: Path, tiles: int) -> Iterator[Picture]:
    """Yield real pictures as the detector sees them."""
    detector = ssd.load(ssd.Options(tiles=tiles), Compute(precision='f32'))
    truth = json.loads((data / 'instances.json').read_text(encoding='utf-8'))
    names = {c['id']: c['name'] for c in truth['categories']}
    for info in truth['images']:
        rgb = cv2.cvtColor(cv2.imread(str(data / 'images' / info['file_name'])), cv2.COLOR_BGR2RGB)
        rows = [a for a in truth['annotations'] if a['image_id'] == info['id']]
        boxes = np.array([a['bbox'] for a in rows], np.float32).reshape(-1, 4)
        boxes[:, 2:] += boxes[:, :2]
        crowd = np.array([bool(a.get('iscrowd')) for a in rows], bool)
        kept = [names[a['category_id']] for a in rows if not a.get('iscrowd')]
        regions = distinct(detector.propose(rgb, (), FLOOR, 100), FLOOR)
        yield rgb.shape[1], rgb.shape[0], kept, boxes[~crowd], boxes[crowd], regions


def inventions(count: int, tiles: int) -> Iterator[Picture]:
    """Yield invented pictures."""
    rng = np.random.default_rng(0)
    bank = Bank(rng, 600)
    for _ in range(count):
        world = scene(rng)
        boxes = np.array([t.box for t in world.things], np.float32)
        regions = observe(world, bank, rng, tiled=tiles > 1).regions
        names = [t.name for t in world.things]
        yield world.width, world.height, names, boxes, np.zeros((0, 4), np.float32), regions


def tally(pictures: Iterable[Picture]) -> Tally:
    """Count."""
    t = Tally()
    for width, height, names, boxes, crowd, regions in pictures:
        t.pictures += 1
        t.things += len(names)
        t.regions += len(regions)
        overlaps = geometry.iou(regions.boxes_px, boxes)
        same = np.array([[a == b for b in names] for a in regions.labels], bool)
        same = same.reshape(overlaps.shape)
        owner = match(overlaps, same)
        sizes = np.sqrt(geometry.area(boxes) / (width * height))
        for j, size in enumerate(sizes):
            t.found.setdefault(int(np.digitize(size, BINS)), []).append(j in owner.values())
        for i, label in enumerate(regions.labels):
            score = float(regions.scores[i])
            others = np.sort(np.delete(regions.posterior[i], regions.names.index(label)))[::-1]
            if i in owner:
                size_bin = int(np.digitize(sizes[owner[i]], BINS))
                t.scores.setdefault(size_bin, []).append(score)
                t.ious.setdefault(size_bin, []).append(float(overlaps[i, owner[i]]))
                t.seconds.append(float(others[0]))
                t.rest.append(float(others[2:].sum()))
                continue
            t.kinds[kind(regions.boxes_px[i], boxes, crowd, overlaps[i], same[i])] += 1
            t.false_scores.append(score)
            area = float(geometry.area(regions.boxes_px[i : i + 1])[0])
            t.false_sizes.append((area / (width * height)) ** 0.5)
            t.false_seconds.append(float(others[0]) / score)
    return t


def match(overlaps: Floats, same: np.ndarray) -> dict[int, int]:
    """Give each thing the best region of its name with IoU ≥ .5; regions come best first."""
    owner: dict[int, int] = {}
    for i in range(len(overlaps)):
        free = [
            (overlaps[i, j], j)
            for j in np.flatnonzero(same[i] & (overlaps[i] >= 0.5)).tolist()
            if j not in owner.values()
        ]
        if free:
            owner[i] = max(free)[1]
    return owner


def kind(box: Floats, boxes: Floats, crowd: Floats, overlap: Floats, same: np.ndarray) -> str:
    """Say what a region is that is not the best one of a thing."""
    inter = geometry.intersection(box[None], boxes)[0]
    inside = inter / geometry.area(box[None])[0]
    if (overlap >= 0.5).any():
        return 'double' if same[overlap >= 0.5].any() else 'other name'
    if (same & (inside > 0.7)).any():
        return 'part'
    if (same & (inter / np.maximum(geometry.area(boxes), 1) > 0.7)).sum() >= 2:
        return 'group'
    if (same & (overlap > 0.25)).any():
        return 'loose'
    in_crowd = geometry.intersection(box[None], crowd)[0] / geometry.area(box[None])[0]
    if (in_crowd > 0.5).any():
        return 'crowd'
    if (inside > 0.7).any():
        return 'inside another'
    return 'elsewhere, class present' if same.any() else 'elsewhere'


def quantiles(values: list[float]) -> str:
    """Format quantiles."""
    return ' '.join(f'{v:.3f}' for v in np.quantile(values, SHARES)) if values else '-'


def main() -> int:
    """Measure and print a table for each way of looking."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument('--data', type=Path, required=True, help='folder: instances.json, images')
    parser.add_argument('--scenes', type=int, default=1500)
    args = parser.parse_args()
    write = sys.stdout.write
    for tiles in (1, 2):
        real, invented = (
            tally(photographs(args.data, tiles)),
            tally(inventions(args.scenes, tiles)),
        )
        write(f'\ntiles={tiles}; quantiles {SHARES}\n| what | photographs | invented |\n')
        write('|---|---|---|\n')

        def row(what: str, *values: str) -> None:
            write(f'| {what} | {" | ".join(values)} |\n')

        both = (real, invented)
        row('things a picture', *(f'{t.things / t.pictures:.2f}' for t in both))
        row('regions a picture', *(f'{t.regions / t.pictures:.2f}' for t in both))
        row(
            'false regions a thing',
            *(f'{sum(t.kinds.values()) / t.things:.2f}' for t in both),
        )
        for b, low in enumerate(BINS, start=1):
            found = [t.found.get(b, []) for t in both]
            row(
                f'share of things of size ≥ {low}',
                *(f'{len(f) / t.things:.2f}' for f, t in zip(found, both, strict=True)),
            )
            row('– recall', *(f'{np.mean(f):.2f}' for f in found))
            row('– score', *(quantiles(t.scores.get(b, [])) for t in both))
            row('– IoU', *(quantiles(t.ious.get(b, [])) for t in both))
        for name in sorted(real.kinds | invented.kinds):
            row(f'false: {name}, a thing', *(f'{t.kinds[name] / t.things:.3f}' for t in both))
        row('score of false', *(quantiles(t.false_scores) for t in both))
        row('size of false', *(quantiles(t.false_sizes) for t in both))
        row('second class of true', *(quantiles(t.seconds) for t in both))
        row('second through first of false', *(quantiles(t.false_seconds) for t in both))
        row('sum from third on of true', *(quantiles(t.rest) for t in both))
    return 0


if __name__ == '__main__':
    sys.exit(main())
