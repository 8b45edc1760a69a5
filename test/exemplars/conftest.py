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

"""A classifier without a network: its features are the mean colours of a region."""

from grounded_perception.classifiers.base import LabelMatch
from grounded_perception.exemplars.exemplar import cut_out
import numpy as np
import pytest


class ColourClassifier:
    """Tells regions by their mean colour on four quarters."""

    feature_model = 'colours-1'

    def __init__(self):
        self.looked = 0

    def understand(self, labels):
        return tuple(LabelMatch(label, True, 'free', (), 1.0, '') for label in labels)

    def classify(self, rgb, boxes_px, labels):
        return np.zeros((len(boxes_px), len(labels)), np.float32)

    def features(self, rgb, boxes_px):
        self.looked += 1
        found = np.zeros((len(boxes_px), 12), np.float32)
        for row, box in enumerate(boxes_px):
            part = cut_out(rgb, box).astype(np.float32) / 255
            y, x = part.shape[0] // 2, part.shape[1] // 2
            quarters = (part[:y, :x], part[:y, x:], part[y:, :x], part[y:, x:])
            found[row] = np.concatenate([q.mean(axis=(0, 1)) for q in quarters])
        return found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-6)

    def close(self):
        pass


@pytest.fixture
def classifier():
    return ColourClassifier()


@pytest.fixture
def scene():
    """Return a grey picture with a red, a green and a blue square, and their boxes."""
    rgb = np.full((120, 400, 3), 128, np.uint8)
    boxes = np.array([[20, 30, 80, 90], [160, 30, 220, 90], [300, 30, 360, 90]], np.float32)
    for (x1, y1, x2, y2), colour in zip(boxes.astype(int), np.eye(3) * 220, strict=True):
        rgb[y1:y2, x1:x2] = colour
    return rgb, boxes
