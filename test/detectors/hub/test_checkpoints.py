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

"""Checkpoints that are not there, not whole, not safe or not the right ones, each in our words."""

import json
import socket

from grounded_perception import detectors
from grounded_perception.compute import Compute
from grounded_perception.detectors.hub.checkpoints import inspect
from grounded_perception.errors import ModelCorrupt, ModelMissing, SettingsError
import pytest

NAMES = ('grounding_dino', 'mm_grounding_dino', 'object_detection', 'owlv2', 'owlvit')
WEIGHTS = 'model.safetensors'


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    """Let every attempt to reach another machine be a failure of the test."""
    tried = []

    def refuse(self, address, *rest):
        tried.append(address)
        raise OSError('no network in tests')

    monkeypatch.setattr(socket.socket, 'connect', refuse)
    monkeypatch.setattr(socket, 'getaddrinfo', lambda host, *rest, **more: refuse(None, host))
    yield
    assert tried == []


def open_it(name, checkpoint, compute=None, **options):
    module = detectors.module(name)
    options = module.Options(checkpoint=str(checkpoint), **{'runtime': 'torch', **options})
    return module.load(options, compute or Compute('cpu', 'f32', 1))


@pytest.mark.parametrize('name', NAMES)
def test_a_checkpoint_must_be_named(name):
    with pytest.raises(SettingsError, match=rf'{name}\.checkpoint is empty: set it to a folder'):
        open_it(name, ' ')


@pytest.mark.parametrize('name', NAMES)
def test_whole_checkpoints_load_without_the_network(checkpoint_of, name):
    family = 'rt_detr' if name == 'object_detection' else name
    open_it(name, checkpoint_of(family)).close()


@pytest.mark.parametrize('name', NAMES)
def test_a_folder_that_is_not_there(name, tmp_path):
    with pytest.raises(ModelMissing, match=r'there is no folder .*gone'):
        open_it(name, tmp_path / 'gone')
    for nonsense in ('~nobody-at-all/x', '/' + 'x' * 5000):
        with pytest.raises(SettingsError, match='cannot be a folder'):
            open_it(name, nonsense)
    (tmp_path / 'file').touch()
    with pytest.raises(SettingsError, match='must be a folder or a hub id'):
        open_it(name, tmp_path / 'file')


def test_a_hub_id_is_not_fetched_unless_told_so(tmp_path, monkeypatch):
    hub = pytest.importorskip('huggingface_hub')
    monkeypatch.setattr(hub.constants, 'HF_HUB_CACHE', str(tmp_path))
    fetch = r'hf download some/where --revision v2, or set owlv2\.download to true'
    with pytest.raises(ModelMissing, match=fetch):
        open_it('owlv2', 'some/where', revision='v2')


def test_a_failed_download_says_so(monkeypatch):
    hub = pytest.importorskip('huggingface_hub')
    asked = {}

    def fail(name, **how):
        asked.update(how)
        raise ConnectionError('no route\nlong trace')

    monkeypatch.setattr(hub, 'snapshot_download', fail)
    with pytest.raises(ModelMissing, match=r'some/where could not be fetched: .*no route$'):
        open_it('owlv2', 'some/where', download=True)
    assert asked['local_files_only'] is False
    assert not any(
        'bin' in pattern or pattern.endswith('py') for pattern in asked['allow_patterns']
    )


def test_a_hub_id_in_the_cache_is_a_folder_as_any_other(checkpoint_of, monkeypatch):
    hub = pytest.importorskip('huggingface_hub')
    asked = {}

    def find(name, **how):
        asked.update(how)
        return str(checkpoint_of('owlvit'))

    monkeypatch.setattr(hub, 'snapshot_download', find)
    open_it('owlvit', 'google/owlvit-base-patch32').close()
    assert asked['local_files_only'] is True


def test_a_folder_has_no_revision(checkpoint_of):
    with pytest.raises(SettingsError, match=r'revision must be empty .* got .main'):
        open_it('owlvit', checkpoint_of('owlvit'), revision='main')


@pytest.mark.parametrize(
    ('gone', 'said'),
    [
        (['config.json'], r'has no config\.json'),
        ([WEIGHTS], r'has no weights: model\.safetensors is missing'),
        (['preprocessor_config.json'], r'preprocessor_config\.json is missing'),
        (['tokenizer.json'], r'has no tokenizer: tokenizer\.json or vocab\.json'),
    ],
)
def test_a_part_is_missing(broken, gone, said):
    folder = broken('owlvit')
    for name in gone:
        (folder / name).unlink()
    with pytest.raises(ModelMissing, match=said) as caught:
        open_it('owlvit', folder)
    assert str(folder) in str(caught.value)


@pytest.mark.parametrize('name', ['config.json', 'preprocessor_config.json', 'tokenizer.json'])
@pytest.mark.parametrize('content', ['{"model_type": "owl', '[1, 2]', '\x00\x01', '[' * 100_000])
def test_a_description_is_damaged(broken, name, content):
    folder = broken('owlvit')
    (folder / name).write_text(content)
    with pytest.raises(ModelCorrupt, match=r'cannot be read|must hold a JSON object'):
        open_it('owlvit', folder)


@pytest.mark.parametrize('name', NAMES)
def test_weights_are_truncated(broken, name):
    folder = broken('detr' if name == 'object_detection' else name)
    content = (folder / WEIGHTS).read_bytes()
    for keep in (len(content) - 1, 20_000, 400, 5, 0):
        (folder / WEIGHTS).write_bytes(content[:keep])
        with pytest.raises(ModelCorrupt, match='truncated or no safetensors file'):
            open_it(name, folder)


