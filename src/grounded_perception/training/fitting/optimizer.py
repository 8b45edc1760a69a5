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

"""AdamW, its learning rate, the average of the weights, and how they are kept."""

from __future__ import annotations

from collections.abc import Mapping
import math
from typing import Any

from grounded_perception.training.fitting.options import FitOptions
import torch
from torch import nn, Tensor


def make_optimizer(network: nn.Module, options: FitOptions) -> torch.optim.AdamW:
    """
    Make AdamW; biases, norms and single vectors do not decay.

    :param network: what it moves.
    :param options: rate and decay.
    :returns: the optimizer.
    """
    weights = list(network.parameters())
    groups = [
        {'params': [w for w in weights if w.ndim > 1], 'weight_decay': options.weight_decay},
        {'params': [w for w in weights if w.ndim <= 1], 'weight_decay': 0.0},
    ]
    return torch.optim.AdamW(groups, lr=options.learning_rate, betas=(0.9, 0.98))


def learning_rate(step: int, steps: int, options: FitOptions) -> float:
    """
    Return the learning rate of a step: a climb, then half a cosine down to 0.

    :param step: its number, from 0.
    :param steps: all of them.
    :param options: the highest rate, and the share of the climb.
    :returns: the rate.
    """
    climb = max(1, round(options.warmup * steps))
    if step < climb:
        return options.learning_rate * (step + 1) / climb
    share = (step - climb) / max(1, steps - climb)
    return options.learning_rate * 0.5 * (1 + math.cos(math.pi * share))


def average(shadow: nn.Module, network: nn.Module, step: int, decay: float) -> None:
    """
    Move averaged weights towards the present ones; the first steps count more.

    :param shadow: has the average.
    :param network: has the present weights.
    :param step: number of the step, from 0.
    :param decay: how much of the average is kept.
    """
    keep = min(decay, (1 + step) / (10 + step))
    with torch.no_grad():
        for mean, now in zip(shadow.parameters(), network.parameters(), strict=True):
            mean.lerp_(now, 1 - keep)


def optimizer_tensors(optimizer: Any) -> dict[str, Tensor]:
    """
    Return what an optimizer remembers.

    :param optimizer: AdamW, possibly wrapped.
    :returns: tensors by ``number of the weight.name``.
    """
    state = optimizer.state_dict()['state']
    return {f'{i}.{name}': tensor for i, each in state.items() for name, tensor in each.items()}


def restore_optimizer(optimizer: Any, tensors: Mapping[str, Tensor]) -> None:
    """
    Give an optimizer its memory back.

    :param optimizer: made as the one that remembered.
    :param tensors: of :func:`optimizer_tensors`.
    """
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        number, _, key = name.partition('.')
        state.setdefault(int(number), {})[key] = tensor
    groups = optimizer.state_dict()['param_groups']
    optimizer.load_state_dict({'state': state, 'param_groups': groups})
