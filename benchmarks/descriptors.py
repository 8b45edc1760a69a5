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
Classical descriptors: how fast, how good the masks, whether said colours are seen.

``.venv/bin/python benchmarks/descriptors.py --data ../shared/data/coco_train2017_90``

Masks are compared with COCO's polygons inside the box, on patches and at the image's resolution.
A said colour counts as seen when it is among the two largest of the region's colours or of any of
its bands; ``--half even|odd`` takes the images of even or odd id.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
import json
from pathlib import Path
import re
import sys
import time
from typing import Any

import cv2
from grounded_perception.imaging import foreground, patches
from grounded_perception.imaging.balance import apply_gains, gains_of
from grounded_perception.imaging.colour import colour_shares, COLOURS, named_colours
from grounded_perception.imaging.descriptors import describe
from grounded_perception.imaging.gradients import derivatives, oriented_gradients
from grounded_perception.imaging.mask import region_mask
from grounded_perception.imaging.patches import BOX
from grounded_perception.imaging.quality import judge
from grounded_perception.imaging.shape import moments_of
from grounded_perception.imaging.sharpness import box_sharpness
from grounded_perception.imaging.surface import surface_of
from grounded_perception.imaging.texture import binary_patterns
import numpy as np

#: Objects whose box is smaller have polygons of a few pixels.
SMALLEST_PX = 24


def milliseconds(work: Callable[[], Any], repeats: int = 40) -> tuple[float, float]:
    """Return the median time of a call, and of the processor's work for it on all cores."""
    times, busy = [], []
    for _ in range(repeats):
        begin, begin_busy = time.perf_counter(), time.process_time()
        work()
        busy.append(time.process_time() - begin_busy)
        times.append(time.perf_counter() - begin)
    return float(np.median(times)) * 1e3, float(np.median(busy)) * 1e3


def speed(rgb: Any) -> None:
    """Print what each part costs for 50 regions of one image."""
    rng = np.random.default_rng(0)
    # A running node's heap has grown; a fresh one asks the system for every array anew.
    np.ones(3_000_000)
    for width, height in ((640, 480), (1280, 720)):
        image = cv2.resize(rgb, (width, height))
        size = rng.uniform(0.02, 0.5, (50, 2)) * (width, height)
        first = rng.uniform(0, 1, (50, 2)) * ((width, height) - size)
        boxes = np.concatenate([first, first + size], axis=1).astype(np.float32)
        cutout = patches.cut(image, boxes)
        mask = np.ascontiguousarray(foreground.foreground(cutout)[:, BOX, BOX])
        inner = np.ascontiguousarray(cutout.rgb[:, BOX, BOX])
        gray = np.ascontiguousarray(inner[..., 1])
        dx, dy = derivatives(gray)
        edged = np.ascontiguousarray(mask[:, 1:-1, 1:-1])
        parts: dict[str, Callable[[], Any]] = {
            'cut': lambda i=image, b=boxes: patches.cut(i, b),
            'foreground': lambda c=cutout: foreground.foreground(c),
            'colours': lambda i=inner, m=mask: colour_shares(i, m),
            'balance': lambda i=image, c=inner: apply_gains(c, gains_of(i)),
            'texture': lambda g=gray, m=edged: binary_patterns(g, m),
            'shape': lambda c=cutout, m=mask: moments_of(m, c.step),
            'gradients': lambda c=cutout, x=dx, y=dy: oriented_gradients(x, y, c.step),
            'surface': lambda a=(inner[:, 1:-1, 1:-1], gray[:, 1:-1, 1:-1], edged, dx, dy): (
                surface_of(*a)
            ),
            'sharpness': lambda i=image, b=boxes: box_sharpness(i, b),
            '**describe**': lambda i=image, b=boxes: describe(i, b),
            'named_colours alone': lambda i=image, b=boxes: named_colours(i, b),
            'judge (whole image)': lambda i=image: judge(i),
        }
        sys.stdout.write(
            f'\n| {width} x {height}, 50 regions | ms | ms of all cores |\n|---|---|---|\n'
        )
        for name, work in parts.items():
            wall, busy = milliseconds(work)
            sys.stdout.write(f'| {name} | {wall:.2f} | {busy:.2f} |\n')


def truths(data: Path, half: str) -> Iterator[tuple[Any, list[tuple[list[float], Any]]]]:
    """Yield each image with the boxes and masks of its objects."""
    content = json.loads((data / 'instances.json').read_text())
    for info in content['images']:
        if half != 'all' and info['id'] % 2 != (half == 'odd'):
            continue
        rgb = read(data, info['file_name'])
        found = []
        for one in content['annotations']:
            x, y, width, height = one['bbox']
            fits = one['image_id'] == info['id'] and not one.get('iscrowd')
            if fits and min(width, height) >= SMALLEST_PX:
                mask = np.zeros(rgb.shape[:2], np.uint8)
                polygons = [np.round(p).astype(np.int32) for p in one['segmentation']]
                cv2.fillPoly(mask, [p.reshape(-1, 2) for p in polygons], 1)
                found.append(([x, y, x + width, y + height], mask))
        if found:
            yield rgb, found


def read(data: Path, name: str) -> Any:
    """Read an image as RGB."""
    return np.ascontiguousarray(cv2.imread(str(data / 'images' / name))[..., ::-1])


def iou(a: Any, b: Any) -> float:
    """Return the overlap of two masks."""
    return float((a & b).sum() / max((a | b).sum(), 1))


