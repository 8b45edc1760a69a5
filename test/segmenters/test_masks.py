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


"""Masks: stored as crops, painted so that all can be seen; numbers that stay with their labels."""

from importlib import metadata

from grounded_perception import segmenters
from grounded_perception.errors import ModelFailed, SettingsError
from grounded_perception.segmenters.base import Masks
from grounded_perception.segmenters.labels import LabelIds
import numpy as np
import pytest


def filled(size, *boxes):
    """Return masks that fill their boxes."""
    crops = tuple(np.ones((y2 - y1, x2 - x1), np.bool_) for x1, y1, x2, y2 in boxes)
    return Masks(size, np.array(boxes, np.int32).reshape(-1, 4), crops)


def test_a_mask_is_laid_into_the_whole_image():
    masks = filled((4, 6), (1, 2, 3, 4))
    assert len(masks) == 1
    assert masks.areas.tolist() == [4]
    full = masks.full(0)
    assert full.shape == (4, 6)
    assert full[2:4, 1:3].all()
    assert full.sum() == 4


def test_a_mask_is_written_as_coco_does():
    masks = filled((2, 3), (1, 0, 3, 1), (0, 0, 3, 2), (0, 0, 1, 1))
    assert masks.run_lengths(0) == [2, 1, 1, 1, 1]  # column by column, outside first
    assert masks.run_lengths(1) == [0, 6]
    assert masks.run_lengths(2) == [0, 1, 5]
    nothing = Masks((2, 3), np.zeros((1, 4), np.int32), (np.zeros((0, 0), np.bool_),))
    assert nothing.run_lengths(0) == [6]


# pycocotools 2.0.11 knows no copy argument of NumPy 2's.
@pytest.mark.filterwarnings('ignore:__array__ implementation:DeprecationWarning')
def test_cocos_own_tool_reads_the_mask():
    coco = pytest.importorskip('pycocotools.mask')
    crop = np.random.default_rng(1).random((30, 20)) > 0.5
    masks = Masks((40, 50), np.array([[5, 3, 25, 33]], np.int32), (crop,))
    read = coco.frPyObjects({'size': [40, 50], 'counts': masks.run_lengths(0)}, 40, 50)
    np.testing.assert_array_equal(coco.decode(read), masks.full(0))


def test_a_hundred_small_masks_of_a_large_image_cost_little():
    masks = filled((2160, 3840), *((x, 0, x + 10, 10) for x in range(0, 1000, 10)))
    assert sum(crop.nbytes for crop in masks.crops) == 100 * 100


@pytest.mark.parametrize('order', [(0, 1), (1, 0)])
def test_no_small_mask_is_hidden_under_a_larger_one(order):
    boxes = [(0, 0, 10, 10), (4, 4, 6, 6)]
    masks = filled((10, 10), *(boxes[i] for i in order))
    image = masks.label_image([i + 1 for i in order])
    assert image.dtype == np.uint8
    assert (image[4:6, 4:6] == 2).all()
    assert (image == 1).sum() == 96


def test_of_two_of_one_size_the_later_lies_on_top():
    masks = filled((2, 4), (0, 0, 3, 2), (1, 0, 4, 2))
    np.testing.assert_array_equal(masks.label_image([7, 9]), [[7, 9, 9, 9]] * 2)


def test_only_the_pixels_of_a_mask_are_painted():
    crop = np.eye(3, dtype=np.bool_)
    masks = Masks((3, 3), np.array([[0, 0, 3, 3]], np.int32), (crop,))
    np.testing.assert_array_equal(masks.label_image([5]), crop * 5)


def test_what_has_number_0_hides_nothing():
    masks = filled((4, 4), (0, 0, 4, 4), (0, 0, 1, 1))
    assert (masks.label_image([3, 0]) == 3).all()


def test_no_masks_are_an_empty_picture():
    masks = Masks.empty((3, 5))
    assert len(masks) == 0
    assert masks.areas.shape == (0,)
    assert masks.label_image([]).shape == (3, 5)
    assert not masks.label_image([]).any()


