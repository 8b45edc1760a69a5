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
A network that computes the same with less: what only learning needs is folded into its weights.

Each layer norm reads but what was added up before, and is read by linear layers alone. So what it
subtracts can be subtracted from the weights of those that add (each then adds numbers whose mean
is 0), and what it scales and shifts by goes into the weights of those that read it. Left is a root
mean square (Zhang & Sennrich 2019, https://arxiv.org/abs/1910.07467). The temperature goes into
the last layer.
"""

from __future__ import annotations

from collections.abc import Iterable
import copy
from dataclasses import replace

from grounded_perception.fusion.network import FusionNetwork
from torch import nn


def folded(network: FusionNetwork) -> FusionNetwork:
    """
    Fold a network.

    :param network: fitted and calibrated; it stays as it is.
    :returns: one that answers the same to rounding, and is no use for learning.
    """
    small: FusionNetwork = copy.deepcopy(network).eval().requires_grad_(False)
    small.none -= small.none.mean()
    for first in (small.semantics, small.surface[-1], small.evidence[-1], small.words[0]):
        _centre(first)
    readers = [linear for layer in small.layers for linear in layer.key_value]
    small.words[1] = _bare(small.words[1], readers)
    for layer in small.layers:
        for adds in (layer.out_self, layer.out_words, layer.think[-1]):
            _centre(adds)
        layer.norm_self = _bare(layer.norm_self, [*layer.qkv, layer.counted])
        layer.norm_words = _bare(layer.norm_words, [layer.query])
        layer.norm_think = _bare(layer.norm_think, [layer.think[0]])
    small.norm = _bare(small.norm, [small.answer, small.fits])
    for part in (small.answer.weight, small.answer.bias):
        part /= small.config.temperature
    small.config = replace(small.config, temperature=1.0)
    return small


def _centre(linear: nn.Linear) -> None:
    """Make what a layer puts out sum to 0."""
    linear.weight -= linear.weight.mean(0, keepdim=True)
    linear.bias -= linear.bias.mean()


def _bare(norm: nn.LayerNorm, readers: Iterable[nn.Linear]) -> nn.RMSNorm:
    """Hand a norm's scale and shift to the layers that read it; return what is left of it."""
    for linear in readers:
        linear.bias += linear.weight @ norm.bias
        linear.weight *= norm.weight
    return nn.RMSNorm(norm.normalized_shape, norm.eps, elementwise_affine=False)
