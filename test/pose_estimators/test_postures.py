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

"""Postures of stick figures: each is told from the others, and nothing of who cannot be seen."""

from grounded_perception.language.lexicon import groups
from grounded_perception.pose_estimators.base import Bodies, JOINTS
from grounded_perception.pose_estimators.postures import chances, degrees, POSTURES
import numpy as np
import pytest

LIKELY, UNLIKELY = 0.8, 0.2

#: On a chair: thighs level and towards us, so in the image hips and knees are at one place.
ON_A_CHAIR = {'knee': (0.12, 0.04, -0.42), 'ankle': (0.12, 0.6, -0.4)}
#: Knees as high as the hips, and these next to the heels.
ON_THE_HEELS = {'knee': (0.15, -0.05, -0.4), 'ankle': (0.15, 0.25, -0.15)}

FIGURES = {
    'stands': lambda new: new(),
    'stands from behind': lambda new: new().turned(180),
    'stands from the side': lambda new: new().turned(90),
    'sits before us': lambda new: new(**ON_A_CHAIR),
    'sits from the side': lambda new: new(**ON_A_CHAIR).turned(90),
    'sits with the back to us': lambda new: new(**ON_A_CHAIR).turned(180),
    'squats before us': lambda new: new(**ON_THE_HEELS),
    'squats from the side': lambda new: new(**ON_THE_HEELS).turned(-90),
    'bends over from the side': lambda new: new().bent(90).turned(90),
    'lies on the back': lambda new: new().turned(90).toppled(-90),
    'lies and looks at us': lambda new: new().toppled(90),
    'waves': lambda new: new().with_joint('left_wrist', (0.4, -0.9, 0)),
    'waves from behind': lambda new: new().with_joint('right_wrist', (-0.4, -0.9, 0)).turned(180),
}


@pytest.mark.parametrize(
    ('who', 'held', 'not_held'),
    [
        ('stands', 'standing, facing us',
         'sitting, lying, crouching, bending over, raising an arm, facing away'),
        ('stands from behind', 'standing, facing away', 'facing us, sitting, lying'),
        ('stands from the side', 'standing', 'facing us, facing away, bending over'),
        ('sits before us', 'sitting, facing us', 'standing, lying, crouching, bending over'),
        ('sits from the side', 'sitting', 'standing, lying, crouching, bending over, facing us'),
        ('sits with the back to us', 'sitting, facing away', 'standing, lying'),
        ('squats before us', 'crouching, facing us', 'standing, lying, bending over'),
        ('squats from the side', 'crouching', 'standing, sitting, lying, bending over'),
        ('bends over from the side', 'bending over', 'standing, sitting, crouching, lying'),
        ('lies on the back', 'lying', 'standing, sitting, bending over, facing us, facing away'),
        ('lies and looks at us', 'lying', 'standing, sitting, bending over'),
        ('waves', 'raising an arm, standing, facing us', 'sitting, lying, facing away'),
        ('waves from behind', 'raising an arm, facing away', 'facing us'),
    ],
)  # fmt: skip
def test_a_figure_s_own_posture_is_likely_and_what_contradicts_it_is_not(
    figure, who, held, not_held
):
    body = FIGURES[who](figure).bodies()
    found = {posture: degrees(body, posture)[0] for posture in POSTURES}
    assert all(found[posture] > LIKELY for posture in held.split(', ')), found
    assert all(found[posture] < UNLIKELY for posture in not_held.split(', ')), found


@pytest.mark.parametrize('posture', POSTURES)
def test_nothing_is_told_of_who_is_not_seen(figure, posture):
    for who, make in FIGURES.items():
        hidden, nobody = make(figure).bodies(visibility=0.0), make(figure).bodies(presence=0.0)
        assert degrees(hidden, posture)[0] == degrees(nobody, posture)[0] == 0.5, who


def test_who_is_half_hidden_is_told_less_of(figure):
    hidden = figure().bodies()
    hidden.visibility[0, [JOINTS.index(f'{side}_knee') for side in ('left', 'right')]] = 0.1
    hidden.visibility[0, [JOINTS.index(f'{side}_hip') for side in ('left', 'right')]] = 0.1
    seen = degrees(figure().bodies(), 'standing')[0]
    assert 0.5 < degrees(hidden, 'standing')[0] < 0.6 < seen
    # What other joints show is told as before.
    assert degrees(hidden, 'facing us')[0] == degrees(figure().bodies(), 'facing us')[0]


def test_an_estimator_that_knows_the_image_only_will_do(figure):
    def told(who, posture):
        return degrees(FIGURES[who](figure).bodies(is_flat=True), posture)[0]

    for who in ('stands', 'stands from the side', 'stands from behind'):
        assert told(who, 'standing') > LIKELY
        assert told(who, 'lying') < UNLIKELY
    for who in ('lies on the back', 'lies and looks at us'):
        assert told(who, 'lying') > LIKELY
        assert told(who, 'standing') < UNLIKELY
    assert told('sits from the side', 'sitting') > LIKELY
    assert told('waves', 'raising an arm') > LIKELY
    assert told('stands', 'raising an arm') < UNLIKELY
    assert told('stands', 'facing us') > LIKELY
    assert told('stands from behind', 'facing away') > LIKELY


@pytest.mark.parametrize('posture', POSTURES)
def test_size_and_place_do_not_matter(figure, posture):
    for who, make in FIGURES.items():
        near = make(figure).bodies(px_per_m=400.0, at_px=(-70, 900))
        far = make(figure).bodies(px_per_m=20.0, at_px=(9, 9))
        np.testing.assert_allclose(degrees(near, posture), degrees(far, posture), atol=1e-3), who


@pytest.mark.parametrize('posture', POSTURES)
def test_joints_that_all_lie_in_one_place_say_something_finite(posture):
    """A network may well find that: a picture of one pixel has nothing else to offer."""
    n = len(JOINTS)
    point = Bodies(
        np.zeros((1, n, 2), np.float32),
        np.zeros((1, n, 3), np.float32),
        np.ones((1, n), np.float32),
        np.ones(1, np.float32),
    )
    assert 0 <= degrees(point, posture)[0] <= 1


@pytest.mark.parametrize('posture', POSTURES)
def test_each_row_is_somebody(figure, posture):
    assert degrees(Bodies.empty(), posture).shape == (0,)
    alone = [make(figure).bodies() for make in FIGURES.values()]
    together = Bodies.empty()
    for body in alone:
        together = together.joined(body)
    found = degrees(together, posture)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, [degrees(body, posture)[0] for body in alone])


@pytest.mark.parametrize('posture', POSTURES)
def test_what_was_seen_is_weighed_against_how_common_a_posture_is(posture):
    seen = np.array([0, 0.2, 0.5, 0.8, 1], np.float32)
    found = chances(seen, posture)
    assert found.dtype == np.float32
    assert found[[0, -1]] == pytest.approx([0, 1])
    assert (np.diff(found) > 0).all()
    assert found[2] == pytest.approx(POSTURES[posture].share)  # where nothing could be told


def test_a_sentence_can_ask_for_every_posture_and_for_no_other():
    assert set(POSTURES) == set(groups('body_postures').values())


def test_every_posture_is_shown_by_joints_that_there_are():
    for posture in POSTURES.values():
        assert set(posture.joints) <= set(JOINTS)
