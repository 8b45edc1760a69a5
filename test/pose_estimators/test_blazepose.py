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

"""The embedded pose estimator on real photographs, and what it does with what is none."""

from pathlib import Path

import cv2
import grounded_perception
from grounded_perception.compute import Compute
from grounded_perception.errors import ModelCorrupt, ModelFailed, SettingsError
from grounded_perception.imaging.colour import COLOURS
from grounded_perception.pose_estimators import blazepose, KIND, worn
from grounded_perception.pose_estimators.base import JOINTS
from grounded_perception.pose_estimators.blazepose import BlazePose, Options
from grounded_perception.pose_estimators.postures import degrees
import numpy as np
import pytest

MEDIA = Path(grounded_perception.__file__).parent / 'demo_media'
#: Where people are: a portrait, somebody on a motorcycle, a pedestrian.
ASTRONAUT, RIDER, PEDESTRIAN = (20, 0, 440, 512), (300, 95, 560, 610), (998, 130, 1037, 236)
NOSE, HEAD = JOINTS.index('nose'), slice(0, JOINTS.index('left_shoulder'))
LEGS = slice(JOINTS.index('left_hip'), None)


def own(name):
    """Read one of the demo's photographs, RGB."""
    return np.ascontiguousarray(cv2.imread(str(MEDIA / name))[..., ::-1])


def boxes(*rows):
    return np.array(rows, np.float32).reshape(-1, 4)


class Scripted:
    """A network that finds what it was told, and keeps what it was shown."""

    def __init__(self, presence, marks=()):
        self.seen = []
        self.outputs = [np.zeros((1, 195), np.float32), np.full((1, 1), presence, np.float32)]
        self.outputs.append(np.zeros((1, 117), np.float32))
        landmarks = self.outputs[0].reshape(39, 5)
        landmarks[:, :2] = 128  # the middle of what it is shown
        for row, at in dict(marks).items():
            landmarks[row, :2] = at

    def infer(self, inputs, share_inputs):
        self.seen.append(inputs[0].copy())

    def get_output_tensor(self, number):
        class Tensor:
            data = self.outputs[number]

        return Tensor


#: The hips' middle and the point above the head, of a body that fills the square that is shown.
CENTRE, RIM = 33, 34
UPRIGHT = {CENTRE: (128, 128), RIM: (128, 26)}


def test_it_is_the_one_that_is_found_by_name():
    assert KIND.names()[0] == 'blazepose'
    assert KIND.module('blazepose') is blazepose


@pytest.mark.model
def test_a_portrait_faces_us(blaze, photo):
    body = blaze.estimate(photo('astronaut.png'), boxes(ASTRONAUT))
    assert body.presence[0] > 0.8
    x, y = body.joints_px[0, NOSE]
    assert 200 < x < 260
    assert 95 < y < 145
    left, right = body.joints_px[0, [JOINTS.index('left_eye'), JOINTS.index('right_eye')], 0]
    assert left > x > right  # left and right are hers
    assert body.visibility[0, HEAD].min() > 0.8
    assert degrees(body, 'facing us')[0] > 0.5 > degrees(body, 'facing away')[0]


@pytest.mark.model
def test_a_rider_sits_in_a_red_pullover(blaze):
    rgb = own('rider.jpg')
    body = blaze.estimate(rgb, boxes(RIDER))
    assert body.presence[0] > 0.8
    found = {p: degrees(body, p)[0] for p in ('sitting', 'standing', 'lying', 'bending over')}
    assert found['sitting'] > 0.5 > max(found[p] for p in found if p != 'sitting'), found
    assert degrees(body, 'facing us')[0] < 0.3  # looks to the right
    assert degrees(body, 'facing away')[0] < 0.3
    assert COLOURS[worn.colours(rgb, body, 'torso')[0].argmax()] == 'red'
    assert COLOURS[worn.colours(rgb, body, 'head')[0].argmax()] == 'gray'


@pytest.mark.model
def test_a_pedestrian_of_a_hundred_pixels_stands(blaze):
    body = blaze.estimate(own('street.jpg'), boxes(PEDESTRIAN))
    assert body.presence[0] > 0.8
    assert degrees(body, 'standing')[0] > 0.8
    assert degrees(body, 'lying')[0] < 0.2
    upright = body.joints_m[0]
    assert upright[JOINTS.index('nose'), 1] < -0.3  # y points down, from between the hips
    assert upright[JOINTS.index('left_ankle'), 1] > 0.3
    assert np.abs(upright[LEGS][:2].mean(axis=0)).max() < 0.1