def test_a_region_without_pixels_has_an_empty_mask():
    masks = filled((4, 4), (4, 4, 4, 4))
    assert masks.areas.tolist() == [0]
    assert not masks.full(0).any()
    assert not masks.label_image([1]).any()


@pytest.mark.parametrize('ids', [[], [1, 2], [256], [-1]])
def test_numbers_that_do_not_fit_are_refused(ids):
    with pytest.raises(ValueError, match=r'ids in \[0, 255\]'):
        filled((4, 4), (0, 0, 1, 1)).label_image(ids)


@pytest.mark.parametrize(
    ('box', 'crop', 'words'),
    [
        ((0, 0, 5, 1), np.ones((1, 5), np.bool_), 'not inside 4 x 4'),
        ((2, 0, 1, 1), np.ones((1, 1), np.bool_), 'not inside'),
        ((0, 0, 2, 1), np.ones((2, 1), np.bool_), r'needs a mask bool \(1, 2\)'),
        ((0, 0, 1, 1), np.ones((1, 1), np.uint8), 'needs a mask bool'),
    ],
)
def test_masks_that_disagree_with_their_boxes_are_the_segmenters_fault(box, crop, words):
    with pytest.raises(ModelFailed, match=words):
        Masks((4, 4), np.array([box], np.int32), (crop,))


def test_boxes_of_another_form_are_refused():
    with pytest.raises(ModelFailed, match=r'int32 \(0, 4\)'):
        Masks((4, 4), np.zeros((0, 4), np.float32), ())


def test_a_label_keeps_its_number():
    ids = LabelIds()
    assert ids.of(['dog', 'car', 'dog']) == [1, 2, 1]
    assert ids.of(['cat', 'car']) == [3, 2]
    assert dict(ids.known) == {'dog': 1, 'car': 2, 'cat': 3}
    assert not ids.complaint


def test_the_words_of_a_detector_can_come_first():
    assert LabelIds(['person', 'car']).of(['car', 'dog']) == [2, 3]


def test_when_the_numbers_run_out_it_says_so_and_paints_nothing():
    ids = LabelIds()
    assert ids.of(f'thing {i}' for i in range(255)) == list(range(1, 256))
    assert not ids.complaint
    assert ids.of(['one more', 'thing 0']) == [0, 1]
    assert 'one more' in ids.complaint
    assert '255' in ids.complaint
    assert len(ids.known) == 255


def test_what_has_no_number_does_not_fill_the_memory():
    ids = LabelIds(most=2)
    ids.of(str(i) for i in range(100))
    assert len(ids.complaint) < 300


def test_segmenters_are_listed_by_file_name():
    assert segmenters.names() == ('clipseg', 'grabcut', 'sam')
    assert segmenters.module('grabcut').__name__.endswith('segmenters.grabcut')


def test_an_unknown_segmenter_names_those_there_are():
    with pytest.raises(SettingsError, match=r"one of none, clipseg, grabcut, sam.* got 'magic'"):
        segmenters.module('magic')
    with pytest.raises(SettingsError, match="got 'base'"):
        segmenters.module('base')


class Entry:
    name = 'theirs'
    value = 'their.module'

    def __init__(self, error=None):
        self._error = error

    def load(self):
        if self._error:
            raise self._error
        return segmenters.module('grabcut')


def test_a_plug_in_is_found_by_its_entry_point(monkeypatch):
    monkeypatch.setattr(metadata, 'entry_points', lambda group: [Entry()])
    assert segmenters.names()[-1] == 'theirs'
    assert segmenters.module('theirs').__name__.endswith('grabcut')


def test_a_plug_in_that_cannot_be_imported_is_named(monkeypatch):
    broken = [Entry(RuntimeError('no such GPU'))]
    monkeypatch.setattr(metadata, 'entry_points', lambda group: broken)
    with pytest.raises(SettingsError, match=r'plug-in theirs \(their.module\): no such GPU'):
        segmenters.module('theirs')
