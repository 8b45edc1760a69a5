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
Any DETR of transformers, with the words it was trained on: needs ``transformers`` and ``torch``.

DETR (https://arxiv.org/abs/2005.12872), YOLOS, Conditional, Deformable and DAB-DETR, RT-DETR 1
and 2, D-FINE, DEIM v2, LW-DETR. A backbone that is not part of transformers itself (timm) is
refused with a clear word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from grounded_perception import geometry
from grounded_perception.compute import Compute
from grounded_perception.detectors.hub.checkpoints import Checkpoint
from grounded_perception.detectors.hub.closed_openvino import load_closed
from grounded_perception.detectors.hub.families import Family
from grounded_perception.detectors.hub.loading import computing, load_network, Network
from grounded_perception.detectors.hub.options import CheckpointOptions
from grounded_perception.detectors.hub.pixels import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    Preparation,
    read_preparation,
)
from grounded_perception.detectors.hub.runtimes import resolve_runtime
from grounded_perception.detectors.hub.selection import (
    best_words,
    corners,
    every_pair,
    sigmoid,
)
from grounded_perception.errors import ModelCorrupt, ModelFailed
from grounded_perception.records import Floats, Regions
from grounded_perception.settings import setting
import numpy as np
from numpy.typing import NDArray

_CLASS = 'AutoModelForObjectDetection'
#: Families whose classes exclude each other, with a last one for "nothing".
_EXCLUSIVE = ('detr', 'table-transformer', 'yolos')
#: Families that score every class by itself.
_INDEPENDENT = (
    'conditional_detr', 'd_fine', 'dab-detr', 'deformable_detr', 'deimv2', 'lw_detr', 'rt_detr',
    'rt_detr_v2',
)  # fmt: skip
CHECKPOINT = Family(
    'object_detection',
    tuple(sorted(_EXCLUSIVE + _INDEPENDENT)),
    'PekingU/rtdetr_r50vd',
    reads_text=False,
)
_IMAGENET = {'image_mean': IMAGENET_MEAN, 'image_std': IMAGENET_STD}
_BY_EDGES = {**_IMAGENET, 'size': {'shortest_edge': 800, 'longest_edge': 1333}}
_SQUARE = {**_IMAGENET, 'size': {'height': 640, 'width': 640}, 'do_normalize': False}
_DEFAULTS = dict.fromkeys(('d_fine', 'deimv2', 'rt_detr', 'rt_detr_v2'), _SQUARE)
#: YOLOS cuts images into patches of 16 pixels and takes no half ones.
_MULTIPLES = {'yolos': 16}
#: What the lists of COCO say where a number has no class.
_NO_CLASS = ('n/a', '')


@dataclass(frozen=True)
class Options(CheckpointOptions):
    """
    Options of the DETR families.

    :raises SettingsError: when a value is not allowed.
    """

    nms: float = setting(
        1.0,
        'Of two boxes of one class that overlap more than this (IoU) the better stays; 1 = both: '
        'these networks were trained not to need it.',
        low=0.0,
        high=1.0,
    )


class ClosedNetwork(Protocol):
    """The network: looks at an image."""

    def __call__(self, pixels: Floats) -> tuple[Floats, Floats]:
        """
        Look at an image.

        :param pixels: ``(1, 3, h, w)`` float32, prepared.
        :returns: boxes ``(N, 4)`` float32 (centre x, centre y, width, height as shares of the
            image) and class logits ``(N, C)`` float32.
        """
        ...


class TorchClosedNetwork:
    """
    A :class:`ClosedNetwork` in torch.

    :param network: of one of the families.
    """

    def __init__(self, network: Network) -> None:
        self._network = network

    def __call__(self, pixels: Floats) -> tuple[Floats, Floats]:
        """Look at an image; see the protocol."""
        import torch

        network = self._network
        fed = torch.from_numpy(pixels).to(network.device, network.dtype)
        seen = network.model(pixel_values=fed)
        return seen.pred_boxes[0].float().cpu().numpy(), seen.logits[0].float().cpu().numpy()


