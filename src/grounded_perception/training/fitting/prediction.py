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

"""The answers of a network to many examples."""

from __future__ import annotations

from collections.abc import Sequence

from grounded_perception.fusion.network import FusionNetwork
from grounded_perception.records import Floats
from grounded_perception.training.examples import Example
from grounded_perception.training.fitting.batches import collate, NETWORK_KEYS, size_of
import numpy as np
import torch


def predict(network: FusionNetwork, examples: Sequence[Example], batch: int = 64) -> list[Floats]:
    """
    Answer the sentences of examples.

    :param network: it runs on the device where it is, without dropout.
    :param examples: in any order.
    :param batch: examples that run together.
    :returns: for each example the logits ``(B, N + 1)``, the last for *none*, float32.
    """
    device = next(network.parameters()).device
    order = sorted(range(len(examples)), key=lambda i: size_of(examples[i]))
    answers: dict[int, Floats] = {}
    was_training = network.training
    network.eval()
    with torch.inference_mode():
        for start in range(0, len(order), batch):
            chosen = order[start : start + batch]
            arrays = collate([examples[i] for i in chosen])
            logits, _, _ = network(*(arrays[key].to(device) for key in NETWORK_KEYS))
            for i, rows in zip(chosen, logits.float().cpu().numpy(), strict=True):
                sentences, regions = len(examples[i].target), len(examples[i].inputs.regions)
                rows = rows[:sentences]
                answers[i] = np.concatenate([rows[:, :regions], rows[:, -1:]], 1)
    network.train(was_training)
    return [answers[i] for i in range(len(examples))]
