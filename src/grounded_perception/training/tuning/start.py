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

"""The weights that a fit is told to begin with."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from grounded_perception.errors import ModelMissing, SettingsError
from grounded_perception.fusion.loading import PACKAGED, WEIGHTS
from grounded_perception.training.shipping.origin import Base, base_of
from grounded_perception.weights import file_hash

if TYPE_CHECKING:
    from grounded_perception.fusion.network import FusionNetwork, NetworkConfig

#: Stands for the weights that ship with the package.
TRAINED = 'trained'
#: In a folder that train wrote: the folder of the model, the model itself.
_INSIDE = (f'model/{WEIGHTS}', WEIGHTS)


@dataclass(frozen=True)
class Start:
    """
    Weights to begin with.

    :param network: has them, and the temperature of their own.
    :param base: where they come from.
    """

    network: FusionNetwork
    base: Base


def load_start(name: str) -> Start:
    """
    Load weights.

    :param name: ``trained``, a folder that train wrote (or its ``model``), or a file.
    :returns: the weights.
    :raises ModelMissing: when there are none.
    :raises ModelCorrupt: when they cannot be used.
    """
    from grounded_perception.fusion.storage import load, read

    path = _path(name)
    return Start(load(path), base_of(path.name, file_hash(path), read(path).about))


def size_of(width: int | None, layers: int | None, start: Start | None) -> NetworkConfig:
    """
    Say how large the network is.

    :param width: that is asked for; None = as the weights, or as usual.
    :param layers: the same.
    :param start: weights to begin with, or none.
    :returns: the size; the temperature is 1, to be fitted anew.
    :raises SettingsError: when another size is asked for than the weights have.
    """
    from grounded_perception.fusion.network import NetworkConfig

    config = replace(start.network.config, temperature=1.0) if start else NetworkConfig()
    for name, wanted in (('width', width), ('layers', layers)):
        has = getattr(config, name)
        if start and wanted not in (None, has):
            raise SettingsError(
                f'{name} is {wanted}, but {start.base.name} to begin with has {name} {has}: '
                'leave it out'
            )
    return replace(
        config,
        width=config.width if width is None else width,
        layers=config.layers if layers is None else layers,
    )


def _path(name: str) -> Path:
    if name == TRAINED:
        path = PACKAGED / WEIGHTS
        if not path.is_file():
            raise ModelMissing(
                f'no trained weights ship with this version ({path}): name a folder that '
                '`grounded-perception train` wrote'
            )
        return path
    path = Path(name).expanduser()
    if not path.is_dir():
        return path
    for inside in _INSIDE:
        if (path / inside).is_file():
            return path / inside
    raise ModelMissing(
        f'{path} is no folder that `grounded-perception train` wrote: no {" or ".join(_INSIDE)}'
    )
