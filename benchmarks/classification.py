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
Free labels on true boxes of COCO photographs, by the embedded classifier.

``.venv/bin/python benchmarks/classification.py --data ../shared/data/coco_train2017_90``

Prints how often the right one of the 80 COCO names comes first or among the first five, for every
way of cutting regions out, with and without the tables of words, and over the sharpness of the
sentence encoder; how far "none of these" tells regions whose name is missing from the list; fine
names that were checked by eye; which everyday nouns count as known; and the time for a region.
The classifier never saw these photographs (it was trained on ImageNet); the tables of words were
written with the 80 names at hand.
"""

from __future__ import annotations

import argparse
from functools import cache
from pathlib import Path
import sys
import time

from coco_photos import Photo, photos
from grounded_perception.classifiers import efficientnet
from grounded_perception.classifiers.crops import SQUARES
from grounded_perception.classifiers.imagenet.labels import LabelReader, SHARPNESS
from grounded_perception.classifiers.imagenet.terms import listed
from grounded_perception.compute import Compute
from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.language.concepts import background, normalise
from grounded_perception.language.encoder import load_encoder, TextEncoder
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

#: Boxes with a shorter side in pixels are left out: the name cannot be seen.
LEAST_SIDE = 48
#: Names of one kind, and annotation → the right one, checked by eye.
FINE = (
    (
        ('Shetland sheepdog', 'poodle', 'Chihuahua', 'golden retriever', 'beagle', 'husky', 'pug'),
        {6775: 'Shetland sheepdog', 5718: 'poodle', 1817255: 'poodle', 3280: 'Chihuahua'},
    ),
    (
        ('tabby cat', 'Siamese cat', 'Persian cat'),
        {50915: 'tabby cat', 47893: 'tabby cat', 52284: 'tabby cat'},
    ),
    (('black bear', 'brown bear', 'polar bear', 'giant panda'), {1411246: 'black bear'}),
    (('airliner', 'warplane', 'airship', 'hang glider'), {159757: 'airliner'}),
    (('school bus', 'minibus', 'tram', 'fire engine'), {164870: 'school bus'}),
    (('analog clock', 'digital clock', 'hourglass'), {338398: 'analog clock'}),
    (('analog clock', 'digital clock', 'hourglass'), {2197111: 'analog clock'}),
    (
        ('pickup truck', 'fire engine', 'garbage truck', 'tow truck'),
        {397096: 'pickup truck', 1367656: 'pickup truck'},
    ),
    (
        ('African elephant', 'Indian elephant'),
        {582145: 'African elephant', 584673: 'African elephant', 585413: 'African elephant'},
    ),
    (('wine bottle', 'beer bottle', 'water bottle', 'pill bottle'), {89091: 'wine bottle'}),
)


def ranks(scores: Floats, truth: list[str]) -> NDArray[np.intp]:
    """Return at which place of its row the right name comes, 0 = first."""
    columns = np.array([COCO_NAMES.index(name) for name in truth])
    right = scores[np.arange(len(truth)), columns]
    return np.asarray((scores > right[:, None]).sum(axis=1), np.intp)


def figures(place: NDArray[np.intp], truth: list[str]) -> str:
    """Return top-1, top-5 and the mean of top-1 over the names, in per cent."""
    names = np.array(truth)
    by_name = [float(np.mean(place[names == name] == 0)) for name in sorted(set(truth))]
    shares = (np.mean(place == 0), np.mean(place < 5), np.mean(by_name))
    return ' | '.join(f'{100 * share:.1f}' for share in shares)


def auroc(high: Floats, low: Floats) -> float:
    """Return how often a value of the first kind exceeds one of the second."""
    above = (high[:, None] > low[None]).mean() + 0.5 * (high[:, None] == low[None]).mean()
    return float(above)


def coarse(shown: list[Photo], reader: LabelReader, precision: str) -> str:
    """Return the tables over crops, words and sharpness."""
    truth = [label for photo in shown for label in photo.labels]
    known = np.array([m.match.known for m in map(reader.read, truth)])
    asked = known & (np.array(truth) != 'person')
    kept = [name for name, keep in zip(truth, asked, strict=True) if keep]
    lines = [
        f'{len(truth)} boxes, {int(known.sum())} with a name that is known, {len(kept)} of them '
        'without "person"',
        '',
        '| regions as | margin | top-1 | top-5 | top-1, mean of names |',
        '|---|---|---|---|---|',
    ]
    shares = reader.shares(COCO_NAMES)
    posteriors = {}
    for square in SQUARES:
        for margin in (0.0, 0.1, 0.2):
            options = efficientnet.Options(square=square, margin=margin)
            classifier = efficientnet.load(options, Compute(precision=precision))
            posterior = np.concatenate([classifier.posterior(p.rgb, p.boxes) for p in shown])
            posteriors[square, margin] = posterior
            place = ranks(posterior @ shares.T, truth)[asked]
            lines.append(f'| {square} | {margin} | {figures(place, kept)} |')
    chosen = efficientnet.Options()
    posterior = posteriors[chosen.square, chosen.margin]
    place = ranks(posterior @ shares.T, truth)
    lines += ['', 'default crop, with "person" and names that are not known:']
    lines.append(
        f'known {figures(place[known], [t for t, k in zip(truth, known, strict=True) if k])}; all '
    )
    lines[-1] += figures(place, truth)
    lines += ['', '| words by | top-1 | top-5 | top-1, mean of names |', '|---|---|---|---|']
    lines.append(f'| tables, then encoder | {figures(place[asked], kept)} |')
    for sharpness in (0.02, 0.05, SHARPNESS, 0.12, 0.2):
        alone = LabelReader(load_shared, -1.0, use_tables=False, sharpness=sharpness)
        place = ranks(posterior @ alone.shares(COCO_NAMES).T, truth)[asked]
        lines.append(f'| encoder alone, sharpness {sharpness} | {figures(place, kept)} |')
    total = (posterior @ shares.T).sum(axis=1)[asked]
    columns = [COCO_NAMES.index(name) for name in kept]
    # with one name taken out of the list, its region is none of these
    without = np.array(
        [
            (row @ reader.shares([n for n in COCO_NAMES if n != COCO_NAMES[c]]).T).sum()
            for row, c in zip(posterior[asked], columns, strict=True)
        ],
        np.float32,
    )
    told = f'AUROC {auroc(total, without):.3f}'
    lines += ['', f'"none of these": regions with or without their name in the list: {told}']
    return '\n'.join(lines)


def fine(shown: list[Photo], classifier: efficientnet.EfficientNetClassifier) -> str:
    """Return the table of names checked by eye."""
    lines = ['| region | right | first | probability | none of these |', '|---|---|---|---|---|']
    hits = count = 0
    for labels, wanted in FINE:
        for photo in shown:
            for row, number in enumerate(photo.ids):
                if number not in wanted:
                    continue
                found = classifier.classify(photo.rgb, photo.boxes[row : row + 1], labels)[0]
                best = int(found.argmax())
                count, hits = count + 1, hits + (labels[best] == wanted[number])
                lines.append(
                    f'| {number} | {wanted[number]} | {labels[best]} | {found[best]:.2f} | '
                    f'{1 - found.sum():.2f} |'
                )
    return '\n'.join([*lines, '', f'{hits} of {count} right'])


def understood(reader: LabelReader) -> str:
    """Return which everyday nouns of no usual detector count as known."""
    nouns = [noun for noun in background() if listed(normalise(noun)) is None]
    told = [reader.read(noun).match for noun in nouns]
    guessed = [f'{m.label} → {m.stands_for[0]}' for m in told if m.known]
    return (
        f'{len(background())} everyday nouns: {len(background()) - len(nouns)} listed, '
        f'{len(guessed)} taken for the nearest class, {len(nouns) - len(guessed)} not known\n'
        f'nearest: {"; ".join(guessed)}'
    )


@cache
def load_shared() -> TextEncoder:
    """Load the text encoder once."""
    return load_encoder(threads=0)


def main() -> int:
    """Run and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument('--data', type=Path, required=True, help='folder: instances.json, images')
    parser.add_argument('--precision', default='f32', choices=('auto', 'f32', 'bf16'))
    args = parser.parse_args()
    shown = list(photos(args.data, LEAST_SIDE))
    options = efficientnet.Options()
    classifier = efficientnet.load(options, Compute(precision=args.precision), load_shared())
    reader = LabelReader(load_shared, options.label_threshold)
    sys.stdout.write(coarse(shown, reader, args.precision) + '\n\n')
    sys.stdout.write(fine(shown, classifier) + '\n\n')
    sys.stdout.write(understood(reader) + '\n\n')
    rgb, boxes = shown[0].rgb, np.repeat(shown[0].boxes[:1], 16, axis=0)
    for count in (1, 4, 16):
        took = []
        for _ in range(20):
            begin = time.perf_counter()
            classifier.classify(rgb, boxes[:count], COCO_NAMES)
            took.append(time.perf_counter() - begin)
        sys.stdout.write(f'{count} regions, 80 labels: {1e3 * float(np.median(took)):.1f} ms\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
