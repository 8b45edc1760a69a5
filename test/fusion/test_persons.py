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

"""People looked at when a phrase asks: whom, how often, and what becomes of the answer."""

from grounded_perception.errors import ModelFailed
from grounded_perception.fusion.attention import WordAttention
from grounded_perception.fusion.grounder import Grounder
from grounded_perception.fusion.measures import colour_shares, Coloured, coloured, kin_shares
from grounded_perception.fusion.persons import MOST, Persons
from grounded_perception.fusion.selection import Thresholds
from grounded_perception.fusion.tokens import region_tokens, text_tokens
from grounded_perception.fusion.trained import TrainedFusion
from grounded_perception.imaging.colour import COLOURS
from grounded_perception.language.command import parse
from grounded_perception.pose_estimators.base import Bodies, JOINTS
from grounded_perception.records import Frame, Regions, Status
import numpy as np
import pytest

LIMITS = Thresholds(absent=0.5, margin=0.2)
GRAY, RED, BLUE, GREEN = (128, 128, 128), (215, 20, 30), (20, 70, 200), (0, 150, 50)

#: Where joints are in the box of somebody upright, by its width and height, of the left side.
UPRIGHT = {
    'nose': (0.5, 0.14), 'eye': (0.54, 0.12), 'ear': (0.58, 0.13), 'shoulder': (0.7, 0.25),
    'elbow': (0.8, 0.4), 'wrist': (0.8, 0.55), 'hip': (0.6, 0.55), 'knee': (0.6, 0.78),
    'ankle': (0.6, 0.98),
}  # fmt: skip


#: The same, both sides, of somebody on a chair, from the side.
ON_A_CHAIR = {'knee': (1.2, 0.56), 'ankle': (1.2, 0.95)}


class Estimator:
    """
    Finds somebody who fills each box, and notes which boxes it was given.

    :param sitting: left edges of the boxes whose people sit.
    :param visibility: of all joints.
    """

    def __init__(self, sitting=(), visibility=1.0):
        self.sitting = sitting
        self.visibility = visibility
        self.asked = []
        self.is_open = True

    @property
    def looks(self):
        """The left edges of all boxes so far."""
        return [int(box[0]) for boxes in self.asked for box in boxes]

    def estimate(self, rgb, boxes_px):
        self.asked.append(boxes_px)
        at = np.zeros((len(boxes_px), len(JOINTS), 2), np.float32)
        for row, (x1, y1, x2, y2) in enumerate(boxes_px):
            for joint, name in enumerate(JOINTS):
                side, _, part = name.partition('_')
                x, y = UPRIGHT[part or side]
                if x1 in self.sitting and part in ON_A_CHAIR:
                    x, y = ON_A_CHAIR[part]
                elif side == 'right':
                    x = 1 - x
                at[row, joint] = x1 + x * (x2 - x1), y1 + y * (y2 - y1)
        n = len(boxes_px)
        return Bodies(
            at,
            np.full((n, len(JOINTS), 3), np.nan, np.float32),
            np.full((n, len(JOINTS)), self.visibility, np.float32),
            np.ones(n, np.float32),
        )

    def close(self):
        self.is_open = False


class Broken(Estimator):
    """An estimator whose network fails."""

    def estimate(self, rgb, boxes_px):
        raise ModelFailed('no memory')


class Foreign(Estimator):
    """A plug-in with a bug."""

    def estimate(self, rgb, boxes_px):
        return 1 / 0


class Forgetful(Estimator):
    """A plug-in that leaves people out."""

    def estimate(self, rgb, boxes_px):
        return super().estimate(rgb, boxes_px[:1])


@pytest.mark.parametrize(
    ('estimator', 'why'),
    [(Foreign(), 'raised ZeroDiv'), (Forgetful(), 'found 1 bodies in 2')],
)
def test_a_faulty_plug_in_is_named(estimator, why):
    with pytest.raises(ModelFailed, match=why):
        persons(estimator, 2).posture('sitting', np.ones(2, np.float32))


def row_of(count):
    """Return boxes of people who stand in a row, 20 pixels apart."""
    return np.array([[20 * i, 20, 20 * i + 15, 80] for i in range(count)], np.float32)


def persons(estimator, count):
    return Persons(estimator, np.full((100, 20 * count + 20, 3), RED, np.uint8), row_of(count))


def test_nobody_is_looked_at_before_somebody_asks():
    estimator = Estimator()
    people = persons(estimator, 3)
    assert not estimator.asked
    people.posture('sitting', np.array([1, 0, 1], np.float32))
    assert estimator.looks == [0, 40]


