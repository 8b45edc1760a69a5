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

"""``doctor`` and the models that settings name: found, whole, of the kind; nothing is loaded."""

import json
import sys

from grounded_perception.cli import checks, choices, doctor, model_checks, params_file
from grounded_perception.cli.checks import Level
from grounded_perception.errors import SettingsError
from grounded_perception.settings import Settings
import numpy as np
import pytest

safetensors = pytest.importorskip('safetensors.numpy')

LFS = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 600000000\n'


@pytest.fixture
def owl(tmp_path):
    """Make a folder that looks like an OWLv2 checkpoint from outside."""
    folder = tmp_path / 'owl'
    folder.mkdir()
    (folder / 'config.json').write_text('{"model_type": "owlv2"}')
    (folder / 'preprocessor_config.json').write_text('{"do_resize": true}')
    (folder / 'tokenizer.json').write_text('{}')
    safetensors.save_file({'w': np.zeros(1 << 18, np.float32)}, folder / 'model.safetensors')
    return folder


@pytest.fixture(autouse=True)
def libraries(monkeypatch):
    """Pretend that what runs checkpoints is installed."""
    monkeypatch.setattr(model_checks, 'find_spec', lambda name: name)


def judged(folder, detector='owlv2', **options):
    values = {'detector': detector, 'owlv2.checkpoint': str(folder)}
    values |= {f'owlv2.{name}': value for name, value in options.items()}
    wanted = choices.chosen(values)
    assert not wanted.findings
    (found,) = model_checks.checkpoints(wanted)
    assert found.name == 'checkpoint owlv2'
    return found


def test_a_whole_checkpoint(owl):
    found = judged(owl)
    assert found.level is Level.OK
    assert found.text == f'{owl}: whole, owlv2, 1 MB of weights'
    assert judged(owl, detector='ssd').text.endswith('it is not chosen')


def remove(name):
    return lambda folder: (folder / name).unlink()


def write(name, text):
    return lambda folder: (folder / name).write_text(text)


def cut(folder):
    path = folder / 'model.safetensors'
    path.write_bytes(path.read_bytes()[:-9])


@pytest.mark.parametrize(
    ('spoil', 'told'),
    [
        (remove('config.json'), 'has no config.json'),
        (write('config.json', '{"model_type": "owlvit"}'), 'set detector to owlvit'),
        (write('config.json', '{'), 'cannot be read'),
        (remove('model.safetensors'), 'has no weights'),
        (cut, 'truncated'),
        (write('model.safetensors', LFS), 'only a pointer of git-lfs'),
        (write('tokenizer.json', LFS), 'only a pointer of git-lfs'),
        (remove('tokenizer.json'), 'has no tokenizer'),
        (remove('preprocessor_config.json'), 'how images are prepared'),
    ],
)
def test_what_is_wrong_with_a_checkpoint(owl, spoil, told):
    spoil(owl)
    found = judged(owl)
    assert found.level is Level.FAIL
    assert told in found.text
    assert judged(owl, detector='ssd').level is Level.WARN, 'what is not chosen is not essential'


def test_a_checkpoint_that_is_not_there(tmp_path):
    assert 'there is no folder' in judged(tmp_path / 'none').text
    assert 'checkpoint is empty' in judged('').text
    pytest.importorskip('huggingface_hub')
    assert 'hf download nobody/nothing' in judged('nobody/nothing').text
    later = judged('nobody/nothing', download=True)
    assert later.level is Level.WARN
    assert 'fetched at the first start' in later.text


def test_without_the_libraries_the_install_line_is_told(owl, monkeypatch):
    monkeypatch.setattr(model_checks, 'find_spec', lambda name: None)
    found = judged(owl)
    assert (found.level, found.fix) == (Level.FAIL, checks.HUB_INSTALL)
    assert 'torch and transformers' in found.text


def test_an_interpreter_of_ones_own_is_a_checkpoint_too(owl):
    values = {'interpreter.backend': 'local', 'interpreter.checkpoint': str(owl)}
    (found,) = model_checks.checkpoints(choices.chosen(values))
    assert found.level is Level.OK
    (owl / 'preprocessor_config.json').unlink()
    (found,) = model_checks.checkpoints(choices.chosen(values))
    assert found.level is Level.OK, 'a language model sees nothing'


def test_by_default_there_is_nothing_to_judge():
    wanted = choices.chosen({})
    assert not wanted.findings
    assert not list(model_checks.checkpoints(wanted))


def test_the_cache_of_the_hub_is_listed(tmp_path):
    snapshot = tmp_path / 'models--google--owlv2-base' / 'snapshots' / 'abc'
    other = tmp_path / 'models--some--bert' / 'snapshots' / 'abc'
    for folder, kind in ((snapshot, 'owlv2'), (other, 'bert')):
        folder.mkdir(parents=True)
        (folder / 'config.json').write_text(json.dumps({'model_type': kind}))
    (found,) = model_checks.lying_around(tmp_path)
    assert found.text == 'google/owlv2-base (owlv2), for owlv2.checkpoint'


