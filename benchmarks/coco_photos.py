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

"""Photographs with their true boxes, out of a folder in COCO's form: read by two benchmarks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
import json
from pathlib import Path

import cv2
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Photo:
    """A photograph with its true boxes."""

    rgb: NDArray[np.uint8]
    boxes: Floats
    labels: NDArray[np.str_]
    ids: NDArray[np.int64]


def photos(folder: Path, least_side: float) -> Iterator[Photo]:
    """Read the photographs that hold a box whose shorter side has so many pixels; only those."""
    truth = json.loads((folder / 'instances.json').read_text())
    names = {c['id']: c['name'] for c in truth['categories']}
    for image in truth['images']:
        rows = [
            a
            for a in truth['annotations']
            if a['image_id'] == image['id']
            and not a.get('iscrowd')
            and min(a['bbox'][2:]) >= least_side
        ]
        if rows:
            boxes = np.array([a['bbox'] for a in rows], np.float32)
            boxes[:, 2:] += boxes[:, :2]
            bgr = cv2.imread(str(folder / 'images' / image['file_name']))
            labels = np.array([names[a['category_id']] for a in rows])
            ids = np.array([a['id'] for a in rows], np.int64)
            yield Photo(np.ascontiguousarray(bgr[..., ::-1]), boxes, labels, ids)