@pytest.mark.model
def test_people_are_told_from_what_is_none_and_stay_in_their_order(blaze):
    rgb = own('rider.jpg')
    bush, sand = (600, 20, 900, 320), (20, 540, 150, 670)
    together = blaze.estimate(rgb, boxes(bush, RIDER, sand))
    assert together.presence[1] > 0.8
    assert together.presence[[0, 2]].max() < 0.2
    alone = blaze.estimate(rgb, boxes(RIDER))
    np.testing.assert_allclose(together.joints_px[1], alone.joints_px[0], atol=0.01)


@pytest.mark.model
def test_legs_below_the_box_are_not_seen(blaze):
    """A box that ends at the hips says that something hides the rest."""
    rgb = own('rider.jpg')
    body = blaze.estimate(rgb, boxes((320, 90, 570, 300)))
    assert body.presence[0] > 0.8
    assert body.visibility[0, HEAD].min() > 0.8
    assert body.visibility[0, LEGS].max() == 0
    assert degrees(body, 'sitting')[0] == degrees(body, 'standing')[0] == 0.5
    assert np.isnan(worn.colours(rgb, body, 'legs')).all()


@pytest.mark.model
def test_half_a_body_is_looked_at_again_in_a_square_that_fits(blaze):
    """The network expects hips in the middle: in the square around a chest it sees nobody."""
    rgb, chest = own('rider.jpg'), boxes((300, 90, 560, 340))
    glance = BlazePose(blaze._begin, Options(refine=False))
    assert glance.estimate(rgb, chest).presence[0] < 0.3
    looked = blaze.estimate(rgb, chest)
    assert looked.presence[0] > 0.8
    whole = blaze.estimate(rgb, boxes(RIDER))
    for name in ('nose', 'left_shoulder', 'right_shoulder', 'right_elbow'):
        np.testing.assert_allclose(looked.between([name]), whole.between([name]), atol=25)


@pytest.mark.model
@pytest.mark.parametrize('turns', [1, 3])
def test_who_lies_is_found_as_if_upright(blaze, turns):
    """A picture turned by a right angle: all joints are where they were, in it and in space."""
    rgb, (x1, y1, x2, y2) = own('street.jpg'), PEDESTRIAN
    height, width = rgb.shape[:2]
    stands = blaze.estimate(rgb, boxes(PEDESTRIAN))
    flat = (y1, width - x2, y2, width - x1) if turns == 1 else (height - y2, x1, height - y1, x2)
    lies = blaze.estimate(np.rot90(rgb, turns), boxes(flat))
    assert lies.presence[0] > 0.8
    x, y = stands.joints_px[0].T
    at = (y, width - 1 - x) if turns == 1 else (height - 1 - y, x)
    np.testing.assert_allclose(lies.joints_px[0], np.stack(at, axis=1), atol=6)
    signs = (1, -1, 1) if turns == 1 else (-1, 1, 1)
    metres = stands.joints_m[0][:, [1, 0, 2]] * signs
    np.testing.assert_allclose(lies.joints_m[0], metres, atol=0.2)
    assert degrees(stands, 'standing')[0] > 0.8 > 0.2 > degrees(stands, 'lying')[0]
    assert degrees(lies, 'lying')[0] > 0.8 > 0.2 > degrees(lies, 'standing')[0]


def test_the_network_is_shown_rgb_and_the_square_around_a_box():
    request = Scripted(0.9, UPRIGHT)
    rgb = np.full((100, 200, 3), 90, np.uint8)
    rgb[40:60, 80:120] = (250, 10, 60)
    found = BlazePose(lambda: request, Options()).estimate(rgb, boxes((80, 0, 120, 100)))
    seen = request.seen[0]
    assert (seen.dtype, seen.shape) == (np.uint8, (1, 256, 256, 3))
    assert seen[0, 128, 128].tolist() == [250, 10, 60]
    assert seen[0, 60, 128].tolist() == [90, 90, 90]
    assert seen[0, 0, 0].tolist() == [0, 0, 0]  # outside of the image
    np.testing.assert_allclose(found.joints_px[0], np.full((17, 2), (100, 50)), atol=1)


@pytest.mark.parametrize(
    ('presence', 'refine', 'is_tried'),
    [(0.9, True, False), (0.1, True, True), (0.1, False, False)],
)
def test_more_squares_are_tried_where_it_is_not_sure_of_anybody(presence, refine, is_tried):
    request = Scripted(presence, UPRIGHT)
    BlazePose(lambda: request, Options(refine)).estimate(
        np.zeros((100, 100, 3), np.uint8), boxes((20, 20, 60, 90))
    )
    assert (len(request.seen) > 1) == is_tried


def test_who_lies_is_looked_at_with_the_head_above():
    request = Scripted(0.9, {CENTRE: (128, 128), RIM: (230, 128)})  # the head on the right
    rgb = np.full((200, 200, 3), 90, np.uint8)
    rgb[80:120, 150:180] = (250, 10, 60)
    BlazePose(lambda: request, Options()).estimate(rgb, boxes((20, 70, 180, 130)))
    first, *_, last = (seen[0, ..., 0] > 200 for seen in request.seen)
    assert np.argwhere(first).mean(axis=0) == pytest.approx((128, 209), abs=3)
    assert np.argwhere(last).mean(axis=0) == pytest.approx((47, 128), abs=3)


