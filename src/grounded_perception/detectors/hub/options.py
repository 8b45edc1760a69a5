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

"""What a user may say about a checkpoint, and about what an open vocabulary is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from grounded_perception.detectors.hub.runtimes import RUNTIMES
from grounded_perception.settings import check, setting


@dataclass(frozen=True)
class CheckpointSource:
    """
    Where a checkpoint comes from: the same for whatever has one.

    :raises SettingsError: when a value is not allowed.
    """

    checkpoint: str = setting(
        '',
        'Folder of the checkpoint as transformers saves it (config.json, model.safetensors, ...) '
        'or its id on the Hugging Face hub; it must be given.',
    )
    revision: str = setting(
        '', 'Branch, tag or commit of a hub id; empty = its main branch; a folder has none.'
    )
    download: bool = setting(
        False,
        'Whether a hub id that is not in the local cache is fetched; only then is the network '
        'reached.',
    )

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class CheckpointOptions(CheckpointSource):
    """
    The same, with what runs it.

    :raises SettingsError: when a value is not allowed.
    """

    runtime: str = setting(
        'auto',
        'What runs the network: torch; openvino, several times as fast on a CPU, made of the '
        'checkpoint once and kept; auto = openvino on a CPU where it is installed and can. The '
        'setting precision holds for both, but auto means bf16 only for openvino.',
        choices=RUNTIMES,
    )


@dataclass(frozen=True)
class OpenOptions(CheckpointOptions):
    """
    The same, with what is looked for besides the nouns of a command.

    :raises SettingsError: when a value is not allowed.
    """

    vocabulary: str = setting(
        'coco',
        'Words that are always looked for, with commas; coco = the 80 COCO names; empty = only '
        'the nouns of the command.',
    )
    nms: float = setting(
        0.5,
        'Of two boxes of one word that overlap more than this (IoU) the better stays; 1 = both.',
        low=0.0,
        high=1.0,
    )
