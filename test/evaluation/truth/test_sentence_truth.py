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

"""Sentences about images, in this project's form, GRIT's and RefCOCO's."""

from collections import Counter
import gzip
import json

from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.errors import TruthError
from grounded_perception.evaluation.truth.opening import joined, load_truth
import pytest

ROW = {
    'image': 'a.jpg', 'width': 100, 'height': 50, 'expression': 'the red cup', 'status': 'FOUND',
    'bbox_xyxy': [1, 2, 3, 4], 'types': ['colour', 'size'],
}  # fmt: skip


def lines(*rows):
    return ''.join(json.dumps(row) + '\n' for row in rows)


def test_our_own_form(write):
    absent = {**ROW, 'status': 'ABSENT', 'bbox_xyxy': None, 'types': []}
    truth = load_truth(write('x.jsonl', lines(ROW, absent)))
    first, second = truth.sentences
    assert (first.key, first.number, first.expression) == ('a.jpg', 0, 'the red cup')
    assert (first.status, first.box_px, first.kinds) == ('FOUND', (1, 2, 3, 4), ('colour', 'size'))
    assert (second.number, second.status, second.box_px) == (1, 'ABSENT', None)
    assert not truth.has_boxes
    assert not truth.frames


@pytest.mark.parametrize('form', ['auto', 'expressions'])
def test_packed_lines_say_the_same(write, tmp_path, form):
    path = write('x.jsonl', lines(ROW, ROW))
    packed = tmp_path / 'packed' / 'x.jsonl.gz'
    packed.parent.mkdir()
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert load_truth(packed, form).sentences == load_truth(path, form).sentences
    assert load_truth(packed.parent, form).sentences == load_truth(path, form).sentences
    packed.write_bytes(packed.read_bytes()[:-9])
    with pytest.raises(TruthError, match=r'x\.jsonl\.gz cannot be unpacked'):
        load_truth(packed, form)
    packed.write_bytes(path.read_bytes())
    with pytest.raises(TruthError, match=r'x\.jsonl\.gz cannot be unpacked'):
        load_truth(packed, form)


def test_refcoco(write):
    row = {
        'file_name': 'COCO_train2014_000000581857_16.jpg', 'image_id': 581857, 'ann_id': 5,
        'split': 'testA', 'sentences': [{'raw': 'Left man', 'sent': 'left man'}, 'guy'],
    }  # fmt: skip
    own = {**row, 'bbox': [10, 20, 5, 6], 'split': 'val', 'sentences': [{'sent': 'dog'}]}
    path = write('refs.json', [row, own])
    with pytest.raises(TruthError, match=r'instances\.json'):
        load_truth(path)
    write(
        'instances.json',
        {
            'images': [{'id': 581857, 'file_name': 'COCO_train2014_000000581857.jpg'}],
            'annotations': [{'id': 5, 'bbox': [1, 2, 10, 20]}],
        },
    )
    truth = load_truth(path)
    assert [each.expression for each in truth.sentences] == ['Left man', 'guy', 'dog']
    assert {each.key for each in truth.sentences} == {'COCO_train2014_000000581857.jpg'}
    assert truth.sentences[0].box_px == (1, 2, 11, 22)
    assert truth.sentences[2].box_px == (10, 20, 15, 26)
    assert len(load_truth(path, split='val').sentences) == 1
    with pytest.raises(TruthError, match='testA, val'):
        load_truth(path, split='testB')


@pytest.mark.parametrize(
    ('row', 'words'),
    [
        ({**ROW, 'status': 'MAYBE'}, ['FOUND, ABSENT, AMBIGUOUS', "'MAYBE'"]),
        ({**ROW, 'bbox_xyxy': None}, ['no box']),
        ({**ROW, 'bbox_xyxy': [1, 2, 3]}, ['four numbers']),
        ({**ROW, 'bbox_xyxy': [1, 2, float('nan'), 4]}, ['finite']),
        ({**ROW, 'bbox_xyxy': [3, 2, 1, 4]}, ['-2 wide']),
        ({**ROW, 'bbox_xyxy': [300, 2, 400, 4]}, ['100x50']),
        ({**ROW, 'expression': ' '}, ["'expression' is a text"]),
        ({**ROW, 'image': 7}, ["'image' is a text"]),
        ({**ROW, 'types': 'colour'}, ["'types' is a list"]),
        ({'image': 'a.jpg'}, ["no field 'expression'"]),
        ([1], ['an object is wanted']),
    ],
)
def test_wrong_rows(write, refused, row, words):
    refused(write('x.jsonl', lines(ROW, row)), 'x.jsonl, line 2', *words)


def test_a_broken_line(write, refused):
    refused(write('x.jsonl', lines(ROW) + '{"image": '), 'x.jsonl, line 2', 'no JSON')


def test_a_sentence_about_a_box_without_area_is_left_out(write):
    truth = load_truth(write('x.jsonl', lines({**ROW, 'bbox_xyxy': [1, 2, 1, 4]}, ROW)))
    assert [each.number for each in truth.sentences] == [1]
    assert 'line 1' in truth.problems[0]


@pytest.mark.shared
def test_real_sentences(shared):
    truth = load_truth(shared('coco_train2017_90/refexp.jsonl'), class_names=COCO_NAMES)
    counts = Counter(each.status for each in truth.sentences)
    assert sum(counts.values()) == 293
    assert all((s.box_px is not None) == (s.status == 'FOUND') for s in truth.sentences)
    assert set(counts) == {'FOUND', 'ABSENT', 'AMBIGUOUS'}


@pytest.mark.shared
def test_grit(shared):
    truth = load_truth(shared('grit_samples'))
    assert [s.status for s in truth.sentences] == ['FOUND'] * 4
    assert truth.sentences[0].box_px == (272, 192, 401, 478)


@pytest.mark.shared
def test_boxes_and_sentences_together(shared):
    folder = shared('coco_train2017_90')
    boxes = load_truth(folder, 'coco', class_names=COCO_NAMES)
    said = load_truth(folder, 'expressions')
    for both in (joined(boxes, said), joined(said, boxes)):
        assert both.form == 'coco+expressions'
        assert both.has_boxes
        assert len(both.sentences) == 293
        assert {each.key for each in both.sentences} <= set(both.frames)


def test_joining_finds_names_with_and_without_ending(write):
    line = 'Car 0 0 0 1 2 3 4 0 0 0 0 0 0 0'
    boxes = load_truth(write('label_2/000003.txt', line).parent)
    said = load_truth(write('x.jsonl', lines({**ROW, 'image': 'image_2/000003.png'})))
    assert joined(boxes, said).sentences[0].key == '000003'
    with pytest.raises(TruthError, match='one with boxes and one with sentences'):
        joined(boxes, boxes)
    other = load_truth(write('y.jsonl', lines(ROW)))
    with pytest.raises(TruthError, match=r"different images, such as '000003' and 'a\.jpg'"):
        joined(boxes, other)
