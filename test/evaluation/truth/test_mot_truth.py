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

"""MOTChallenge's tracks, in the form of 2015 and the later one."""

from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.evaluation.truth.opening import load_truth
import numpy as np
import pytest


def test_frames_tracks_and_what_does_not_count(write):
    rows = [
        '1,5,11,21,10,20,1,1,0.9',  # a pedestrian
        '1,6,11,21,10,20,0,1,0.9',  # one that need not be found
        '3,5,12,21,10,20,1,1,1',
        '3,7,40,21,10,20,0,3,1',  # a car: not every car is labelled
        '3,8,60,21,10,20,0,8,1',  # a distractor
        '3,9,60,21,10,20,0,9,1',  # what hides others
    ]
    truth = load_truth(write('gt.txt', '\n'.join(rows)), class_names=COCO_NAMES)
    assert truth.has_tracks
    assert list(truth.frames) == ['000001', '000002', '000003']
    assert [frame.index for frame in truth.frames.values()] == [0, 1, 2]
    first, second, third = truth.frames.values()
    assert first.boxes_px.tolist() == [[10, 20, 20, 40]] * 2
    assert first.track_ids.tolist() == [5, 6]
    assert first.ignored.tolist() == [False, True]
    assert len(second) == 0
    assert third.labels == ('person', 'car', '')
    assert third.ignored.tolist() == [False, True, True]
    assert truth.class_names == ('person',)
    assert truth.mapping['occluder'] == ''


def test_a_sequences_folder_tells_its_length(write):
    write('seqinfo.ini', '[Sequence]\nname=x\nseqLength=4\n')
    folder = write('gt/gt.txt', '1,1,1,1,5,5,1,-1,-1,-1').parents[1]
    assert len(load_truth(folder, class_names=COCO_NAMES).frames) == 4


@pytest.mark.parametrize(
    ('rows', 'words'),
    [
        ('1,1,1,1,5,5,1\n1,1,2,2,5,5,1', ['line 2', 'object 1 is in frame 1 twice']),
        ('1,1,1,1,5,5,1\n0,1,2,2,5,5,1', ['line 2', 'count from 1']),
        ('1,1,1,1,5,5,1\n2,-1,2,2,5,5,1', ['line 2', 'detections, no truth']),
        ('1,1,1,1,5,5,1\n2,1,2,2,5,-5,1', ['line 2', '-5 high']),
        ('1,1,1,1,5,5,1\n2,1,nan,2,5,5,1', ['line 2', 'finite']),
        ('1,1,1,1,5,5,1\n2,1,2,2', ['line 2', 'got 4']),
        ('1,1,1,1,5,5,1\n2,a,2,2,5,5,1', ['line 2', "'a'"]),
        ('1,1,1,1,5,5,1\n2,1,2,2,5,5,1,14,1', ['line 2', 'class 14']),
    ],
)
def test_wrong_lines(write, refused, rows, words):
    refused(write('gt.txt', rows), 'gt.txt', *words)


def test_boxes_without_area_are_counted(write):
    truth = load_truth(write('gt.txt', '1,1,1,1,5,0,1\n1,2,1,1,5,5,1'), class_names=COCO_NAMES)
    assert len(truth.frames['000001']) == 1
    assert 'gt.txt, line 1' in truth.problems[0]


@pytest.mark.shared
def test_the_reference_of_motmetrics(shared):
    truth = load_truth(shared('metrics_reference/mot_TUD-Campus'), class_names=COCO_NAMES)
    assert len(truth.frames) == 71
    tracks = np.concatenate([frame.track_ids for frame in truth.frames.values()])
    assert len(tracks) == 359
    assert len(set(tracks.tolist())) == 8
    assert truth.frames['000001'].boxes_px[0].tolist() == [398, 181, 519, 410]
