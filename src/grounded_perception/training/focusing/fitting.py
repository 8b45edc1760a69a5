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
"""The fit: cross-entropy over words, AdamW, one cycle of the learning rate."""

from __future__ import annotations

from collections.abc import Sequence

from grounded_perception.language.minilm import WIDTH as TEXT_WIDTH
from grounded_perception.records import Floats
from grounded_perception.training.focusing.network import FocusNetwork, loss_of
from grounded_perception.training.focusing.options import FocusOptions
import numpy as np
from numpy.typing import NDArray
import torch
from torch import Tensor

_BATCH = 32


def fit(
    samples: Sequence[tuple[Floats, NDArray[np.int64]]], options: FocusOptions
) -> dict[str, Floats]:
    """
    Fit a network.

    :param samples: sentences: words ``(T, 384)``, what they are ``(T,)``.
    :param options: how; the same ones make the same weights.
    :returns: weights by name, float32.
    """
    from tqdm import tqdm

    torch.manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    network = FocusNetwork(options.width, options.layers)
    optimizer = torch.optim.AdamW(network.parameters(), options.learning_rate, weight_decay=0.01)
    steps = options.epochs * -(-len(samples) // _BATCH)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.learning_rate, steps)
    network.train()
    with tqdm(total=steps, desc='fit', unit='step', mininterval=2) as progress:
        for _ in range(options.epochs):
            order = rng.permutation(len(samples))
            for start in range(0, len(order), _BATCH):
                words, lengths, labels = _batch(
                    [samples[i] for i in order[start : start + _BATCH]]
                )
                loss = loss_of(network(words, lengths), labels)
                optimizer.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
                optimizer.step()
                cycle.step()
                progress.update()
                progress.set_postfix(loss=f'{loss.item():.3f}', refresh=False)
    return {name: w.detach().numpy().copy() for name, w in network.weights().items()}


def _batch(some: Sequence[tuple[Floats, NDArray[np.int64]]]) -> tuple[Tensor, Tensor, Tensor]:
    """Put sentences of unlike lengths together."""
    lengths = [len(labels) for _, labels in some]
    words = torch.zeros(len(some), max(lengths), TEXT_WIDTH)
    labels = torch.full((len(some), max(lengths)), -1, dtype=torch.int64)
    for row, (vectors, kinds) in enumerate(some):
        words[row, : len(kinds)] = torch.from_numpy(vectors)
        labels[row, : len(kinds)] = torch.from_numpy(kinds)
    return words, torch.tensor(lengths), labels
