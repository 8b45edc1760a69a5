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


"""GrabCut finds drawn shapes, wherever they lie, and the same ones every time."""

import cv2
from grounded_perception import segmenters
from grounded_perception.compute import Compute
from grounded_perception.errors import SettingsError
from grounded_perception.records import Regions
import numpy as np
import pytest

GREY, RED = (128, 128, 128), (200, 30, 30)
DISC = (100, 60, 180, 140)


@pytest.fixture(params=[1, 2])
def grabcut(request):
    """Return GrabCut with one thread, and with two."""
    module = segmenters.module('grabcut')
    loaded = module.load(module.Options(), Compute(threads=request.param))
    yield loaded
    loaded.close()


def regions(*boxes):
    array = np.array(boxes, np.float32).reshape(-1, 4)
    return Regions.of_labels(array, np.ones(len(array), np.float32), ('thing',) * len(array))


def picture(noise=0.0):
    """Draw a red disc on grey; return it with its pixels."""
    truth = np.zeros((240, 320), np.uint8)
    cv2.circle(truth, (140, 100), 40, 1, -1)
    image = np.where(truth[..., None] == 1, RED, GREY).astype(np.float64)
    image += np.random.default_rng(0).normal(0, noise, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8), truth == 1


def iou(a, b):
    return (a & b).sum() / (a | b).sum()


@pytest.mark.parametrize('noise', [0, 15])
def test_a_red_disc_on_grey_is_found(grabcut, noise):
    image, truth = picture(noise)
    masks = grabcut.segment(image, regions(DISC))
    assert iou(masks.full(0), truth) > 0.9


def test_every_region_has_its_own_mask_in_order(grabcut):
    image, truth = picture()
    second = np.roll(image, (100, 120), (0, 1))
    both = np.where(truth[..., None], image, second)
    masks = grabcut.segment(both, regions((220, 160, 300, 240), DISC))
    assert iou(masks.full(1), truth) > 0.9
    assert iou(masks.full(0), np.roll(truth, (100, 120), (0, 1))) > 0.9


def test_no_regions_no_masks(grabcut):
    masks = grabcut.segment(picture()[0], Regions.empty())
    assert len(masks) == 0
    assert masks.size == (240, 320)


@pytest.mark.parametrize(
    'box', [(0, 0, 60, 50), (280, 200, 320, 240), (0, 0, 320, 240), (300.5, 0, 320, 240)]
)
def test_boxes_at_the_border_are_cut_from_what_is_there(grabcut, box):
    masks = grabcut.segment(picture(10)[0], regions(box))
    x1, y1, x2, y2 = masks.boxes_px[0]
    assert (x1, y1, x2, y2) == (int(box[0]), int(box[1]), box[2], box[3])
    assert masks.crops[0].shape == (y2 - y1, x2 - x1)


def test_boxes_of_one_pixel_and_of_none(grabcut):
    boxes = regions((10, 10, 11, 11), (319, 239, 320, 240), (5, 5, 5, 9), (0, 0, 320, 1))
    masks = grabcut.segment(picture()[0], boxes)
    assert [crop.shape for crop in masks.crops] == [(1, 1), (1, 1), (0, 0), (1, 320)]
    assert masks.areas[2] == 0
    assert masks.areas[0] <= 1


@pytest.mark.parametrize('shape', [(1, 1), (1, 200), (200, 1), (30, 30)])
def test_images_of_any_shape_do_no_harm(grabcut, shape):
    rgb = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    before = rgb.copy()
    masks = grabcut.segment(rgb, regions((0, 0, shape[1], shape[0])))
    assert masks.crops[0].shape == shape
    np.testing.assert_array_equal(rgb, before)


def test_a_view_with_strides_gives_the_same(grabcut):
    image, _ = picture(15)
    flipped = np.ascontiguousarray(image[:, ::-1])
    plain = grabcut.segment(image, regions(DISC))
    view = grabcut.segment(flipped[:, ::-1], regions(DISC))
    np.testing.assert_array_equal(plain.crops[0], view.crops[0])


def test_the_same_masks_every_time_whatever_random_numbers_came_before(grabcut):
    image, _ = picture(40)
    rng = np.random.default_rng(1)
    first = rng.uniform(0, 150, (12, 2))
    boxes = regions(*np.concatenate([first, first + rng.uniform(30, 90, (12, 2))], axis=1))
    masks = grabcut.segment(image, boxes)
    cv2.setRNGSeed(99)
    again = grabcut.segment(image, boxes.take(np.arange(12)[::-1]))
    for one, other in zip(masks.crops, again.crops[::-1], strict=True):
        np.testing.assert_array_equal(one, other)


def test_rounds_0_is_the_belief_of_the_colours():
    module = segmenters.module('grabcut')
    image, truth = picture()
    masks = module.load(module.Options(rounds=0), Compute(threads=1)).segment(image, regions(DISC))
    assert iou(masks.full(0), truth) > 0.85


def test_options_out_of_range_are_refused():
    module = segmenters.module('grabcut')
    with pytest.raises(SettingsError, match=r'side_px must be in \[24, 640\], got 3'):
        module.Options(side_px=3)
