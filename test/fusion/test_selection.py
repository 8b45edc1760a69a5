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

"""The rule between FOUND, AMBIGUOUS and ABSENT, of numbers alone."""

from dataclasses import replace

from grounded_perception.fusion.base import Fused
from grounded_perception.fusion.doubles import doubles
from grounded_perception.fusion.gathering import gather
from grounded_perception.fusion.selection import Asked, Chances, choose, select, Thresholds
from grounded_perception.fusion.tokens import region_tokens, text_tokens
from grounded_perception.language.command import parse
from grounded_perception.records import Attention, Check, Frame, Quantity, Regions, Status
import numpy as np
import pytest

LIMITS = Thresholds(absent=0.7, margin=0.5)
FOUND, AMBIGUOUS, ABSENT = Status.FOUND, Status.AMBIGUOUS, Status.ABSENT


def chances(*probabilities, none=0.0, member=None, doubles=()):
    p = np.array(probabilities, np.float32)
    same = np.eye(len(p), dtype=bool)
    for i, j in doubles:
        same[i, j] = same[j, i] = True
    fits = p if member is None else np.array(member, np.float32)
    return Chances(p, none, fits, same)


@pytest.mark.parametrize(
    ('given', 'asked', 'status', 'indices'),
    [
        (chances(0.8, 0.2), Asked(Quantity.ONE), FOUND, [0]),
        (chances(0.4, 0.6), Asked(Quantity.ONE), AMBIGUOUS, [1, 0]),
        (chances(0.4, 0.6), Asked(Quantity.ANY), FOUND, [1]),
        (chances(0.4, 0.6), Asked(Quantity.ONE, singled_out=True), FOUND, [1]),
        (chances(0.44, 0.56), Asked(Quantity.ONE, singled_out=True), FOUND, [1]),
        (chances(0.48, 0.52), Asked(Quantity.ONE, singled_out=True), AMBIGUOUS, [1, 0]),
        (chances(0.4, 0.6, doubles=[(0, 1)]), Asked(Quantity.ONE), FOUND, [1]),
        (chances(0.2, 0.1, none=0.7), Asked(Quantity.ONE), AMBIGUOUS, [0, 1]),
        (chances(0.2, 0.05, none=0.75), Asked(Quantity.ONE), ABSENT, []),
        (chances(0.2, 0.05, none=0.75, member=[0.9, 0.9]), Asked(Quantity.ALL), ABSENT, []),
        (chances(0.5, 0.4, member=[0.8, 0.9]), Asked(Quantity.ALL), FOUND, [0, 1]),
        (chances(0.5, 0.4, member=[0.8, 0.9]), Asked(Quantity.ALL, count=3), ABSENT, []),
        (chances(0.5, 0.4, member=[0.8, 0.9]), Asked(Quantity.ALL, count=1), AMBIGUOUS, [0, 1]),
        (chances(none=1.0), Asked(Quantity.ONE), ABSENT, []),
    ],
)
def test_the_rule(given, asked, status, indices):
    choice = choose(given, asked, LIMITS)
    assert (choice.status, choice.indices.tolist()) == (status, indices)


def test_what_answered_before_still_does_among_equals_alone():
    among_equals = choose(chances(0.4, 0.6), Asked(Quantity.ONE), LIMITS, kept=0)
    assert (among_equals.status, among_equals.indices.tolist()) == (FOUND, [0])
    assert among_equals.before
    beaten = choose(chances(0.1, 0.9), Asked(Quantity.ONE), LIMITS, kept=0)
    assert (beaten.indices.tolist(), beaten.before) == ([1], False)


IS_CAR, LEFT = (
    Check('is a car', 'noun', 0.9, True),
    Check('left of the bus', 'relation', 0.9, True),
)
NOT_LEFT, BURNING = replace(LEFT, holds=False), Check('burning', 'word', 0, None)


@pytest.mark.parametrize(
    ('sentence', 'checks', 'asked'),
    [
        ('the car', [IS_CAR], Asked(Quantity.ONE)),
        ('a car', [IS_CAR], Asked(Quantity.ANY)),
        ('three cars', [IS_CAR], Asked(Quantity.ALL, 3)),
        ('the leftmost car', [IS_CAR], Asked(Quantity.ONE, 0, True)),
        ('the large car', [IS_CAR], Asked(Quantity.ONE, 0, True)),
        ('the car left of the bus', [IS_CAR, LEFT], Asked(Quantity.ONE, 0, True)),
        ('the car left of the bus', [IS_CAR, NOT_LEFT], Asked(Quantity.ONE)),
        # Which is burning nobody knows: it may not be the car that seems likeliest.
        ('the car left of the burning bus', [IS_CAR, LEFT, BURNING], Asked(Quantity.ONE)),
    ],
)
def test_what_a_phrase_asks_for(sentence, checks, asked):
    assert Asked.by(parse(sentence, 100).phrases[0], checks) == asked


def test_a_relation_that_can_be_checked_singles_one_out(words):
    boxes = np.array([[0, 0, 20, 20], [25, 0, 45, 20], [70, 0, 79, 20]], np.float32)
    labels = ('car', 'car', 'person')
    regions = Regions.of_labels(boxes, np.full(3, 0.9, np.float32), labels)
    tokens = region_tokens(Frame(np.zeros((30, 80, 3), np.uint8)), regions, words)

    def answer(sentence):
        text = text_tokens(parse(sentence, 100).phrases[0], words)
        p, attention = np.array([0.4, 0.55, 0], np.float32), Attention((), np.zeros((0, 3)))
        fused = Fused(p, 0.05, p, attention, gather(tokens, [text])[0])
        return select(tokens, text, fused, LIMITS).status

    assert answer('the car left of the person') is FOUND
    assert answer('the car right of the person') is answer('the car') is AMBIGUOUS
    assert answer('the car left of the kiosk') is AMBIGUOUS


def test_boxes_over_one_another_may_be_one_thing():
    boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [30, 0, 40, 10]], np.float32)
    assert doubles(boxes).tolist() == [
        [True, True, False], [True, True, False], [False, False, True],
    ]  # fmt: skip
    assert doubles(boxes[:0]).shape == (0, 0)
