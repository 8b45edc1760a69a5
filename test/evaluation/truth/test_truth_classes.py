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

"""What a truth calls a thing, and what the detector calls it."""

from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.errors import TruthError
from grounded_perception.evaluation.truth.classes import mapped, read_mapping, table
from grounded_perception.evaluation.truth.opening import load_truth
import pytest

VOC = [
    'aeroplane',
    'bicycle',
    'bird',
    'boat',
    'bottle',
    'bus',
    'car',
    'cat',
    'chair',
    'cow',
    'diningtable',
    'dog',
    'horse',
    'motorbike',
    'person',
    'pottedplant',
    'sheep',
    'sofa',
    'train',
    'tvmonitor',
]


@pytest.mark.parametrize(
    ('name', 'word'),
    [
        ('person', 'person'),
        ('Traffic_Light', 'traffic light'),
        ('TRAFFIC-LIGHT', 'traffic light'),
        ('pottedplant', 'potted plant'),
        ('tvmonitor', 'tv'),
        ('Pedestrian', 'person'),
        ('traffic cone', ''),
    ],
)
def test_words(name, word):
    assert mapped([name], 'coco', COCO_NAMES) == {name: word}


def test_every_class_of_pascal_voc_has_a_word():
    words = mapped(VOC, 'voc', COCO_NAMES)
    assert set(words.values()) <= set(COCO_NAMES)
    assert len(set(words.values())) == len(VOC)


def test_a_detectors_own_word_goes_before_the_table():
    assert mapped(['Van', 'Cyclist'], 'kitti', ('car', 'van', 'cyclist')) == {
        'Van': 'van',
        'Cyclist': 'cyclist',
    }


def test_a_detector_of_any_words():
    assert mapped(['forklift', 'Pedestrian'], 'coco') == {
        'forklift': 'forklift',
        'Pedestrian': 'person',
    }


def test_others_can_be_asked():
    asked = {'automobile': 'car'}
    words = mapped(['automobile', 'xyz'], 'coco', COCO_NAMES, None, lambda n: asked.get(n, ''))
    assert words == {'automobile': 'car', 'xyz': ''}


def test_a_users_mapping(write):
    path = write('map.yaml', 'Banan: Banana\nTraffic cone:\n3: dog\nBike: ""\n')
    mapping = read_mapping(path)
    assert mapping == {'Banan': 'Banana', 'Traffic cone': '', '3': 'dog', 'Bike': ''}
    words = mapped(['Banan', 'traffic_cone', '3', 'bike'], 'coco', COCO_NAMES, mapping)
    assert list(words.values()) == ['banana', '', 'dog', '']


@pytest.mark.parametrize(
    ('text', 'word'),
    [
        ('- a\n- b', 'got list'),
        ('a: [b]', "'a' has"),
        ('yes: person', 'put True into quotes'),
        ('a: {', 'no YAML'),
        ('a: 2020-13-45', 'no YAML'),
        ('', 'got NoneType'),
    ],
)
def test_wrong_mappings(write, text, word):
    with pytest.raises(TruthError, match=word):
        read_mapping(write('map.yaml', text))


def test_a_word_that_the_detector_does_not_have():
    with pytest.raises(TruthError, match=r"'Car' → 'persn'.*'person'"):
        mapped(['Car'], 'kitti', COCO_NAMES, {'Car': 'persn'})


LINE = '{} 0 0 0 1 2 3 4 0 0 0 0 0 0 0\n'


def test_a_misspelt_name_is_reported(write):
    path = write('a.txt', LINE.format('Car')).parent
    truth = load_truth(path, class_names=COCO_NAMES, mapping={'Pedestrain': 'person'})
    assert any('does not have: Pedestrain' in problem for problem in truth.problems)


def test_a_truth_of_nothing_that_the_detector_knows(write, refused):
    refused(write('a.txt', LINE.format('Robot')).parent, 'knows none', 'Robot (1)', 'YAML')


def test_the_table_shows_first_what_changes():
    assert table({'car': 'car', 'Van': 'car', 'Misc': ''}) == [
        'Misc → (left out)',
        'Van  → car',
        'car  → car',
    ]
    assert table({}) == []
