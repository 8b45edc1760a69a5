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

"""Examples from pictures with sentences and boxes: every form, and every way to get it wrong."""

import json
import pickle
import re
import subprocess
import sys

import cv2
from grounded_perception.compute import Compute
from grounded_perception.detectors.scripted import load, Options
from grounded_perception.errors import FrameError, TrainingError
from grounded_perception.language.encoder import TokenEmbeddings
from grounded_perception.language.vocabulary import Match
from grounded_perception.training.human.refcoco import examples
import numpy as np
import pytest

NAMES = ('dog', 'car')
LEFT, RIGHT, NOWHERE = [10, 20, 40, 60], [60, 20, 90, 60], [42, 0, 58, 18]
SCRIPT = json.dumps([['dog', 0.9, 0.1, 0.2, 0.4, 0.6], ['dog', 0.8, 0.6, 0.2, 0.9, 0.6]])
REFS = 'refs(unc).json'


class TwoWords:
    """Two names, each an axis of the encoder's space."""

    def resolve(self, noun):
        known = (noun,) if noun in NAMES else () if noun else NAMES
        return Match(noun, 'understood' if known else 'unknown', known, 1.0, '')

    def embed(self, texts):
        return np.eye(384, dtype=np.float32)[[NAMES.index(text) for text in texts]]

    def tokens(self, text):
        words = tuple(text.split())
        return TokenEmbeddings(words, np.ones((len(words), 384), np.float32), ())


@pytest.fixture
def folder(tmp_path):
    """Return a folder with one picture of 100 x 100 pixels."""
    name = 'COCO_train2014_000000000009.jpg'
    cv2.imwrite(str(tmp_path / name), np.full((100, 100, 3), 90, np.uint8))
    return tmp_path


def make(folder, name, script=SCRIPT, **rest):
    detector = load(Options(script=script), Compute())
    return list(examples(folder / name, folder, detector, TwoWords(), **rest))


def write(folder, name, content):
    text = '\n'.join(map(json.dumps, content)) if name.endswith('l') else json.dumps(content)
    (folder / name).write_text(text)


def own(expression, status='FOUND', **rest):
    return {
        'image': 'COCO_train2014_000000000009.jpg',
        'expression': expression,
        'status': status,
        **rest,
    }


def ref(box=LEFT, **rest):
    x1, y1, x2, y2 = box
    return {
        'file_name': 'COCO_train2014_000000000009_0.jpg',
        'image_id': 9,
        'split': 'train',
        'bbox': [x1, y1, x2 - x1, y2 - y1],
        'sentences': [{'raw': 'The left dog', 'sent': 'left dog'}, {'sent': 'the first dog'}],
        **rest,
    }


def test_our_own_form(folder):
    write(
        folder,
        'refexp.jsonl',
        [
            own('the dog on the left', bbox_xyxy=LEFT, types=['position']),
            own('the dog in the middle', bbox_xyxy=NOWHERE),
            own('the car', 'ABSENT', bbox_xyxy=None),
            own('the dog', 'AMBIGUOUS', bbox_xyxy=None, candidates=[RIGHT, LEFT]),
            own('the zeppelin', bbox_xyxy=LEFT),
            own('what is this?', bbox_xyxy=LEFT),
        ],
    )
    (example,) = make(folder, 'refexp.jsonl')
    np.testing.assert_allclose(example.target, [[1, 0, 0], [0, 0, 1], [0, 0, 1], [0.5, 0.5, 0]])
    np.testing.assert_array_equal(example.member, [[1, 0], [0, 0], [0, 0], [1, 1]])
    np.testing.assert_array_equal(example.status, [0, 2, 2, 1])
    assert example.kinds == ('position', '', '', '')
    assert all(np.isfinite(array).all() for array in vars(example.inputs).values())


