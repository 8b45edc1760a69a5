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

"""Masks: drawn shapes are found inside their boxes."""

import cv2
from grounded_perception.imaging.foreground import foreground
from grounded_perception.imaging.mask import region_mask
from grounded_perception.imaging.patches import BOX, cut, SIDE
import numpy as np
import pytest

CIRCLE = ('circle', (40, 20, 120, 100))
TRIANGLE = ('triangle', (40, 20, 120, 100))


def drawn(kind, noise=0.0):
    truth = np.zeros((120, 160), np.uint8)
    if kind == 'circle':
        cv2.circle(truth, (80, 60), 40, 1, -1)
    else:
        cv2.fillPoly(truth, [np.array([(80, 20), (119, 99), (40, 99)])], 1)
    image = np.where(truth[..., None] == 1, (40, 70, 190), (200, 180, 150)).astype(np.float64)
    image += np.random.default_rng(0).normal(0, noise, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8), truth == 1


def iou(a, b):
    return (a & b).sum() / (a | b).sum()


@pytest.mark.parametrize('noise', [0, 12])
@pytest.mark.parametrize(('kind', 'box'), [CIRCLE, TRIANGLE])
def test_a_drawn_shape_is_found_in_its_patch(kind, box, noise):
    image, truth = drawn(kind, noise)
    boxes = np.array([box], np.float32)
    probability = foreground(cut(image, boxes))[0, BOX, BOX]
    layer = np.repeat(truth[..., None] * np.uint8(255), 3, axis=2)
    want = cut(layer, boxes).rgb[0, BOX, BOX, 0] > 127
    assert iou(probability > 0.5, want) > 0.85


@pytest.mark.parametrize('noise', [0, 12])
@pytest.mark.parametrize(('kind', 'box'), [CIRCLE, TRIANGLE])
def test_a_drawn_shape_is_found_at_full_resolution(kind, box, noise):
    image, truth = drawn(kind, noise)
    mask = region_mask(image, np.array(box, np.float32))
    assert mask.shape == truth.shape
    assert iou(mask, truth) > 0.9


@pytest.mark.parametrize('rounds', [0, 1, 3])
def test_a_mask_stays_inside_its_box(rounds):
    image, _ = drawn('circle')
    mask = region_mask(image, np.array([60, 40, 100, 200], np.float32), rounds)
    assert mask.any()
    outside = mask.copy()
    outside[40:, 60:100] = False
    assert not outside.any()


@pytest.mark.parametrize(
    'box',
    [(0, 0, 0, 0), (-9, -9, -1, -1), (500, 0, 600, 9), (np.nan,) * 4, (9, 9, 3, 3)],
)
def test_a_box_without_pixels_has_no_mask(box):
    image, _ = drawn('circle')
    assert not region_mask(image, np.array(box, np.float32)).any()


@pytest.mark.parametrize('size', [(1, 1), (2, 2), (1, 50), (50, 1), (30, 30)])
@pytest.mark.parametrize('fill', [0, 255])
def test_plain_and_tiny_images_do_no_harm(size, fill):
    image = np.full((*size, 3), fill, np.uint8)
    for box in ((0, 0, 60, 60), (0, 0, 1, 1), (-5, -5, 3, 3)):
        mask = region_mask(image, np.array(box, np.float32))
        assert mask.shape == size
        belief = foreground(cut(image, np.array([box], np.float32)))
        assert belief.shape == (1, SIDE, SIDE)
        assert np.isfinite(belief).all()
        assert 0 <= belief.min() <= belief.max() <= 1
