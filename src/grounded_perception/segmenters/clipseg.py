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
Masks by words: where in its box an image is what the region's label says.

Network: CLIPSeg, Lüddecke and Ecker 2022 (https://arxiv.org/abs/2112.10003), as transformers has
it; the weights are Apache-2.0. Image and labels are read once each: the image's activations serve
all labels, and a label's embedding is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math
from typing import Any

from grounded_perception.compute import Compute
from grounded_perception.detectors.hub.families import Family
from grounded_perception.detectors.hub.loading import computing, load_tokenizer, Network
from grounded_perception.detectors.hub.options import CheckpointSource
from grounded_perception.detectors.hub.pixels import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    Preparation,
    read_preparation,
)
from grounded_perception.imaging.mask import pixel_boxes
from grounded_perception.records import Floats, Regions
from grounded_perception.segmenters import checkpoints
from grounded_perception.segmenters.base import Crop, Masks
from grounded_perception.segmenters.resampling import sampled
from grounded_perception.settings import setting
import numpy as np
from numpy.typing import NDArray

_CLASSES = {'clipseg': 'CLIPSegForImageSegmentation'}
CHECKPOINT = Family('clipseg', tuple(_CLASSES), 'CIDAS/clipseg-rd64-refined')
#: What ``preprocessor_config.json`` may leave out.
_DEFAULTS = {
    'size': {'height': 352, 'width': 352},
    'image_mean': IMAGENET_MEAN,
    'image_std': IMAGENET_STD,
}
#: Labels whose embeddings are kept; a robot's vocabulary is smaller.
_MOST_KEPT = 1000


@dataclass(frozen=True)
class Options(CheckpointSource):
    """
    Options of CLIPSeg.

    :raises SettingsError: when a value is not allowed.
    """

    threshold: float = setting(
        0.3, 'Least heat of a pixel that belongs to its region.', low=0.01, high=0.99
    )


def load(options: Options, compute: Compute) -> ClipSegSegmenter:
    """
    Load the network, its tokenizer and how it wants its images.

    :param options: see :class:`Options`.
    :param compute: where and in which arithmetic it runs.
    :returns: a segmenter.
    :raises SettingsError: when no checkpoint was named, or it is of another kind.
    :raises ModelMissing: when checkpoint, library or device are not there.
    :raises ModelCorrupt: when the checkpoint cannot be read or lacks weights.
    """
    checkpoint, network = checkpoints.load(options, CHECKPOINT, _CLASSES, compute)
    prepare = read_preparation(checkpoint.preprocessor, _DEFAULTS)
    return ClipSegSegmenter(network, load_tokenizer(checkpoint), prepare, options, compute)


class ClipSegSegmenter:
    """
    A :class:`~grounded_perception.segmenters.base.Segmenter` that goes by the labels.

    :param network: ``CLIPSegForImageSegmentation`` of transformers, float32.
    :param words: its tokenizer.
    :param prepare: how it wants its images.
    :param options: see :class:`Options`.
    :param compute: where and in which arithmetic it runs.
    """

    def __init__(
        self,
        network: Network,
        words: Any,
        prepare: Preparation,
        options: Options,
        compute: Compute,
    ) -> None:
        self._model: Any = network.model
        self._device = network.device
        self._words = words
        self._prepare = prepare
        self._compute = compute
        # Heat is the logistic function of what the network says.
        self._least = math.log(options.threshold / (1 - options.threshold))
        self._embeddings: dict[str, Any] = {}

    def segment(self, rgb: NDArray[np.uint8], regions: Regions) -> Masks:
        """
        Find the pixels of every region; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param regions: N regions of this image; their labels are what is looked for.
        :returns: N masks in the same order.
        :raises ModelFailed: when the network raises.
        """
        height, width = rgb.shape[:2]
        boxes = pixel_boxes(regions.boxes_px, height, width)
        if not len(regions):
            return Masks.empty((height, width))
        labels = list(dict.fromkeys(regions.labels))
        maps = dict(zip(labels, self._heat(rgb, labels), strict=True))
        crops: list[Crop] = []
        for label, box in zip(regions.labels, boxes.tolist(), strict=True):
            x1, y1, x2, y2 = box
            if x1 == x2 or y1 == y2:
                crops.append(np.zeros((y2 - y1, x2 - x1), np.bool_))
                continue
            coarse = maps[label]
            steps = coarse.shape[1] / width, coarse.shape[0] / height
            crops.append(sampled(coarse, (x1, y1, x2, y2), steps) > self._least)
        return Masks((height, width), boxes, tuple(crops))

    def close(self) -> None:
        """Free the network and what it has read."""
        self._model = None
        self._embeddings.clear()

    def _heat(self, rgb: NDArray[np.uint8], labels: Sequence[str]) -> list[Floats]:
        """Return each label's logits over the whole image, coarsely."""
        import torch

        model, device = self._model, self._device
        with computing('clipseg'), checkpoints.coarsely(device, self._compute):
            pixels = torch.from_numpy(self._prepare(rgb)).to(device)
            seen = model.clip.vision_model(
                pixels, interpolate_pos_encoding=True, output_hidden_states=True
            ).hidden_states
            # Its first entry is what goes into the first layer.
            layers = [seen[i + 1].expand(len(labels), -1, -1) for i in model.extract_layers]
            logits = model.decoder(layers, self._embedded(labels)).logits
            return list(logits.float().cpu().numpy())

    def _embedded(self, labels: Sequence[str]) -> Any:
        """Return the embeddings of labels, ``(L, D)``, reading only new ones."""
        import torch

        new = [label for label in labels if label not in self._embeddings]
        if new:
            if len(self._embeddings) + len(new) > _MOST_KEPT:
                self._embeddings.clear()
                new = list(labels)
            # Longer texts than the network was made for are cut.
            longest = self._model.config.text_config.max_position_embeddings
            tokens = self._words(
                new, padding=True, truncation=True, max_length=longest, return_tensors='pt'
            ).to(self._device)
            made = self._model.clip.get_text_features(**tokens).pooler_output
            self._embeddings.update(zip(new, made, strict=True))
        return torch.stack([self._embeddings[label] for label in labels])
