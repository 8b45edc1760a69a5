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
"Find things like this" on true boxes of COCO photographs.

``.venv/bin/python benchmarks/exemplars.py --data ../shared/data/coco_train2017_90``

Another of its kind: one thing of a class (or up to three, from as many photographs) is the
exemplar; in every other photograph the most similar region is looked for. *top-1*: it is of the
class, in photographs that hold the class and another one; *AUROC*: how often a photograph with
the class gets a greater likeness than one without, mean over exemplars. The same thing again: the
photograph comes back mirrored, smaller, darker, warmer, compressed, its boxes shaken by 6 %; of
all its regions, the one that was shown is wanted. Besides: the curve from likeness to probability,
fitted on every second exemplar and checked on the others.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
import sys

from coco_photos import Photo, photos
import cv2
from grounded_perception.classifiers import efficientnet
from grounded_perception.classifiers.crops import SQUARES
from grounded_perception.compute import Compute
from grounded_perception.exemplars.exemplar import Looks
from grounded_perception.exemplars.matching import likeness, Options
import numpy as np

#: Shorter sides in pixels: of regions that are looked at, and of exemplars.
LEAST_SIDE, LEAST_EXEMPLAR = 32, 64
#: Exemplars of other names that the store holds beside the one that is looked for.
RIVALS = 10
BARE = {'colour_weight': 0.0, 'rival_weight': 0.0}


@dataclass(frozen=True)
class Asked:
    """One exemplar (or more) of a class, looked for in one photograph."""

    exemplar: int
    is_there: bool
    is_hit: bool | None  # None where the photograph holds nothing else
    chance: float  # share of the photograph's regions that are of the class
    likeness: float


def taken(looks: Looks, rows: list[int]) -> Looks:
    """Pick some rows."""
    return Looks(looks.features[rows], looks.colours[rows])


def ask(shown: list[Photo], looks: list[Looks], options: Options, count: int) -> list[Asked]:
    """Look for every class with one exemplar from each photograph that holds a good one."""
    rng = np.random.default_rng(0)
    every = Looks.joined(looks)
    labels = np.concatenate([photo.labels for photo in shown])
    owner = np.concatenate([np.full(len(p.labels), i) for i, p in enumerate(shown)])
    sides = np.concatenate([(p.boxes[:, 2:] - p.boxes[:, :2]).min(axis=1) for p in shown])
    found: list[Asked] = []
    exemplar = 0
    for name in sorted(set(labels) - {'person'}):
        best = [
            max(np.flatnonzero((owner == i) & (labels == name)), key=lambda j: sides[j])
            for i in np.unique(owner[labels == name])
        ]
        best = [j for j in best if sides[j] >= LEAST_EXEMPLAR]
        for first in range(len(best)):
            own = [int(best[(first + n) % len(best)]) for n in range(min(count, len(best)))]
            inside = set(owner[own])
            if not np.any((labels == name) & ~np.isin(owner, list(inside))):
                continue
            others = np.flatnonzero((labels != name) & ~np.isin(owner, list(inside)))
            for i, photo in enumerate(shown):
                if i in inside:
                    continue
                rivals = rng.choice(others[owner[others] != i], RIVALS, replace=False)
                near = likeness(
                    taken(every, own), taken(every, list(rivals)), looks[i], options
                ).max(axis=1)
                there = bool((photo.labels == name).any())
                hit = photo.labels[near.argmax()] == name
                share = float((photo.labels == name).mean())
                is_mixed = there and len(set(photo.labels)) > 1
                found.append(
                    Asked(
                        exemplar, there, bool(hit) if is_mixed else None, share, float(near.max())
                    )
                )
            exemplar += 1
    return found


def auroc(high: list[float], low: list[float]) -> float:
    """Return how often a value of the first kind exceeds one of the second."""
    above, below = np.array(high)[:, None], np.array(low)[None]
    return float((above > below).mean() + 0.5 * (above == below).mean())


def row_of(asked: list[Asked]) -> str:
    """Return exemplars, top-1 and AUROC as cells of a table."""
    hits = [one.is_hit for one in asked if one.is_hit is not None]
    each = []
    for exemplar in sorted({one.exemplar for one in asked}):
        mine = [one for one in asked if one.exemplar == exemplar]
        high = [one.likeness for one in mine if one.is_there]
        low = [one.likeness for one in mine if not one.is_there]
        each.append(auroc(high, low))
    chance = np.mean([one.chance for one in asked if one.is_hit is not None])
    shares = f'{100 * np.mean(hits):.1f} ({100 * chance:.1f})'
    return f'{len(each)} | {len(hits)} | {shares} | {np.mean(each):.3f}'


