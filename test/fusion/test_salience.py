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

"""What people speak of among things alike: most of a colour, closest, plainest."""

from grounded_perception.fusion import salience
from grounded_perception.fusion.gathering import gather
from grounded_perception.fusion.salience import nearness
from grounded_perception.fusion.tokens import region_tokens, text_tokens
from grounded_perception.language.command import parse
from grounded_perception.records import Frame, Regions
import numpy as np
import pytest

SHADES = {'white': (245, 245, 245), 'red': (215, 25, 30), 'blue': (25, 70, 200)}


def evidence(words, sentence, rows, scores=0.9):
    """Look at things: (label, box, colour of its left part, share of that part, other colour)."""
    image = np.full((200, 400, 3), 120, np.uint8)
    for _, (x1, y1, x2, y2), colour, share, other in rows:
        image[y1:y2, x1:x2] = SHADES[other]
        image[y1:y2, x1 : x1 + round(share * (x2 - x1))] = SHADES[colour]
    boxes = np.array([box for _, box, *_ in rows], np.float32)
    labels = tuple(label for label, *_ in rows)
    regions = Regions.of_labels(boxes, np.full(len(rows), scores, np.float32), labels)
    text = text_tokens(parse(sentence, 100).phrases[0], words)
    return gather(region_tokens(Frame(image), regions, words), [text])[0]


HALF = ('car', (20, 20, 100, 100), 'white', 0.55, 'red')
WHOLE = ('car', (220, 20, 300, 100), 'white', 1.0, 'red')


def test_of_white_cars_the_whitest_is_the_white_one(words):
    found = evidence(words, 'the white car', (HALF, WHOLE))
    colour = found.rows[found.kinds.index('colour')]
    assert colour[0] == colour[1] == 0  # each of them may be called white
    assert found.logits[1] > found.logits[0] + 0.3


def test_what_is_not_named_is_no_measure(words):
    dog = ('dog', (220, 20, 300, 100), 'white', 1.0, 'red')
    alone = evidence(words, 'the white car', (HALF, HALF)).salience[0]
    assert evidence(words, 'the white car', (HALF, dog)).salience[0] == pytest.approx(alone)


def test_where_nothing_is_of_a_colour_none_is_most_of_it(words):
    found = evidence(words, 'the blue car', (HALF, WHOLE))
    plain = evidence(words, 'the car', (HALF, WHOLE))
    np.testing.assert_array_equal(found.salience, plain.salience)


def test_next_to_it_is_who_stands_closest(words):
    rows = (
        ('person', (60, 20, 100, 180), 'blue', 1.0, 'blue'),
        ('person', (140, 20, 180, 180), 'blue', 1.0, 'blue'),
        ('cup', (190, 100, 220, 130), 'red', 1.0, 'red'),
    )
    beside = evidence(words, 'the person next to the cup', rows)
    assert beside.salience[1] > beside.salience[0] + 0.3
    left = evidence(words, 'the person left of the cup', rows)
    assert left.salience[1] == pytest.approx(left.salience[0], abs=0.01)


def test_nearness_is_a_share_of_the_best_of_what_is_named():
    stands, named = np.array([0.8, 0.4, 1.0, 0.0], np.float32), np.array([1, 1, 0, 1], bool)
    nats = nearness(stands, named)
    np.testing.assert_allclose(nats, np.log([1, 0.5, 1, 0.2]), atol=1e-6)
    np.testing.assert_array_equal(nearness(stands * 0.1, named), 0)


def test_of_things_alike_the_one_plainly_seen_is_meant(words):
    twins, scores = (WHOLE, HALF), [0.9, 0.3]
    plain = evidence(words, 'the car', twins)
    faint = evidence(words, 'the car', twins, scores)
    assert faint.salience[0] == pytest.approx(plain.salience[0])
    assert faint.salience[1] < plain.salience[1] - 0.5
    everything = evidence(words, 'all cars', twins, scores)
    np.testing.assert_array_equal(everything.salience, plain.salience)
    dog = ('dog', *HALF[1:])
    alone = evidence(words, 'the dog', (WHOLE, dog), scores)  # what else is seen does not matter
    assert alone.salience[1] == pytest.approx(plain.salience[1])
    unseen = evidence(words, 'the bench', twins, scores)
    assert np.isfinite(unseen.salience).all()


def test_what_a_phrase_leans_on_need_not_be_plain(words, monkeypatch):
    people = (('person', (x, 20, x + 30, 100), 'blue', 1.0, 'blue') for x in (110, 310))
    asked = words, 'the car left of a person', (HALF, WHOLE, *people), [0.9, 0.9, 0.9, 0.3]
    with_it = evidence(*asked)
    monkeypatch.setattr(salience, '_CLEAR_GAIN', 0)
    np.testing.assert_array_equal(with_it.rows, evidence(*asked).rows)


LEFT = ('dining table', (20, 100, 120, 180), 'red', 1.0, 'red')
RIGHT = ('dining table', (260, 100, 360, 180), 'red', 1.0, 'red')
CUPS = tuple(('cup', (x, 70, x + 24, 110), 'blue', 1.0, 'blue') for x in (60, 300))


def test_what_a_phrase_leans_on_is_one_thing_where_it_says_so(words):
    cups = (LEFT, RIGHT, *CUPS)
    one = evidence(words, 'the cup on the left dining table', cups).of('relation')
    many = evidence(words, 'the cup on a dining table', cups).of('relation')
    assert one[2] > one[3] + 1
    assert many[2] == pytest.approx(many[3], abs=0.05)