@pytest.mark.parametrize('pickled', ['pytorch_model.bin', 'model.pt'])
def test_pickled_weights_are_never_opened(broken, pickled):
    folder = broken('owlv2')
    (folder / WEIGHTS).rename(folder / pickled)
    with pytest.raises(ModelMissing, match=rf'only as a pickle \({pickled}\).*never opened'):
        open_it('owlv2', folder)


def test_a_network_of_another_kind_is_refused(checkpoint_of, broken):
    with pytest.raises(SettingsError, match=r'must be of type owlv2; .* owlvit: set detector to'):
        open_it('owlv2', checkpoint_of('owlvit'))
    with pytest.raises(SettingsError, match=r'of type grounding-dino; .* is of type detr$'):
        open_it('grounding_dino', checkpoint_of('detr'))
    folder = broken('owlvit')
    config = json.loads((folder / 'config.json').read_text())
    (folder / 'config.json').write_text(json.dumps({**config, 'model_type': 'clip'}))
    with pytest.raises(SettingsError, match=r'must be of type owlvit; .* is of type clip'):
        open_it('owlvit', folder)


def rewrite(folder, change):
    """Change the tensors of a checkpoint."""
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / WEIGHTS)
    change(tensors)
    save_file(tensors, folder / WEIGHTS, metadata={'format': 'pt'})


def test_missing_surplus_and_misshapen_weights_are_refused(broken, checkpoint_of):
    import torch

    head = 'class_head.dense0.weight'
    folder = broken('owlvit')
    rewrite(folder, lambda tensors: tensors.pop(head))
    with pytest.raises(ModelCorrupt, match=rf'lacks weights: {head}; it is not a OwlViT'):
        open_it('owlvit', folder)
    rewrite(
        folder, lambda tensors: tensors.update({head: torch.zeros(32, 32), 'x.y': torch.ones(1)})
    )
    with pytest.raises(ModelCorrupt, match=r'has weights that nobody takes: x\.y'):
        open_it('owlvit', folder)
    rewrite(
        folder, lambda tensors: (tensors.pop('x.y'), tensors.update({head: torch.zeros(3, 3)}))
    )
    with pytest.raises(ModelCorrupt, match='cannot be loaded as OwlViTForObjectDetection'):
        open_it('owlvit', folder)


def test_constants_that_old_versions_saved_are_no_surplus(broken):
    import torch

    folder = broken('owlvit')
    name = 'owlvit.text_model.embeddings.position_ids'
    rewrite(folder, lambda tensors: tensors.update({name: torch.arange(16)[None]}))
    open_it('owlvit', folder).close()


def test_shards_are_followed_and_one_must_not_be_missing(broken):
    folder = broken('owlvit')
    shard = 'model-00001-of-00001.safetensors'
    (folder / WEIGHTS).rename(folder / shard)
    from safetensors import safe_open

    with safe_open(str(folder / shard), framework='pt') as opened:
        parts = dict.fromkeys(opened.keys(), shard)
    index = {'metadata': {}, 'weight_map': parts}
    (folder / f'{WEIGHTS}.index.json').write_text(json.dumps(index))
    open_it('owlvit', folder).close()
    (folder / shard).unlink()
    with pytest.raises(ModelMissing, match=rf'has no {shard}, which .*index\.json names'):
        open_it('owlvit', folder)
    index['weight_map']['x'] = '../elsewhere.safetensors'
    (folder / f'{WEIGHTS}.index.json').write_text(json.dumps(index))
    with pytest.raises(ModelCorrupt, match='names files outside of its folder'):
        open_it('owlvit', folder)


def test_code_in_a_checkpoint_is_not_run(broken, tmp_path):
    folder = broken('owlvit')
    config = json.loads((folder / 'config.json').read_text())
    config['auto_map'] = {'AutoModelForZeroShotObjectDetection': 'evil.Evil'}
    (folder / 'config.json').write_text(json.dumps(config))
    (folder / 'evil.py').write_text(f'open({str(tmp_path / "ran")!r}, "w")\nclass Evil: pass\n')
    open_it('owlvit', folder).close()
    assert not (tmp_path / 'ran').exists()


def test_the_processor_may_describe_the_images(broken):
    folder = broken('owlvit')
    described = json.loads((folder / 'preprocessor_config.json').read_text())
    (folder / 'preprocessor_config.json').unlink()
    (folder / 'processor_config.json').write_text(json.dumps({'image_processor': described}))
    found = inspect(folder, 'owlvit', ('owlvit',), reads_text=True)
    assert found.preprocessor == described
    open_it('owlvit', folder).close()


def test_cuda_that_is_not_there(checkpoint_of, monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    with pytest.raises(ModelMissing, match=r'device is cuda, but torch .* finds no GPU'):
        open_it('owlvit', checkpoint_of('owlvit'), Compute('cuda', 'f32', 1))


def test_a_tokenizer_of_another_checkpoint_is_refused(broken, checkpoint_of):
    folder = broken('owlvit')
    for name in ('tokenizer.json', 'tokenizer_config.json'):
        (folder / name).write_bytes((checkpoint_of('grounding_dino') / name).read_bytes())
    with pytest.raises(ModelCorrupt, match='they are of two checkpoints'):
        open_it('owlvit', folder)


def test_a_folder_of_shared_code_is_no_detector():
    assert set(NAMES) < set(detectors.names())
    assert 'hub' not in detectors.names()
    with pytest.raises(SettingsError, match='detector must be one of'):
        detectors.module('hub')
