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

"""Phrases over scripted scenes: what is FOUND, what is AMBIGUOUS, what is ABSENT, and why."""

from dataclasses import replace

from grounded_perception.fusion.attention import WordAttention
from grounded_perception.fusion.candidates import distinct
from grounded_perception.fusion.grounder import Grounder
from grounded_perception.fusion.selection import select, Thresholds
from grounded_perception.fusion.tokens import region_tokens, text_tokens
from grounded_perception.language.command import parse
from grounded_perception.records import Frame, Regions, Status
import numpy as np
import pytest

LIMITS = Thresholds(absent=0.5, margin=0.2)
RED, BLUE, GRAY = (215, 20, 30), (20, 70, 200), (128, 128, 128)

#   label, score, box, colour: two cars left and right, a person between, a dog, a cup on a table
STREET = (
    ('car', 0.9, (20, 100, 100, 160), RED),
    ('car', 0.85, (300, 100, 380, 160), BLUE),
    ('person', 0.8, (180, 60, 210, 170), GRAY),
    ('truck', 0.7, (120, 20, 170, 60), BLUE),
)
KITCHEN = (
    ('dining table', 0.8, (50, 100, 350, 190), GRAY),
    ('cup', 0.8, (100, 80, 120, 120), RED),
    ('cup', 0.75, (360, 20, 380, 45), RED),
)
EMPTY = ()


def scene(rows):
    rgb = np.full((200, 400, 3), 90, np.uint8)
    for _, _, (x1, y1, x2, y2), colour in rows:
        rgb[y1:y2, x1:x2] = colour
    boxes = np.array([r[2] for r in rows], np.float32).reshape(-1, 4)
    scores = np.array([r[1] for r in rows], np.float32)
    return Frame(rgb), Regions.of_labels(boxes, scores, tuple(r[0] for r in rows))


def ground(rows, sentence, words):
    frame, regions = scene(rows)
    weighed = weigh(frame, regions, sentence, words)
    (answer,) = weighed.answers(LIMITS)
    return answer


def weigh(frame, regions, sentence, words):
    texts = [text_tokens(phrase, words) for phrase in parse(sentence, 500).phrases]
    grounder = Grounder(words, WordAttention())
    return grounder.weigh(frame, grounder.tokens(frame, regions), texts)


def test_phrases_are_weighed_together_and_what_means_nothing_is_left_out(words):
    weighed = weigh(*scene(STREET), 'the person, a gnome and the car', words)
    assert [fused is None for fused in weighed.fused] == [False, True, False]
    assert not weighed.means_nothing
    assert weigh(*scene(STREET), 'a gnome', words).means_nothing
    statuses = [answer.status for answer in weighed.answers(LIMITS)]
    assert statuses == [Status.FOUND, Status.ABSENT, Status.AMBIGUOUS]


def test_clear_is_what_is_found_for_sure(words):
    assert weigh(*scene(STREET[2:3]), 'the person', words).is_clear(LIMITS)
    assert not weigh(*scene(STREET), 'the person and the car', words).is_clear(LIMITS)
    assert not weigh(*scene(STREET), 'the dog', words).is_clear(LIMITS)


