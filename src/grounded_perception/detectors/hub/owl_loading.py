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

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from grounded_perception.compute import Compute
from grounded_perception.detectors.hub import quantising
from grounded_perception.detectors.hub.checkpoints import Checkpoint, inspect
from grounded_perception.detectors.hub.exports import exported, fingerprint
from grounded_perception.detectors.hub.loading import load_network, load_tokenizer, Network
from grounded_perception.detectors.hub.locating import locate
from grounded_perception.detectors.hub.owl import OwlOptions, PhraseReader
from grounded_perception.detectors.hub.owl_openvino import (
    drop_image_tower,
    example_pixels,
    OpenvinoImageTower,
    ProductClassHead,
    trace_tower,
)
from grounded_perception.detectors.hub.owl_towers import (
    ClassHead,
    ImageTower,
    TorchClassHead,
    TorchImageTower,
    TorchTextTower,
)
from grounded_perception.detectors.hub.runtimes import arithmetic, resolve_runtime, Runner, save
from grounded_perception.errors import ModelCorrupt, ModelFailed
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

Prepare = Callable[[NDArray[np.uint8]], Floats]


@dataclass(frozen=True)
class OwlFamily:
    """
    What tells one OWL from the other.

    :param name: the detector and the ``model_type`` of its checkpoints.
    :param class_name: its class in transformers.
    :param example: a hub id that would do, for messages.
    """

    name: str
    class_name: str
    example: str


class OwlParts(NamedTuple):
    """What an OWL detector is put together from; ``runtime`` says what runs its image tower."""

    prepare: Prepare
    reader: PhraseReader
    tower: ImageTower
    head: ClassHead
    runtime: str


def load_parts(
    options: OwlOptions,
    compute: Compute,
    family: OwlFamily,
    read_prepare: Callable[[Mapping[str, Any]], Prepare],
) -> OwlParts:
    """
    Load an OWL checkpoint.

    :param options: which one.
    :param compute: where and in which arithmetic it runs.
    :param family: OWL-ViT or OWLv2.
    :param read_prepare: makes of ``preprocessor_config.json`` what prepares images.
    :returns: its parts.
    :raises SettingsError: when no checkpoint was named, or one of another kind.
    :raises ModelMissing: when a part, a library or the device is not there.
    :raises ModelCorrupt: when a part cannot be used.
    :raises ModelFailed: when OpenVINO was asked for and cannot run the network.
    """
    name = family.name
    folder = locate(options, name, family.example)
    checkpoint = inspect(folder, name, (name,), reads_text=True)
    prepare = read_prepare(checkpoint.preprocessor)
    tokenizer = load_tokenizer(checkpoint)
    must = options.runtime == 'openvino' or options.quantize != 'none'
    runtime = resolve_runtime('openvino' if must else options.runtime, compute)
    why = ''
    if runtime == 'openvino':
        on_cpu = replace(compute, device='cpu', precision='f32')
        network = load_network(checkpoint, family.class_name, on_cpu)
        try:
            run, runtime = _openvino(options, compute, name, checkpoint, network, prepare)
            drop_image_tower(network)
            reader = _reader(options, checkpoint, tokenizer, network)
            return OwlParts(prepare, reader, OpenvinoImageTower(run), ProductClassHead(), runtime)
        except ModelFailed as exc:
            if must:
                raise
            why = f' ({exc})'
    network = load_network(checkpoint, family.class_name, compute)
    reader = _reader(options, checkpoint, tokenizer, network)
    return OwlParts(
        prepare, reader, TorchImageTower(network), TorchClassHead(network), f'torch{why}'
    )


def _reader(
    options: OwlOptions, checkpoint: Checkpoint, tokenizer: Any, network: Network
) -> PhraseReader:
    """Put together what reads phrases."""
    text: Any = network.model.config.text_config
    if len(tokenizer) > text.vocab_size:
        raise ModelCorrupt(
            f'the tokenizer in {checkpoint.folder} has {len(tokenizer)} tokens, the network '
            f'knows {text.vocab_size}: they are of two checkpoints'
        )
    return PhraseReader(
        tokenizer, TorchTextTower(network), options.prompt, text.max_position_embeddings
    )


def _openvino(
    options: OwlOptions,
    compute: Compute,
    name: str,
    checkpoint: Checkpoint,
    network: Network,
    prepare: Prepare,
) -> tuple[Runner, str]:
    """Return what runs the image tower in OpenVINO, and what it is in words."""
    kind = arithmetic(compute)
    key = f'{name}-{fingerprint(checkpoint)}'
    if options.quantize == 'none':

        def export(path: Path) -> None:
            save(trace_tower(network, example_pixels(network)), path, kind == 'bf16')

        path = exported(f'{key}-{kind}', export)
        return Runner(path, compute), f'openvino {kind}'
    frames = quantising.frames_in(options.calibration, name)

    def quantise(path: Path) -> None:
        exact = trace_tower(network, example_pixels(network))
        save(quantising.to_int8(exact, frames, prepare), path, True)

    path = exported(f'{key}-int8-{quantising.fingerprint_of(frames)}', quantise)
    return Runner(path, compute), f'openvino int8 and {kind}'
