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

"""Good English: articles, plurals, numbers and lists."""

from grounded_perception.assistants.composing.wording import (
    article,
    grouped,
    listing,
    plural,
    sentence,
    several,
)
from grounded_perception.detectors.coco import COCO_NAMES
import pytest


@pytest.mark.parametrize(
    ('name', 'told'),
    [
        ('car', 'a car'),
        ('umbrella', 'an umbrella'),
        ('orange cat', 'an orange cat'),
        ('red umbrella', 'a red umbrella'),
        ('unicycle', 'a unicycle'),
        ('scissors', 'a pair of scissors'),
        ('broccoli', 'some broccoli'),
    ],
)
def test_articles(name, told):
    assert article(name) == told


@pytest.mark.parametrize(
    ('name', 'many'),
    [
        ('person', 'people'), ('bus', 'buses'), ('bench', 'benches'), ('sandwich', 'sandwiches'),
        ('knife', 'knives'), ('mouse', 'mice'), ('sheep', 'sheep'), ('toothbrush', 'toothbrushes'),
        ('wine glass', 'wine glasses'), ('skis', 'skis'), ('toy', 'toys'), ('city', 'cities'),
        ('giraffe', 'giraffes'), ('fireman', 'firemen'), ('tv', 'tvs'),
    ],
)  # fmt: skip
def test_plurals(name, many):
    assert plural(name) == many


def test_every_class_has_words():
    for name in COCO_NAMES:
        assert several(2, name) != several(1, name)
        assert several(0, name).startswith('no ')


def test_lists():
    assert listing(['a']) == 'a'
    assert listing(['a', 'b', 'c']) == 'a, b and c'
    assert grouped(['bus', 'person', 'person']) == 'a bus and two people'
    assert several(14, 'car') == '14 cars'
    assert several(2, 'scissors') == 'two pairs of scissors'
    assert sentence('yes, a car ') == 'Yes, a car.'
