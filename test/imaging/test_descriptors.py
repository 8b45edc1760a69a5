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

"""Descriptors of whole regions: drawings with a known answer, and boxes that hold nothing."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from itertools import pairwise
import multiprocessing

import cv2
from grounded_perception.imaging import descriptors
from grounded_perception.imaging.balance import apply_gains
from grounded_perception.imaging.colour import COLOURS
from grounded_perception.imaging.descriptors import describe, WIDTH
from grounded_perception.imaging.shape import moments_of
import numpy as np
import pytest

GREEN, RED, BLUE, GRAY = (60, 140, 50), (200, 25, 30), (30, 70, 190), (120, 120, 120)
SHADES = {
    'red': RED, 'green': (30, 130, 40), 'blue': BLUE, 'yellow': (230, 200, 20),
    'orange': (235, 120, 10), 'purple': (110, 45, 140),
}  # fmt: skip
BRIGHTNESS, CONTRAST, SATURATION, EDGES, CORNERS, SHARPNESS = range(6)
ELONGATION, FILL, ORIENTATION = range(3)


def ground(colour, height=120, width=160):
    return np.full((height, width, 3), colour, np.uint8)


def disc(colour, on=GREEN):
    image = ground(on)
    cv2.circle(image, (80, 60), 30, colour, -1)
    return image


def bar(degrees):
    image = ground(GREEN, 160, 160)
    corners = cv2.boxPoints(((80, 80), (100, 20), degrees)).astype(np.int32)
    cv2.fillPoly(image, [corners], RED)
    x, y, width, height = cv2.boundingRect(corners)
    return image, [x, y, x + width, y + height]


def one(image, box=(50, 30, 110, 90)):
    return describe(image, np.array([box], np.float32))


def main_colour(image, box=(50, 30, 110, 90)):
    return COLOURS[one(image, box).colours[0].argmax()]


def test_a_red_disc_on_green_ground_is_red():
    shares = one(disc(RED)).colours[0]
    assert shares[COLOURS.index('red')] > 0.9
    assert shares.sum() == pytest.approx(1, abs=1e-4)


def test_a_green_disc_on_red_ground_is_green():
    assert one(disc((60, 140, 50), on=RED)).colours[0, COLOURS.index('green')] > 0.9


def test_bands_tell_above_from_below():
    image = ground((235, 235, 235))
    image[30:60, 50:110] = RED
    image[60:90, 50:110] = BLUE
    bands = one(image).bands[0]
    assert bands.shape == (3, 11)
    assert COLOURS[bands[0].argmax()] == 'red'
    assert COLOURS[bands[2].argmax()] == 'blue'


@pytest.mark.parametrize('gains', [(0.6,) * 3, (1.4,) * 3, (1.12, 1, 0.88), (0.88, 1, 1.12)])
@pytest.mark.parametrize('name', SHADES)
def test_light_does_not_change_a_colours_name(name, gains):
    image = disc(SHADES[name], on=GRAY)
    assert main_colour(image) == name
    assert main_colour(apply_gains(image, np.array(gains, np.float32))) == name


@pytest.mark.parametrize('gains', [(1.1, 1, 0.9), (0.9, 1, 1.1)])
def test_a_cast_does_not_colour_white_and_black(gains):
    image = ground((130, 130, 130))
    image[30:90, 50:80] = 235
    image[30:90, 90:120] = 10
    image = apply_gains(image, np.array(gains, np.float32))
    assert main_colour(image, (50, 30, 80, 90)) == 'white'
    assert main_colour(image, (90, 30, 120, 90)) == 'black'


def test_stripes_and_plain_ground_differ():
    image = ground(GRAY)
    image[30:90, 50:110:6] = 240
    image[30:90, 51:110:6] = 240
    striped, plain = one(image), one(ground(GRAY))
    assert np.abs(striped.texture - plain.texture).sum() > 0.5
    assert plain.surface[0, CONTRAST] == 0
    assert striped.surface[0, CONTRAST] > 0.3
    assert striped.surface[0, EDGES] > plain.surface[0, EDGES] == 0
    # Upright stripes: gradients point across, the first of nine orientations.
    assert striped.gradients.reshape(4, 9)[0].argmax() == 0
    assert np.linalg.norm(striped.gradients) == pytest.approx(1, abs=1e-4)
    assert plain.gradients.sum() == 0


def test_noise_does_not_make_plain_ground_textured():
    noise = np.random.default_rng(0).normal(0, 1, (120, 160, 1))
    noisy = np.clip(ground(GRAY) + noise, 0, 255).astype(np.uint8)
    assert np.abs(one(noisy).texture - one(ground(GRAY)).texture).sum() < 0.2


@pytest.mark.parametrize(('degrees', 'upright'), [(0, 0), (30, 1 / 3), (60, 2 / 3), (90, 1)])
def test_an_elongated_shape_has_a_direction(degrees, upright):
    image, box = bar(degrees)
    shape = one(image, box).shape[0]
    assert shape[ELONGATION] > 0.5
    assert shape[ORIENTATION] == pytest.approx(upright, abs=0.08)


def test_a_disc_is_round_and_fills_pi_quarters():
    shape = one(disc(RED)).shape[0]
    assert shape[ELONGATION] < 0.1
    assert shape[FILL] == pytest.approx(np.pi / 4, abs=0.06)
    assert shape[ORIENTATION] == pytest.approx(0.5, abs=0.3)


@pytest.mark.parametrize('degrees', [0, 20, 45, 70, 90])
@pytest.mark.parametrize('scale', [0.5, 1])
def test_hu_invariants_hold_under_rotation_and_scale(degrees, scale):
    def measured(degrees, scale):
        mask = np.zeros((160, 160), np.float32)
        corners = cv2.boxPoints(((80, 80), (120 * scale, 45 * scale), degrees))
        # Sixteenths of a pixel: corners are not rounded.
        corners = np.rint(corners * 16).astype(np.int32)
        cv2.fillPoly(mask, [corners], 1, shift=4)
        return moments_of(mask[None], np.ones((1, 2), np.float32))[0]

    turned, lying = measured(degrees, scale), measured(0, 1)
    np.testing.assert_allclose(turned[3:], lying[3:], atol=0.04)
    assert turned[ELONGATION] == pytest.approx(lying[ELONGATION], abs=0.03)
    assert turned[ORIENTATION] == pytest.approx(degrees / 90, abs=0.02)


def test_shapes_are_those_of_the_image_not_of_the_stretched_box():
    full = np.ones((1, 32, 32), np.float32)
    lying = moments_of(full, np.array([[4, 1]], np.float32))[0]
    upright = moments_of(full, np.array([[1, 4]], np.float32))[0]
    assert lying[ELONGATION] == pytest.approx(0.75, abs=0.01)
    assert lying[ORIENTATION] == 0
    assert upright[ORIENTATION] == 1


def test_light_and_colourfulness():
    dark, light, vivid = (one(ground(c)).surface[0] for c in ((20,) * 3, (240,) * 3, (250, 0, 0)))
    assert dark[BRIGHTNESS] < 0.1 < 0.9 < light[BRIGHTNESS]
    assert dark[SATURATION] == light[SATURATION] == 0
    assert vivid[SATURATION] > 0.9


def test_corners_are_counted():
    image = ground(GRAY)
    rows, columns = np.mgrid[:120, :160]
    image[((rows // 8 + columns // 8) % 2) == 0] = 230
    stripes = ground(GRAY)
    stripes[:, (columns[0] // 8) % 2 == 0] = 230
    assert one(image).surface[0, CORNERS] > 0.2
    assert one(stripes).surface[0, CORNERS] < 0.02


def test_blur_lowers_sharpness_and_contrast_does_not():
    sharp = disc((230, 230, 230), on=(40, 40, 40))
    faint = disc((150, 150, 150), on=(90, 90, 90))
    levels = [
        one(cv2.GaussianBlur(sharp, (0, 0), s)).surface[0, SHARPNESS] for s in (0.01, 1, 2, 4)
    ]
    assert all(a > b for a, b in pairwise(levels))
    assert one(faint).surface[0, SHARPNESS] == pytest.approx(levels[0], rel=0.25)


def test_regions_are_described_one_by_one():
    rng = np.random.default_rng(1)
    image = cv2.resize(rng.integers(0, 255, (12, 16, 3)).astype(np.uint8), (320, 240))
    first = rng.uniform(-20, 250, (30, 2))
    boxes = np.concatenate([first, first + rng.uniform(2, 200, (30, 2))], axis=1)
    together = describe(image, boxes.astype(np.float32))
    for row in (0, 7, 29):
        alone = describe(image, boxes[row : row + 1].astype(np.float32))
        np.testing.assert_allclose(
            together.vectors()[row], alone.vectors()[0], rtol=1e-3, atol=1e-3
        )


def test_frames_described_at_once_and_in_a_forked_process_are_described_alike():
    image = np.random.default_rng(3).integers(0, 255, (120, 160, 3)).astype(np.uint8)
    boxes = np.array([[10, 10, 90, 80], [40, 20, 150, 110]], np.float32)
    alone = describe(image, boxes).vectors()
    with ThreadPoolExecutor(4) as cameras:
        at_once = list(cameras.map(lambda _: describe(image, boxes).vectors(), range(16)))
    context = multiprocessing.get_context('fork')
    with ProcessPoolExecutor(1, context) as trainer:
        forked = trainer.submit(describe, image, boxes).result(timeout=30).vectors()
    for other in (*at_once, forked):
        np.testing.assert_array_equal(other, alone)


def test_what_fails_in_the_thread_beside_is_raised(monkeypatch):
    def broken(*_):
        raise ValueError('no sharpness')

    monkeypatch.setattr(descriptors, 'box_sharpness', broken)
    with pytest.raises(ValueError, match='no sharpness'):
        describe(ground(RED), np.array([[0, 0, 20, 20]], np.float32))


NOTHING = [
    (0, 0, 0, 0), (5, 5, 5, 9), (9, 9, 5, 5), (-10, -10, -5, -5), (900, 10, 950, 20),
    (np.nan, 0, 5, 5), (0, 0, np.inf, 9), (1e9, 1e9, 2e9, 2e9),
]  # fmt: skip
IMAGES = [(120, 160), (1, 1), (2, 3), (1, 300), (300, 1), (40, 40)]


@pytest.mark.parametrize('size', IMAGES)
def test_boxes_that_hold_no_pixel_are_all_zero(size):
    image = np.random.default_rng(0).integers(0, 255, (*size, 3)).astype(np.uint8)
    vectors = describe(image, np.array(NOTHING, np.float32)).vectors()
    assert vectors.shape == (len(NOTHING), WIDTH)
    assert not vectors.any()


@pytest.mark.parametrize('fill', [0, 128, 255, None])
@pytest.mark.parametrize('size', IMAGES)
def test_every_box_of_every_image_is_finite(size, fill):
    rng = np.random.default_rng(2)
    noise = rng.integers(0, 255, (*size, 3)).astype(np.uint8)
    image = noise if fill is None else np.full_like(noise, fill)
    boxes = rng.uniform(-50, 350, (200, 4)).astype(np.float32)
    boxes[:20] = np.rint(boxes[:20])
    described = describe(image, boxes)
    vectors = described.vectors()
    assert np.isfinite(vectors).all()
    assert -1.1 < vectors.min() <= vectors.max() < 1.3
    sums = described.colours.sum(axis=1)
    assert (np.isclose(sums, 1, atol=1e-3) | (sums == 0)).all()


def test_no_box_and_views_of_images():
    assert describe(ground(RED), np.zeros((0, 4), np.float32)).vectors().shape == (0, WIDTH)
    wide = ground(RED, 120, 320)
    turned = one(wide[:, ::2][..., ::-1]).colours[0]
    assert COLOURS[turned.argmax()] == 'blue'