def test_regions_that_are_no_people_can_be_told_nothing_of():
    estimator = Estimator(sitting=(20,))
    people, belief = persons(estimator, 3), np.array([0.05, 0.9, 0.0], np.float32)
    held, worn = people.posture('sitting', belief), people.colours('torso', belief)
    assert estimator.looks == [20]
    assert held.shape == (3,)
    assert held.dtype == worn.dtype == np.float32
    assert held[[0, 2]].tolist() == [0.5, 0.5]
    assert held[1] > 0.6
    assert worn.shape == (3, len(COLOURS))
    assert np.isnan(worn[[0, 2]]).all()
    assert COLOURS[worn[1].argmax()] == 'red'


def test_without_people_nobody_is_bothered():
    estimator = Estimator()
    nobody = np.zeros(3, np.float32)
    assert persons(estimator, 3).posture('sitting', nobody).tolist() == [0.5] * 3
    assert np.isnan(persons(estimator, 3).colours('head', nobody)).all()
    assert persons(estimator, 0).posture('lying', nobody[:0]).shape == (0,)
    assert persons(estimator, 0).colours('feet', nobody[:0]).shape == (0, len(COLOURS))
    assert not estimator.asked


def test_the_likeliest_are_looked_at_and_no_more_than_allowed():
    estimator = Estimator(sitting=range(0, 2000, 20))
    count = MOST + 5
    belief = np.linspace(0.2, 0.9, count, dtype=np.float32)
    held = persons(estimator, count).posture('sitting', belief)
    assert sorted(estimator.looks) == [20 * i for i in range(5, count)]
    assert len(estimator.asked) == 1  # all at once
    assert (held[:5] == 0.5).all()
    assert (held[5:] > 0.6).all()


def test_nobody_is_looked_at_twice():
    estimator = Estimator(sitting=(20, 60))
    people = persons(estimator, 4)
    belief = np.array([0, 0.9, 0.8, 0], np.float32)
    first = people.posture('sitting', belief)
    people.posture('standing', belief)
    people.colours('head', belief)
    assert estimator.looks == [20, 40]
    # Another noun may mean others as well: these only are looked at now.
    second = people.posture('sitting', np.array([0.5, 0.9, 0, 0.9], np.float32))
    assert estimator.looks == [20, 40, 60, 0]
    assert second[1:3].tolist() == first[1:3].tolist()
    assert (second > 0.5).tolist() == [False, True, False, True]


def test_what_the_estimator_raises_goes_through():
    with pytest.raises(ModelFailed, match='no memory'):
        persons(Broken(), 2).posture('sitting', np.ones(2, np.float32))


# Through the fusion: what is named, its score, its box and its colours (head, rest).
BENCH = (
    ('person', 0.85, (20, 40, 60, 180), (GRAY, GRAY)),
    ('person', 0.85, (180, 40, 220, 180), (GRAY, GRAY)),
    ('cup', 0.8, (70, 120, 90, 150), (BLUE, BLUE)),
    ('cup', 0.8, (150, 120, 170, 150), (BLUE, BLUE)),
)
#: One with a red cap and a green coat, and one in a red coat with a blue cap.
CAPS = (
    ('person', 0.85, (20, 40, 60, 180), (BLUE, RED)),
    ('person', 0.85, (180, 40, 220, 180), (RED, GREEN)),
)
SITTING = 180.0


