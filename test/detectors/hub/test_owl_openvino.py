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

"""OWL image towers in OpenVINO: equal to torch, exported once, checked, told apart."""

import json
import shutil

import cv2
from grounded_perception import detectors
from grounded_perception.compute import Compute
from grounded_perception.detectors.hub import exports, owl_loading, quantising, runtimes
from grounded_perception.detectors.hub.owl_openvino import trace_tower
from grounded_perception.errors import ModelCorrupt, ModelFailed, ModelMissing, SettingsError
from grounded_perception.weights import CACHE_VARIABLE
import numpy as np
import pytest

pytest.importorskip('openvino')

BOTH = pytest.mark.parametrize('family', ['owlvit', 'owlv2'])
ASKED = ('cat', 'red ball', 'dog')


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """Begin with an empty cache and count what is exported into it."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / 'cache'))
    made = []

    def counted(network, pixels):
        made.append(pixels.shape)
        return trace_tower(network, pixels)

    monkeypatch.setattr(owl_loading, 'trace_tower', counted)
    return made


def open_it(folder, family='owlvit', precision='f32', device='cpu', **options):
    module = detectors.module(family)
    chosen = {'runtime': 'openvino', 'vocabulary': '', 'nms': 1.0, **options}
    return module.load(
        module.Options(checkpoint=str(folder), **chosen), Compute(device, precision, 1)
    )


def kept(tmp_path):
    return sorted(p.name for p in (tmp_path / 'cache' / 'exported').iterdir() if p.is_dir())


@BOTH
def test_boxes_and_scores_are_those_of_torch(load, picture, family):
    exact = load(family, vocabulary='', nms=1.0)
    fast = load(family, vocabulary='', nms=1.0, runtime='openvino')
    assert fast.runtime == 'openvino f32'
    ours, theirs = (d.propose(picture, ASKED, 0.0, 10_000) for d in (fast, exact))
    assert len(ours) == len(theirs) > 10
    np.testing.assert_allclose(ours.scores, theirs.scores, atol=1e-4)
    near = np.abs(ours.boxes_px[:, None] - theirs.boxes_px[None]).max(axis=2)
    pairs = near.argmin(axis=1)
    assert near.min(axis=1).max() < 1e-2
    assert sorted(pairs) == list(range(len(theirs)))
    np.testing.assert_allclose(ours.posterior, theirs.posterior[pairs], atol=1e-4)
    if family == 'owlv2':
        seen = [d._tower(d._prepare(picture)).objectness for d in (fast, exact)]
        np.testing.assert_allclose(*seen, atol=1e-4)


@BOTH
def test_bf16_is_near(load, picture, family):
    exact = load(family, vocabulary='', nms=1.0).propose(picture, ASKED, 0.0, 9)
    close = load(family, vocabulary='', nms=1.0, runtime='openvino', precision='bf16')
    assert close.runtime == 'openvino bf16'
    np.testing.assert_allclose(
        close.propose(picture, ASKED, 0.0, 9).scores, exact.scores, atol=0.05
    )


def test_what_was_seen_stays_when_the_next_image_comes(load, picture):
    tower = load('owlvit', vocabulary='', runtime='openvino')._tower
    pixels = load('owlvit', vocabulary='')._prepare(picture)
    seen = tower(pixels)
    before = [part.copy() for part in (seen.boxes, *seen.features)]
    tower(-pixels)
    for was, part in zip(before, (seen.boxes, *seen.features), strict=True):
        np.testing.assert_array_equal(was, part)


@BOTH
def test_no_vocabulary_and_no_second_start_exports_again(fresh, checkpoint_of, picture, family):
    first = open_it(checkpoint_of(family), family)
    assert len(fresh) == 1
    for asked in (('cat',), ('dog', 'cup', 'car'), ('zebra ' * 9,) * 2 + ASKED):
        assert len(first.propose(picture, asked, 0.0, 5)) == 5
    second = open_it(checkpoint_of(family), family, vocabulary='cat, dog', prompt='the {}')
    assert len(fresh) == 1
    for asked in (('cat',), ASKED):
        before = first.propose(picture, asked, 0.0, 50)
        other = open_it(checkpoint_of(family), family)
        after = other.propose(picture, asked, 0.0, 50)
        np.testing.assert_array_equal(before.boxes_px, after.boxes_px)
        np.testing.assert_array_equal(before.scores, after.scores)
    assert second.propose(picture, (), 0.0, 5).names == ('cat', 'dog')
    assert len(fresh) == 1


def test_what_was_damaged_is_made_anew(fresh, checkpoint_of, tmp_path):
    open_it(checkpoint_of('owlvit'))
    (name,) = kept(tmp_path)
    weights = tmp_path / 'cache' / 'exported' / name / 'model.bin'
    weights.write_bytes(b'\0' * weights.stat().st_size)
    open_it(checkpoint_of('owlvit'))
    assert len(fresh) == 2
    assert kept(tmp_path) == [name]
    assert exports.kept_at(name) is not None


def test_an_export_cut_off_leaves_nothing(fresh, checkpoint_of, tmp_path, monkeypatch):
    def fail(model, path, is_half):
        path.write_text('half of it')
        raise KeyboardInterrupt

    monkeypatch.setattr(owl_loading, 'save', fail)
    with pytest.raises(KeyboardInterrupt):
        open_it(checkpoint_of('owlvit'))
    assert kept(tmp_path) == []


def test_other_weights_are_another_export(fresh, broken, tmp_path):
    from safetensors.numpy import load_file, save_file

    folder = broken('owlvit')
    open_it(folder)
    weights = load_file(str(folder / 'model.safetensors'))
    weights['box_head.dense2.bias'] = weights['box_head.dense2.bias'] + 1
    save_file(weights, str(folder / 'model.safetensors'), metadata={'format': 'pt'})
    open_it(folder)
    assert len(fresh) == len(kept(tmp_path)) == 2


def test_the_same_weights_elsewhere_are_the_same_export(fresh, checkpoint_of, tmp_path):
    open_it(checkpoint_of('owlvit'))
    open_it(shutil.copytree(checkpoint_of('owlvit'), tmp_path / 'elsewhere'))
    assert len(fresh) == 1


def test_another_version_of_a_library_is_another_export(checkpoint_of, monkeypatch):
    checkpoint = exports.Checkpoint(checkpoint_of('owlvit'), {}, {})
    names = {exports.fingerprint(checkpoint)}
    for library in ('openvino', 'transformers'):
        monkeypatch.setattr(
            exports.metadata, 'version', lambda name, one=library: f'{name == one}'
        )
        names.add(exports.fingerprint(checkpoint))
    assert len(names) == 3


def test_a_cache_that_cannot_be_written_says_so(checkpoint_of, tmp_path, monkeypatch):
    (tmp_path / 'file').touch()
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / 'file'))
    with pytest.raises(ModelMissing, match='cannot be written'):
        open_it(checkpoint_of('owlvit'))


def test_auto_takes_openvino_on_a_cpu_and_torch_elsewhere(monkeypatch):
    assert runtimes.resolve_runtime('auto', Compute('auto')) == 'openvino'
    assert runtimes.resolve_runtime('auto', Compute('cpu')) == 'openvino'
    assert runtimes.resolve_runtime('auto', Compute('cuda')) == 'torch'
    assert runtimes.resolve_runtime('torch', Compute('cpu')) == 'torch'
    monkeypatch.setattr(runtimes, 'find_spec', lambda name: None)
    assert runtimes.resolve_runtime('auto', Compute('cpu')) == 'torch'
    with pytest.raises(ModelMissing, match='pip install "openvino'):
        runtimes.resolve_runtime('openvino', Compute('cpu'))


def test_auto_falls_back_and_says_why_where_openvino_fails(
    fresh, checkpoint_of, picture, monkeypatch
):
    def fail(network, pixels):
        raise ModelFailed('OpenVINO cannot follow the network: aten::new')

    monkeypatch.setattr(owl_loading, 'trace_tower', fail)
    with pytest.raises(ModelFailed, match='aten::new'):
        open_it(checkpoint_of('owlvit'))
    slow = open_it(checkpoint_of('owlvit'), runtime='auto')
    assert slow.runtime == 'torch (OpenVINO cannot follow the network: aten::new)'
    assert len(slow.propose(picture, ('cat',), 0.0, 5)) == 5


def test_a_network_that_cannot_be_traced_is_a_model_failure():
    torch = pytest.importorskip('torch')

    def odd(fed):
        raise RuntimeError('no such thing\nand a long trace')

    with pytest.raises(ModelFailed, match=r'cannot follow the network: no such thing$'):
        runtimes.trace(runtimes.as_module(odd), {'x': (torch.zeros(1), (1,))})


@pytest.fixture
def frames(tmp_path, picture):
    """Return a folder with four pictures and a note."""
    folder = tmp_path / 'frames'
    folder.mkdir()
    for turn in range(4):
        cv2.imwrite(str(folder / f'{turn}.png'), np.rot90(picture, turn))
    (folder / 'notes.txt').write_text('none')
    return folder


def test_int8_is_near_and_kept_by_its_frames(
    fresh, checkpoint_of, load, picture, frames, tmp_path
):
    pytest.importorskip('nncf')
    chosen = {'quantize': 'int8', 'calibration': str(frames)}
    rounded = open_it(checkpoint_of('owlvit'), runtime='auto', **chosen)
    assert rounded.runtime == 'openvino int8 and f32'
    exact = load('owlvit', vocabulary='', nms=1.0).propose(picture, ASKED, 0.0, 9)
    found = rounded.propose(picture, ASKED, 0.0, 9)
    np.testing.assert_allclose(found.scores, exact.scores, atol=0.1)
    assert np.abs(found.scores - exact.scores).max() > 1e-5
    open_it(checkpoint_of('owlvit'), **chosen)
    assert len(fresh) == 1
    (frames / '0.png').unlink()
    open_it(checkpoint_of('owlvit'), **chosen)
    assert len(fresh) == len(kept(tmp_path)) == 2


def test_int8_needs_frames_nncf_and_openvino(checkpoint_of, frames, tmp_path, monkeypatch):
    module = detectors.module('owlvit')
    with pytest.raises(SettingsError, match='calibration is empty, and quantize int8 needs it'):
        module.Options(quantize='int8')
    with pytest.raises(SettingsError, match='quantize must be none where runtime is torch'):
        module.Options(quantize='int8', calibration='x', runtime='torch')
    folder = checkpoint_of('owlvit')
    with pytest.raises(SettingsError, match=r'owlvit\.calibration .*gone.* cannot be read'):
        open_it(folder, quantize='int8', calibration=str(tmp_path / 'gone'))
    (tmp_path / 'empty').mkdir()
    with pytest.raises(SettingsError, match='holds no picture'):
        open_it(folder, quantize='int8', calibration=str(tmp_path / 'empty'))

    def absent(name):
        raise quantising.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(quantising.metadata, 'version', absent)
    monkeypatch.setattr(exports, 'fingerprint', lambda checkpoint: 'x')
    monkeypatch.setattr(owl_loading, 'fingerprint', lambda checkpoint: 'x')
    with pytest.raises(ModelMissing, match='nncf is not installed: pip install nncf'):
        open_it(folder, quantize='int8', calibration=str(frames))


def test_a_frame_that_is_no_picture_is_named(checkpoint_of, frames, fresh):
    pytest.importorskip('nncf')
    (frames / '0.png').write_text('nothing')
    with pytest.raises(SettingsError, match=r'calibration: .*0\.png cannot be read'):
        open_it(checkpoint_of('owlvit'), quantize='int8', calibration=str(frames))


def test_what_is_kept_tells_its_hashes(fresh, checkpoint_of, tmp_path):
    open_it(checkpoint_of('owlvit'), precision='bf16')
    (name,) = kept(tmp_path)
    assert name.startswith('owlvit-')
    assert name.endswith('-bf16')
    manifest = json.loads((tmp_path / 'cache' / 'exported' / name / 'manifest.json').read_text())
    assert set(manifest) == {'model.xml', 'model.bin'}


def test_weights_that_do_not_fit_are_still_refused(fresh, broken):
    folder = broken('owlvit')
    config = json.loads((folder / 'config.json').read_text())
    config['vision_config']['hidden_size'] = 48
    (folder / 'config.json').write_text(json.dumps(config))
    with pytest.raises(ModelCorrupt):
        open_it(folder)
    assert fresh == []
