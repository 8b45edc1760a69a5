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

"""A DETR in OpenVINO, where its pictures have one size."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from grounded_perception.compute import Compute
from grounded_perception.detectors.hub.checkpoints import Checkpoint
from grounded_perception.detectors.hub.exports import exported, fingerprint
from grounded_perception.detectors.hub.loading import Network
from grounded_perception.detectors.hub.pixels import Preparation
from grounded_perception.detectors.hub.runtimes import arithmetic, as_module, Runner, save, trace
from grounded_perception.errors import ModelFailed
from grounded_perception.records import Floats


class OpenvinoClosedNetwork:
    """
    A network with closed vocabulary in OpenVINO.

    :param run: runs what :func:`trace_closed` made.
    """

    def __init__(self, run: Runner) -> None:
        self._run = run

    def __call__(self, pixels: Floats) -> tuple[Floats, Floats]:
        """
        Look at an image.

        :param pixels: ``(1, 3, h, w)`` float32, prepared.
        :returns: boxes ``(N, 4)`` and class logits ``(N, C)`` float32.
        """
        boxes, logits = self._run(pixels)
        return boxes[0], logits[0]


def trace_closed(network: Network, rows: int, columns: int) -> Any:
    """
    Turn a network into an OpenVINO model.

    :param network: on the CPU, f32.
    :param rows: of its pictures.
    :param columns: of its pictures.
    :returns: an ``openvino.Model``: pixels → boxes ``(1, N, 4)`` and logits ``(1, N, C)``.
    :raises ModelFailed: when OpenVINO cannot follow it.
    """
    import torch

    def look(fed: Any) -> tuple[Any, Any]:
        seen = network.model(pixel_values=fed)
        return seen.pred_boxes, seen.logits

    shape = (1, 3, rows, columns)
    return trace(as_module(look, network.model), {'pixels': (torch.zeros(shape), shape)})


def load_closed(
    name: str, checkpoint: Checkpoint, network: Network, prepare: Preparation, compute: Compute
) -> tuple[OpenvinoClosedNetwork, str]:
    """
    Make or find the export of a network.

    :param name: of the detector.
    :param checkpoint: that the network was loaded from.
    :param network: on the CPU, f32.
    :param prepare: says how big its pictures are.
    :param compute: in which arithmetic it runs.
    :returns: the network in OpenVINO, and what runs it in words.
    :raises ModelFailed: when its pictures have many sizes, or OpenVINO cannot follow it.
    """
    if 'height' not in prepare.size:
        raise ModelFailed('pictures of this checkpoint have many sizes: OpenVINO wants one')
    kind, multiple = arithmetic(compute), prepare.multiple
    rows, columns = (prepare.size[side] // multiple * multiple for side in ('height', 'width'))

    def export(path: Path) -> None:
        save(trace_closed(network, rows, columns), path, kind == 'bf16')

    named = f'{name}-{fingerprint(checkpoint)}-{columns}x{rows}-{kind}'
    return OpenvinoClosedNetwork(Runner(exported(named, export), compute)), f'openvino {kind}'
