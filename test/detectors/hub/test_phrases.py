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

"""What is asked for, and which boxes are passed on."""

from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.detectors.hub.phrases import read_vocabulary, wanted
from grounded_perception.detectors.hub.recent import Recent
from grounded_perception.detectors.hub.selection import best_words, every_pair, sigmoid
from grounded_perception.errors import ModelFailed
import numpy as np
import pytest

BOXES = np.array([[0, 0, 10, 10], [1, 0, 10, 10], [20, 20, 30, 30], [5, 5, 5, 9]], np.float32)
SCORES = np.array([[0.6, 0.5], [0.7, 0.1], [0.2, 0.3], [0.9, 0.9]], np.float32)
LEAST = 0.1


def test_a_vocabulary_names_words_or_coco():
    assert read_vocabulary('') == ()
    assert read_vocabulary(' fork lift , ,cup,Cup') == ('fork lift', 'cup')
    assert read_vocabulary('coco') == COCO_NAMES
    assert read_vocabulary('gnome,COCO')[:2] == ('gnome', 'person')


def test_nouns_come_first_and_each_word_once():
    assert wanted(('Mug', '', 'red  ball'), ('cup', 'mug')) == ('Mug', 'red  ball', 'cup')


def test_a_box_is_the_word_it_is_most():
    found = best_words(BOXES, SCORES, ('a', 'b'), LEAST, 1.0)
    assert found.labels == ('a', 'a', 'b')  # the empty box is none
    np.testing.assert_allclose(found.scores, [0.7, 0.6, 0.3])
    np.testing.assert_allclose(found.posterior, SCORES[[1, 0, 2]])


def test_doubles_of_one_word_go_and_other_words_stay():
    assert best_words(BOXES, SCORES, ('a', 'b'), LEAST, 0.5).labels == ('a', 'b')
    pairs = every_pair(BOXES, SCORES, ('a', 'b'), LEAST, 0.5)
    assert pairs.labels == ('a', 'b', 'b', 'a')
    assert every_pair(BOXES, SCORES, ('a', 'b'), LEAST, 1.0).labels.count('a') == 3


def test_no_box_and_no_word():
    nothing = np.zeros((0, 4), np.float32), np.zeros((0, 2), np.float32)
    assert len(best_words(*nothing, ('a', 'b'), LEAST, 0.5)) == 0
    assert len(every_pair(*nothing, ('a', 'b'), LEAST, 0.5)) == 0


@pytest.mark.parametrize('select', [best_words, every_pair])
def test_what_is_no_number_is_a_failure_and_not_an_absence(select):
    for broken in ((BOXES * np.float32('nan'), SCORES), (BOXES, SCORES * np.float32('nan'))):
        with pytest.raises(ModelFailed, match='no numbers'):
            select(*broken, ('a', 'b'), LEAST, 0.5)


def test_scores_of_extreme_logits():
    np.testing.assert_array_equal(
        sigmoid(np.array([-np.inf, -1e4, 0, 1e4, np.inf], np.float32)), [0, 0, 0.5, 1, 1]
    )


def test_only_what_was_asked_last_is_kept():
    made = []
    recent = Recent(lambda key: made.append(key) or key.upper(), 2)
    assert [recent(key) for key in ('a', 'b', 'a', 'c', 'a', 'b')] == list('ABACAB')
    assert made == ['a', 'b', 'c', 'b']
    assert len(recent) == 2