@pytest.mark.parametrize('name', [REFS, 'refs.jsonl'])
def test_refcoco_with_its_own_boxes(folder, name):
    write(folder, name, [ref(RIGHT), ref(split='testA')])
    (example,) = make(folder, name, split='train')
    np.testing.assert_array_equal(example.target, [[0, 1, 0], [0, 1, 0]])


def test_refcoco_with_boxes_and_names_from_the_instances(folder):
    row = ref(ann_id=5, bbox=None, file_name='whatever.jpg')
    write(folder, REFS, [row])
    told = {
        'annotations': [{'id': 5, 'bbox': [60, 20, 30, 40]}],
        'images': [{'id': 9, 'file_name': 'COCO_train2014_000000000009.jpg'}],
    }
    write(folder, 'instances.json', told)
    (example,) = make(folder, REFS, instances=folder / 'instances.json')
    np.testing.assert_array_equal(example.target, [[0, 1, 0], [0, 1, 0]])
    write(folder, REFS, [row | {'ann_id': 6}])
    with pytest.raises(TrainingError, match='row 1: no box: annotation 6'):
        make(folder, REFS, instances=folder / 'instances.json')
    write(folder, 'instances.json', [])
    with pytest.raises(TrainingError, match='no COCO instances file'):
        make(folder, REFS, instances=folder / 'instances.json')


def test_a_picture_without_regions_teaches_nothing(folder):
    write(folder, REFS, [ref()])
    assert make(folder, REFS, script='[]') == []


@pytest.mark.parametrize(
    ('row', 'message'),
    [
        (ref(sentences=None), "row 1: no field 'sentences'"),
        (ref(bbox=None), "row 1: no field 'ann_id'"),
        (ref(bbox=[1, 2, 3]), 'row 1: a box has four numbers'),
        (ref(file_name=None), "row 1: no field 'file_name'"),
        (ref(sentences=[{'tokens': []}]), "row 1: no field 'sent'"),
        (ref(bbox=[60, 20, 90, 60]), r'row 1: box 60 20 150 80 \(xyxy\) does not lie in'),
        (ref(bbox=[60, 20, 0, 40]), 'does not lie in'),
        (own('a dog'), "no field 'bbox_xyxy'"),
        (own('a dog', 'MAYBE'), "got 'MAYBE'"),
        ('row', 'row 1: an object is wanted, got str'),
    ],
)
def test_a_wrong_row_is_named(folder, row, message):
    write(folder, REFS, [row])
    with pytest.raises(TrainingError, match=message):
        make(folder, REFS)


def test_wrong_files_are_named(folder):
    with pytest.raises(TrainingError, match='No such file'):
        make(folder, 'missing.json')
    write(folder, REFS, {})
    with pytest.raises(TrainingError, match='a list of rows is wanted, got dict'):
        make(folder, REFS)
    (folder / REFS).write_text('[{]')
    with pytest.raises(TrainingError, match='is no JSON'):
        make(folder, REFS)
    write(folder, REFS, [ref(file_name='none.jpg')])
    with pytest.raises(FrameError, match=r'row 1: .*none.jpg: No such file'):
        make(folder, REFS)
    (folder / 'none.jpg').write_bytes(b'no picture')
    with pytest.raises(FrameError, match='no image that OpenCV can read'):
        make(folder, REFS)


def test_a_pickle_is_refused_with_a_conversion_that_runs_no_code(folder):
    path = folder / 'refs(unc).p'
    path.write_bytes(pickle.dumps([ref(LEFT)], 2))
    with pytest.raises(TrainingError, match='is a pickle, which may run code') as refusal:
        make(folder, path.name)
    code = re.search(r'python3 -c "(.*)"$', str(refusal.value)).group(1)
    subprocess.run([sys.executable, '-c', code], cwd=folder, check=True)
    assert len(make(folder, REFS)) == 1
    path.write_bytes(pickle.dumps(print, 2))
    done = subprocess.run([sys.executable, '-c', code], cwd=folder, stderr=subprocess.PIPE)
    assert done.returncode != 0
