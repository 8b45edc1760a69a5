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

"""Answers over time, with scripted probabilities: steady, never stubborn."""

from itertools import pairwise

from grounded_perception.fusion.base import Fused
from grounded_perception.fusion.gathering import gather
from grounded_perception.fusion.memory import Memory
from grounded_perception.fusion.selection import select, Thresholds
from grounded_perception.fusion.tokens import region_tokens, text_tokens
from grounded_perception.language.command import parse
from grounded_perception.records import Attention, Frame, Regions, Status
import numpy as np
import pytest

LIMITS = Thresholds(absent=0.5, margin=0.3)
HALF_LIFE_S = 0.5
FRAME_NS = 33_000_000
LEFT, RIGHT = (20, 100, 100, 160), (300, 100, 380, 160)
RNG = np.random.default_rng(5)
PIXELS = RNG.integers(0, 255, (200, 400, 3), np.uint8)


class Film:
    """A camera, a scripted fusion and a memory of both."""

    def __init__(self, words, sentence='the car'):
        self._words = words
        self._text = text_tokens(parse(sentence, 100).phrases[0], words)
        self.memory = Memory()
        self.command = object()
        self.now_ns = 10**18

    def show(self, boxes, logits, step_ns=FRAME_NS):
        """Show cars, each with its logit against none; return the answers with and without."""
        self.now_ns += step_ns
        n = len(boxes)
        regions = Regions.of_labels(
            np.array(boxes, np.float32).reshape(-1, 4), np.full(n, 0.9, np.float32), ('car',) * n
        )
        tokens = region_tokens(Frame(PIXELS), regions, self._words)
        every = np.exp(np.append(np.array(logits, np.float64), 0))
        every /= every.sum()
        member = 1 / (1 + np.exp(-np.array(logits, np.float64)))
        fused = Fused(
            every[:-1].astype(np.float32),
            float(every[-1]),
            member.astype(np.float32),
            Attention((), np.zeros((0, n), np.float32)),
            gather(tokens, [self._text])[0],
        )
        self.memory.begin(self.command, self.now_ns, HALF_LIFE_S)
        smoothed = self.memory.answer(0, tokens, self._text, fused, LIMITS)
        return smoothed, select(tokens, self._text, fused, LIMITS)


@pytest.fixture
def film(words):
    return Film(words)


def flips(answers):
    """Count the changes of what is answered."""
    told = [(a.status, a.indices) for a in answers]
    return sum(a != b for a, b in pairwise(told))


def test_twins_do_not_take_turns(film):
    noise = np.random.default_rng(1).normal(0, 0.7, (200, 2))
    noise[0] = (0.5, -0.5)  # so that the first frame decides
    shown = [film.show((LEFT, RIGHT), 3 + row) for row in noise]
    assert flips([without for _, without in shown]) > 60
    assert flips([smoothed for smoothed, _ in shown]) == 0
    assert shown[-1][0].indices == (0,)


def test_members_of_a_group_do_not_come_and_go(words):
    film = Film(words, 'cars')
    noise = np.random.default_rng(2).normal(0, 1.0, 200)
    noise[0] = 1
    shown = [film.show((LEFT, RIGHT), (3, 0.5 + x)) for x in noise]
    assert flips([without for _, without in shown]) > 40
    assert flips([smoothed for smoothed, _ in shown]) < 10


def test_the_first_frame_is_the_frame_alone(film):
    smoothed, alone = film.show((LEFT, RIGHT), (2.0, 0.3))
    np.testing.assert_array_equal(smoothed.probabilities, alone.probabilities)
    assert (smoothed.status, smoothed.indices, smoothed.reason, smoothed.margin) == (
        alone.status, alone.indices, alone.reason, alone.margin,
    )  # fmt: skip
    assert smoothed.none_probability == alone.none_probability


def test_probabilities_still_sum_to_one(film):
    for logits in ((3, 1), (1, 3), (-2, 2)):
        smoothed, _ = film.show((LEFT, RIGHT), logits)
    assert smoothed.probabilities.sum() + smoothed.none_probability == pytest.approx(1, abs=1e-5)


def test_ambiguous_twins_resolve_to_the_one_that_was_answered(film):
    film.show((LEFT, RIGHT), (3, 1))
    for _ in range(200):
        smoothed, alone = film.show((LEFT, RIGHT), (3, 3))
    assert alone.status is Status.AMBIGUOUS
    assert (smoothed.status, smoothed.indices) == (Status.FOUND, (0,))
    assert 'was meant before' in smoothed.reason
    assert smoothed.margin < 0.01, 'how close it is stays visible'


