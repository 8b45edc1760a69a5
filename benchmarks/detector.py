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
Embedded detector against the same network in ``cv2.dnn``: COCO AP and speed, side by side.

``.venv/bin/python benchmarks/detector.py --data ../shared/data/coco_train2017_90``

Every image goes through every variant in turn, several rounds, so that a disturbed machine
disturbs all alike. The pictures are ones that the network was trained on: the figures compare
implementations, they are no claim of accuracy.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
import contextlib
import io
import json
import os
from pathlib import Path
import sys
import time
from typing import Any

import cv2
from grounded_perception import weights
from grounded_perception.compute import Compute, openvino_core
from grounded_perception.detectors import ssd
from grounded_perception.detectors.coco import COCO_CATEGORIES
import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

IDS = {name: number for number, name in COCO_CATEGORIES.items()}
#: Low enough that average precision sees the whole curve.
FLOOR = 0.01
Detections = list[tuple[int, float, list[float]]]


def opencv_variant() -> Callable[[Any], Detections]:
    """Return the network in ``cv2.dnn``, as OpenCV's own samples run it."""
    graph = weights.locate(ssd.SOURCE)
    net = cv2.dnn.readNetFromTensorflow(
        str(graph), str(graph.with_name('ssd_mobilenet_v2_coco_2018_03_29.pbtxt'))
    )

    def detect(rgb: Any) -> Detections:
        net.setInput(cv2.dnn.blobFromImage(rgb, size=(300, 300)))
        rows = net.forward()[0, 0]
        height, width = rgb.shape[:2]
        scale = np.array([width, height, width, height])
        return [(int(r[1]), float(r[2]), list(r[3:7] * scale)) for r in rows if r[2] >= FLOOR]

    return detect


def our_variant(precision: str, floor: float = FLOOR) -> Callable[[Any], Detections]:
    """Return our detector in an arithmetic."""
    detector = ssd.load(ssd.Options(), Compute(precision=precision))

    def detect(rgb: Any) -> Detections:
        regions = detector.propose(rgb, (), floor, 100)
        return [
            (IDS[label], float(score), box)
            for label, score, box in zip(
                regions.labels, regions.scores, regions.boxes_px.tolist(), strict=True
            )
        ]

    return detect


def average_precision(truth: COCO, found: list[dict[str, Any]]) -> tuple[float, float]:
    """Return AP and AP50 as pycocotools computes them."""
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(truth, truth.loadRes(found), 'bbox')
        evaluation.params.imgIds = sorted(truth.imgs)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return float(evaluation.stats[0]), float(evaluation.stats[1])


def main() -> int:
    """Run and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument('--data', type=Path, required=True, help='folder: instances.json, images')
    parser.add_argument('--rounds', type=int, default=3)
    args = parser.parse_args()
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(args.data / 'instances.json'))
    cv2.setNumThreads(len(os.sched_getaffinity(0)))
    variants = {'cv2.dnn f32': opencv_variant(), 'ours f32': our_variant('f32')}
    if 'BF16' in openvino_core().get_property('CPU', 'OPTIMIZATION_CAPABILITIES'):
        variants['ours bf16'] = our_variant('bf16')
    images = {
        i: cv2.cvtColor(cv2.imread(str(args.data / 'images' / info['file_name'])), 4)
        for i, info in truth.imgs.items()
    }
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in variants}
    times: dict[str, list[float]] = {name: [] for name in variants}
    for turn in range(args.rounds):
        for image_id, rgb in images.items():
            for name, detect in variants.items():
                begin = time.perf_counter()
                rows = detect(rgb)
                times[name].append(time.perf_counter() - begin)
                if turn == 0:
                    found[name] += [
                        {
                            'image_id': image_id,
                            'category_id': category,
                            'score': score,
                            'bbox': [x1, y1, x2 - x1, y2 - y1],
                        }
                        for category, score, (x1, y1, x2, y2) in rows
                    ]
    base = np.median(times['cv2.dnn f32'])
    sys.stdout.write('| variant | AP | AP50 | median ms | times faster |\n|---|---|---|---|---|\n')
    result = {}
    for name in variants:
        ap, ap50 = average_precision(truth, found[name])
        median = float(np.median(times[name]))
        result[name] = {'AP': ap, 'AP50': ap50, 'ms': median * 1e3, 'ratio': base / median}
        sys.stdout.write(
            f'| {name} | {ap:.4f} | {ap50:.4f} | {median * 1e3:.1f} | {base / median:.2f} |\n'
        )
    sys.stdout.write(json.dumps(result) + '\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
