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

"""COCO's instances: what is read of them, and what is refused."""

import copy
import json

from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.evaluation.truth.opening import load_truth
import numpy as np
import pytest

GOOD = {
    'images': [
        {'id': 7, 'file_name': 'a.jpg', 'width': 100, 'height': 50},
        {'id': 8, 'file_name': 'b.jpg', 'width': 100, 'height': 50},
    ],
    'categories': [{'id': 1, 'name': 'person'}, {'id': 3, 'name': 'Traffic-Light'}],
    'annotations': [
        {'id': 1, 'image_id': 7, 'category_id': 1, 'bbox': [10, 5, 20, 30], 'area': 321.5},
        {'id': 2, 'image_id': 7, 'category_id': 3, 'bbox': [0, 0, 9.5, 8], 'iscrowd': 1},
    ],
}


def changed(*path, to):
    """Return the good file with one value changed."""
    told = copy.deepcopy(GOOD)
    place = told
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return told


def test_boxes_areas_and_crowds(write):
    truth = load_truth(write('x.json', GOOD), class_names=COCO_NAMES)
    frame = truth.frames['a.jpg']
    assert truth.form == 'coco'
    assert truth.class_names == ('person', 'traffic light')
    assert truth.mapping == {'person': 'person', 'Traffic-Light': 'traffic light'}
    np.testing.assert_array_equal(frame.boxes_px, np.float32([[10, 5, 30, 35], [0, 0, 9.5, 8]]))
    assert frame.labels == ('person', 'traffic light')
    assert frame.ignored.tolist() == [False, True]
    assert frame.areas_px.tolist() == [321.5, 76.0]  # the box's where none is given
    assert frame.boxes_px.dtype == frame.areas_px.dtype == np.float32
    assert len(truth.frames['b.jpg']) == 0
    assert truth.frames['b.jpg'].boxes_px.shape == (0, 4)
    assert truth.problems == ()


@pytest.mark.parametrize(
    ('told', 'words'),
    [
        (changed('annotations', 1, 'bbox', to=[1, float('nan'), 2, 3]), ['annotations[1]', 'nan']),
        (changed('annotations', 1, 'bbox', to=[1, 2, float('inf'), 3]), ['annotations[1]', 'inf']),
        (changed('annotations', 1, 'bbox', to=[1, 2, -4, 3]), ['annotations[1]', '-4 wide']),
        (changed('annotations', 1, 'bbox', to=[1, 2, 4]), ['annotations[1]', '3 numbers']),
        (changed('annotations', 1, 'bbox', to=['x', 2, 4, 5]), ['annotations[1]', "'x'"]),
        (changed('annotations', 1, 'bbox', to=[200, 2, 4, 5]), ['annotations[1]', '100x50']),
        (changed('annotations', 1, 'id', to=1), ['annotations[1]', 'id 1 is there twice']),
        (changed('annotations', 1, 'image_id', to=9), ['annotations[1]', 'image 9']),
        (changed('annotations', 1, 'category_id', to=2), ['annotations[1]', 'category 2', '1, 3']),
        (changed('annotations', 1, 'area', to=-1), ['annotations[1]', 'area']),
        (changed('annotations', 1, to=[]), ['annotations[1]', 'an object is wanted']),
        (changed('images', 1, 'id', to=7), ['images[1]', 'id 7 is there twice']),
        (changed('images', 1, 'file_name', to='a.jpg'), ['images[1]', "'a.jpg' is there twice"]),
        (changed('images', 1, 'id', to='seven'), ['images[1]', "'seven'"]),
        (changed('categories', 1, 'id', to=1), ['categories[1]', 'twice']),
        (changed('categories', to=None), ["no field 'categories'"]),
        (changed('images', to=[]), ['annotations[0]', 'image 7']),
    ],
)
def test_what_is_wrong_is_named_with_its_place(write, refused, told, words):
    refused(write('x.json', told), 'x.json', *words)


@pytest.mark.parametrize(
    ('text', 'word'),
    [
        (json.dumps(GOOD)[:-20], 'no JSON'),
        ('{"images": ' + '[' * 100_000, 'no JSON'),
        ('', 'not a truth'),
        ('{}', 'not a truth'),
    ],
)
def test_what_is_no_json(write, refused, text, word):
    refused(write('x.json', text), 'x.json', word)


def test_what_is_no_text(tmp_path, refused):
    path = tmp_path / 'x.json'
    path.write_bytes(b'{"images": "\xff\xfe"}')
    refused(path, 'x.json', 'UTF-8')


def test_boxes_without_area_are_left_out_and_counted(write):
    told = changed('annotations', 0, 'bbox', to=[10, 5, 0, 30])
    truth = load_truth(write('x.json', told), class_names=COCO_NAMES)
    assert truth.frames['a.jpg'].labels == ('traffic light',)
    assert '1 box without width or height left out' in truth.problems[0]
    assert 'annotations[0] (id 1)' in truth.problems[0]


def test_the_digest_is_of_the_content(write):
    same = [load_truth(write(f'{folder}/x.json', GOOD)).digest for folder in 'ab']
    other = load_truth(write('c/x.json', changed('images', 1, 'width', to=99))).digest
    assert same[0] == same[1] != other


@pytest.mark.shared
def test_real_photographs(shared):
    folder = shared('coco_train2017_90')
    truth = load_truth(folder, 'coco', class_names=COCO_NAMES)
    told = json.loads((folder / 'instances.json').read_text())
    assert len(truth.frames) == 90
    assert sum(map(len, truth.frames.values())) == 615
    assert sum(frame.ignored.sum() for frame in truth.frames.values()) == 5
    assert truth.class_names == COCO_NAMES
    areas = sorted(each['area'] for each in told['annotations'])
    read = sorted(area for frame in truth.frames.values() for area in frame.areas_px.tolist())
    np.testing.assert_allclose(read, areas, rtol=1e-6)


@pytest.mark.shared
def test_the_reference_of_pycocotools(shared):
    truth = load_truth(shared('metrics_reference/cocoapi_val2014_100'), class_names=COCO_NAMES)
    assert len(truth.frames) == 100
    assert sum(map(len, truth.frames.values())) == 839
    assert truth.problems == ()


@pytest.mark.shared
def test_names_that_the_detector_does_not_know_are_reported(shared):
    truth = load_truth(shared('dali_40'), class_names=COCO_NAMES)
    assert truth.mapping['Apple'] == 'apple'
    assert truth.mapping['Banan'] == ''
    assert 'Banan (15), Bag (1)' in truth.problems[0]
    mapped = load_truth(
        shared('dali_40'),
        class_names=COCO_NAMES,
        mapping={'banan': 'Banana', 'Bag': 'handbag'},
    )
    assert mapped.problems == ()
    assert {'banana', 'handbag'} <= set(mapped.class_names)
    assert sum(map(len, mapped.frames.values())) == 66
