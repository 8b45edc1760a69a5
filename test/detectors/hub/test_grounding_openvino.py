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

"""Grounding DINO in OpenVINO: equal to torch, one export for each picture size."""

import os

from grounded_perception import detectors
from grounded_perception.compute import Compute
from grounded_perception.detectors.hub import exports, grounding_loading
from grounded_perception.detectors.hub.grounding_loading import (
    GroundingOptions,
    read_frame_sizes,
)
from grounded_perception.detectors.hub.grounding_openvino import trace_network
from grounded_perception.errors import ModelFailed, SettingsError
from grounded_perception.weights import CACHE_VARIABLE
import numpy as np
import pytest

pytest.importorskip('openvino')

BOTH = pytest.mark.parametrize('family', ['grounding_dino', 'mm_grounding_dino'])
ASKED = ('cat', 'red ball', 'gnome')


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """Begin with an empty cache and remember the sizes that are exported into it."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / 'cache'))
    made = []

    def counted(network, size):
        made.append(size)
        return trace_network(network, size)

    monkeypatch.setattr(grounding_loading, 'trace_network', counted)
    return made


def open_it(folder, family='grounding_dino', precision='f32', **options):
    module = detectors.module(family)
    chosen = {'vocabulary': '', 'nms': 1.0, **options}
    return module.load(
        module.Options(checkpoint=str(folder), **chosen), Compute('cpu', precision, 1)
    )


@BOTH
@pytest.mark.parametrize('asked', [('cat',), ASKED, ('cat', 'dog', 'xylophone', 'cup of car')])
def test_boxes_and_scores_are_those_of_torch(load, picture, family, asked):
    exact = load(family, vocabulary='', nms=1.0)
    fast = load(family, vocabulary='', nms=1.0, runtime='openvino')
    assert fast.runtime.startswith('openvino f32')
    ours, theirs = (d.propose(picture, asked, 0.0, 10_000) for d in (fast, exact))
    assert len(ours) == len(theirs) == 30
    near = np.abs(ours.boxes_px[:, None] - theirs.boxes_px[None]).max(axis=2)
    pairs = near.argmin(axis=1)
    assert near.min(axis=1).max() < 1e-2
    np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-4)
    np.testing.assert_allclose(ours.posterior, theirs.posterior[pairs], atol=1e-4)


def test_auto_uses_openvino_for_the_sizes_that_were_named(fresh, checkpoint_of, picture):
    folder = checkpoint_of('grounding_dino')
    detector = open_it(folder, frame_sizes='120x90')
    # 96 on the short side, as its preprocessor says.
    assert fresh == [(96, 128)]
    detector.propose(picture, ASKED, 0.0, 5)
    tall = np.ascontiguousarray(np.rot90(picture))
    assert len(detector.propose(tall, ASKED, 0.0, 5)) == 5
    assert fresh == [(96, 128)]
    again = open_it(folder)
    np.testing.assert_array_equal(
        again.propose(picture, ASKED, 0.0, 5).scores,
        detector.propose(picture, ASKED, 0.0, 5).scores,
    )
    assert fresh == [(96, 128)]


def test_auto_with_no_size_ready_is_torch_and_exports_nothing(fresh, checkpoint_of, load, picture):
    found = open_it(checkpoint_of('grounding_dino')).propose(picture, ASKED, 0.0, 5)
    exact = load('grounding_dino', vocabulary='', nms=1.0).propose(picture, ASKED, 0.0, 5)
    np.testing.assert_array_equal(found.scores, exact.scores)
    assert fresh == []


def test_few_sizes_are_kept(tmp_path, monkeypatch):
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path))
    for number, size in enumerate(('1x1', '2x2', '3x3')):
        exports.exported(f'dino-abc-{size}', _write)
        os.utime(tmp_path / 'exported' / f'dino-abc-{size}' / 'manifest.json', (number, number))
    exports.exported('dino-xyz-1x1', _write)
    assert exports.kept_at('dino-abc-1x1') is not None  # used just now
    exports.forget('dino-abc-', 2)
    kept = {p.name for p in (tmp_path / 'exported').iterdir() if p.is_dir()}
    assert kept == {'dino-abc-1x1', 'dino-abc-3x3', 'dino-xyz-1x1'}


def _write(path):
    path.write_text('network')
    path.with_suffix('.bin').write_text('weights')


def test_words_are_read_once(load, picture, monkeypatch):
    fast = load('grounding_dino', vocabulary='', runtime='openvino')
    read = []
    words = fast._network._words
    monkeypatch.setattr(
        words, '_make', lambda ids, make=words._make: read.append(ids) or make(ids)
    )
    for _ in range(3):
        fast.propose(picture, ('ball', 'photo', 'of car'), 0.0, 5)
    assert len(read) == 1


def test_torch_is_as_before_after_an_export(load, picture, fresh, checkpoint_of):
    import torch

    logit = torch.special.logit
    detector = open_it(checkpoint_of('grounding_dino'), frame_sizes='120x90')
    slow = detector._network._slow
    pixels = detector._prepare(picture)
    (caption,) = detector._captions(ASKED)
    with torch.inference_mode():
        boxes, logits = slow(pixels, caption.ids)
        expected = load('grounding_dino', vocabulary='', nms=1.0)._network(pixels, caption.ids)
    np.testing.assert_array_equal(boxes, expected[0])
    np.testing.assert_array_equal(logits, expected[1])
    assert torch.special.logit is logit


def test_what_openvino_cannot_follow_stays_in_torch(checkpoint_of, fresh, picture, monkeypatch):
    def fail(network, size):
        raise ModelFailed('OpenVINO cannot follow the network: aten::new')

    monkeypatch.setattr(grounding_loading, 'trace_network', fail)
    folder = checkpoint_of('grounding_dino')
    slow = open_it(folder, frame_sizes='120x90')
    assert slow.runtime == 'torch (OpenVINO cannot follow the network: aten::new)'
    assert len(slow.propose(picture, ('cat',), 0.0, 5)) == 5
    with pytest.raises(ModelFailed, match='aten::new'):
        open_it(folder, frame_sizes='120x90', runtime='openvino')
    waiting = open_it(folder, runtime='openvino')
    with pytest.raises(ModelFailed, match='aten::new'):
        waiting.propose(picture, ('cat',), 0.0, 5)


@BOTH
def test_bf16_runs(load, picture, family):
    close = load(family, vocabulary='', runtime='openvino', precision='bf16')
    assert 'bf16' in close.runtime
    assert np.isfinite(close.propose(picture, ASKED, 0.0, 9).scores).all()


def test_frame_sizes_are_width_and_height():
    assert read_frame_sizes('1280x720, 640x480,') == ((720, 1280), (480, 640))
    assert read_frame_sizes('') == ()
    for wrong in ('1280', '0x5', '1280 x 720', '-3x4', '99999999x1'):
        with pytest.raises(SettingsError, match='frame_sizes must be width x height'):
            GroundingOptions(frame_sizes=wrong)
    with pytest.raises(SettingsError, match='at most 4, got 5'):
        GroundingOptions(frame_sizes='1x1,2x2,3x3,4x4,5x5')
