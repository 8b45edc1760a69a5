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
A bidirectional recurrent network over the words of a sentence, in NumPy.

Gated recurrent units as torch.nn.GRU has them (K. Cho et al., 2014, https://arxiv.org/abs/1406.1078),
with its names of weights: a sentence has some twenty words, and for those no framework is needed.
"""

from __future__ import annotations

from collections.abc import Mapping

from grounded_perception.records import Floats
import numpy as np

Weights = Mapping[str, Floats]


def linear(x: Floats, weights: Weights, name: str) -> Floats:
    """
    Apply a linear layer.

    :param x: ``(T, D)``.
    :param weights: by name; ``<name>.weight`` ``(E, D)`` and ``<name>.bias`` ``(E,)``.
    :param name: of the layer.
    :returns: ``(T, E)``.
    """
    return np.asarray(x @ weights[f'{name}.weight'].T + weights[f'{name}.bias'], np.float32)


def both_ways(x: Floats, weights: Weights, name: str) -> Floats:
    """
    Run all layers of a bidirectional network.

    :param x: ``(T, D)``.
    :param weights: by name, as torch.nn.GRU names them.
    :param name: of the network.
    :returns: ``(T, 2 H)``, forward before backward.
    """
    layer = 0
    while f'{name}.weight_ih_l{layer}' in weights:
        there = _one_way(x, weights, name, f'l{layer}')
        back = _one_way(x[::-1], weights, name, f'l{layer}_reverse')[::-1]
        x = np.concatenate([there, back], axis=1)
        layer += 1
    return x


def _one_way(x: Floats, weights: Weights, name: str, layer: str) -> Floats:
    """Return states ``(T, H)`` of one layer in one direction."""
    given = x @ weights[f'{name}.weight_ih_{layer}'].T + weights[f'{name}.bias_ih_{layer}']
    kept, bias = weights[f'{name}.weight_hh_{layer}'].T, weights[f'{name}.bias_hh_{layer}']
    width = kept.shape[0]
    state = np.zeros(width, np.float32)
    states = np.empty((len(x), width), np.float32)
    for at, now in enumerate(given):
        own = state @ kept + bias
        reset, update = np.split(_sigmoid(now[: 2 * width] + own[: 2 * width]), 2)
        new = np.tanh(now[2 * width :] + reset * own[2 * width :])
        state = (1 - update) * new + update * state
        states[at] = state
    return states


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))), np.float32)