def masks(data: Path, half: str) -> None:
    """Print how well masks agree with polygons."""
    scores: dict[str, list[float]] = {'box': [], 'foreground': [], 'region_mask': []}
    spent: list[float] = []
    for rgb, found in truths(data, half):
        boxes = np.array([box for box, _ in found], np.float32)
        probability = foreground.foreground(patches.cut(rgb, boxes))[:, BOX, BOX]
        for row, (box, mask) in enumerate(found):
            layer = np.repeat(mask[..., None] * np.uint8(255), 3, axis=2)
            truth = patches.cut(layer, boxes[row : row + 1]).rgb[0, BOX, BOX, 0] > 127
            scores['box'].append(float(truth.mean()))
            scores['foreground'].append(iou(probability[row] > 0.5, truth))
            begin = time.perf_counter()
            full = region_mask(rgb, np.array(box, np.float32))
            spent.append(time.perf_counter() - begin)
            scores['region_mask'].append(iou(full, mask > 0))
    sys.stdout.write(f'\n| mask of {len(spent)} objects | mean IoU | below 0.5 |\n|---|---|---|\n')
    for name, values in scores.items():
        low = np.mean(np.array(values) < 0.5)
        sys.stdout.write(f'| {name} | {np.mean(values):.3f} | {low:.2f} |\n')
    sys.stdout.write(
        f'\nregion_mask: median {np.median(spent) * 1e3:.0f} ms, '
        f'95 % {np.quantile(spent, 0.95) * 1e3:.0f} ms\n'
    )


def said_colours(data: Path, half: str) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield sentences that say exactly one colour."""
    for line in (data / 'refexp.jsonl').read_text().splitlines():
        row = json.loads(line)
        if half != 'all' and row['image_id'] % 2 != (half == 'odd'):
            continue
        words = re.findall('[a-z]+', row['expression'].lower().replace('grey', 'gray'))
        named = [word for word in words if word in COLOURS]
        if row['status'] == 'FOUND' and len(named) == 1:
            yield row, named[0]


def stacked(rgb: Any, weights: Any) -> Any:
    """Return one region's colours, whole and of its bands, as four rows."""
    whole, bands = colour_shares(rgb, weights)
    return np.vstack([whole, bands[0]])


def colours(data: Path, half: str, verbose: bool) -> None:
    """Print how often a said colour is seen."""
    ways_tried = ('describe', 'mask, not balanced', 'balanced, whole box', 'named_colours')
    seen: dict[str, list[bool]] = {way: [] for way in ways_tried}
    for row, name in said_colours(data, half):
        rgb = read(data, row['image'])
        box = np.array([row['bbox_xyxy']], np.float32)
        column = COLOURS.index(name)
        cutout = patches.cut(rgb, box)
        inner = np.ascontiguousarray(cutout.rgb[:, BOX, BOX])
        described = describe(rgb, box)
        mask = np.ascontiguousarray(foreground.foreground(cutout)[:, BOX, BOX])
        balanced = apply_gains(inner, gains_of(rgb))
        ways = {
            'describe': np.vstack([described.colours[:1], described.bands[0]]),
            'mask, not balanced': stacked(inner, mask),
            'balanced, whole box': stacked(balanced, np.ones_like(mask)),
            'named_colours': named_colours(rgb, box),
        }
        for way, shares in ways.items():
            best_two = np.argsort(-shares, axis=1)[:, :2]
            seen[way].append(bool((best_two == column).any()))
        if verbose and not seen['describe'][-1]:
            top = [', '.join(COLOURS[i] for i in np.argsort(-s)[:2]) for s in ways['describe']]
            sys.stdout.write(f'{row["image"]} {row["expression"]!r}: {top}\n')
    sys.stdout.write('\n| said colour among the top 2 | share | of |\n|---|---|---|\n')
    for way, values in seen.items():
        sys.stdout.write(f'| {way} | {np.mean(values):.2f} | {len(values)} |\n')


def steadiness(data: Path, half: str) -> None:
    """Print how often the name of an object's colour outlasts another light."""
    lights = {
        'x 0.6': (0.6, 0.6, 0.6),
        'x 1.4': (1.4, 1.4, 1.4),
        'warm 15 %': (1.15, 1, 0.85),
        'cool 15 %': (0.85, 1, 1.15),
    }
    same: dict[str, list[bool]] = {light: [] for light in lights}
    for rgb, found in truths(data, half):
        boxes = np.array([box for box, _ in found], np.float32)
        names = describe(rgb, boxes).colours.argmax(axis=1)
        for light, gains in lights.items():
            lit = apply_gains(rgb, np.array(gains, np.float32))
            same[light].extend(names == describe(lit, boxes).colours.argmax(axis=1))
    sys.stdout.write('\n| light on the whole image | first colour unchanged |\n|---|---|\n')
    for light, values in same.items():
        sys.stdout.write(f'| {light} | {np.mean(values):.2f} |\n')


def main() -> int:
    """Run and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument('--data', type=Path, required=True, help='folder with instances.json')
    parser.add_argument('--half', choices=('all', 'even', 'odd'), default='all')
    parser.add_argument('--errors', action='store_true', help='print every colour not seen')
    args = parser.parse_args()
    first = sorted((args.data / 'images').iterdir())[0].name
    speed(read(args.data, first))
    masks(args.data, args.half)
    colours(args.data, args.half, args.errors)
    steadiness(args.data, args.half)
    return 0


if __name__ == '__main__':
    sys.exit(main())
