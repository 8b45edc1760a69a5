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

"""YOLO's folders of text files, which need the sizes of the images."""

import struct

import cv2
from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.errors import TruthError
from grounded_perception.evaluation.truth.image_size import size_of
from grounded_perception.evaluation.truth.opening import load_truth
import numpy as np
import pytest


@pytest.fixture
def folder(write, picture):
    """Return a function: lines of a label file → the dataset's folder."""

    def put(lines):
        write('classes.txt', 'person\nbicycle\n')
        picture('images/a.png', 100, 50)
        picture('images/b.jpg', 80, 40)
        return write('labels/a.txt', lines).parents[1]

    return put


def test_boxes_and_outlines(folder):
    truth = load_truth(
        folder('1 0.5 0.5 0.2 0.4\n0 0.1 0.2 0.3 0.2 0.3 0.6\n'), class_names=COCO_NAMES
    )
    frame = truth.frames['a.png']
    np.testing.assert_allclose(frame.boxes_px, [[40, 15, 60, 35], [10, 10, 30, 30]], atol=1e-4)
    np.testing.assert_allclose(frame.areas_px, [400, 200], atol=1e-3)  # the triangle is half
    assert frame.labels == ('bicycle', 'person')
    assert len(truth.frames['b.jpg']) == 0
    assert truth.problems == ('images without a label file, taken as showing nothing: 1',)


def test_names_in_a_yaml_and_a_folder_for_each_split(write, picture):
    write('data.yaml', 'names: {0: cat, 1: dog}\nval: images/val')
    picture('images/val/x.png')
    labels = write('labels/val/x.txt', '1 0.5 0.5 1 1').parent
    for path in (labels, labels.parents[1]):
        truth = load_truth(path, 'yolo', class_names=COCO_NAMES)
        assert truth.frames['x.png'].labels == ('dog',)
        assert truth.class_names == ('cat', 'dog')


@pytest.mark.parametrize(
    ('lines', 'words'),
    [
        ('0 .5 .5 .2 .2\n2 .5 .5 .1 .1', ['line 2', 'class 2', 'from 0 to 1']),
        ('0 .5 .5 .2', ['line 1', '3 numbers']),
        ('0 .5 .5 .2 .2 .9', ['line 1', 'score']),
        ('0 .5 .5 .2 nan', ['line 1', 'shares']),
        ('0 50 50 20 20', ['line 1', 'shares']),
        ('0 .5 .5 .2 -.2', ['line 1', 'high']),
        ('0 .5 .5 .2 wide', ['line 1', "'wide'"]),
        ('person .5 .5 .2 .2', ['line 1', "'person'"]),
    ],
)
def test_wrong_lines(folder, refused, lines, words):
    refused(folder(lines), 'a.txt', *words, form='yolo')


def test_a_box_without_area_is_left_out(folder):
    truth = load_truth(folder('0 .5 .5 0 .2\n0 .5 .5 .2 .2'), class_names=COCO_NAMES)
    assert len(truth.frames['a.png']) == 1
    assert 'a.txt, line 1' in truth.problems[-1]


def test_what_is_missing_is_said(write, picture, refused):
    labels = write('labels/a.txt', '0 .5 .5 .2 .2').parent
    refused(labels, 'no file of class names', 'data.yaml')
    write('classes.txt', 'person')
    refused(labels, 'the images are not found', 'images')
    picture('images/other.png')
    refused(labels, 'a.txt', 'no image of this name')
    write('classes.txt', '\n')
    write('data.yaml', 'names: 3')
    (labels.parent / 'classes.txt').unlink()
    refused(labels, 'data.yaml', "'names'")


@pytest.mark.shared
def test_equal_to_cocos_own_file(shared):
    folder = shared('coco_train2017_90')
    ours = load_truth(folder, 'yolo', class_names=COCO_NAMES)
    coco = load_truth(folder, 'coco', class_names=COCO_NAMES)
    assert set(ours.frames) == set(coco.frames)
    for key, frame in coco.frames.items():
        own, counted = ours.frames[key], ~frame.ignored  # YOLO has no crowds
        assert own.labels == tuple(np.array(frame.labels, object)[counted])
        np.testing.assert_allclose(own.boxes_px, frame.boxes_px[counted], atol=1e-3)


def oriented(path, order, value):
    """Write EXIF's orientation into a JPEG."""
    exif = struct.pack(f'{order}2sHIHHHIHHI', b'II' if order == '<' else b'MM', 42, 8, 1,
                       0x0112, 3, 1, value, 0, 0)  # fmt: skip
    content = path.read_bytes()
    block = b'Exif\0\0' + exif
    path.write_bytes(
        content[:2] + b'\xff\xe1' + struct.pack('>H', len(block) + 2) + block + content[2:]
    )


@pytest.mark.parametrize('order', ['<', '>'])
@pytest.mark.parametrize('value', [1, 3, 6, 8])
def test_a_size_is_that_of_the_decoded_image(picture, order, value):
    path = picture('turned.jpg', 64, 48)
    oriented(path, order, value)
    height, width = cv2.imread(str(path)).shape[:2]
    assert size_of(path) == (width, height) == ((64, 48) if value < 5 else (48, 64))


@pytest.mark.parametrize('ending', ['png', 'jpg', 'bmp', 'webp', 'tif'])
def test_sizes_of_all_endings(picture, ending):
    assert size_of(picture(f'a.{ending}', 37, 21)) == (37, 21)


@pytest.mark.parametrize('content', [b'', b'\xff\xd8\xff', b'\x89PNG\r\n\x1a\n', b'text' * 9])
def test_what_is_no_image(tmp_path, content):
    (tmp_path / 'a.jpg').write_bytes(content)
    with pytest.raises(TruthError, match=r'a\.jpg is no image'):
        size_of(tmp_path / 'a.jpg')
