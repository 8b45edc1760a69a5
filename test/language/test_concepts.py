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

"""Tables: synonyms, hypernyms, last words that mislead."""

from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.language.concepts import background, Concepts, normalise
import pytest


@pytest.fixture(scope='module')
def coco() -> Concepts:
    return Concepts(COCO_NAMES)


@pytest.mark.parametrize(
    ('noun', 'wanted'),
    [
        ('Stop-Signs', 'stop sign'),
        ('hair_drier', 'hair drier'),
        ('  Wine  Glass ', 'wine glass'),
        ('', ''),
        ('?!', ''),
    ],
)
def test_normalise(noun: str, wanted: str) -> None:
    assert normalise(noun) == wanted


@pytest.mark.parametrize(
    ('noun', 'wanted'),
    [
        ('car', 'car'),
        ('automobile', 'car'),
        ('lorry', 'truck'),
        ('pedestrian', 'person'),
        ('lady', 'person'),
        ('couch', 'couch'),
        ('sofa', 'couch'),
        ('police car', 'car'),
        ('tennis player', 'person'),
        ('office chair', 'chair'),
        ('trafficlight', 'traffic light'),
        ('hand bag', 'handbag'),
        ('fridge', 'refrigerator'),
        ('giraffe head', 'giraffe'),
        ('banana slice', 'banana'),
    ],
)
def test_one_class(coco: Concepts, noun: str, wanted: str) -> None:
    assert coco.look_up(noun).class_names == (wanted,)


@pytest.mark.parametrize(
    ('noun', 'wanted'),
    [
        ('vehicle', {'car', 'truck', 'bus', 'motorcycle', 'bicycle', 'train', 'boat', 'airplane'}),
        ('fruit', {'apple', 'banana', 'orange'}),
        ('bike', {'bicycle', 'motorcycle'}),
        ('bear', {'bear', 'teddy bear'}),
        ('cutlery', {'fork', 'knife', 'spoon'}),
    ],
)
def test_several_classes(coco: Concepts, noun: str, wanted: set[str]) -> None:
    assert set(coco.look_up(noun).class_names) == wanted


@pytest.mark.parametrize(
    'noun',
    ['wheelchair', 'toothpaste', 'watermelon', 'fire extinguisher', 'chessboard', 'traffic cone',
     'forklift', 'mouse pad', 'bus stop', 'car park', 'dog house', 'train station', 'phone booth',
     'flower bed', 'cricket bat', 'chair leg'],
)  # fmt: skip
def test_last_word_decides(coco: Concepts, noun: str) -> None:
    assert coco.look_up(noun).class_names == ()


def test_class_lists_other_than_coco() -> None:
    kitti = Concepts(('Car', 'Truck', 'Pedestrian', 'Cyclist', 'Person_sitting'))
    assert kitti.look_up('automobile').class_names == ('Car',)
    assert set(kitti.look_up('woman').class_names) == {'Pedestrian', 'Cyclist'}
    assert kitti.look_up('person sitting').class_names == ('Person_sitting',)
    assert kitti.look_up('vehicle').class_names == ('Car', 'Truck')
    assert kitti.look_up('dog').class_names == ()


def test_a_listed_class_means_itself_only() -> None:
    concepts = Concepts(('car', 'van', 'sedan'))
    assert concepts.look_up('van').class_names == ('van',)
    assert concepts.look_up('sedan').class_names == ('sedan',)
    assert concepts.look_up('taxi').class_names == ('car',)


def test_tables_name_classes_of_coco_only_by_their_names(coco: Concepts) -> None:
    assert set(COCO_NAMES) <= set(coco.prototypes().values())
    assert all(coco.look_up(normalise(name)).class_names for name in COCO_NAMES)


def test_background_is_large_and_holds_no_class(coco: Concepts) -> None:
    assert len(background()) >= 500
    assert len(set(background())) == len(background())
    assert not set(background()) & set(COCO_NAMES)
