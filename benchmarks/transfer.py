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
What the fusion learned of an invented world, asked about the real one.

``.venv/bin/python benchmarks/transfer.py --data ../shared/data/coco_train2017_90``

The training's grammar says sentences about the annotated things of photographs (names, places,
ordinals, sizes, relations, absent and ambiguous ones; nothing that annotations do not tell, as
colours), and the fusion answers them from what the detector sees. The rows are shares of the
grammar's own evidence in the answer: 0 = the network alone, 1 = the rules alone. There are four
times as many sentences as hand-written ones, and they are for decisions: nothing is fitted to
them, and they prove less than people's sentences do (``benchmarks/grounding.py``).
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
import json
from pathlib import Path
import re
import sys
from typing import Any

import cv2
from grounded_perception import geometry
from grounded_perception.compute import Compute
from grounded_perception.detectors import ssd
from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.errors import CommandError
from grounded_perception.fusion.base import Fusion
from grounded_perception.fusion.candidates import distinct
from grounded_perception.fusion.loading import GRAPH, PACKAGED
from grounded_perception.fusion.openvino_runner import OpenVinoRunner
from grounded_perception.fusion.selection import not_understood, select, Thresholds
from grounded_perception.fusion.tokens import region_tokens, RegionTokens, text_tokens, TextTokens
from grounded_perception.fusion.trained import GRAMMAR, TrainedFusion
from grounded_perception.language.command import parse
from grounded_perception.language.encoder import load_encoder
from grounded_perception.language.vocabulary import Vocabulary
from grounded_perception.records import Floats, Frame, Quantity, Status
from grounded_perception.settings import Settings
from grounded_perception.training.scene import Expression, Scene, Thing
from grounded_perception.training.speech.expressions import expressions
import numpy as np

SHARES = (0.0, 0.1, 0.2, GRAMMAR, 0.4, 0.5, 1.0)
KINDS = {
    'name': 2.0, 'position': 3.0, 'ordinal': 2.0, 'size': 2.0, 'relation': 3.0,
    'absent class': 2.0, 'absent relation': 1.0, 'ambiguous': 2.0,
}  # fmt: skip
#: What annotations do not tell: looks, what carries what, and depth.
UNTOLD = re.compile(
    r'\b(gr[ae]y|red|blue|green|white|black|brown|yellow|orange|pink|purple|silver|striped'
    r'|spotted|plain|checked|checkered|on|in|inside|under|behind|front|near|close|closest'
    r'|nearest|far|farthest|furthest|holding|wearing|with|back|background|foreground|away)\b'
)
#: Pictures with more things than this have crumbs among them that nobody would speak of.
MOST_THINGS = 25


@dataclass(frozen=True, eq=False)
class Asked:
    """
    One sentence about one picture.

    :param said: the sentence and its truth.
    :param tokens: N regions that the detector sees.
    :param text: the sentence, read.
    :param fits: ``(N,)`` IoU with the best of what is meant.
    """

    said: Expression
    tokens: RegionTokens
    text: TextTokens
    fits: Floats


def scenes(data: Path) -> Iterator[tuple[Path, int, Scene]]:
    """Yield the annotated things of each picture without crowds, as scenes."""
    truth = json.loads((data / 'instances.json').read_text())
    names = {c['id']: c['name'] for c in truth['categories']}
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for each in truth['annotations']:
        found[each['image_id']].append(each)
    for image in truth['images']:
        rows = found[image['id']]
        if not 0 < len(rows) <= MOST_THINGS or any(row.get('iscrowd') for row in rows):
            continue
        things = []
        for row in rows:
            x, y, w, h = row['bbox']
            name = names[row['category_id']]
            things.append(Thing(name, (x, y, x + w, y + h), ('gray',), image['height'] / (y + h)))
        scene = Scene(image['width'], image['height'], tuple(things))
        yield data / 'images' / image['file_name'], image['id'], scene


def ask(data: Path, count: int) -> Iterator[Asked]:
    """Yield sentences about every picture, and what is seen there."""
    detector = ssd.load(ssd.Options(tiles=2), Compute('cpu', 'f32', 0))
    words = Vocabulary(COCO_NAMES, load_encoder(0))
    floor = Settings().proposal_threshold
    for path, number, scene in scenes(data):
        rgb = np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])
        seen = distinct(detector.propose(rgb, (), floor, 100), floor)
        tokens = region_tokens(Frame(rgb), seen, words)
        could = expressions(scene, np.random.default_rng(number), 4 * count, KINDS)
        for said in [e for e in could if not UNTOLD.search(e.text)][:count]:
            try:
                phrases = parse(said.text, 500).phrases
            except CommandError:
                continue
            if said.quantity is Quantity.ALL or len(phrases) != 1:
                continue
            boxes = np.array([scene.things[i].box for i in said.meant], np.float32)
            overlap = geometry.iou(tokens.boxes_px, boxes.reshape(-1, 4))
            yield Asked(said, tokens, text_tokens(phrases[0], words), overlap.max(1, initial=0))


def table(asked: list[Asked], fusion: Fusion) -> tuple[dict[str, float], float]:
    """Answer all; return how often each part is right, and the mean -log p of the truth."""
    chosen = Settings()
    limits = Thresholds(chosen.absent_threshold, chosen.ambiguity_margin)
    right: dict[str, list[bool]] = defaultdict(list)
    surprise = []
    for each in asked:
        truth, fits = each.said.status, each.fits >= 0.5
        if not each.text.match.class_names:
            answer = not_understood(len(each.tokens), each.text)
        else:
            (fused,) = fusion.fuse(each.tokens, [each.text])
            answer = select(each.tokens, each.text, fused, limits)
            seen = truth is not Status.ABSENT and fits.any()
            p = fused.probabilities[fits].sum() if seen else fused.none_probability
            surprise.append(-np.log(max(float(p), 1e-4)))
        good = answer.status is truth
        if good and truth is Status.FOUND:
            good = bool(fits[answer.indices[0]])
        right['all'].append(good)
        right[truth.value].append(good)
        if truth is Status.FOUND and fits.any():
            right['given detection'].append(good)
        right[each.said.kind].append(good)
    return {name: float(np.mean(v)) for name, v in right.items()}, float(np.mean(surprise))


def main() -> int:
    """Run and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument('--data', type=Path, required=True, help='folder: instances.json, images')
    parser.add_argument('--weights', type=Path, default=PACKAGED, help='a folder `train` wrote')
    parser.add_argument('--sentences', type=int, default=14, help='about each picture, at most')
    args = parser.parse_args()
    asked = list(ask(args.data, args.sentences))
    runner = OpenVinoRunner(args.weights / GRAPH, Compute('cpu', 'f32', 0))
    sys.stdout.write(f'{len(asked)} sentences\n')
    for share in SHARES:
        right, surprise = table(asked, TrainedFusion(runner, share))
        if share == SHARES[0]:
            sys.stdout.write(f'| grammar | nats | {" | ".join(right)} |\n')
            sys.stdout.write('|---' * (len(right) + 2) + '|\n')
        cells = ' | '.join(f'{value:.3f}' for value in right.values())
        sys.stdout.write(f'| {share} | {surprise:.3f} | {cells} |\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
