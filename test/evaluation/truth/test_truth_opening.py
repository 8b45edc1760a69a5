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

"""Which form of truth a path is, and what is said where it is none or several."""

import json

from grounded_perception.errors import TruthError
from grounded_perception.evaluation.truth.opening import load_truth, load_truths
from grounded_perception.evaluation.truth.sources import TruthSource
import pytest


def test_wrong_forms_and_paths(tmp_path, write, refused):
    refused(tmp_path, "'foo'", 'auto, coco, yolo', form='foo')
    refused(tmp_path / 'nothing', 'no such file or folder')
    refused(tmp_path, 'not a truth', 'Allowed are', 'found: none')
    label = write('label_2/1.txt', 'Car 0 0 0 1 2 3 4 0 0 0 0 0 0 0\n')
    refused(tmp_path, "form 'coco'", 'label_2 (kitti)', form='coco')
    refused(label, 'give the folder', 'label_2')
    refused(write('a.dat', 'x'), 'not a truth', 'found: none')


def test_a_tracks_detections_are_no_truth(write, refused):
    refused(write('det.txt', '1,-1,1,1,5,5,0.9,-1,-1,-1'), 'not a truth')


def test_several_truths_in_one_folder(write, refused):
    coco = {'images': [{'id': 1, 'file_name': 'a.jpg'}], 'annotations': [], 'categories': []}
    write('instances_train.json', coco)
    folder = write('refexp.jsonl', '{"image": "a.jpg", "expression": "cup", "status": "ABSENT"}\n')
    folder = folder.parent
    refused(folder, 'several', 'instances_train.json (coco)', 'refexp.jsonl (expressions)')
    assert load_truth(folder, 'coco').form == 'coco'
    assert load_truth(folder, 'expressions').form == 'expressions'
    write('annotations/instances_val.json', coco)
    refused(folder, 'several', 'instances_train.json', 'instances_val.json', form='coco')


def test_all_that_a_user_said(write):
    labels = write('label_2/000003.txt', 'Van 0 0 0 1 2 3 4 0 0 0 0 0 0 0\n').parent
    said = write('x.jsonl', '{"image": "000003.png", "expression": "cup", "status": "ABSENT"}\n')
    frames = write('f.json', [{'stamp_ns': 17, 'image': '000003.png'}])
    source = TruthSource((said, labels), mapping={'Van': 'truck'}, frames_map=frames)
    truth = load_truths(source)
    assert truth.form == 'kitti+expressions'
    assert truth.frames['000003'].labels == ('truck',)
    assert truth.frames['000003'].stamp_ns == 17
    assert json.loads(json.dumps(source.identity)) == source.identity
    before = source.identity
    frames.write_text('[]')
    assert source.identity != before
    for paths in ((), (said, labels, said)):
        with pytest.raises(TruthError, match=f'got {len(paths)}'):
            load_truths(TruthSource(paths))


def test_empty_label_files_are_images_without_objects(write):
    write('000000.txt', '')
    folder = write('000001.txt', 'Car 0 0 0 1 2 3 4 0 0 0 0 0 0 0\n').parent
    assert [len(frame) for frame in load_truth(folder).frames.values()] == [0, 1]
    (folder / '000001.txt').write_text('')
    assert [len(frame) for frame in load_truth(folder, 'kitti').frames.values()] == [0, 0]


@pytest.mark.shared
def test_a_real_folder_with_three_truths(shared, refused):
    folder = shared('coco_train2017_90')
    refused(folder, 'instances.json (coco)', 'refexp.jsonl (expressions)', 'labels (yolo)')
    refused(folder / 'vsr_relations.jsonl', 'not a truth')
    refused(shared('rosbags'), 'not a truth')
