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

"""From likeness to FOUND, AMBIGUOUS and ABSENT."""

from grounded_perception.errors import SettingsError
from grounded_perception.exemplars.exemplar import Looks
from grounded_perception.exemplars.matching import answer, likeness, Options, Scale
from grounded_perception.records import Status
import numpy as np
import pytest

SCALE = Scale(0.5, 0.05)
PLAIN = Options(colour_weight=0.0)


def looks(*angles, colour=0):
    """Return unit vectors in a plane, all of one colour."""
    turned = np.deg2rad(np.array(angles, np.float32))
    colours = np.zeros((len(angles), 33), np.float32)
    colours[:, colour] = 1
    return Looks(np.stack([np.cos(turned), np.sin(turned)], axis=1), colours)


def boxes(count):
    left = np.arange(count, dtype=np.float32)[:, None] * 100
    return np.concatenate([left, left * 0, left + 50, left * 0 + 50], axis=1)


def find(own, regions, others=None, options=PLAIN, at=None):
    near = likeness(own, others, regions, options)
    return answer('mug', near, boxes(len(regions)) if at is None else at, SCALE, options)


def test_the_most_similar_region_is_found():
    found = find(looks(0), looks(80, 10, 90))
    assert (found.status, found.indices, found.exemplar) == (Status.FOUND, (1,), 0)
    assert found.score > 0.95
    assert found.margin > 0.5
    assert "'mug'" in found.reason


def test_two_alike_are_ambiguous():
    found = find(looks(0), looks(10, 80, -11))
    assert (found.status, found.indices) == (Status.AMBIGUOUS, (0, 2))


def test_two_boxes_of_one_thing_are_not_ambiguous():
    at = np.array([[0, 0, 50, 50], [2, 0, 51, 50]], np.float32)
    found = find(looks(0), looks(10, 11), at=at)
    assert (found.status, found.indices) == (Status.FOUND, (0,))


def test_nothing_like_it_is_absent():
    found = find(looks(0), looks(80, 90))
    assert (found.status, found.indices, found.exemplar) == (Status.ABSENT, (), -1)
    assert found.score > 0.95


def test_no_region_is_absent():
    found = find(looks(0), looks())
    assert (found.status, found.score, found.margin) == (Status.ABSENT, 1.0, 1.0)


def test_the_nearest_of_several_exemplars_counts():
    assert find(looks(90, 0), looks(50, 3)).exemplar == 1
    assert find(looks(90), looks(3)).status is Status.ABSENT


def test_what_is_nearer_to_another_name_loses():
    regions = looks(20)
    alone = find(looks(0), regions).score
    beside = find(looks(0), regions, others=looks(25)).score
    far = find(looks(0), regions, others=looks(90)).score
    assert beside < alone == far


def test_colours_decide_between_likes():
    own = looks(0, colour=3)
    regions = Looks.joined([looks(5, colour=7), looks(6, colour=3)])
    assert likeness(own, None, regions, PLAIN).argmax() == 0
    assert likeness(own, None, regions, Options()).argmax() == 1


def test_a_region_without_a_pixel_is_like_nothing():
    nothing = Looks(np.zeros((1, 2), np.float32), np.zeros((1, 33), np.float32))
    assert find(looks(0), nothing, options=Options()).status is Status.ABSENT


@pytest.mark.parametrize('wrong', [{'colour_weight': 2.0}, {'absent_threshold': -0.1}])
def test_wrong_options_are_refused(wrong):
    with pytest.raises(SettingsError, match=next(iter(wrong))):
        Options(**wrong)
