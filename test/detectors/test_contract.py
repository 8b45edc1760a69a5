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

"""Every detector keeps the seam's promises, on any picture."""

from dataclasses import fields

from grounded_perception import detectors
from grounded_perception.compute import Compute
from grounded_perception.errors import ModelFailed, ModelMissing, SettingsError
import numpy as np
import pytest

SCRIPT = '[["car", 0.9, -0.5, 0, 0.5, 2.0], ["dog", 0.2, 0, 0, 1, 1]]'


def with_weights():
    """List the detectors that need no checkpoint; ``hub/test_promises.py`` has the others."""
    options = {name: detectors.module(name).Options for name in detectors.names()}
    return [n for n, o in options.items() if 'checkpoint' not in {f.name for f in fields(o)}]


@pytest.fixture(params=with_weights())
def detector(request):
    """Return each detector in turn, loaded with its defaults."""
    module = detectors.module(request.param)
    options = module.Options(script=SCRIPT) if request.param == 'scripted' else module.Options()
    try:
        loaded = module.load(options, Compute(precision='f32', threads=1))
    except ModelMissing as exc:
        pytest.skip(str(exc))
    yield loaded
    loaded.close()


@pytest.mark.parametrize('shape', [(480, 640), (1, 1), (7, 1000), (720, 1280)])
def test_boxes_lie_inside_and_scores_fall(detector, shape):
    rgb = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    before = rgb.copy()
    regions = detector.propose(rgb, ('car',), 0.05, 50)
    np.testing.assert_array_equal(rgb, before)
    assert len(regions) <= 50
    assert (np.diff(regions.scores) <= 0).all()
    assert (regions.scores >= 0.05).all()
    assert (regions.boxes_px[:, :2] >= 0).all()
    assert (regions.boxes_px[:, 2:] <= [shape[1], shape[0]]).all()
    assert set(regions.labels) <= set(detector.names)


def test_the_limit_keeps_the_best(detector):
    rgb = np.full((64, 64, 3), 127, np.uint8)
    every = detector.propose(rgb, (), 0.01, 1000)
    assert detector.propose(rgb, (), 0.01, 1).labels == every.labels[:1]


def test_a_view_with_strides_will_do(detector):
    rgb = np.zeros((100, 120, 3), np.uint8)[::2, ::-1]
    detector.propose(rgb, (), 0.3, 10)


def test_an_unknown_detector_names_those_there_are():
    with pytest.raises(SettingsError, match=r"one of .*scripted, ssd.* got 'yolo'"):
        detectors.module('yolo')


@pytest.mark.parametrize(
    'script', ['{', '[["car", 1]]', '/no/such/file', '[["car", "x", 0,0,1,1]]']
)
def test_a_broken_script_is_refused(script):
    module = detectors.module('scripted')
    with pytest.raises(SettingsError, match=r'scripted\.script'):
        module.load(module.Options(script=script), Compute())


def test_a_scripted_failure_is_a_model_failure():
    module = detectors.module('scripted')
    failing = module.load(module.Options(fail_every=2), Compute())
    rgb = np.zeros((4, 4, 3), np.uint8)
    failing.propose(rgb, (), 0.5, 1)
    with pytest.raises(ModelFailed, match='image 2'):
        failing.propose(rgb, (), 0.5, 1)
