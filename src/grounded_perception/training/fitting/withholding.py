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
Sentences that lose a part of what is known of them, in training only.

A network that always has what the grammar checked leans on it and learns no words; one that
always has words cannot answer where the language model is missing.
"""

from __future__ import annotations

from collections.abc import Sequence

from grounded_perception.fusion.inputs import ASKED, EVIDENCE_WIDTH
from grounded_perception.training.examples import Example
from grounded_perception.training.fitting.options import FitOptions
import numpy as np
from numpy.typing import NDArray
import torch
from torch import Tensor

#: Columns of evidence that say what was checked; what was asked at all stands behind them.
_CHECKED_WIDTH = EVIDENCE_WIDTH - ASKED


def draw(
    indices: Sequence[int], examples: Sequence[Example], step: int, options: FitOptions
) -> list[NDArray[np.float64]]:
    """
    Draw one number in [0, 1) for each sentence of a batch.

    The draw depends on seed, step and example only: not on how many processes share a batch.

    :param indices: of the batch's examples.
    :param examples: all of them.
    :param step: number of the step.
    :param options: the seed.
    :returns: for each example of the batch ``(B,)``.
    """
    return [
        np.random.default_rng((options.seed, step, i)).random(len(examples[i].target))
        for i in indices
    ]


def withhold(
    batch: dict[str, Tensor], draws: Sequence[NDArray[np.float64]], options: FitOptions
) -> None:
    """
    Take evidence from some sentences of a batch and words from others, in place.

    :param batch: of :func:`grounded_perception.training.fitting.batches.collate`, on the CPU.
    :param draws: of :func:`draw`, one for each example.
    :param options: the shares.
    """
    drawn = np.full(batch['sentence_mask'].shape, 0.5)
    for row, values in zip(drawn, draws, strict=True):
        row[: len(values)] = values
    blind = torch.from_numpy(drawn < options.drop_evidence)
    batch['evidence'][..., :_CHECKED_WIDTH].masked_fill_(blind[:, :, None, None], 0)
    deaf = torch.from_numpy(drawn >= 1 - options.drop_words)
    batch['text'].masked_fill_(deaf[:, :, None, None], 0)
    # As the inputs are made where there is no language model: one word that says nothing.
    batch['text_mask'][..., 1:].masked_fill_(deaf[:, :, None], 0)
