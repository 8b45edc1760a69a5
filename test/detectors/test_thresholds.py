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

"""Thresholds of single classes: read, checked against the detector, applied to what is said."""

from grounded_perception.detectors.thresholds import check_names, lowest, published
from grounded_perception.errors import SettingsError
from grounded_perception.records import Regions
from grounded_perception.settings import read_thresholds, Settings
import numpy as np
import pytest

NAMES = ('person', 'traffic light', 'knife')


def regions(*rows):
    boxes = np.tile(np.array([[0, 0, 9, 9]], np.float32), (len(rows), 1))
    scores = np.array([score for _, score in rows], np.float32)
    return Regions.of_labels(boxes, scores, tuple(label for label, _ in rows))


def test_names_and_scores_are_read():
    assert read_thresholds('Person:0.3, traffic  light:0.05,') == {
        'person': 0.3, 'traffic light': 0.05,
    }  # fmt: skip
    assert read_thresholds('') == {}
    assert read_thresholds('a:b:0.5') == {'a:b': 0.5}


@pytest.mark.parametrize('text', ['person', 'person:x', ':0.3', 'person:1.5', 'person:nan'])
def test_thresholds_that_cannot_be_read(text):
    with pytest.raises(SettingsError, match='class_thresholds must be name:score'):
        Settings(class_thresholds=f'cup:0.1,{text}')


def test_a_class_has_its_own_threshold_lower_or_higher():
    every = regions(('knife', 0.45), ('Person', 0.45), ('traffic light', 0.45), ('knife', 0.12))
    settings = Settings(threshold=0.4, class_thresholds='person:0.5, knife:0.1')
    assert published(every, settings).labels == ('knife', 'traffic light', 'knife')
    assert published(every, Settings(threshold=0.4)).labels == every.labels[:3]
    assert len(published(regions(), settings)) == 0


def test_the_detector_is_asked_for_the_lowest_that_anybody_wants():
    assert lowest(Settings()) == 0.25
    assert lowest(Settings(threshold=0.2)) == 0.2
    assert lowest(Settings(class_thresholds='person:0.5')) == 0.25
    assert lowest(Settings(class_thresholds='person:0.5,knife:0.1')) == 0.1


def test_a_class_that_the_detector_never_finds_is_refused_with_those_spelt_alike():
    check_names(Settings(class_thresholds='Traffic light:0.1'), NAMES)
    with pytest.raises(SettingsError, match=r"detector ssd \(person\), got 'persn'"):
        check_names(Settings(class_thresholds='persn:0.5'), NAMES)
    with pytest.raises(SettingsError, match=r'person, traffic light, knife, \.\.\.'):
        check_names(Settings(class_thresholds='zzz:0.5'), NAMES)


def test_who_finds_any_word_takes_thresholds_of_any():
    check_names(Settings(class_thresholds='garden gnome:0.5'), ())
