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

"""Folding what only learning needs into the weights changes no answer."""

import pytest

torch = pytest.importorskip('torch', reason="torch is not installed: extra 'train'")

from grounded_perception.fusion.network import FusionNetwork, NetworkConfig  # noqa: E402
from grounded_perception.training.shipping.export import random_inputs  # noqa: E402
from grounded_perception.training.shipping.folding import folded  # noqa: E402

CONFIG = NetworkConfig(width=16, layers=2, heads=2, pair_width=8, gates=2, temperature=1.7)


@pytest.fixture
def network():
    """Return a network whose norms scale and shift, as fitted ones do."""
    torch.manual_seed(0)
    made = FusionNetwork(CONFIG).eval()
    norms = [m for m in made.modules() if isinstance(m, torch.nn.LayerNorm)]
    assert len(norms) == 8
    for norm in norms:
        torch.nn.init.normal_(norm.weight, 1, 0.5)
        torch.nn.init.normal_(norm.bias, 0, 0.5)
    return made


@pytest.mark.parametrize('shape', [(1, 1, 1), (7, 3, 5), (30, 4, 12)])
def test_a_folded_network_answers_the_same(network, shape):
    feed = random_inputs(*shape)
    with torch.no_grad():
        for ours, theirs in zip(folded(network)(*feed), network(*feed), strict=True):
            torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=1e-4)


def test_nothing_is_left_to_fold_and_the_network_stays_as_it_was(network):
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    small = folded(network)
    assert not any(isinstance(m, torch.nn.LayerNorm) for m in small.modules())
    assert small.config.temperature == 1
    after = network.state_dict()
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    assert network.answer.weight.requires_grad
