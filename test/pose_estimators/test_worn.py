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

"""What painted stick figures wear: a colour is measured where it is worn, and nowhere else."""

import cv2
from grounded_perception.imaging.colour import COLOURS
from grounded_perception.language.lexicon import groups
from grounded_perception.pose_estimators.base import Bodies, JOINTS
from grounded_perception.pose_estimators.worn import colours, ZONES
import numpy as np
import pytest

GRAY, SKIN = (128, 128, 128), (200, 160, 130)
RED, BLUE, BLACK, WHITE = (215, 20, 30), (20, 70, 200), (15, 15, 15), (240, 240, 240)
WORN = {'head': RED, 'torso': BLUE, 'legs': BLACK, 'feet': WHITE}
NAMES = {'head': 'red', 'torso': 'blue', 'legs': 'black', 'feet': 'white'}


def painted(bodies, worn=None, shape=(300, 400)):
    """Paint people in their clothes on grey, 100 pixels to the metre; bare heads have no cap."""
    worn = WORN if worn is None else worn
    rgb = np.full((*shape, 3), GRAY, np.uint8)
    for points in bodies.joints_px.round().astype(int):
        at = {name: tuple(map(int, point)) for name, point in zip(JOINTS, points, strict=True)}
        torso = [at[name] for name in ZONES['torso']]
        outline = cv2.convexHull(np.array(torso, np.int32))
        cv2.fillConvexPoly(rgb, outline, worn['torso'])
        cv2.polylines(rgb, [outline], True, worn['torso'], 9)
        for side in ('left', 'right'):
            leg = [at[f'{side}_{joint}'] for joint in ('hip', 'knee', 'ankle')]
            cv2.polylines(rgb, [np.array(leg, np.int32)], False, worn['legs'], 14)
        for side in ('left', 'right'):
            cv2.circle(rgb, at[f'{side}_ankle'], 9, worn['feet'], -1)
        ears = (np.array(at['left_ear']) + at['right_ear']) // 2
        head = (int(ears[0]), int(ears[1]))
        cv2.circle(rgb, head, 14, SKIN, -1)
        if 'head' in worn:
            cv2.ellipse(rgb, head, (16, 18), 0, 180, 360, worn['head'], -1)
    return rgb


@pytest.mark.parametrize('zone', ZONES)
@pytest.mark.parametrize('angle', [0, 90, 180])
def test_each_zone_has_the_colour_worn_there(figure, zone, angle):
    body = figure().turned(angle).bodies()
    (shares,) = colours(painted(body), body, zone)
    assert COLOURS[shares.argmax()] == NAMES[zone], dict(zip(COLOURS, shares, strict=True))
    assert shares.max() > 0.5
    assert shares.sum() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize('zone', ['torso', 'legs', 'feet'])
def test_who_lies_wears_it_as_well(figure, zone):
    body = figure().turned(90).toppled(-90).bodies()
    (shares,) = colours(painted(body), body, zone)
    assert COLOURS[shares.argmax()] == NAMES[zone]


def test_a_face_is_no_cap(figure):
    body, red = figure().bodies(), COLOURS.index('red')
    bare = {zone: colour for zone, colour in WORN.items() if zone != 'head'}
    (capped,), (bareheaded,) = (
        colours(painted(body, worn), body, 'head') for worn in (WORN, bare)
    )
    assert capped[red] > 0.5 > 0.1 > bareheaded[red]


def test_everybody_has_colours_of_their_own(figure):
    people = figure().bodies((80, 130)).joined(figure().bodies((300, 130)))
    rgb = painted(people)
    rgb[:, 200:] = painted(people, {**WORN, 'head': BLUE, 'torso': RED})[:, 200:]
    for zone, left, right in (('head', 'red', 'blue'), ('torso', 'blue', 'red')):
        found = colours(rgb, people, zone)
        assert found.shape == (2, len(COLOURS))
        assert found.dtype == np.float32
        assert [COLOURS[i] for i in found.argmax(axis=1)] == [left, right]


def test_what_is_seen_of_somebody_near_has_no_gaps(figure):
    near = figure().bodies((200, 130), px_per_m=100)
    large = figure().bodies((800, 520), px_per_m=400)
    rgb = painted(near)
    larger = cv2.resize(rgb, None, fx=4, fy=4, interpolation=cv2.INTER_NEAREST)
    for zone in ZONES:
        found, again = colours(rgb, near, zone), colours(larger, large, zone)
        np.testing.assert_allclose(found, again, atol=0.15)


@pytest.mark.parametrize('zone', ZONES)
def test_what_is_not_seen_has_no_colour(figure, zone):
    seen = figure().bodies()
    rgb = painted(seen)
    hidden = figure().bodies(visibility=0.1)
    left_out = figure().bodies(at_px=(-500, 130))
    found = colours(rgb, hidden.joined(left_out).joined(seen), zone)
    assert np.isnan(found[:2]).all()
    assert np.isfinite(found[2]).all()


def test_a_zone_that_the_picture_cuts_off_has_no_colour(figure):
    body = figure().bodies(at_px=(200, 40))  # the head is above the picture's upper border
    rgb = painted(body)
    assert np.isnan(colours(rgb, body, 'head')).all()
    assert COLOURS[colours(rgb, body, 'legs')[0].argmax()] == 'black'


def test_somebody_too_far_away_has_no_colour_at_the_feet(figure):
    far = figure().bodies(px_per_m=8)
    assert np.isnan(colours(painted(far), far, 'feet')).all()


@pytest.mark.parametrize('zone', ZONES)
def test_any_picture_will_do(figure, zone):
    nobody = Bodies.empty()
    assert colours(np.zeros((5, 5, 3), np.uint8), nobody, zone).shape == (0, len(COLOURS))
    body = figure().bodies(at_px=(0, 0))
    assert np.isnan(colours(np.zeros((1, 1, 3), np.uint8), body, zone)).all()
    rgb = painted(figure().bodies())
    strided = np.repeat(rgb, 2, axis=2)[..., ::2]  # not contiguous
    body = figure().bodies()
    np.testing.assert_array_equal(colours(strided, body, zone), colours(rgb, body, zone))


def test_the_light_is_taken_out(figure):
    body = figure().bodies()
    warm = (painted(body) * np.array([1.0, 0.88, 0.72])).astype(np.uint8)
    (feet,) = colours(warm, body, 'feet')
    assert COLOURS[feet.argmax()] == 'white'


def test_a_sentence_can_name_every_zone_and_no_other():
    assert set(ZONES) == set(groups('worn_on').values())


def test_every_zone_is_shown_by_joints_that_there_are():
    for joints in ZONES.values():
        assert set(joints) <= set(JOINTS)
