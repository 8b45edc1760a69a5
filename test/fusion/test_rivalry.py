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

"""Whom superlatives compare, and which boxes may be one thing."""

from grounded_perception.fusion.base import Fused
from grounded_perception.fusion.gathering import gather
from grounded_perception.fusion.measures import Coloured, kin_shares
from grounded_perception.fusion.rivalry import rivalry
from grounded_perception.fusion.selection import select, Thresholds
from grounded_perception.fusion.tokens import region_tokens, text_tokens
from grounded_perception.language.command import parse
from grounded_perception.records import Attention, Frame, Regions, Status
import numpy as np
import pytest

#   score, box: two cars, a part of the first, a shadow far left
CARS = (
    (0.9, (100, 100, 180, 160)),
    (0.8, (300, 100, 380, 160)),
    (0.5, (105, 105, 150, 150)),
    (0.15, (10, 100, 60, 160)),
)


def tokens_of(rows, words, rgb=None):
    boxes = np.array([box for _, box in rows], np.float32)
    scores = np.array([score for score, _ in rows], np.float32)
    regions = Regions.of_labels(boxes, scores, ('car',) * len(rows))
    frame = Frame(np.full((200, 400, 3), 90, np.uint8) if rgb is None else rgb)
    return region_tokens(frame, regions, words)


def text_of(sentence, words):
    return text_tokens(parse(sentence, 100).phrases[0], words)


def test_parts_and_glimpses_are_no_rivals(words):
    tokens = tokens_of(CARS, words)
    np.testing.assert_array_equal(rivalry(tokens.doubles(), tokens.scores[None])[0], [1, 1, 0, 0])


def test_among_weak_ones_the_weak_count(words):
    tokens = tokens_of(((0.2, (0, 0, 50, 50)), (0.18, (90, 0, 140, 50))), words)
    np.testing.assert_array_equal(rivalry(tokens.doubles(), tokens.scores[None])[0], [1, 1])


def test_ordinals_count_what_plainly_stands_there(words):
    found = gather(tokens_of(CARS, words), [text_of('the second car from the left', words)])[0]
    assert found.kinds == ('noun', 'ordinal')
    assert np.argmax(found.rows[1]) == 1


def test_an_orange_thing_in_shade_is_kin_to_orange(words):
    rgb = np.full((200, 400, 3), 90, np.uint8)
    rgb[100:160, 100:180] = (120, 70, 30)  # brown
    rgb[100:160, 300:380] = (20, 70, 200)  # blue
    text = text_of('the orange car', words)
    shares = kin_shares(tokens_of(CARS[:2], words, rgb), text, Coloured('orange'))
    assert shares[0] > 0.3 > 0.1 > shares[1]


@pytest.mark.parametrize(
    ('probabilities', 'none', 'status', 'indices'),
    [
        ((0.45, 0.05, 0.45, 0.0), 0.05, Status.FOUND, (0,)),  # two boxes of one car
        ((0.45, 0.44, 0.05, 0.0), 0.06, Status.AMBIGUOUS, (0, 1)),
        ((0.30, 0.24, 0.30, 0.0), 0.16, Status.FOUND, (0,)),  # .6 for the one under both boxes
        ((0.10, 0.08, 0.02, 0.0), 0.80, Status.ABSENT, ()),
        ((0.30, 0.05, 0.05, 0.0), 0.60, Status.FOUND, (0,)),  # none is not likely enough
    ],
)
def test_boxes_of_one_thing_are_no_choice(words, probabilities, none, status, indices):
    tokens, text = tokens_of(CARS, words), text_of('the car', words)
    fused = Fused(
        np.array(probabilities, np.float32),
        none,
        np.ones(4, np.float32),
        Attention((), np.zeros((0, 4), np.float32)),
        gather(tokens, [text])[0],
    )
    answer = select(tokens, text, fused, Thresholds(absent=0.7, margin=0.4))
    assert (answer.status, answer.indices) == (status, indices)
