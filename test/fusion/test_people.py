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

"""What makes one of several things alike the one that is meant: hands, size, what it may be."""

from grounded_perception.fusion.gathering import gather
from grounded_perception.fusion.likeness import likenesses
from grounded_perception.fusion.tokens import region_tokens, text_tokens
from grounded_perception.language.command import parse
from grounded_perception.pose_estimators.base import Bodies, JOINTS
from grounded_perception.records import Frame, Regions
import numpy as np
import pytest

ANN, BEN, CUP = (40, 20, 80, 140), (130, 20, 170, 140), (92, 80, 104, 92)
PEOPLE = ((0.9, ANN, 'person'), (0.9, BEN, 'person'), (0.8, CUP, 'cup'))


class Holding:
    """Finds people whose hands are all at one place."""

    def __init__(self, who, at):
        self.who, self.at = who, at

    def estimate(self, rgb, boxes_px):
        middle = (boxes_px[:, None, :2] + boxes_px[:, None, 2:]) / 2
        joints = np.repeat(middle, len(JOINTS), axis=1).astype(np.float32)
        joints[:, [JOINTS.index(f'{side}_shoulder') for side in ('left', 'right')], 1] -= 40
        for row, box in enumerate(boxes_px):
            if tuple(box) == self.who:
                for joint in ('left_elbow', 'left_wrist'):
                    joints[row, JOINTS.index(joint)] = self.at
        n = len(boxes_px)
        return Bodies(
            joints,
            np.full((n, len(JOINTS), 3), np.nan, np.float32),
            np.ones((n, len(JOINTS)), np.float32),
            np.ones(n, np.float32),
        )

    def close(self):
        pass


def seen(words, rows, estimator=None):
    boxes = np.array([box for _, box, _ in rows], np.float32)
    scores = np.array([score for score, _, _ in rows], np.float32)
    regions = Regions.of_labels(boxes, scores, tuple(label for _, _, label in rows))
    return region_tokens(Frame(np.full((160, 300, 3), 90, np.uint8)), regions, words, estimator)


def evidence(words, sentence, rows=PEOPLE, estimator=None):
    text = text_tokens(parse(sentence, 100).phrases[0], words)
    return gather(seen(words, rows, estimator), [text])[0]


@pytest.mark.parametrize('said', ['holding the cup', 'with the cup', 'carrying the cup'])
@pytest.mark.parametrize(('who', 'place'), [(ANN, 0), (BEN, 1)])
def test_who_has_the_hand_at_it_holds_it(words, said, who, place):
    found = evidence(words, f'the person {said}', estimator=Holding(who, (98, 86)))
    assert found.people[place] > found.people[1 - place] + 1
    assert int(np.argmax(found.logits + found.people)) == place


def test_what_a_person_holds_is_told_from_what_lies_about(words):
    rows = (*PEOPLE, (0.8, (92, 120, 104, 132), 'cup'))
    found = evidence(words, 'the cup held by the person', rows, Holding(ANN, (98, 126)))
    assert int(np.argmax(found.logits + found.people)) == 3


@pytest.mark.parametrize('said', ['next to the cup', 'by the cup'])
def test_whoever_is_beside_it_need_not_hold_it(words, said):
    found = evidence(words, f'the person {said}', estimator=Holding(BEN, (98, 86)))
    assert found.people is None


def test_where_nobody_s_hand_is_near_hands_say_nothing(words):
    found = evidence(words, 'the person holding the cup', estimator=Holding(ANN, (250, 10)))
    np.testing.assert_array_equal(found.people, 0)


def test_nobody_holds_what_is_larger_than_himself(words):
    rows = (*PEOPLE[:2], (0.9, (0, 0, 299, 159), 'dining table'))
    found = evidence(words, 'the person with the table', rows, Holding(ANN, (98, 86)))
    np.testing.assert_array_equal(found.people, 0)


@pytest.mark.parametrize('sentence', ['the cup held by the person', 'the person with the cup'])
def test_where_nothing_is_seen_nothing_is_held(words, sentence):
    text = text_tokens(parse(sentence, 100).phrases[0], words)
    frame = Frame(np.full((160, 300, 3), 90, np.uint8))
    nothing = region_tokens(frame, Regions.empty(), words, Holding(ANN, (98, 86)))
    assert gather(nothing, [text])[0].people.shape == (0,)


CARS = ((0.9, (0, 0, 20, 20), 'car'), (0.9, (100, 20, 260, 140), 'car'))


def test_of_things_alike_the_large_one_is_meant_a_little_more_often(words):
    found = evidence(words, 'the car', CARS)
    small, large = found.logits
    assert 0.1 < large - small < 0.5


def test_who_speaks_of_size_says_which(words):
    small, large = evidence(words, 'the small car', CARS).logits
    assert small > large + 1


def test_what_may_be_two_things_is_fully_what_it_most_likely_is(words):
    boxes = np.array([(0, 0, 50, 50)], np.float32)
    names, posterior = ('car', 'dog'), np.array([[0.8, 0.7]], np.float32)
    both = Regions(boxes, np.array([0.8], np.float32), ('car',), names, posterior)
    tokens = region_tokens(Frame(np.full((160, 300, 3), 90, np.uint8)), both, words)
    car, dog, cup = likenesses(
        tokens,
        [text_tokens(parse(f'the {n}', 50).phrases[0], words) for n in ('car', 'dog', 'cup')],
    )
    assert car.near[0] == 1
    assert 0.9 < dog.near[0] < 1
    assert cup.near[0] < 0.1


def test_where_any_thing_will_do_all_compete(words):
    found = evidence(words, 'the thing on the left', (*CARS, (0.8, (150, 0, 200, 50), 'dog')))
    place = found.of('place')
    assert place[0] == pytest.approx(0, abs=1e-6)
    assert place[2] < place[1] + 1 and place[2] < -1
