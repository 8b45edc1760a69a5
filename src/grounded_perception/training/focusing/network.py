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
"""The network of :mod:`grounded_perception.language.focus` as a torch module, to be fitted."""

from __future__ import annotations

from grounded_perception.language.minilm import WIDTH as TEXT_WIDTH
import torch
from torch import nn, Tensor

_KINDS = 3


class FocusNetwork(nn.Module):
    """
    Says of each word whether it describes the thing meant, and whether it names it.

    :param width: of the states in each direction.
    :param layers: of the recurrent network.
    :param dropout: share of what is withheld while it is fitted.
    """

    def __init__(self, width: int = 96, layers: int = 2, dropout: float = 0.3) -> None:
        super().__init__()
        self.drop = nn.Dropout(dropout)
        self.enter = nn.Linear(TEXT_WIDTH, width)
        self.pass_ = nn.GRU(
            width,
            width,
            layers,
            batch_first=True,
            bidirectional=True,
            dropout=dropout if layers > 1 else 0.0,
        )
        self.leave = nn.Linear(2 * width, _KINDS)

    def forward(self, words: Tensor, lengths: Tensor) -> Tensor:
        """
        Read sentences.

        :param words: ``(B, T, 384)`` float32.
        :param lengths: ``(B,)`` int64, words of each; what comes after them is not read.
        :returns: ``(B, T, 3)`` logits.
        """
        given = self.drop(self.enter(self.drop(words)))
        packed = nn.utils.rnn.pack_padded_sequence(
            given, lengths, batch_first=True, enforce_sorted=False
        )
        states, _ = nn.utils.rnn.pad_packed_sequence(
            self.pass_(packed)[0], batch_first=True, total_length=words.shape[1]
        )
        logits: Tensor = self.leave(self.drop(states))
        return logits

    def weights(self) -> dict[str, Tensor]:
        """Return the weights by the names that they have in the file."""
        return {name.replace('pass_.', 'pass.'): w for name, w in self.state_dict().items()}


def loss_of(logits: Tensor, labels: Tensor) -> Tensor:
    """
    Compute the cross-entropy.

    :param logits: ``(B, T, 3)``.
    :param labels: ``(B, T)`` int64, -1 where there is no word.
    :returns: a number; labels are smoothed, for a few of people's braces stand elsewhere.
    """
    return torch.nn.functional.cross_entropy(
        logits.transpose(1, 2), labels, ignore_index=-1, label_smoothing=0.05
    )
