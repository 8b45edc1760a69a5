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

"""Answers about images that are too poor to tell."""

from grounded_perception.fusion.doubt import doubted
from grounded_perception.records import Attention, Check, Grounding, Phrase, Quality, Status
import numpy as np
import pytest


def answer(status, indices, p, none):
    return Grounding(
        Phrase('the car', 'car'),
        status,
        indices,
        np.array(p, np.float32),
        none,
        0.8,
        'this fits',
        Attention(('car',), np.ones((1, len(p)), np.float32)),
        (Check('is a car', 'noun', 0.9, True),),
    )


FOUND = answer(Status.FOUND, (0,), (0.9, 0.05), 0.05)
ABSENT = answer(Status.ABSENT, (), (), 1.0)


def quality(verdict):
    return Quality(0.5, 0.5, 0.0, 0.0, verdict, 'the image is poor' if verdict else '')


def test_a_good_image_changes_nothing():
    assert doubted(FOUND, quality('')) is FOUND


@pytest.mark.parametrize('verdict', ['too dark', 'too bright', 'near blank', 'some day another'])
@pytest.mark.parametrize('given', [FOUND, ABSENT])
def test_an_image_that_shows_nothing_gives_no_confident_answer(given, verdict):
    told = doubted(given, quality(verdict))
    assert (told.status, told.indices, told.margin, told.score) == (Status.ABSENT, (), 0, 0.5)
    assert not told.probabilities.any()
    assert told.reason == 'cannot tell whether "the car" is here: the image is poor'


def test_a_blurred_image_makes_answers_weaker_on_both_sides():
    found, absent = (doubted(given, quality('blurred')) for given in (FOUND, ABSENT))
    assert (found.status, found.indices, found.checks) == (Status.FOUND, (0,), FOUND.checks)
    assert 0.5 < found.score < 0.7
    assert absent.status is Status.ABSENT
    assert 0.8 < absent.score < 0.9
    assert 'but the image is poor' in found.reason
    assert found.margin < FOUND.margin
