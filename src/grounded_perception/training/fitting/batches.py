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

"""Examples → padded tensors, and which examples come together."""

from __future__ import annotations

from collections.abc import Sequence

from grounded_perception.fusion.inputs import EVIDENCE_WIDTH, REGION_WIDTH
from grounded_perception.language.minilm import WIDTH as TEXT_WIDTH
from grounded_perception.training.examples import Example
import numpy as np
import torch
from torch import Tensor

#: What :meth:`FusionNetwork.forward` takes.
NETWORK_KEYS = ('regions', 'boxes', 'region_mask', 'text', 'text_mask', 'evidence')
#: Batches among which scenes are sorted by size: enough to waste little, still a mix.
_WINDOW = 32


def collate(examples: Sequence[Example]) -> dict[str, Tensor]:
    """
    Pad examples to the largest of them.

    :param examples: S scenes.
    :returns: float32 tensors :data:`NETWORK_KEYS` as the network takes them; ``target``
        ``(S, B, N + 1)`` with *none* last; ``member`` ``(S, B, N)``; ``sentence_mask``
        ``(S, B)``, 1 = a sentence; ``status`` ``(S, B)`` int64, -1 = padding.
    """
    s = len(examples)
    n = max(1, *(len(e.inputs.regions) for e in examples))
    b = max(1, *(len(e.target) for e in examples))
    length = max(1, *(e.inputs.text.shape[1] for e in examples))
    shapes = {
        'regions': (s, n, REGION_WIDTH),
        'boxes': (s, n, 4),
        'region_mask': (s, n),
        'text': (s, b, length, TEXT_WIDTH),
        'text_mask': (s, b, length),
        'evidence': (s, b, n, EVIDENCE_WIDTH),
        'target': (s, b, n + 1),
        'member': (s, b, n),
        'sentence_mask': (s, b),
    }
    arrays = {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}
    status = np.full((s, b), -1, np.int64)
    for i, example in enumerate(examples):
        inputs, regions, sentences = (
            example.inputs,
            len(example.inputs.regions),
            len(example.target),
        )
        words = inputs.text.shape[1]
        arrays['regions'][i, :regions] = inputs.regions
        arrays['boxes'][i, :regions] = inputs.boxes
        arrays['region_mask'][i, :regions] = 1
        arrays['text'][i, :sentences, :words] = inputs.text
        arrays['text_mask'][i, :sentences, :words] = inputs.text_mask
        arrays['evidence'][i, :sentences, :regions] = inputs.evidence
        arrays['target'][i, :sentences, :regions] = example.target[:, :-1]
        arrays['target'][i, :sentences, -1] = example.target[:, -1]
        arrays['member'][i, :sentences, :regions] = example.member
        arrays['sentence_mask'][i, :sentences] = 1
        status[i, :sentences] = example.status
    batch = {name: torch.from_numpy(array) for name, array in arrays.items()}
    return {**batch, 'status': torch.from_numpy(status)}


def size_of(example: Example) -> tuple[int, int]:
    """
    Tell how large an example is: by what padding costs most.

    :param example: one scene.
    :returns: regions and words.
    """
    return len(example.inputs.regions), example.inputs.text.shape[1]


def plan(sizes: Sequence[tuple[int, int]], batch: int, seed: int, epoch: int) -> list[list[int]]:
    """
    Decide which examples make a batch in one epoch; similar sizes come together.

    :param sizes: of each example, see :func:`size_of`.
    :param batch: examples in a batch; the last may have fewer.
    :param seed: of the order; the same one gives the same plan on every machine.
    :param epoch: number of the epoch.
    :returns: indices of each batch; every example is in one of them.
    """
    random = np.random.default_rng((seed, epoch))
    order = [int(i) for i in random.permutation(len(sizes))]
    batches = []
    for start in range(0, len(order), batch * _WINDOW):
        near = sorted(order[start : start + batch * _WINDOW], key=lambda i: sizes[i])
        batches += [near[i : i + batch] for i in range(0, len(near), batch)]
    return [batches[int(i)] for i in random.permutation(len(batches))]
