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
Weights in safetensors files: nothing in them is code, and a file is whole or not there.

The network's size stands in the file beside its weights, and the widths of what it takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
import json
import os
from pathlib import Path
from typing import Any

from grounded_perception.errors import ModelCorrupt, ModelMissing
from grounded_perception.fusion.inputs import EVIDENCE_WIDTH, REGION_WIDTH
from grounded_perception.fusion.network import FusionNetwork, NetworkConfig
from grounded_perception.language.minilm import WIDTH as TEXT_WIDTH
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save
from torch import Tensor

#: Beginning of the names of the weights to use where a file holds more than one network.
AVERAGED = 'ema.'
#: A network that was fitted to other inputs has learned nothing about these.
_WIDTHS = {'regions': REGION_WIDTH, 'text': TEXT_WIDTH, 'evidence': EVIDENCE_WIDTH}


@dataclass(frozen=True)
class Stored:
    """
    A safetensors file.

    :param tensors: by name.
    :param about: by name, anything that JSON holds.
    """

    tensors: Mapping[str, Tensor]
    about: Mapping[str, Any] = field(default_factory=dict)

    def part(self, prefix: str) -> dict[str, Tensor]:
        """
        Return some of the tensors.

        :param prefix: how their names begin.
        :returns: by the rest of their names.
        """
        found = self.tensors.items()
        return {k.removeprefix(prefix): v for k, v in found if k.startswith(prefix)}


def write(path: Path, stored: Stored) -> None:
    """
    Write a file in one stroke: whoever reads sees the old or the new one, never a part.

    :param path: the file.
    :param stored: its content.
    """
    tensors = {k: v.detach().cpu().contiguous().clone() for k, v in stored.tensors.items()}
    # One process writes: what a killed one left behind is overwritten, not left for ever.
    scratch = path.with_name(f'.{path.name}.part')
    try:
        with scratch.open('wb') as stream:
            stream.write(save(tensors, {k: json.dumps(v) for k, v in stored.about.items()}))
            stream.flush()
            os.fsync(stream.fileno())
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def read(path: Path) -> Stored:
    """
    Read a file that :func:`write` wrote.

    :param path: the file.
    :returns: its content.
    :raises ModelMissing: when there is none.
    :raises ModelCorrupt: when it is not such a file.
    """
    try:
        # Read at once: while it is in use the file may be replaced.
        data = path.read_bytes()
    except FileNotFoundError as exc:
        raise ModelMissing(f'there is no weights file {path}') from exc
    try:
        tensors = load_tensors(data)
        # The library reads tensors from memory, but not what stands beside them.
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], 'little')])
        about = {k: json.loads(v) for k, v in header.get('__metadata__', {}).items()}
    except (SafetensorError, ValueError) as exc:
        raise ModelCorrupt(f'{path} is no weights file of this package: {exc}') from exc
    return Stored(tensors, about)


def save_network(path: Path, network: FusionNetwork, about: Mapping[str, Any]) -> None:
    """
    Write a network, in float32.

    :param path: the file.
    :param network: the network.
    :param about: what else is to stand in the file.
    """
    tensors = {name: tensor.float() for name, tensor in network.state_dict().items()}
    write(path, Stored(tensors, {**about, **describe(network.config)}))


def describe(config: NetworkConfig) -> dict[str, Any]:
    """
    Return what a file must say, so that :func:`load` can use it.

    :param config: the network's size.
    :returns: by name.
    """
    return {'config': asdict(config), 'widths': _WIDTHS}


def load(path: Path) -> FusionNetwork:
    """
    Load a network: one that was exported, or the averaged weights of a checkpoint.

    :param path: the file.
    :returns: the network on the CPU, in float32, not in training.
    :raises ModelMissing: when there is no such file.
    :raises ModelCorrupt: when it is none, or holds another network.
    """
    stored = read(path)
    if stored.about.get('widths') != _WIDTHS:
        raise ModelCorrupt(
            f'{path} takes inputs {stored.about.get("widths")}, this version makes {_WIDTHS}: '
            'it belongs to another version; train anew'
        )
    try:
        network = FusionNetwork(NetworkConfig(**stored.about['config']))
        network.load_state_dict(stored.part(AVERAGED) or dict(stored.tensors))
    except (KeyError, TypeError, ValueError, RuntimeError) as exc:
        raise ModelCorrupt(f'{path} does not hold the network that it says: {exc}') from exc
    network.eval()
    return network