def again(photo: Photo, rng: np.random.Generator) -> Photo:
    """Return a photograph as another camera might take it a moment later."""
    scale, width = 0.6, photo.rgb.shape[1]
    rgb = cv2.resize(photo.rgb[:, ::-1], None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    rgb = (255 * (rgb / 255) ** 1.4 * np.array([1, 0.93, 0.85])).astype(np.uint8)
    rgb = cv2.imdecode(cv2.imencode('.jpg', rgb, [cv2.IMWRITE_JPEG_QUALITY, 50])[1], 1)
    boxes = photo.boxes.copy()
    boxes[:, [0, 2]] = width - boxes[:, [2, 0]]
    sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    boxes = (boxes + rng.normal(0, 0.06, boxes.shape) * sides) * scale
    return replace(photo, rgb=rgb, boxes=boxes.astype(np.float32))


def same_thing(pairs: list[tuple[Looks, Looks]], options: Options) -> str:
    """Return how often the thing that was shown comes first when the photograph comes back."""
    hits = []
    for before, after in pairs:
        for row in range(len(before)):
            near = likeness(taken(before, [row]), None, after, options)
            hits.append(near.argmax() == row)
    return f'{len(hits)} | {100 * np.mean(hits):.1f}'


def curve(asked: list[Asked]) -> str:
    """Fit the logistic curve on every second exemplar, half of the weight on each answer."""
    fit = [one for one in asked if one.exemplar % 2 == 0]
    check = [one for one in asked if one.exemplar % 2]
    value = np.array([one.likeness for one in fit])
    there = np.array([one.is_there for one in fit])
    weight = np.where(there, 0.5 / there.mean(), 0.5 / (1 - there.mean()))
    losses = {}
    for middle in np.arange(0.05, 0.95, 0.005):
        for width in np.arange(0.01, 0.15, 0.005):
            logit = (value - middle) / width
            loss = np.logaddexp(0, np.where(there, -logit, logit))
            losses[middle, width] = float((weight * loss).mean())
    middle, width = min(losses, key=lambda key: losses[key])
    right = [(one.likeness > middle) == one.is_there for one in check]
    present = np.mean([r for r, one in zip(right, check, strict=True) if one.is_there])
    absent = np.mean([r for r, one in zip(right, check, strict=True) if not one.is_there])
    return (
        f'probability 1/2 at likeness {middle:.3f}, width {width:.3f}; on the other half '
        f'{100 * present:.1f} % of those there and {100 * absent:.1f} % of those not there right'
    )


def main() -> int:
    """Run and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument('--data', type=Path, required=True, help='folder: instances.json, images')
    parser.add_argument('--precision', default='f32', choices=('auto', 'f32', 'bf16'))
    args = parser.parse_args()
    shown = list(photos(args.data, LEAST_SIDE))
    rng = np.random.default_rng(0)
    later = [again(photo, rng) for photo in shown]
    compute = Compute(precision=args.precision)
    write = sys.stdout.write
    write('| regions as | what | exemplars | queries | top-1 (chance) | AUROC | again | right |\n')
    write('|---' * 8 + '|\n')
    default = efficientnet.Options()
    for square in sorted(SQUARES, key=lambda s: s == default.feature_square):
        classifier = efficientnet.load(efficientnet.Options(feature_square=square), compute)
        looks = [Looks.of(classifier, p.rgb, p.boxes) for p in shown]
        back = [Looks.of(classifier, p.rgb, p.boxes) for p in later]
        pairs = [(a, b) for a, b in zip(looks, back, strict=True) if len(a) > 2]
        options = Options(**BARE)
        asked = ask(shown, looks, options, 1)
        told = same_thing(pairs, options)
        write(f'| {square} | cosine alone | {row_of(asked)} | {told} |\n')
    for name, options, count in (
        ('+ other names', Options(colour_weight=0.0), 1),
        ('+ colours 0.15', Options(rival_weight=0.0), 1),
        ('+ colours 0.3', Options(colour_weight=0.3, rival_weight=0.0), 1),
        ('default: both', Options(), 1),
        ('default, 2 exemplars', Options(), 2),
        ('default, 3 exemplars', Options(), 3),
    ):
        asked = ask(shown, looks, options, count)
        told = same_thing(pairs, options)
        write(f'| {default.feature_square} | {name} | {row_of(asked)} | {told} |\n')
        if name.startswith('default: '):
            fitted = curve(asked)
    write(f'\n{fitted}\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
