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

"""What ships: weights, graph, card and hashes; each refuses what is not right."""

from dataclasses import replace
import json

from grounded_perception.errors import ModelCorrupt, ModelFailed, ModelMissing
from grounded_perception.weights import is_intact
import numpy as np
import pytest

torch = pytest.importorskip('torch', reason="torch is not installed: extra 'train'")
pytest.importorskip('openvino', reason='OpenVINO is not installed')

from grounded_perception.compute import Compute  # noqa: E402
from grounded_perception.fusion.inputs import Inputs  # noqa: E402
from grounded_perception.fusion.network import FusionNetwork, NetworkConfig  # noqa: E402
from grounded_perception.fusion.openvino_runner import OpenVinoRunner  # noqa: E402
from grounded_perception.fusion.storage import read, save_network, Stored, write  # noqa: E402
from grounded_perception.training.shipping.export import (  # noqa: E402
    compare,
    export,
    FILES,
    load,
    random_inputs,
)

TINY = NetworkConfig(width=16, layers=1, heads=2, pair_width=8, gates=2, temperature=2.0)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv('GROUNDED_PERCEPTION_CACHE', str(tmp_path / 'cache'))


@pytest.fixture
def network():
    torch.manual_seed(0)
    return FusionNetwork(TINY).eval()


def test_everything_ships_whole_and_alike(network, tmp_path):
    folder = tmp_path / 'model'
    assert export(network, folder, '# Card\n', {'seed': 3}) < 1e-4
    assert is_intact(folder, FILES)
    assert sorted(p.name for p in folder.iterdir()) == sorted([*FILES, 'manifest.json'])
    assert json.loads((folder / 'manifest.json').read_text()).keys() == set(FILES)
    assert read(folder / 'fusion.safetensors').about['seed'] == 3
    loaded = load(folder / 'fusion.safetensors')
    assert loaded.config == TINY
    feed = random_inputs(4, 3, 5)
    with torch.no_grad():
        for a, b in zip(network(*feed), loaded(*feed), strict=True):
            assert torch.equal(a, b)


def test_the_node_runs_the_graph_in_any_shape(network, tmp_path):
    export(network, tmp_path, '', {})
    run = OpenVinoRunner(tmp_path / 'fusion.xml', Compute(precision='f32'))
    for n, b, length in ((1, 1, 1), (100, 1, 1), (1, 32, 1), (6, 32, 48), (100, 2, 3), (1, 1, 1)):
        feed = random_inputs(n, b, length)
        regions, boxes, _, text, text_mask, evidence = (tensor[0].numpy() for tensor in feed)
        got = run(Inputs(regions, boxes, text, text_mask, evidence))
        with torch.no_grad():
            expected = network(*feed)
        for ours, theirs in zip(got, expected, strict=True):
            np.testing.assert_allclose(ours, theirs[0].numpy(), atol=1e-4)


def test_the_temperature_divides_the_answer_alone(network, tmp_path):
    feed = random_inputs(4, 3, 5)
    with torch.no_grad():
        warm = network(*feed)
        network.config = replace(TINY, temperature=1.0)
        cold = network(*feed)
    torch.testing.assert_close(warm[0] * 2, cold[0])
    assert torch.equal(warm[1], cold[1])


def test_a_graph_of_other_weights_is_refused(network, tmp_path):
    export(network, tmp_path, '', {})
    torch.nn.init.normal_(network.answer.weight, std=3)
    with pytest.raises(ModelFailed, match='answer'):
        compare(network, tmp_path / 'fusion.xml')


@pytest.fixture
def shipped(network, tmp_path):
    path = tmp_path / 'fusion.safetensors'
    save_network(path, network, {})
    return path


def refused(path, stored, match):
    write(path, stored)
    with pytest.raises(ModelCorrupt, match=match):
        load(path)


def test_a_file_that_holds_another_network_is_refused(shipped):
    good = read(shipped)
    config = good.about['config']
    for wrong in ({**config, 'colour': 1}, {**config, 'width': 32}, {**config, 'width': 'wide'}):
        refused(shipped, replace(good, about={**good.about, 'config': wrong}), 'does not hold')
    no_config = {k: v for k, v in good.about.items() if k != 'config'}
    refused(shipped, replace(good, about=no_config), 'does not hold')
    fewer = {k: v for k, v in good.tensors.items() if k != 'none'}
    refused(shipped, replace(good, tensors=fewer), 'none')
    more = {**good.tensors, 'more': torch.zeros(1)}
    refused(shipped, replace(good, tensors=more), 'more')


def test_a_file_for_other_inputs_is_refused(shipped):
    good = read(shipped)
    widths = {**good.about['widths'], 'evidence': 7}
    refused(shipped, replace(good, about={**good.about, 'widths': widths}), 'another version')
    refused(shipped, Stored(good.tensors), 'another version')


@pytest.mark.parametrize('keep', [0, 5, 100, -1])
def test_a_file_that_is_cut_off_is_refused(shipped, keep):
    shipped.write_bytes(shipped.read_bytes()[:keep])
    with pytest.raises(ModelCorrupt, match='no weights file'):
        load(shipped)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ModelMissing, match=r'nothing\.safetensors'):
        load(tmp_path / 'nothing.safetensors')
