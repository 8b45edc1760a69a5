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

"""DETR families in OpenVINO: equal to torch where pictures have one size, torch elsewhere."""

from grounded_perception import detectors
from grounded_perception.compute import Compute
from grounded_perception.detectors import object_detection
from grounded_perception.detectors.hub import closed_openvino
from grounded_perception.errors import ModelFailed
import numpy as np
import pytest

pytest.importorskip('openvino')


def open_it(folder, runtime):
    options = object_detection.Options(checkpoint=str(folder), runtime=runtime)
    return object_detection.load(options, Compute('cpu', 'f32', 1))


def test_boxes_and_scores_are_those_of_torch(load, picture):
    exact = load('object_detection', 'rt_detr')
    fast = load('object_detection', 'rt_detr', runtime='auto')
    assert fast.runtime == 'openvino f32'
    ours, theirs = (d.propose(picture, (), 0.0, 10_000) for d in (fast, exact))
    assert len(ours) == len(theirs) > 10
    assert ours.names == theirs.names
    np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-4)
    near = np.abs(ours.boxes_px[:, None] - theirs.boxes_px[None]).max(axis=2)
    assert near.min(axis=1).max() < 1e-2


def test_a_second_start_exports_nothing(checkpoint_of, monkeypatch):
    open_it(checkpoint_of('rt_detr'), 'openvino')
    monkeypatch.setattr(closed_openvino, 'trace_closed', lambda *_: pytest.fail('exported again'))
    assert open_it(checkpoint_of('rt_detr'), 'openvino').runtime == 'openvino f32'


@pytest.mark.parametrize('family', ['detr', 'yolos'])
def test_pictures_of_many_sizes_stay_in_torch(checkpoint_of, picture, family):
    detector = open_it(checkpoint_of(family), 'auto')
    assert detector.runtime == (
        'torch (pictures of this checkpoint have many sizes: OpenVINO wants one)'
    )
    assert len(detector.propose(picture, (), 0.0, 3)) == 3
    with pytest.raises(ModelFailed, match='many sizes'):
        open_it(checkpoint_of(family), 'openvino')


@pytest.mark.parametrize(
    'name', ['grounding_dino', 'mm_grounding_dino', 'object_detection', 'owlv2', 'owlvit']
)
def test_every_detector_says_what_runs_it(load, name):
    family = 'rt_detr' if name == 'object_detection' else name
    assert load(name, family).runtime == 'torch'
    module = detectors.module(name)
    assert module.Options().runtime == 'auto'
