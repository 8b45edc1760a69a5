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

"""The weights with which a fit begins."""

from __future__ import annotations

from dataclasses import replace
import hashlib

from grounded_perception.errors import TrainingError
from grounded_perception.fusion.network import FusionNetwork, NetworkConfig


def beginning(config: NetworkConfig, start: FusionNetwork | None) -> FusionNetwork:
    """
    Make the network that is to be fitted.

    :param config: its size.
    :param start: has the weights; it stays as it is. None = they are drawn.
    :returns: the network.
    :raises TrainingError: when the weights are those of another size.
    """
    network = FusionNetwork(config)
    if start is not None:
        # The temperature is no weight: it is fitted anew.
        if replace(start.config, temperature=config.temperature) != config:
            raise TrainingError(f'the weights to begin with are of size {start.config}')
        network.load_state_dict(start.state_dict())
    return network


def fingerprint(start: FusionNetwork | None) -> dict[str, str]:
    """
    Say which weights a fit began with, for its checkpoint.

    :param start: the weights; None = they are drawn.
    :returns: their SHA-256; empty where they are drawn, as in checkpoints of before.
    """
    if start is None:
        return {}
    digest = hashlib.sha256()
    for name, tensor in sorted(start.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.detach().cpu().float().contiguous().numpy().tobytes())
    return {'sha256': digest.hexdigest()}
