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

"""Which image of a recording is which of the truth."""

import json

from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.errors import TruthError
from grounded_perception.evaluation.truth.matching import Matcher
from grounded_perception.evaluation.truth.names import Names
from grounded_perception.evaluation.truth.opening import load_truth
from grounded_perception.evaluation.truth.records import TrueFrame, TrueSentence, Truth
import numpy as np
import pytest


def truth(*keys, stamps=(), indices=()):
    frames = {}
    for i, key in enumerate(keys):
        frames[key] = TrueFrame(
            key, np.zeros((0, 4), np.float32), (), np.zeros(0, bool), np.zeros(0, np.float32),
            np.zeros(0, np.int64), stamps[i] if stamps else -1, indices[i] if indices else -1,
        )  # fmt: skip
    return Truth('t', 'coco', '', frames)


@pytest.mark.parametrize(
    ('key', 'name'),
    [
        ('a.jpg', 'a.jpg'),
        ('a.jpg', 'a.PNG'),
        ('val/a.jpg', 'a.jpg'),
        ('a', 'images/a.png'),
        ('a', 'images\\a.png'),
        ('1305031102.175304', '1305031102.175304.png'),
        ('COCO_train2014_000000581857.jpg', '000000581857.jpg'),
    ],
)
def test_names_with_and_without_folder_and_ending(key, name):
    matcher = Matcher(truth(key, 'other.jpg'))
    assert matcher.key(0, 5, name) == key
    assert (matcher.matched, matcher.unmatched_images, matcher.unmatched_truths) == ({key}, 0, 1)


def test_names_that_are_equal_without_folder_need_it():
    names = Names(['a/1.jpg', 'b/1.jpg', 'c.jpg', 'c.png', '1305.17', '1305.18'])
    assert names.find('a/1.jpg') == 'a/1.jpg'
    assert names.find('a/1.png') == 'a/1.jpg'
    assert names.find('1.jpg') == ''
    assert names.find('c.png') == 'c.png'
    assert names.find('c.bmp') == ''
    assert names.find('1305.18.png') == '1305.18'
    assert names.find('') == ''


def test_a_named_image_is_not_found_by_its_number():
    matcher = Matcher(truth('000001', '000002', indices=(0, 1)))
    assert matcher.key(0, -1, '000700.jpg') == ''
    assert matcher.key(1, -1, '') == '000002'


def test_stamps_are_near_and_each_truth_has_one_image():
    matcher = Matcher(truth('a', 'b', stamps=(1_000_000_000, 1_100_000_000)))
    thirty_hz = [1_000_000_000 + i * 33_333_333 for i in range(4)]
    # 33 ms are less than half of 100 ms: the third image must not take the place of the fourth.
    assert [matcher.key(i, stamp) for i, stamp in enumerate(thirty_hz)] == ['a', '', '', 'b']
    assert matcher.key(9, 1_000_000_001) == ''
    assert matcher.key(0, 1_000_000_000) == 'a'  # the same image once more
    assert matcher.unmatched_images == 3
    assert matcher.unmatched_truths == 0


def test_truths_close_together_allow_less():
    matcher = Matcher(truth('a', 'b', stamps=(0, 1000)))
    assert [matcher.key(0, 501), matcher.key(1, 400), matcher.key(2, 5000)] == ['b', 'a', '']
    assert Matcher(truth('a', stamps=(0,)), tolerance_ns=0).key(0, 1) == ''


def test_a_file_of_frames(write):
    path = write(
        'frames.json',
        [{'stamp_ns': 1700000000000000001, 'image': 'x/a.png'}, {'index': 4, 'image': 'b.jpg'}],
    )
    matcher = Matcher(truth('a', 'b', 'c'), path)
    assert matcher.key(0, 1700000000000000001, 'c.png') == 'a'  # the file goes before the name
    assert matcher.key(4, 77) == 'b'
    assert matcher.key(5, 78) == ''


def test_sentences_have_images_too():
    said = Truth('t', 'expressions', '', {}, (TrueSentence('a.jpg', 0, 'cup', 'ABSENT'),))
    assert Matcher(said).key(0, 0, 'a.jpg') == 'a.jpg'


def test_the_truth_of_other_images():
    matcher = Matcher(truth('000001.jpg', '000002.jpg', '3.jpg', '4.jpg'))
    matcher.check()  # no image came: nothing is known yet
    for i in range(5):
        matcher.key(i, i, f'frame{i}.png')
    with pytest.raises(TruthError) as info:
        matcher.check()
    for word in ('none of the 5', 'frame0.png', 'and 2 more', "'000001.jpg'", 'stamp_ns'):
        assert word in str(info.value)
    matcher.key(9, 9, '3.jpg')
    matcher.check()


def test_stamps_are_shown_where_they_differ():
    matcher = Matcher(truth('a', 'b', stamps=(10**9, 2 * 10**9)))
    matcher.key(0, 5 * 10**9)
    with pytest.raises(TruthError, match=r'stamp 5000000000 ns.*1000000000 to 2000000000 ns'):
        matcher.check()


@pytest.mark.parametrize(
    ('told', 'word'),
    [
        ([], 'a list of objects'),
        ({'a': 1}, 'a list of objects'),
        ([{'stamp_ns': 1}], "row 1: no field 'image'"),
        ([{'image': 'a'}], "row 1: 'stamp_ns' or 'index'"),
        ([{'image': 'a', 'stamp_ns': 'x'}], 'row 1: stamp_ns is a whole number'),
        ([{'image': 'a', 'index': 1}, {'image': 'b', 'index': 1}], 'row 2: two images'),
        (['a'], 'row 1: an object'),
    ],
)
def test_wrong_files_of_frames(write, told, word):
    with pytest.raises(TruthError, match=word):
        Matcher(truth('a'), write('frames.json', told))


LINE = 'Car 0 0 0 1 2 3 4 0 0 0 0 0 0 0\n'


def test_a_truth_read_with_its_file_of_frames(write):
    labels = write('label_2/000003.txt', LINE).parent
    frames = write('f.json', [{'stamp_ns': 17, 'image': 'image_2/000003.png'}])
    assert load_truth(labels, frames_map=frames).frames['000003'].stamp_ns == 17
    other = write('g.json', [{'stamp_ns': 17, 'image': 'image_2/000004.png'}])
    with pytest.raises(TruthError, match='other images than the file of frames'):
        load_truth(labels, frames_map=other)
    twice = write('h.json', [{'stamp_ns': i, 'image': '000003.png'} for i in (1, 2)])
    with pytest.raises(TruthError, match='twice'):
        load_truth(labels, frames_map=twice)


@pytest.mark.shared
def test_the_bag_of_three_kitti_frames(shared):
    frames = shared('rosbags/kitti_0_2_sqlite3_frames.json')
    stamps = [row['stamp_ns'] for row in json.loads(frames.read_text())]
    read = load_truth(shared('kitti_3'), class_names=COCO_NAMES, frames_map=frames)
    for matcher in (Matcher(read), Matcher(read, frames)):
        assert [matcher.key(i, s) for i, s in enumerate(stamps)] == list(read.frames)
