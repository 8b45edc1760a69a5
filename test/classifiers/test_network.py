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

"""EfficientNet-Lite0 in OpenVINO is the network of its paper, checked against plain PyTorch."""

from grounded_perception.classifiers.imagenet import network
from grounded_perception.classifiers.imagenet.checkpoint import read_tensors
from grounded_perception.errors import ModelCorrupt, ModelMissing
from grounded_perception.weights import locate
import numpy as np
import pytest

pytestmark = pytest.mark.model


@pytest.fixture(scope='module')
def tensors():
    """Return the weights by their names."""
    try:
        return read_tensors(locate(network.SOURCE))
    except ModelMissing as exc:
        pytest.skip(str(exc))


def reference(torch, tensors, rgb):
    """Return logits and pooled features of the network, written once more from the paper."""
    functional = torch.nn.functional
    weights = {name: torch.from_numpy(np.array(value)) for name, value in tensors.items()}

    def convolved(x, name, norm, stride=1, groups=1, relu=True):
        kernel = weights[f'{name}.weight']
        size, out = x.shape[-1], -(-x.shape[-1] // stride)
        pad = max((out - 1) * stride + kernel.shape[-1] - size, 0)
        x = functional.pad(x, [pad // 2, pad - pad // 2] * 2)
        x = functional.conv2d(x, kernel, stride=stride, groups=groups)
        moments = (weights[f'{norm}.{part}'] for part in ('running_mean', 'running_var'))
        scale = (weights[f'{norm}.{part}'] for part in ('weight', 'bias'))
        x = functional.batch_norm(x, *moments, *scale, eps=1e-3)
        return functional.relu6(x) if relu else x

    x = torch.from_numpy((rgb.astype(np.float32) - 127) / 128).permute(0, 3, 1, 2)
    x = convolved(x, '_conv_stem', '_bn0', 2)
    for block in range(16):
        name, before = f'_blocks.{block}', x
        if f'{name}._expand_conv.weight' in weights:
            x = convolved(x, f'{name}._expand_conv', f'{name}._bn0')
        stride = 2 if block in (1, 3, 5, 11) else 1
        x = convolved(x, f'{name}._depthwise_conv', f'{name}._bn1', stride, x.shape[1])
        x = convolved(x, f'{name}._project_conv', f'{name}._bn2', relu=False)
        x = x + before if x.shape == before.shape else x
    pooled = convolved(x, '_conv_head', '_bn1').mean((2, 3))
    return (pooled @ weights['_fc.weight'].T + weights['_fc.bias']).numpy(), pooled.numpy()


def test_equal_to_plain_pytorch(tensors, photo):
    torch = pytest.importorskip('torch')
    openvino = pytest.importorskip('openvino')
    rgb = np.stack([photo('chelsea.png')[30:254, 100:324], photo('coffee.png')[100:324, 100:324]])
    exact = {'INFERENCE_PRECISION_HINT': 'f32'}
    run = openvino.Core().compile_model(network.build(tensors), 'CPU', exact)
    logits, features = (run({0: rgb})[i] for i in range(2))
    with torch.inference_mode():
        wanted = reference(torch, tensors, rgb)
    np.testing.assert_allclose(logits, wanted[0], atol=1e-3)
    np.testing.assert_allclose(features, wanted[1], atol=1e-3)


def test_a_missing_tensor_is_named(tensors, tmp_path, monkeypatch):
    pytest.importorskip('openvino')
    del (less := dict(tensors))['_blocks.3._bn1.weight']
    monkeypatch.setattr(network, 'read_tensors', lambda path: less)
    with pytest.raises(ModelCorrupt, match=r'_blocks\.3\._bn1\.weight'):
        network.convert(tmp_path / 'a.pth', tmp_path)
