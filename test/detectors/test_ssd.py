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

"""The embedded detector on real photographs."""

import os
from pathlib import Path

import cv2
from grounded_perception import weights
from grounded_perception.compute import Compute
from grounded_perception.detectors import ssd
from grounded_perception.errors import ModelMissing
from grounded_perception.geometry import iou
import numpy as np
import pytest

pytestmark = pytest.mark.model


@pytest.fixture(scope='module')
def detector():
    """Return the network in f32, the arithmetic that is the same on every CPU."""
    try:
        return ssd.load(ssd.Options(), Compute(precision='f32'))
    except ModelMissing as exc:
        pytest.skip(str(exc))


def test_a_motorcycle_is_found_in_original_pixels(detector, photo):
    rgb = photo('motorcycle_left.png')
    regions = detector.propose(rgb, (), 0.5, 10)
    assert regions.labels[0] == 'motorcycle'
    assert iou(regions.boxes_px[:1], np.array([[95, 65, 650, 480]], np.float32))[0, 0] > 0.6


def test_the_posterior_agrees_with_the_label(detector, photo):
    regions = detector.propose(photo('chelsea.png'), (), 0.3, 10)
    column = regions.names.index(regions.labels[0])
    assert regions.labels[0] == 'cat'
    assert regions.posterior[0, column] == pytest.approx(regions.scores[0])


def test_equal_to_the_same_network_in_opencv(detector, photo):
    rgb = photo('coffee.png')
    graph = weights.locate(ssd.SOURCE)
    net = cv2.dnn.readNetFromTensorflow(
        str(graph), str(graph.with_name('ssd_mobilenet_v2_coco_2018_03_29.pbtxt'))
    )
    net.setInput(cv2.dnn.blobFromImage(rgb, size=(300, 300)))
    rows = net.forward()[0, 0]
    rows = rows[rows[:, 2] > 0.4]
    height, width = rgb.shape[:2]
    theirs = rows[:, 3:7] * np.array([width, height, width, height], np.float32)
    ours = detector.propose(rgb, (), 0.4, 100)
    assert len(ours) == len(rows) > 1
    np.testing.assert_allclose(ours.scores, np.sort(rows[:, 2])[::-1], atol=0.01)
    assert iou(ours.boxes_px, theirs.astype(np.float32)).max(axis=1).min() > 0.97


def test_tiles_see_small_things_without_halves_at_the_cuts(photo):
    small = np.zeros((1200, 1600, 3), np.uint8) + 90
    cat = cv2.resize(photo('chelsea.png'), (180, 120), interpolation=cv2.INTER_AREA)
    small[100:220, 1300:1480] = cat
    compute = Compute(precision='f32')
    tiled = ssd.load(ssd.Options(tiles=3), compute).propose(small, (), 0.4, 10)
    whole = ssd.load(ssd.Options(), compute).propose(small, (), 0.4, 10)
    assert 'cat' in tiled.labels
    assert 'cat' not in whole.labels
    closer = ssd.load(ssd.Options(close_tiles=3), compute).look_closer(small, (), 0.4, 10)
    assert 'cat' in closer.labels
    assert not len(ssd.load(ssd.Options(tiles=3), compute).look_closer(small, (), 0.4, 10))


@pytest.mark.shared
def test_bf16_where_the_cpu_has_it_keeps_the_boxes(detector):
    folder = Path(os.environ.get('GROUNDED_PERCEPTION_DATA', '../shared/data'))
    images = sorted((folder / 'coco_train2017_90' / 'images').glob('*.jpg'))[:5]
    if not images:
        pytest.skip(f'no photographs in {folder}')
    fast = ssd.load(ssd.Options(), Compute(precision='auto'))
    for path in images:
        rgb = np.ascontiguousarray(cv2.imread(str(path))[..., ::-1])
        exact = detector.propose(rgb, (), 0.5, 20)
        close = fast.propose(rgb, (), 0.3, 40)
        if len(exact):
            assert iou(exact.boxes_px, close.boxes_px).max(axis=1).min() > 0.85
