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
"""What a person may turn of a fit of the focus network; light, for the command line reads it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from grounded_perception.errors import SettingsError


@dataclass(frozen=True)
class FocusOptions:
    """
    One fit.

    :param out: folder for weights, manifest and model card.
    :param sentences: files of one's own, learned beside those that ship.
    :param epochs: how often each sentence is seen.
    :param mixed: sentences made of others.
    :param width: of the network's states in each direction.
    :param layers: of the network.
    :param learning_rate: of the steps, at its highest.
    :param seed: of everything drawn.
    :param command: command line, for the model card.
    :raises SettingsError: when one has a value that it must not have.
    """

    out: Path
    sentences: tuple[Path, ...] = ()
    epochs: int = 12
    mixed: int = 8000
    width: int = 96
    layers: int = 2
    learning_rate: float = 2e-3
    seed: int = 1
    command: str = 'grounded_perception.training.focusing.run.run'

    def __post_init__(self) -> None:
        for name, least in (('epochs', 1), ('mixed', 0), ('width', 1), ('layers', 1)):
            if (value := getattr(self, name)) < least:
                raise SettingsError(f'{name} is {value}: at least {least}')
