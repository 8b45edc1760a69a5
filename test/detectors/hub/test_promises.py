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

"""Every detector of a checkpoint keeps the seam's promises, on any picture."""

from grounded_perception.detectors.base import Detector
import numpy as np
import pytest

NAMES = ('grounding_dino', 'mm_grounding_dino', 'object_detection', 'owlv2', 'owlvit')
CLOSED = {'object_detection': 'detr'}


@pytest.fixture(params=NAMES)
def detector(request, load):
    """Return each detector in turn, with its defaults."""
    options = {} if request.param in CLOSED else {'vocabulary': 'cup'}
    return load(request.param, CLOSED.get(request.param), **options)


@pytest.mark.parametrize('shape', [(48, 64), (1, 1), (7, 1000), (300, 5)])
def test_boxes_lie_inside_and_scores_fall(detector: Detector, shape):
    rgb = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    before = rgb.copy()
    rgb.setflags(write=False)
    regions = detector.propose(rgb, ('car',), 0.05, 50)
    np.testing.assert_array_equal(rgb, before)
    assert len(regions) <= 50
    assert (np.diff(regions.scores) <= 0).all()
    assert (regions.scores >= 0.05).all()
    assert (regions.boxes_px[:, :2] >= 0).all()
    assert (regions.boxes_px[:, 2:] <= [shape[1], shape[0]]).all()
    assert (regions.boxes_px[:, 2:] > regions.boxes_px[:, :2]).all()
    assert set(regions.labels) <= set(detector.names or ('car', 'cup'))
    assert regions.names == (detector.names or ('car', 'cup'))


def test_the_limit_keeps_the_best(detector, picture):
    every = detector.propose(picture, ('car',), 0.01, 1000)
    best = detector.propose(picture, ('car',), 0.01, 1)
    assert len(every) > 1
    assert best.labels == every.labels[:1]
    np.testing.assert_array_equal(best.boxes_px, every.boxes_px[:1])


def test_a_view_with_strides_will_do(detector, picture):
    copied = detector.propose(np.ascontiguousarray(picture[::2, ::-1]), (), 0.01, 10)
    viewed = detector.propose(picture[::2, ::-1], (), 0.01, 10)
    np.testing.assert_array_equal(viewed.boxes_px, copied.boxes_px)


def test_the_same_image_gives_the_same_regions(detector, picture):
    first, second = (detector.propose(picture, ('car',), 0.01, 10) for _ in range(2))
    np.testing.assert_array_equal(first.boxes_px, second.boxes_px)
    np.testing.assert_array_equal(first.posterior, second.posterior)
