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
import hashlib
from pathlib import Path
from typing import Any

from grounded_perception.compute import Compute
from grounded_perception.detectors.hub import quantising
from grounded_perception.detectors.hub.checkpoints import Checkpoint, CONFIG, weights_of
from grounded_perception.detectors.hub.exports import exported, fingerprint
from grounded_perception.detectors.hub.families import Family
from grounded_perception.detectors.hub.loading import (
    computing,
    load_network,
    load_tokenizer,
    Network,
)
from grounded_perception.detectors.hub.owl import OwlParts
from grounded_perception.detectors.hub.owl_openvino import (
    drop_image_tower,
    example_pixels,
    OpenvinoImageTower,
    OUTPUTS,
    ProductClassHead,
    trace_tower,
)
from grounded_perception.detectors.hub.owl_options import OwlOptions
from grounded_perception.detectors.hub.owl_reading import PhraseReader, read_context
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
from grounded_perception.weights import file_hash
import numpy as np
from numpy.typing import NDArray

Prepare = Callable[[NDArray[np.uint8]], Floats]


@dataclass(frozen=True)
class OwlFamily:
    """
    What tells one OWL from the other.

    :param checkpoint: what its checkpoints must be.
    :param class_name: its class in transformers.
    """

    checkpoint: Family
    class_name: str


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
    name, checkpoint = family.checkpoint.name, family.checkpoint.find(options)
    prepare = read_prepare(checkpoint.preprocessor)
    must = options.runtime == 'openvino' or options.quantize != 'none'
    runtime = resolve_runtime('openvino' if must else options.runtime, compute)
    why = ''
    if runtime == 'openvino':
        on_cpu = replace(compute, device='cpu', precision='f32')
        network = load_network(checkpoint, family.class_name, on_cpu)
        try:
            run, runtime = _openvino(options, compute, name, checkpoint, network, prepare)
            drop_image_tower(network)
            tower, head = OpenvinoImageTower(run), ProductClassHead()
            return _joined(options, checkpoint, network, prepare, (tower, head, runtime))
        except ModelFailed as exc:
            if must:
                raise
            why = f' ({exc})'
    network = load_network(checkpoint, family.class_name, compute)
    tower_and_head = TorchImageTower(network), TorchClassHead(network)
    return _joined(options, checkpoint, network, prepare, (*tower_and_head, f'torch{why}'))


def _joined(
    options: OwlOptions,
    checkpoint: Checkpoint,
    network: Network,
    prepare: Prepare,
    sight: tuple[ImageTower, ClassHead, str],
) -> OwlParts:
    """Put the parts together, with what reads phrases."""
    digest = hashlib.sha256()
    for path in (checkpoint.folder / CONFIG, *weights_of(checkpoint.folder)):
        digest.update(f'{path.name}:{file_hash(path)}\n'.encode())
    family = str(checkpoint.config['model_type'])
    revision = f'{family}-{digest.hexdigest()[:16]}'
    reader = _reader(options, checkpoint, network)
    with computing(family):
        context = read_context(options.context, reader, f'{revision} {options.prompt}')
    tower, head, runtime = sight
    return OwlParts(prepare, reader, tower, head, context, runtime, revision)


def _reader(options: OwlOptions, checkpoint: Checkpoint, network: Network) -> PhraseReader:
    """Put together what reads phrases."""
    tokenizer = load_tokenizer(checkpoint)
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
    key = f'{name}-{fingerprint(checkpoint)}-{OUTPUTS}'
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