def test_without_an_earlier_answer_twins_stay_ambiguous(film):
    for _ in range(50):
        smoothed, _ = film.show((LEFT, RIGHT), (3, 3.1))
    assert smoothed.status is Status.AMBIGUOUS


def test_a_clearly_better_one_wins_soon(film):
    for _ in range(60):
        film.show((LEFT, RIGHT), (4, 1))
    needed = 0
    while film.show((LEFT, RIGHT), (1, 4))[0].indices != (1,):
        needed += 1
        assert needed * FRAME_NS / 1e9 < 2 * HALF_LIFE_S


def test_the_target_is_followed_when_it_moves_and_the_order_changes(film):
    film.show((LEFT, RIGHT), (3, 1))
    for i in range(40):
        moved = (LEFT[0] + 5 * i, LEFT[1], LEFT[2] + 5 * i, LEFT[3])
        smoothed, _ = film.show((RIGHT, moved), (3, 3))
        assert (smoothed.status, smoothed.indices) == (Status.FOUND, (1,))


def test_a_target_that_leaves_is_gone_at_once(film):
    for _ in range(60):
        film.show((LEFT,), (4,))
    smoothed, _ = film.show((), ())
    assert smoothed.status is Status.ABSENT


def test_its_twin_answers_while_it_is_away_and_it_is_back_within_a_half_life(film):
    film.show((LEFT, RIGHT), (3, 1))
    for _ in range(5):
        film.show((LEFT, RIGHT), (3, 3))
    for _ in range(4):
        smoothed, _ = film.show((RIGHT,), (3,))
        assert smoothed.indices == (0,), 'what is there is answered'
    smoothed, _ = film.show((LEFT, RIGHT), (3, 3))
    assert smoothed.indices == (0,), 'the first one again'


def test_away_for_longer_it_is_forgotten(film):
    film.show((LEFT, RIGHT), (3, 1))
    for _ in range(round(4 * HALF_LIFE_S * 1e9 / FRAME_NS)):
        film.show((RIGHT,), (3,))
    smoothed, _ = film.show((LEFT, RIGHT), (3, 3))
    assert smoothed.indices == (1,), 'the one that answered since'


def test_what_the_frames_reject_is_not_kept_for_long(film):
    for _ in range(100):
        film.show((LEFT,), (8,))
    statuses = [film.show((LEFT,), (-0.5,))[0].status for _ in range(5)]
    assert statuses[0] is Status.FOUND, 'one bad frame is bridged'
    assert statuses[2:] == [Status.ABSENT] * 3, 'several are believed'


def test_a_rejected_twin_is_not_kept(film):
    for _ in range(50):
        film.show((LEFT, RIGHT), (4, 3))
    told = [film.show((LEFT, RIGHT), (-3, 3))[0] for _ in range(4)]
    assert told[-1].indices == (1,)


@pytest.mark.parametrize('step_ns', [-5_000_000_000, 0, 60_000_000_000])
def test_a_time_jump_starts_afresh(film, step_ns):
    for _ in range(20):
        film.show((LEFT, RIGHT), (4, 1))
    smoothed, alone = film.show((LEFT, RIGHT), (3, 3), step_ns)
    assert smoothed.status is alone.status is Status.AMBIGUOUS
    np.testing.assert_array_equal(smoothed.probabilities, alone.probabilities)


def test_a_new_command_starts_afresh(film):
    for _ in range(20):
        film.show((LEFT, RIGHT), (4, 1))
    film.command = object()
    assert film.show((LEFT, RIGHT), (3, 3))[0].status is Status.AMBIGUOUS


def test_a_new_thing_is_not_taken_for_an_old_one(film):
    for _ in range(20):
        film.show((LEFT,), (6,))
    smoothed, _ = film.show((RIGHT,), (-1,))
    assert smoothed.status is Status.ABSENT


def test_the_unseen_do_not_pile_up(film):
    for i in range(300):
        film.show([(i % 40 * 10, y, i % 40 * 10 + 9, y + 9) for y in range(0, 190, 10)], [1] * 19)
    assert len(film.memory._pasts[0].odds) <= 219