def scene(rows):
    rgb = np.full((200, 300, 3), GRAY, np.uint8)
    for _, _, (x1, y1, x2, y2), (head, rest) in rows:
        rgb[y1:y2, x1:x2] = rest
        rgb[y1 : y1 + (y2 - y1) // 7, x1:x2] = head
    boxes = np.array([r[2] for r in rows], np.float32)
    scores = np.array([r[1] for r in rows], np.float32)
    return Frame(rgb), Regions.of_labels(boxes, scores, tuple(r[0] for r in rows))


class Undecided:
    """A network that takes every region that may be what is named for a likely answer."""

    def __call__(self, arrays):
        belief = arrays.evidence[..., 0] * 8 - 4
        none = np.zeros((*belief.shape[:1], 1), np.float32)
        looks = np.full((*belief.shape, arrays.text.shape[1]), 0.1, np.float32)
        return np.concatenate([belief, none], 1), belief, looks


@pytest.fixture(params=['by the rules', 'trained'])
def fusion(request):
    """Return the fusion by the grammar alone, and the trained one."""
    return WordAttention() if request.param == 'by the rules' else TrainedFusion(Undecided())


def ground(rows, sentence, words, fusion, estimator):
    frame, regions = scene(rows)
    grounder = Grounder(words, fusion, estimator=estimator)
    texts = [text_tokens(phrase, words) for phrase in parse(sentence, 500).phrases]
    weighed = grounder.weigh(frame, grounder.tokens(frame, regions), texts)
    return list(weighed.answers(LIMITS))


@pytest.mark.parametrize(
    ('sentence', 'index'),
    [
        ('the person sitting', 1),
        ('the sitting person', 1),
        ('the person who is standing', 0),
        ('someone standing', 0),
    ],
)
def test_who_sits_is_told_from_who_stands(sentence, index, words, fusion):
    (answer,) = ground(BENCH, sentence, words, fusion, Estimator((SITTING,)))
    assert answer.status is Status.FOUND, answer.reason
    assert answer.indices == (index,)
    posture = parse(sentence, 500).phrases[0].postures[0]
    assert f'{posture} ' in answer.reason
    assert 'cannot be checked' not in answer.reason


def test_without_an_estimator_the_reason_says_so(words, fusion):
    (answer,) = ground(BENCH, 'the person sitting', words, fusion, None)
    assert answer.status is Status.AMBIGUOUS
    assert "'sitting' cannot be checked" in answer.reason
    (answer,) = ground(CAPS, 'the person in the red cap', words, fusion, None)
    assert "'cap' cannot be checked" in answer.reason


def test_a_cap_is_looked_for_on_the_head(words, fusion):
    """By the shares of red in the boxes it would be the other one."""
    estimator = Estimator()
    (answer,) = ground(CAPS, 'the person in the red cap', words, fusion, estimator)
    assert answer.status is Status.FOUND, answer.reason
    assert answer.indices == (1,)
    assert 'red cap' in answer.reason
    (coat,) = ground(CAPS, 'the person in the red coat', words, fusion, estimator)
    assert coat.indices == (0,), coat.reason


@pytest.mark.parametrize('sentence', ['the person with red hair', 'the red-haired person'])
def test_hair_is_looked_for_on_the_head(sentence, words, fusion):
    (answer,) = ground(CAPS, sentence, words, fusion, Estimator())
    assert answer.indices == (1,), answer.reason
    (answer,) = ground(CAPS, sentence, words, fusion, None)
    assert 'red hair' in answer.reason  # of the whole box then


@pytest.mark.parametrize('measure', [colour_shares, kin_shares])
def test_where_the_head_cannot_be_seen_all_that_is_seen_counts_somewhat(words, measure):
    frame, regions = scene(CAPS)
    hidden = region_tokens(frame, regions, words, Estimator(visibility=0.0))
    nobody_looks = region_tokens(frame, regions, words)
    text = text_tokens(parse('the person in the red cap', 500).phrases[0], words)
    whole = measure(nobody_looks, text, Coloured('red'))
    (cap,) = coloured(hidden, text)
    shares = measure(hidden, text, cap)
    assert shares.dtype == np.float32
    assert (shares > 0).all()
    assert (shares < whole).all()
    assert shares[0] / whole[0] == pytest.approx(shares[1] / whole[1])
    assert whole[0] > whole[1]  # the coat is larger than the cap


def test_a_colour_of_nothing_worn_is_the_whole_person_s(words):
    estimator = Estimator()
    (answer,) = ground(CAPS, 'the red person', words, WordAttention(), estimator)
    assert answer.indices == (0,), answer.reason
    assert not estimator.asked


def test_what_is_next_to_somebody_who_sits(words, fusion):
    """The person is what the phrase leans on; it is looked at all the same."""
    answers = [
        ground(BENCH, f'the cup next to the person {held}', words, fusion, Estimator((SITTING,)))[
            0
        ]
        for held in ('sitting', 'standing')
    ]
    best = [int(np.argmax(answer.probabilities)) for answer in answers]
    assert best == [3, 2], [answer.reason for answer in answers]


def test_without_an_estimator_an_anchor_s_posture_cannot_be_checked(words, fusion):
    (answer,) = ground(BENCH, 'the cup next to the person sitting', words, fusion, None)
    assert "'sitting' cannot be checked" in answer.reason


def test_only_people_are_looked_at_and_once_for_a_whole_sentence(words, fusion):
    estimator = Estimator((SITTING,))
    sentence = 'the person sitting, the person standing and the cup next to the person sitting'
    answers = ground(BENCH, sentence, words, fusion, estimator)
    assert [answer.indices for answer in answers[:2]] == [(1,), (0,)]
    assert estimator.looks == [20, 180]


def test_who_asks_for_no_posture_has_nobody_looked_at(words, fusion):
    estimator = Estimator()
    ground(
        BENCH, 'the person on the left and the cup next to the person', words, fusion, estimator
    )
    assert not estimator.asked


def test_who_cannot_be_seen_may_sit_or_not(words, fusion):
    """Nothing is told of either, and nothing is made up."""
    estimator = Estimator((SITTING,), visibility=0.0)
    (answer,) = ground(BENCH, 'the person sitting', words, fusion, estimator)
    assert answer.status is not Status.FOUND
    assert answer.probabilities[0] == pytest.approx(answer.probabilities[1])


def test_that_nobody_does_it_is_said(words):
    (answer,) = ground(BENCH, 'the person lying', words, WordAttention(), Estimator())
    assert answer.status is Status.ABSENT
    assert 'none is lying: lying 0.0' in answer.reason


def test_the_estimator_is_closed_with_the_grounder(words):
    estimator = Estimator()
    grounder = Grounder(words, WordAttention(), estimator=estimator)
    grounder.close()
    assert not estimator.is_open
