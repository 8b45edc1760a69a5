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

"""From an OWL checkpoint to the parts of its detector."""

from __future__ import annotations

from typing import Any, NamedTuple

from grounded_perception.compute import Compute
from grounded_perception.detectors.hub.checkpoints import Checkpoint, inspect
from grounded_perception.detectors.hub.loading import load_network, load_tokenizer
from grounded_perception.detectors.hub.locating import locate
from grounded_perception.detectors.hub.owl import OwlOptions, PhraseReader
from grounded_perception.detectors.hub.owl_towers import (
    ClassHead,
    ImageTower,
    TorchClassHead,
    TorchImageTower,
    TorchTextTower,
)
from grounded_perception.errors import ModelCorrupt


class OwlParts(NamedTuple):
    """What an OWL detector is put together from, besides its images' preparation."""

    checkpoint: Checkpoint
    reader: PhraseReader
    tower: ImageTower
    head: ClassHead


def load_parts(
    options: OwlOptions, compute: Compute, name: str, class_name: str, example: str
) -> OwlParts:
    """
    Load an OWL checkpoint.

    :param options: which one.
    :param compute: where and in which arithmetic it runs.
    :param name: the detector and the ``model_type`` of its checkpoints.
    :param class_name: its class in transformers.
    :param example: a hub id that would do, for messages.
    :returns: its parts.
    :raises SettingsError: when no checkpoint was named, or one of another kind.
    :raises ModelMissing: when a part, a library or the device is not there.
    :raises ModelCorrupt: when a part cannot be used.
    """
    checkpoint = inspect(locate(options, name, example), name, (name,), reads_text=True)
    tokenizer = load_tokenizer(checkpoint)
    network = load_network(checkpoint, class_name, compute)
    text: Any = network.model.config.text_config
    if len(tokenizer) > text.vocab_size:
        raise ModelCorrupt(
            f'the tokenizer in {checkpoint.folder} has {len(tokenizer)} tokens, the network '
            f'knows {text.vocab_size}: they are of two checkpoints'
        )
    reader = PhraseReader(
        tokenizer, TorchTextTower(network), options.prompt, text.max_position_embeddings
    )
    return OwlParts(checkpoint, reader, TorchImageTower(network), TorchClassHead(network))
