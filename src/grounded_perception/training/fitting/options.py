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

"""How the network is fitted: every number that a person may want to turn."""

from __future__ import annotations

from dataclasses import dataclass

from grounded_perception.errors import SettingsError

PRECISIONS = ('no', 'bf16', 'fp16')


@dataclass(frozen=True)
class FitOptions:
    """
    Numbers of one fit.

    :param epochs: how often each scene is seen.
    :param batch: scenes in a step, over all processes together.
    :param learning_rate: at its highest.
    :param weight_decay: of AdamW, on matrices only.
    :param warmup: share of the steps in which the learning rate climbs.
    :param clip: highest norm of the gradient.
    :param ema: how much of the averaged weights a step keeps.
    :param precision: ``no`` (float32), ``bf16`` or ``fp16``.
    :param drop_evidence: share of the sentences that lose what the grammar checked.
    :param drop_words: share of the sentences that lose their words; never the same ones.
    :param smoothing: share of the truth spread over all answers.
    :param member_weight: weight of membership beside the answer in the loss.
    :param seed: of the first weights, the order and everything dropped.
    :param checkpoint_minutes: minutes from checkpoint to checkpoint inside an epoch.
    :param log_steps: steps from row to row of ``curves.csv``.
    :param resume: go on from the folder's checkpoint if there is one.
    """

    epochs: int = 8
    batch: int = 64
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.02
    warmup: float = 0.05
    clip: float = 1.0
    ema: float = 0.999
    precision: str = 'no'
    drop_evidence: float = 0.1
    drop_words: float = 0.1
    smoothing: float = 0.0
    member_weight: float = 0.5
    seed: int = 0
    checkpoint_minutes: float = 10.0
    log_steps: int = 50
    resume: bool = False

    def __post_init__(self) -> None:
        for name in ('epochs', 'batch', 'log_steps'):
            if getattr(self, name) < 1:
                raise SettingsError(f'{name} is {getattr(self, name)}: at least 1')
        for name in ('learning_rate', 'clip'):
            if not getattr(self, name) > 0:
                raise SettingsError(f'{name} is {getattr(self, name)}: above 0')
        for name in ('warmup', 'ema', 'drop_evidence', 'drop_words', 'smoothing'):
            if not 0 <= getattr(self, name) < 1:
                raise SettingsError(f'{name} is {getattr(self, name)}: in [0, 1)')
        if self.drop_evidence + self.drop_words > 1:
            raise SettingsError('drop_evidence + drop_words is above 1: a sentence loses one')
        if self.precision not in PRECISIONS:
            raise SettingsError(f'precision is {self.precision!r}: one of {", ".join(PRECISIONS)}')
        if self.seed < 0:
            raise SettingsError(f'seed is {self.seed}: 0 or more')
