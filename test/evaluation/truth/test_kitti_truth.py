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

"""KITTI's labels: what of them a detector of COCO's classes can be judged by."""

from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.evaluation.truth.opening import load_truth
import numpy as np
import pytest

REST = '1.89 0.48 1.20 1.84 1.47 8.41 0.01'


def line(name='Car', box='10 20 30 40', rest=REST):
    return f'{name} 0.00 0 -0.20 {box} {rest}\n'


def test_types_and_what_does_not_count(write):
    lines = [line(n) for n in ('Car', 'Van', 'Person_sitting', 'Cyclist', 'DontCare')]
    truth = load_truth(write('000000.txt', ''.join(lines)).parent, class_names=COCO_NAMES)
    frame = truth.frames['000000']
    # A label '' is ignored whatever is found there: a cyclist is a person and a bicycle.
    assert frame.labels == ('car', 'car', 'person', '', '')
    assert frame.ignored.tolist() == [False, False, False, True, True]
    assert truth.class_names == ('car', 'person', 'truck', 'train')
    assert truth.mapping['Tram'] == 'train'
    assert truth.mapping['Cyclist'] == ''
    assert 'DontCare' not in truth.mapping


def test_a_user_decides_what_a_cyclist_is(write):
    path = write('000000.txt', line('Cyclist') + line('Misc') + line()).parent

    def labels(mapping):
        return load_truth(path, class_names=COCO_NAMES, mapping=mapping).frames['000000'].labels

    assert labels({'cyclist': 'bicycle'}) == ('bicycle', '', 'car')
    assert labels({'Cyclist': ''}) == ('', 'car')
    assert labels({'Misc': 'ignored', 'Car': 'truck'}) == ('', '', 'truck')


def test_others_data_in_its_form_is_complete_only_for_what_is_in_it(write):
    truth = load_truth(write('a.txt', line('dog') + line('Robot')).parent, class_names=COCO_NAMES)
    assert truth.class_names == ('dog',)
    assert 'Robot (1)' in truth.problems[0]


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        (line() + line(box='10 20 30'), ['line 2', '15 fields', 'got 14']),
        (line() + line(rest=f'{REST} 0.9'), ['line 2', 'score']),
        (line() + line(box='10 20 nan 40'), ['line 2', 'finite']),
        (line() + line(box='30 20 10 40'), ['line 2', '-20 wide']),
        (line() + line(box='10 20 thirty 40'), ['line 2', "'thirty'"]),
    ],
)
def test_wrong_lines(write, refused, text, words):
    refused(write('000007.txt', text).parent, '000007.txt', *words)


@pytest.mark.shared
def test_three_real_frames(shared):
    truth = load_truth(shared('kitti_3'), class_names=COCO_NAMES)
    assert list(truth.frames) == ['000000', '000001', '000002']
    np.testing.assert_allclose(
        truth.frames['000000'].boxes_px, [[712.40, 143.00, 810.73, 307.92]], rtol=1e-6
    )
    assert truth.frames['000001'].labels == ('truck', 'car', '', '', '', '', '')
    assert truth.frames['000002'].labels == ('', 'car')
    assert truth.problems == (
        '2 boxes kept as places where nothing counts: Cyclist (1), Misc (1)',
    )