def test_a_body_much_larger_than_its_box_is_not_believed():
    request = Scripted(0.9, {CENTRE: (128, 128), RIM: (128, -400)})
    BlazePose(lambda: request, Options()).estimate(
        np.zeros((100, 100, 3), np.uint8), boxes((20, 20, 60, 90))
    )
    assert len(request.seen) == 1


def test_who_has_the_neck_outside_of_the_box_is_somebody_else():
    aside = {**UPRIGHT, 11: (10, 128), 12: (10, 128)}
    found = BlazePose(lambda: Scripted(0.9, aside), Options()).estimate(
        np.zeros((100, 100, 3), np.uint8), boxes((40, 10, 60, 90))
    )
    assert found.presence[0] == 0


NOTHING = (
    (-100, -100, -5, -5), (600, 10, 700, 90), (10, 600, 90, 700), (5, 5, 5, 5), (9, 9, 5, 5),
    (np.nan, 0, 10, 10), (0, 0, np.inf, 10), (-np.inf, -np.inf, np.inf, np.inf),
)  # fmt: skip


def test_a_box_without_a_pixel_holds_nobody():
    request = Scripted(0.9, UPRIGHT)
    rgb = np.zeros((100, 200, 3), np.uint8)
    found = BlazePose(lambda: request, Options()).estimate(rgb, boxes(*NOTHING))
    assert len(found) == len(NOTHING)
    assert not request.seen  # nor does it cost anything
    assert found.presence.tolist() == [0] * len(NOTHING)
    assert not found.visibility.any()
    assert np.isnan(found.joints_m).all()
    for posture in ('standing', 'lying', 'facing us'):
        np.testing.assert_array_equal(degrees(found, posture), 0.5)
    assert len(BlazePose(lambda: request, Options()).estimate(rgb, boxes())) == 0


@pytest.mark.model
@pytest.mark.parametrize('shape', [(1, 1), (1, 300), (300, 1), (3, 2)])
def test_the_smallest_pictures_can_be_looked_at(blaze, shape):
    rgb = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    found = blaze.estimate(rgb, boxes((-9, -9, 999, 999), (0, 0, 1, 1)))
    for array in (found.joints_px, found.joints_m, found.visibility, found.presence):
        assert np.isfinite(array).all()


@pytest.mark.model
def test_pictures_need_not_be_contiguous_and_are_not_written_to(blaze, photo):
    rgb = photo('astronaut.png')
    strided = np.repeat(rgb, 2, axis=2)[..., ::2]
    mirrored = rgb[:, ::-1]
    strided.setflags(write=False)
    for view in (strided, mirrored):
        found = blaze.estimate(view, boxes((0, 0, 512, 512)))
        whole = blaze.estimate(view.copy(), boxes((0, 0, 512, 512)))
        np.testing.assert_array_equal(found.joints_px, whole.joints_px)


def test_the_network_is_loaded_when_somebody_is_looked_at_first():
    begun = []

    def begin():
        begun.append(1)
        return Scripted(0.9, UPRIGHT)

    estimator = BlazePose(begin, Options())
    assert not begun
    rgb = np.zeros((100, 200, 3), np.uint8)
    for _ in range(2):
        estimator.estimate(rgb, boxes((80, 0, 120, 100)))
    assert len(begun) == 1


def test_a_network_that_raises_is_a_model_failure():
    class Broken:
        def infer(self, inputs, share_inputs):
            raise RuntimeError('no memory')

    with pytest.raises(ModelFailed, match='BlazePose GHUM full raised: no memory'):
        BlazePose(Broken, Options()).estimate(
            np.zeros((50, 50, 3), np.uint8), boxes((5, 5, 40, 45))
        )


def test_other_weights_are_corrupt(monkeypatch, tmp_path):
    changed = bytearray(blazepose.WEIGHTS.read_bytes())
    changed[len(changed) // 2] ^= 1
    path = tmp_path / 'pose_landmark_full.tflite'
    path.write_bytes(changed)
    monkeypatch.setattr(blazepose, 'WEIGHTS', path)
    with pytest.raises(ModelCorrupt, match=f'{path} has SHA-256 .* must have e9a5c5cb17f7'):
        blazepose.load(Options(), Compute())


@pytest.mark.parametrize('value', [1, 0.0, 'yes', None])
def test_an_option_of_another_type_is_refused(value):
    with pytest.raises(SettingsError, match=f'refine must be a bool, got {type(value).__name__}'):
        Options(refine=value)
