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
Masks of detected regions: how well they agree with COCO's polygons and what they cost.

``.venv/bin/python benchmarks/masks.py --data ../shared/data/coco_train2017_90``

Every annotated object's true box is given; the mask is compared with the object's polygons in
pixels of the whole image. ``--segmenter sam --set checkpoint=<folder>`` measures another one.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from itertools import pairwise
import json
from pathlib import Path
import sys
import time
from typing import Any

import cv2
from grounded_perception import segmenters
from grounded_perception.compute import Compute
from grounded_perception.errors import PerceptionError
from grounded_perception.imaging.mask import pixel_boxes
from grounded_perception.records import Regions
from grounded_perception.segmenters.base import Masks, Segmenter
import numpy as np

#: Shorter side of the boxes in each row of the second table, in pixels.
SIDES = (4, 24, 48, 96, 10_000)


class Boxes:
    """The plain box as a mask: what every other way must beat."""

    def segment(self, rgb: Any, regions: Regions) -> Masks:
        """Fill every box."""
        boxes = pixel_boxes(regions.boxes_px, *rgb.shape[:2])
        crops = tuple(np.ones((y2 - y1, x2 - x1), np.bool_) for x1, y1, x2, y2 in boxes)
        return Masks(rgb.shape[:2], boxes, crops)

    def close(self) -> None:
        """Do nothing."""


def load(name: str, compute: Compute, **options: Any) -> Segmenter:
    """Load a segmenter by its name."""
    module = segmenters.module(name)
    made: Segmenter = module.load(module.Options(**options), compute)
    return made


def truths(data: Path, half: str) -> Iterator[tuple[Any, Regions, list[Any]]]:
    """Yield each image with its objects and their masks."""
    content = json.loads((data / 'instances.json').read_text())
    names = {one['id']: one['name'] for one in content['categories']}
    for info in content['images']:
        if half != 'all' and info['id'] % 2 != (half == 'odd'):
            continue
        rgb = np.ascontiguousarray(cv2.imread(str(data / 'images' / info['file_name']))[..., ::-1])
        boxes, labels, masks = [], [], []
        for one in content['annotations']:
            x, y, width, height = one['bbox']
            fits = one['image_id'] == info['id'] and not one.get('iscrowd')
            if fits and min(width, height) >= SIDES[0]:
                mask = np.zeros(rgb.shape[:2], np.uint8)
                polygons = [np.round(p).astype(np.int32) for p in one['segmentation']]
                cv2.fillPoly(mask, [p.reshape(-1, 2) for p in polygons], 1)
                boxes.append([x, y, x + width, y + height])
                labels.append(names[one['category_id']])
                masks.append(mask > 0)
        if boxes:
            scores = np.ones(len(boxes), np.float32)
            yield rgb, Regions.of_labels(np.array(boxes, np.float32), scores, tuple(labels)), masks


def iou(a: Any, b: Any) -> float:
    """Return the overlap of two masks."""
    return float((a & b).sum() / max((a | b).sum(), 1))


def accuracy(ways: dict[str, Segmenter], data: Path, half: str) -> None:
    """Print how well the masks agree with the polygons, and the time a region takes."""
    scores: dict[str, list[float]] = {way: [] for way in ways}
    spent = dict.fromkeys(ways, 0.0)
    sides: list[float] = []
    for rgb, regions, masks in truths(data, half):
        sides += (regions.boxes_px[:, 2:] - regions.boxes_px[:, :2]).min(axis=1).tolist()
        for way, segmenter in ways.items():
            begin = time.perf_counter()
            found = segmenter.segment(rgb, regions)
            spent[way] += time.perf_counter() - begin
            scores[way] += [iou(found.full(i), mask) for i, mask in enumerate(masks)]
    sys.stdout.write(
        f'\n| masks of {len(sides)} objects | mean IoU | below 0.5 | ms a region |\n'
        '|---|---|---|---|\n'
    )
    for way, values in scores.items():
        low, each = np.mean(np.array(values) < 0.5), spent[way] / len(values) * 1e3
        sys.stdout.write(f'| {way} | {np.mean(values):.3f} | {low:.2f} | {each:.2f} |\n')
    rows = list(pairwise(SIDES))
    heads = [f'{low} to {high} px' if high < SIDES[-1] else f'from {low} px' for low, high in rows]
    sys.stdout.write(f'\n| mean IoU, shorter side | {" | ".join(heads)} |\n')
    sys.stdout.write(f'|---|{"---|" * len(rows)}\n')
    for way, values in scores.items():
        cells = []
        for low, high in rows:
            here = (np.array(sides) >= low) & (np.array(sides) < high)
            cells.append(f'{np.array(values)[here].mean():.3f} ({here.sum()})')
        sys.stdout.write(f'| {way} | {" | ".join(cells)} |\n')


def speed(ways: dict[str, Segmenter], data: Path, count: int = 20) -> None:
    """Print what the masks of the objects of a crowded image cost."""
    rgb, regions, _ = max(truths(data, 'all'), key=lambda one: len(one[1]))
    share = np.array([640 / rgb.shape[1], 480 / rgb.shape[0]] * 2, np.float32)
    image = cv2.resize(rgb, (640, 480))
    boxes = regions.boxes_px * share
    # The largest ones: the dearest case.
    largest = np.argsort(-(boxes[:, 2:] - boxes[:, :2]).prod(axis=1))[:count]
    some = Regions.of_labels(boxes, regions.scores, regions.labels).take(largest)
    sys.stdout.write(f'\n| 640 x 480, {len(some)} regions | ms |\n|---|---|\n')
    for way, segmenter in ways.items():
        times = []
        for _ in range(10):
            begin = time.perf_counter()
            segmenter.segment(image, some).label_image([1] * len(some))
            times.append(time.perf_counter() - begin)
        sys.stdout.write(f'| {way} | {np.median(times) * 1e3:.1f} |\n')


def main() -> int:
    """Run and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument('--data', type=Path, required=True, help='folder with instances.json')
    parser.add_argument('--half', choices=('all', 'even', 'odd'), default='all')
    parser.add_argument('--threads', type=int, default=0, help='0 = all cores')
    parser.add_argument('--segmenter', default='', help='another one to measure besides')
    parser.add_argument('--set', action='append', default=[], metavar='OPTION=TEXT')
    args = parser.parse_args()
    compute = Compute(threads=args.threads)
    try:
        ways: dict[str, Segmenter] = {
            'the plain box': Boxes(),
            'rounds=0': load('grabcut', compute, rounds=0),
            'GrabCut': load('grabcut', compute),
            'GrabCut, 160 px': load('grabcut', compute, side_px=160),
        }
        if args.segmenter:
            options = dict(pair.split('=', 1) for pair in args.set)
            ways[args.segmenter] = load(args.segmenter, compute, **options)
        accuracy(ways, args.data, args.half)
        speed(ways, args.data)
    except PerceptionError as exc:
        sys.stderr.write(f'{exc}\n')
        return 1
    for segmenter in ways.values():
        segmenter.close()
    return 0


if __name__ == '__main__':
    sys.exit(main())
