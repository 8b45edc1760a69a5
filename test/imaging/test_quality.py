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

"""Verdicts on whole images: good photographs pass, the same ones spoilt do not."""

from pathlib import Path

import cv2
from grounded_perception.imaging.quality import judge
import numpy as np
import pytest

DATA = Path(__file__).resolve().parents[3] / 'shared' / 'data'
FOLDERS = (
    'coco_train2017_90/images',
    'kitti_3/image_2',
    'dali_40/images',
    'rgbd_redwood5/color',
    'grit_samples/images',
)


def scene(height=480, width=640):
    rng = np.random.default_rng(0)
    image = np.full((height, width, 3), (120, 130, 140), np.uint8)
    for _ in range(60):
        x, y = rng.integers(0, (width, height))
        size = int(rng.integers(10, 80))
        colour = [int(v) for v in rng.integers(10, 245, 3)]
        cv2.rectangle(image, (int(x), int(y)), (int(x) + size, int(y) + size), colour, -1)
    return image


def blurred(image, share=0.015):
    return cv2.GaussianBlur(image, (0, 0), share * max(image.shape))


def shaken(image):
    length = max(int(0.06 * max(image.shape)), 3)
    return cv2.filter2D(image, -1, np.full((1, length), 1 / length))


def grainy(image):
    noise = np.random.default_rng(0).normal(0, 4, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


SPOILT = {
    'blurred': blurred,
    'too dark': lambda image: (image * 0.05).astype(np.uint8),
    'too bright': lambda image: np.clip(image * 8.0 + 245, 0, 255).astype(np.uint8),
    'near blank': lambda image: (image * 0.05 + 100).astype(np.uint8),
}


@pytest.mark.parametrize('size', [(480, 640), (240, 320), (1080, 1920), (720, 1280)])
def test_a_sharp_scene_is_usable(size):
    quality = judge(scene(*size))
    assert quality.usable, quality
    assert quality.reason == ''


@pytest.mark.parametrize('verdict', SPOILT)
@pytest.mark.parametrize('size', [(480, 640), (720, 1280)])
def test_a_spoilt_scene_gets_its_verdict_and_a_reason(verdict, size):
    quality = judge(SPOILT[verdict](scene(*size)))
    assert quality.verdict == verdict
    assert not quality.usable
    assert len(quality.reason.split()) > 4


def test_noise_does_not_hide_blur():
    assert judge(grainy(blurred(scene(), 0.02))).verdict == 'blurred'


@pytest.mark.parametrize('turned', [False, True])
def test_motion_in_one_direction_is_blur(turned):
    image = shaken(scene(640, 640))
    assert judge(image.transpose(1, 0, 2) if turned else image).verdict == 'blurred'


@pytest.mark.parametrize(
    ('level', 'verdict'), [(0, 'too dark'), (128, 'near blank'), (255, 'too bright')]
)
@pytest.mark.parametrize('size', [(480, 640), (1, 1), (1, 400), (400, 1), (3, 3)])
def test_a_blank_image_of_any_size(level, verdict, size):
    quality = judge(np.full((*size, 3), level, np.uint8))
    assert quality.verdict == verdict
    assert 0 <= quality.sharpness <= 1


@pytest.mark.shared
@pytest.mark.parametrize('folder', FOLDERS)
def test_good_photographs_pass_and_the_same_ones_spoilt_do_not(folder):
    files = sorted((DATA / folder).glob('*'))
    if not files:
        pytest.skip(f'{DATA / folder} is absent')
    for file in files[::10]:
        image = cv2.imread(str(file))
        assert judge(image).verdict == '', file
        for verdict, spoil in SPOILT.items():
            assert not judge(spoil(image)).usable, (file, verdict)