def load(options: Options, compute: Compute) -> ClosedDetector:
    """
    Load a checkpoint.

    :param options: see :class:`Options`.
    :param compute: where and in which arithmetic it runs.
    :returns: a detector.
    :raises SettingsError: when no checkpoint was named, or one of another kind.
    :raises ModelMissing: when a part, a library or the device is not there.
    :raises ModelCorrupt: when a part cannot be used.
    """
    checkpoint = CHECKPOINT.find(options)
    family = str(checkpoint.config['model_type'])
    prepare = read_preparation(
        checkpoint.preprocessor, _DEFAULTS.get(family, _BY_EDGES), _MULTIPLES.get(family, 1)
    )
    looking, runtime, config = _network(options, compute, checkpoint, prepare)
    words = read_words(config.id2label, str(checkpoint.folder))
    return ClosedDetector(options, prepare, looking, words, family in _EXCLUSIVE, runtime)


def _network(
    options: Options, compute: Compute, checkpoint: Checkpoint, prepare: Preparation
) -> tuple[ClosedNetwork, str, Any]:
    """Return what looks at images, what it is in words, and its description."""
    why = ''
    if resolve_runtime(options.runtime, compute) == 'openvino':
        exact = load_network(checkpoint, _CLASS, replace(compute, device='cpu', precision='f32'))
        try:
            looking, kind = load_closed('object_detection', checkpoint, exact, prepare, compute)
            return looking, kind, exact.model.config
        except ModelFailed as exc:
            if options.runtime == 'openvino':
                raise
            why = f' ({exc})'
    network = load_network(checkpoint, _CLASS, compute)
    return TorchClosedNetwork(network), f'torch{why}', network.model.config


def read_words(id2label: Mapping[Any, Any], where: str) -> dict[int, str]:
    """
    Read the class names of a checkpoint.

    :param id2label: class number → name, as ``config.json`` has it.
    :param where: the checkpoint, for messages.
    :returns: class number → lower-case name, without the numbers that stand for nothing.
    :raises ModelCorrupt: when the classes have no names.
    """
    names = {
        int(n): ' '.join(str(w).replace('_', ' ').lower().split()) for n, w in id2label.items()
    }
    words = {n: w for n, w in sorted(names.items()) if w not in _NO_CLASS}
    if not words or all(w == f'label {n}' for n, w in words.items()):
        raise ModelCorrupt(
            f'{where}/config.json does not name its classes: id2label must map numbers to words'
        )
    return words


class ClosedDetector:
    """
    A :class:`~grounded_perception.detectors.base.Detector` with the words of its checkpoint.

    :param options: what the user wants.
    :param prepare: makes pixels ``(1, 3, h, w)`` of an image.
    :param network: looks at an image.
    :param words: class number → name.
    :param is_exclusive: whether the classes exclude each other and the last means "nothing".
    :param runtime: what runs the network, in words; and why, where it is not what is fastest.
    """

    def __init__(
        self,
        options: Options,
        prepare: Callable[[NDArray[np.uint8]], Floats],
        network: ClosedNetwork,
        words: Mapping[int, str],
        is_exclusive: bool,
        runtime: str = 'torch',
    ) -> None:
        self.runtime = runtime
        self._prepare, self._network, self._is_exclusive = prepare, network, is_exclusive
        self._columns, self._names = list(words), tuple(words.values())
        self._nms = options.nms

    @property
    def names(self) -> tuple[str, ...]:
        """The words of its checkpoint."""
        return self._names

    def propose(
        self, rgb: NDArray[np.uint8], phrases: Sequence[str], floor: float, limit: int
    ) -> Regions:
        """
        Find regions of its classes; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param phrases: ignored, the vocabulary is closed.
        :param floor: lowest score wanted.
        :param limit: most regions wanted.
        :returns: regions, best first.
        :raises ModelFailed: when the network raises.
        """
        with computing('object_detection'):
            seen, logits = self._network(self._prepare(rgb))
        if logits.shape[1] < max(self._columns) + 1:
            raise ModelFailed(
                f'object_detection scored {logits.shape[1]} classes, config.json names class '
                f'{max(self._columns)}'
            )
        height, width = rgb.shape[:2]
        scale = np.array([width, height, width, height], np.float32)
        boxes = geometry.clip(corners(seen) * scale, width, height)
        select = best_words if self._is_exclusive else every_pair
        scores = _softmax(logits) if self._is_exclusive else sigmoid(logits)
        found = select(boxes, scores[:, self._columns], self._names, floor, self._nms)
        return found.take(np.arange(min(len(found), limit)))

    def close(self) -> None:
        """Free the network."""
        vars(self).pop('_network', None)


def _softmax(logits: Floats) -> Floats:
    """Turn logits into shares, the last of them that of "nothing"."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
