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

"""Joints of people: what an estimator must hand over, and what is read off."""

from dataclasses import replace

from grounded_perception.errors import ModelFailed
from grounded_perception.pose_estimators.base import Bodies, JOINTS
import numpy as np
import pytest


@pytest.mark.parametrize(
    ('field', 'wrong'),
    [
        ('joints_px', np.zeros((1, 17, 2))),
        ('joints_px', np.zeros((2, 17, 2), np.float32)),
        ('joints_m', np.zeros((1, 17, 2), np.float32)),
        ('joints_m', np.zeros((1, 33, 3), np.float32)),
        ('visibility', np.ones((1, 17), bool)),
        ('visibility', np.ones((1, 17, 1), np.float32)),
        ('presence', np.ones((1, 1), np.float32)),
        ('presence', np.ones(1, np.float16)),
    ],
)
def test_an_estimator_that_hands_over_something_else_is_at_fault(figure, field, wrong):
    one = figure().bodies()
    with pytest.raises(ModelFailed, match=rf'{field} must be float32 \(1,.*{wrong.dtype}'):
        replace(one, **{field: wrong})


def test_presence_says_how_many_there_are(figure):
    with pytest.raises(ModelFailed, match=r'joints_px must be float32 \(3, 17, 2\)'):
        replace(figure().bodies(), presence=np.ones(3, np.float32))


def test_others_are_put_behind(figure):
    first, second = figure().bodies(presence=0.9), figure().bodies((50, 60), presence=0.4)
    both = first.joined(second)
    assert len(both) == 2
    np.testing.assert_allclose(both.presence, [0.9, 0.4])
    for name in ('joints_px', 'joints_m', 'visibility'):
        np.testing.assert_array_equal(getattr(both, name)[0], getattr(first, name)[0])
        np.testing.assert_array_equal(getattr(both, name)[1], getattr(second, name)[0])


def test_nobody_is_somebody_s_neutral_element(figure):
    one, nobody = figure().bodies(), Bodies.empty()
    assert len(nobody) == len(nobody.joined(nobody)) == 0
    for both in (nobody.joined(one), one.joined(nobody)):
        np.testing.assert_array_equal(both.joints_px, one.joints_px)
    assert nobody.between(['nose']).shape == (0, 2)
    assert nobody.seen(['nose', 'left_ear']).shape == (0,)


def test_the_middle_of_joints_lies_between_them(figure):
    body = figure().bodies(at_px=(200, 130), px_per_m=100)
    np.testing.assert_allclose(body.between(['left_hip', 'right_hip']), [[200, 130]])
    np.testing.assert_allclose(body.between(['left_shoulder']), [[220, 80]], atol=1e-4)
    assert body.between(['left_hip']).dtype == np.float32


def test_how_far_joints_are_seen_is_their_mean(figure):
    body = figure().bodies(visibility=0.0)
    body.visibility[0, JOINTS.index('left_knee')] = 1
    seen = body.seen(['left_knee', 'right_knee'])
    np.testing.assert_allclose(seen, [0.5])
    assert seen.dtype == np.float32
    np.testing.assert_allclose(body.seen(['nose']), [0])
