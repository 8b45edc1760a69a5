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


"""Checkpoints of segmenters, found, checked and loaded as those of the detectors are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from grounded_perception.compute import Compute
from grounded_perception.detectors.hub import loading
from grounded_perception.detectors.hub.checkpoints import Checkpoint
from grounded_perception.detectors.hub.families import Family
from grounded_perception.detectors.hub.loading import Network
from grounded_perception.detectors.hub.options import CheckpointSource


def load(
    options: CheckpointSource, family: Family, classes: Mapping[str, str], compute: Compute
) -> tuple[Checkpoint, Network]:
    """
    Load a network in float32; :func:`coarsely` is for the parts that may run in bf16.

    :param options: where it comes from.
    :param family: what it must be.
    :param classes: for every ``model_type`` that will do, the class of transformers that runs it.
    :param compute: where it runs.
    :returns: the checked folder, and the network.
    :raises SettingsError: when no checkpoint was named, or it is of another kind.
    :raises ModelMissing: when checkpoint, library or device are not there.
    :raises ModelCorrupt: when the checkpoint cannot be read or lacks weights.
    """
    checkpoint = family.find(options)
    name = classes[str(checkpoint.config['model_type'])]
    return checkpoint, loading.load_network(checkpoint, name, replace(compute, precision='f32'))


@contextmanager
def coarsely(device: str, compute: Compute) -> Iterator[None]:
    """
    Run a part of a network in bf16 where that was asked for.

    :param device: where the network, in float32, runs: ``cpu``, ``cuda``.
    :param compute: its precision; ``auto`` is f32: few CPUs gain from bf16 in torch.
    """
    import torch

    with torch.autocast(device, torch.bfloat16, enabled=compute.precision == 'bf16'):
        yield
