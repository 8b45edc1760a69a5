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

"""Whose hands are at what."""

from grounded_perception.pose_estimators.base import Bodies
from grounded_perception.pose_estimators.hands import reach
import numpy as np
import pytest

#: Where the hands of a stick figure hang, about (200, 130), 100 pixels a metre.
LEFT, RIGHT = (225, 138), (175, 138)


def around(x, y, half=5):
    return np.array([[x - half, y - half, x + half, y + half]], np.float32)


@pytest.mark.parametrize('hand', [LEFT, RIGHT])
def test_what_is_in_either_hand_is_reached(figure, hand):
    assert reach(figure().bodies(), around(*hand))[0, 0] == pytest.approx(1)


def test_what_hangs_a_hand_s_breadth_below_is_likely_held_and_what_stands_beside_is_not(figure):
    body = figure().bodies()
    assert reach(body, around(225, 155))[0, 0] > 0.5
    assert reach(body, around(290, 130))[0, 0] < 0.1


def test_the_scale_is_the_person_s(figure):
    near, far = figure().bodies(px_per_m=100), figure().bodies(px_per_m=20)
    box = around(225, 170)
    assert reach(near, box)[0, 0] > reach(far, box)[0, 0]


def test_each_person_and_thing_has_an_entry(figure):
    both = figure().bodies().joined(figure().bodies(at_px=(400, 130)))
    near = reach(both, np.concatenate([around(*LEFT), around(425, 138), around(10, 10)]))
    np.testing.assert_allclose(near, np.eye(2, 3), atol=1e-3)


def test_nobody_holds_nothing(figure):
    assert reach(Bodies.empty(), around(0, 0)).shape == (0, 1)
    assert reach(figure().bodies(), np.zeros((0, 4), np.float32)).shape == (1, 0)
    assert reach(figure().bodies(presence=0.0), around(*LEFT))[0, 0] == 0