@pytest.mark.parametrize(
    ('rows', 'sentence', 'status', 'indices'),
    [
        (STREET, 'the person', Status.FOUND, {2}),
        (STREET, 'the car', Status.AMBIGUOUS, {0, 1}),
        (STREET, 'a car', Status.FOUND, {0}),
        (STREET, 'cars', Status.FOUND, {0, 1}),
        (STREET, 'all vehicles', Status.FOUND, {0, 1, 3}),
        (STREET, 'the two cars', Status.FOUND, {0, 1}),
        (STREET, 'three cars', Status.ABSENT, set()),
        (STREET, 'the car on the left', Status.FOUND, {0}),
        (STREET, 'the rightmost car', Status.FOUND, {1}),
        (STREET, 'the second car from the left', Status.FOUND, {1}),
        (STREET, 'the red car', Status.FOUND, {0}),
        (STREET, 'the blue car', Status.FOUND, {1}),
        (STREET, 'the yellow car', Status.ABSENT, set()),
        (STREET, 'the car that is not red', Status.FOUND, {1}),
        (STREET, 'the car to the right of the person', Status.FOUND, {1}),
        (STREET, 'the small vehicle', Status.FOUND, {3}),
        (STREET, 'the dog', Status.ABSENT, set()),
        (STREET, 'the forklift', Status.ABSENT, set()),
        (KITCHEN, 'the cup on the table', Status.FOUND, {1}),
        (KITCHEN, 'the cup', Status.AMBIGUOUS, {1, 2}),
        (EMPTY, 'the cup', Status.ABSENT, set()),
        (EMPTY, 'cups', Status.ABSENT, set()),
        (EMPTY, 'the leftmost red cup on the table', Status.ABSENT, set()),
    ],
)
def test_answers(rows, sentence, status, indices, words):
    if 'table' in sentence:
        words.resolve = lambda noun, old=words.resolve: old(
            'dining table' if noun == 'table' else noun
        )
    answer = ground(rows, sentence, words)
    assert answer.status is status, answer.reason
    assert set(answer.indices) == indices
    assert sentence.split()[-1] in answer.reason or 'forklift' in answer.reason


def test_probabilities_of_one_thing_and_none_sum_to_one(words):
    for sentence in ('the car', 'the dog', 'the red car on the left'):
        answer = ground(STREET, sentence, words)
        total = answer.probabilities.sum() + answer.none_probability
        assert total == pytest.approx(1, abs=1e-5)
        assert 0 <= answer.margin <= 1
        assert 0 <= answer.score <= 1


@pytest.mark.parametrize(
    ('sentence', 'status'),
    [('the car', Status.AMBIGUOUS), ('the leftmost car', Status.FOUND)],
)
def test_what_singles_one_thing_out_is_ambiguous_only_between_equals(sentence, status, words):
    frame, regions = scene(STREET)
    text = text_tokens(parse(sentence, 500).phrases[0], words)
    tokens = region_tokens(frame, regions, words)
    fused = WordAttention().fuse(tokens, [text])[0]
    fused = replace(fused, probabilities=np.array([0.5, 0.42, 0, 0], np.float32))
    assert select(tokens, text, fused, LIMITS).status is status


def test_attention_says_which_word_looked_where(words):
    attention = ground(STREET, 'the red car on the left', words).attention
    assert attention.words == ('car', 'red', 'left')
    np.testing.assert_allclose(attention.weights.sum(axis=1), 1, atol=1e-5)
    car, red, left = attention.weights
    assert car[0] == pytest.approx(car[1])
    assert car[0] > 0.4 > car[2]
    assert red.argmax() == 0
    assert left.argmax() == 0


def test_a_wavering_detector_is_given_the_benefit(words):
    """A region half car, half truck is the truck when a truck is asked for and none is better."""
    names = ('car', 'truck')
    regions = Regions(
        np.array([[10, 10, 60, 60]], np.float32),
        np.array([0.5], np.float32),
        ('car',),
        names,
        np.array([[0.5, 0.45]], np.float32),
    )
    text = text_tokens(parse('the truck', 100).phrases[0], words)
    tokens = region_tokens(Frame(np.zeros((80, 80, 3), np.uint8)), regions, words)
    answer = select(tokens, text, WordAttention().fuse(tokens, [text])[0], LIMITS)
    assert answer.status is Status.FOUND


def test_doubles_are_one_thing_and_keep_what_each_believed():
    names = ('car', 'truck')
    regions = Regions(
        np.array([[0, 0, 50, 50], [0, 0, 50, 48], [200, 0, 250, 50], [2, 0, 52, 50]], np.float32),
        np.array([0.8, 0.6, 0.5, 0.1], np.float32),
        ('car', 'truck', 'car', 'car'),
        names,
        np.array([[0.8, 0.1], [0.2, 0.6], [0.5, 0.0], [0.1, 0.0]], np.float32),
    )
    merged = distinct(regions, floor=0.3)
    assert merged.labels == ('car', 'car')
    np.testing.assert_allclose(merged.posterior, [[0.8, 0.6], [0.5, 0.0]])
    assert len(distinct(Regions.empty(), floor=0.3)) == 0
