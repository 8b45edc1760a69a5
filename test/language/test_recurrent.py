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
"""The recurrent network against torch's own."""

from grounded_perception.language.recurrent import both_ways, linear
import numpy as np
import pytest


@pytest.mark.parametrize(('layers', 'words'), [(1, 1), (1, 7), (2, 30)])
def test_it_computes_what_torch_does(layers, words):
    torch = pytest.importorskip('torch', reason='the reference is torch.nn.GRU')
    torch.manual_seed(0)
    reference = torch.nn.GRU(5, 4, layers, batch_first=True, bidirectional=True)
    weights = {f'net.{k}': v.detach().numpy() for k, v in reference.state_dict().items()}
    x = np.random.default_rng(0).normal(size=(words, 5)).astype(np.float32)
    with torch.no_grad():
        expected = reference(torch.from_numpy(x)[None])[0][0].numpy()
    assert both_ways(x, weights, 'net') == pytest.approx(expected, abs=1e-6)


def test_a_linear_layer():
    weights = {
        'a.weight': np.array([[1, 2], [0, -1], [3, 0]], np.float32),
        'a.bias': np.array([0.5, 0, 0], np.float32),
    }
    assert linear(np.array([[1, 1]], np.float32), weights, 'a').tolist() == [[3.5, -1, 3]]
