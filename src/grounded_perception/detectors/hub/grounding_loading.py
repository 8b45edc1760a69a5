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

"""From a Grounding DINO checkpoint to its detector."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
import re

from grounded_perception.compute import Compute
from grounded_perception.detectors.hub.captions import check_tokenizer, make_captions
from grounded_perception.detectors.hub.checkpoints import Checkpoint
from grounded_perception.detectors.hub.exports import exported, fingerprint, forget, kept_at
from grounded_perception.detectors.hub.families import Family
from grounded_perception.detectors.hub.grounding import (
    CaptionedNetwork,
    GroundingDetector,
    TorchCaptionedNetwork,
    widened,
)
from grounded_perception.detectors.hub.grounding_openvino import (
    OpenvinoCaptionedNetwork,
    Size,
    TorchWords,
    trace_network,
)
from grounded_perception.detectors.hub.loading import load_network, load_tokenizer, Network
from grounded_perception.detectors.hub.options import OpenOptions
from grounded_perception.detectors.hub.pixels import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    Preparation,
    read_preparation,
)
from grounded_perception.detectors.hub.runtimes import arithmetic, resolve_runtime, Runner, save
from grounded_perception.errors import ModelFailed, SettingsError
from grounded_perception.settings import setting
import numpy as np

_DEFAULTS = {
    'size': {'shortest_edge': 800, 'longest_edge': 1333},
    'image_mean': IMAGENET_MEAN,
    'image_std': IMAGENET_STD,
}
_FRAME_SIZE = re.compile(r'([1-9]\d{0,4})x([1-9]\d{0,4})')
#: Picture sizes of one checkpoint whose exports stay on the disk: 0.35 or 0.7 GB each.
KEPT_SIZES = 4


@dataclass(frozen=True)
class GroundingOptions(OpenOptions):
    """
    Options of both Grounding DINO families.

    :raises SettingsError: when a value is not allowed.
    """

    frame_sizes: str = setting(
        '',
        'Sizes of the frames that will come, as 1280x720,640x480: OpenVINO is made ready for them '
        'at the start, which takes minutes the first time. Frames of other sizes are looked at by '
        'torch; with runtime openvino they wait until OpenVINO is ready for them. At most '
        f'{KEPT_SIZES} sizes of a checkpoint are kept.',
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        read_frame_sizes(self.frame_sizes)


def read_frame_sizes(text: str) -> tuple[Size, ...]:
    """
    Read frame sizes.

    :param text: ``1280x720`` and more with commas between; may be empty.
    :returns: rows and columns of each.
    :raises SettingsError: naming the part that cannot be read.
    """
    parts = [part for part in (part.strip() for part in text.split(',')) if part]
    found = [_FRAME_SIZE.fullmatch(part) for part in parts]
    for part, match in zip(parts, found, strict=True):
        if match is None:
            raise SettingsError(
                f'frame_sizes must be width x height with commas between (1280x720,640x480), '
                f'got {part!r}'
            )
    if len(parts) > KEPT_SIZES:
        raise SettingsError(f'frame_sizes must be at most {KEPT_SIZES}, got {len(parts)}')
    return tuple((int(match[2]), int(match[1])) for match in found if match)


def load_grounding(
    options: GroundingOptions, compute: Compute, family: Family, class_name: str
) -> GroundingDetector:
    """
    Load a checkpoint.

    :param options: which one.
    :param compute: where and in which arithmetic it runs.
    :param family: what it must be.
    :param class_name: its class in transformers.
    :returns: a detector.
    :raises SettingsError: when no checkpoint was named, or one of another kind.
    :raises ModelMissing: when a part, a library or the device is not there.
    :raises ModelCorrupt: when a part cannot be used.
    :raises ModelFailed: when OpenVINO was asked for and cannot run the network.
    """
    name, checkpoint = family.name, family.find(options)
    prepare = read_preparation(checkpoint.preprocessor, _DEFAULTS)
    tokenizer = load_tokenizer(checkpoint)
    check_tokenizer(tokenizer, str(checkpoint.folder))
    runtime = resolve_runtime(options.runtime, compute)
    if runtime == 'openvino':
        # What is exported is f32, whatever it is run in.
        network = load_network(
            checkpoint, class_name, replace(compute, device='cpu', precision='f32')
        )
        looking, runtime = _openvino(options, compute, name, checkpoint, network, prepare)
    else:
        network = load_network(checkpoint, class_name, compute)
        looking = TorchCaptionedNetwork(network)
    most = int(network.model.config.max_text_len)
    return GroundingDetector(
        name,
        options,
        prepare,
        lambda phrases: make_captions(tokenizer, phrases, most),
        looking,
        runtime,
    )


def _openvino(
    options: GroundingOptions,
    compute: Compute,
    name: str,
    checkpoint: Checkpoint,
    network: Network,
    prepare: Preparation,
) -> tuple[CaptionedNetwork, str]:
    """Return what looks at images, in OpenVINO where it is ready, and what it is in words."""
    kind = arithmetic(compute)
    prefix = f'{name}-{fingerprint(checkpoint)}-{kind}-'
    slow = TorchCaptionedNetwork(network)
    wanted = {_seen_as(size, prepare) for size in read_frame_sizes(options.frame_sizes)}

    def export(size: Size, path: Path) -> None:
        save(trace_network(network, size), path, kind == 'bf16')
        forget(prefix, KEPT_SIZES - 1)

    def runner_for(size: Size) -> Runner | None:
        named = f'{prefix}{size[1]}x{size[0]}'
        if options.runtime == 'openvino' or size in wanted:
            return Runner(exported(named, partial(export, size)), compute)
        path = kept_at(named)
        return Runner(path, compute) if path else None

    fast = OpenvinoCaptionedNetwork(TorchWords(network), runner_for, slow)
    try:
        for size in sorted(wanted):
            fast.make_ready(size)
    except ModelFailed as exc:
        if options.runtime == 'openvino':
            raise
        return slow, f'torch ({exc})'
    return fast, f'openvino {kind}, torch for sizes that are not ready'


def _seen_as(frame: Size, prepare: Preparation) -> Size:
    """Say how big the network sees a frame."""
    pixels = prepare(widened(np.zeros((*frame, 3), np.uint8)))
    return pixels.shape[2], pixels.shape[3]