def test_values_that_cannot_be():
    values = {
        'threshold': 2.0, 'owlv2.chekpoint': '/x', 'use_sim_time': True, 'detector': 'yolo99',
    }  # fmt: skip
    wanted = choices.chosen(values, [('sam.boxes_at_once', 'many')])
    told = [f'{found.level.value} {found.text}' for found in wanted.findings]
    assert len(told) == 4
    assert "warn 'owlv2.chekpoint' is no parameter" in told[0]
    assert "'owlv2.checkpoint' is one" in told[0]
    assert "sam.boxes_at_once must be a int, got 'many'" in told[1]
    assert 'threshold must be in [0.0, 1.0], got 2.0' in told[2]
    assert 'detector must be one of' in told[3]
    assert wanted.settings.threshold == Settings().threshold


def test_a_parameter_file_is_the_nodes(tmp_path):
    file = tmp_path / 'robot.yaml'
    file.write_text(
        '/**:\n  ros__parameters:\n    threshold: 0.5\n    owlv2: {checkpoint: /a}\n'
        'camera:\n  ros__parameters: {threshold: 7}\n'
        'robot1:\n  perception:\n    ros__parameters:\n      owlv2.nms: 0.3\n'
    )
    assert params_file.read(file, 'perception') == {
        'threshold': 0.5, 'owlv2.checkpoint': '/a', 'owlv2.nms': 0.3,
    }  # fmt: skip


@pytest.mark.parametrize(
    ('text', 'told'),
    [
        (None, 'cannot be read'),
        ('a: [', 'cannot be read'),
        ('threshold: 0.5', "'/\\*\\*' or of a node 'perception', got no ros__parameters"),
        ('camera: {ros__parameters: {a: 1}}', "got '/camera'"),
        ('', 'got no ros__parameters'),
        ('- 1', 'got no ros__parameters'),
    ],
)
def test_a_parameter_file_that_cannot_be_used(tmp_path, text, told):
    if text is not None:
        (tmp_path / 'x.yaml').write_text(text)
    with pytest.raises(SettingsError, match=told):
        params_file.read(tmp_path / 'x.yaml', 'perception')


@pytest.mark.parametrize(
    ('wanted', 'installed', 'level'),
    [('auto', False, None), ('cuda', False, 'FAIL'), ('cuda', True, 'FAIL'), ('auto', True, 'ok')],
)
def test_the_device(monkeypatch, wanted, installed, level):
    if installed:
        torch = pytest.importorskip('torch')
        monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    else:
        monkeypatch.setitem(sys.modules, 'torch', None)
    found = list(model_checks.device(Settings(device=wanted)))
    assert [one.level.value for one in found] == ([level] if level else [])


def test_a_gpu_is_named(monkeypatch):
    torch = pytest.importorskip('torch')

    class Gpu:
        name, total_memory = 'Big GPU', 80 << 30

    monkeypatch.setattr(torch.cuda, 'is_available', lambda: True)
    monkeypatch.setattr(torch.cuda, 'is_bf16_supported', lambda: True)
    monkeypatch.setattr(torch.cuda, 'get_device_properties', lambda index: Gpu)
    (found,) = model_checks.device(Settings())
    assert found.text == 'cuda: Big GPU, 80 GiB, f32 and bf16; it is used with device: cuda'


def test_the_arithmetic_of_the_cpu_is_told(monkeypatch):
    pytest.importorskip('openvino')
    assert 'the CPU has FP32' in checks.inference_devices().text
    monkeypatch.setattr('grounded_perception.compute.resolve_precision', lambda core, how: 'f32')
    found = checks.inference_devices('bf16')
    assert (found.level, found.fix) == (Level.WARN, 'precision: auto')


def test_the_verb_takes_a_parameter_file(cli, owl, tmp_path, monkeypatch):
    file = tmp_path / 'robot.yaml'
    file.write_text(
        '/**:\n  ros__parameters:\n    detector: owlv2\n'
        f'    owlv2: {{checkpoint: {owl}}}\n    precision: f32\n'
    )
    plain = doctor._checks
    kept = slice(3, 6)  # the user's settings, the arithmetic, the checkpoints
    monkeypatch.setattr(doctor, '_checks', lambda *given: list(plain(*given))[kept])
    result = cli('doctor', '--json', '--params-file', file)
    named = {line['name']: line for line in result.lines}
    assert named['checkpoint owlv2']['level'] == 'ok'
    refused = cli('doctor', '--json', '--params-file', tmp_path / 'none.yaml')
    assert refused.code == 1
    assert refused.lines[0]['name'] == 'params file'
    overruled = cli('doctor', '--json', '--params-file', file, '--option', 'owlv2.checkpoint=/no')
    assert overruled.code == 1
