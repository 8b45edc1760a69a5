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
Grounding DINO and MM-Grounding-DINO (LLMDet is one): any phrase, all of them in one caption.

Liu et al. 2023 (https://arxiv.org/abs/2303.05499), Zhao et al. 2024
(https://arxiv.org/abs/2401.02361). Words and image are mixed in every layer, so nothing of the
words can be kept but their tokens: the whole network runs once for each caption.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from grounded_perception import geometry
from grounded_perception.compute import Compute
from grounded_perception.detectors.hub.captions import Caption, check_tokenizer, make_captions
from grounded_perception.detectors.hub.checkpoints import inspect
from grounded_perception.detectors.hub.loading import (
    computing,
    load_network,
    load_tokenizer,
    Network,
)
from grounded_perception.detectors.hub.locating import locate
from grounded_perception.detectors.hub.options import OpenOptions
from grounded_perception.detectors.hub.phrases import (
    read_thresholds,
    read_vocabulary,
    thresholds_of,
    wanted,
)
from grounded_perception.detectors.hub.pixels import (
    IMAGENET_MEAN,
    IMAGENET_STD,
    read_preparation,
)
from grounded_perception.detectors.hub.recent import Recent
from grounded_perception.detectors.hub.selection import best_words, corners, sigmoid
from grounded_perception.records import Floats, Regions
import numpy as np
from numpy.typing import NDArray

_DEFAULTS = {
    'size': {'shortest_edge': 800, 'longest_edge': 1333},
    'image_mean': IMAGENET_MEAN,
    'image_std': IMAGENET_STD,
}
#: How much longer than the other a side of an image may be.
_NARROWEST = 8
#: Sets of phrases whose tokens are kept.
_KEPT_CAPTIONS = 64


class CaptionedNetwork(Protocol):
    """The network: looks at an image with a caption in mind."""

    def __call__(self, pixels: Floats, ids: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """
        Look at an image.

        :param pixels: ``(1, 3, h, w)`` float32, prepared.
        :param ids: ``(1, L)`` tokens of a caption.
        :returns: boxes ``(N, 4)`` float32 (centre x, centre y, width, height as shares of the
            image) and the logits of their tokens ``(N, >= L)`` float32.
        """
        ...


class TorchCaptionedNetwork:
    """
    A :class:`CaptionedNetwork` in torch.

    :param network: a Grounding DINO or MM-Grounding-DINO.
    """

    def __init__(self, network: Network) -> None:
        self._network = network

    def __call__(self, pixels: Floats, ids: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Look at an image; see the protocol."""
        import torch

        network = self._network
        tokens = torch.from_numpy(ids).to(network.device)
        seen = network.model(
            pixel_values=torch.from_numpy(pixels).to(network.device, network.dtype),
            input_ids=tokens,
            token_type_ids=torch.zeros_like(tokens),
            attention_mask=torch.ones_like(tokens),
        )
        return seen.pred_boxes[0].float().cpu().numpy(), seen.logits[0].float().cpu().numpy()


class GroundingDetector:
    """
    A :class:`~grounded_perception.detectors.base.Detector` that finds any phrase.

    :param name: name of the detector, for messages.
    :param options: what the user wants.
    :param prepare: makes pixels ``(1, 3, h, w)`` of an image.
    :param captions: puts phrases into captions.
    :param network: looks at an image with a caption in mind.
    """

    def __init__(
        self,
        name: str,
        options: OpenOptions,
        prepare: Callable[[NDArray[np.uint8]], Floats],
        captions: Callable[[tuple[str, ...]], tuple[Caption, ...]],
        network: CaptionedNetwork,
    ) -> None:
        self._name, self._nms = name, options.nms
        self._prepare, self._network = prepare, network
        self._captions = Recent(captions, _KEPT_CAPTIONS)
        self._vocabulary = read_vocabulary(options.vocabulary)
        self._thresholds = read_thresholds(options.class_thresholds)

    @property
    def names(self) -> tuple[str, ...]:
        """None: it finds any word."""
        return ()

    def propose(
        self, rgb: NDArray[np.uint8], phrases: Sequence[str], floor: float, limit: int
    ) -> Regions:
        """
        Find what is asked for and what the vocabulary lists; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param phrases: nouns to look for.
        :param floor: lowest score wanted.
        :param limit: most regions wanted.
        :returns: regions, best first; ``names`` are the words looked for and ``posterior`` says
            how much each region is each; none when nothing was asked.
        :raises ModelFailed: when the network raises.
        """
        names = wanted(phrases, self._vocabulary)
        boxes, posteriors = [], []
        with computing(self._name):
            captions = self._captions(names)
            if not captions:
                return Regions.empty()
            shown = _widened(rgb)
            pixels = self._prepare(shown)
            for caption in captions:
                seen, logits = self._network(pixels, caption.ids)
                posterior = np.zeros((len(seen), len(names)), np.float32)
                posterior[:, caption.phrases] = sigmoid(caption.scores(logits))
                boxes.append(corners(seen))
                posteriors.append(posterior)
        height, width = rgb.shape[:2]
        scale = np.array(shown.shape[1::-1] * 2, np.float32)
        every_box = geometry.clip(np.concatenate(boxes) * scale, width, height)
        # A phrase that a caption did not hold scored nothing there, which is no finding.
        least = np.maximum(thresholds_of(names, floor, self._thresholds), np.float32(1e-9))
        found = best_words(every_box, np.concatenate(posteriors), names, least, self._nms)
        return found.take(np.arange(min(len(found), limit)))

    def close(self) -> None:
        """Free the network."""
        vars(self).pop('_network', None)


def _widened(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Add black to an image too narrow to hold as many places as the network chooses from."""
    height, width = rgb.shape[:2]
    least = -(-max(height, width) // _NARROWEST)
    if min(height, width) >= least:
        return rgb
    more = ((0, max(least - height, 0)), (0, max(least - width, 0)), (0, 0))
    return np.pad(rgb, more)


def load_grounding(
    options: OpenOptions, compute: Compute, name: str, class_name: str, example: str
) -> GroundingDetector:
    """
    Load a checkpoint.

    :param options: which one.
    :param compute: where and in which arithmetic it runs.
    :param name: the detector; with dashes, the ``model_type`` of its checkpoints.
    :param class_name: its class in transformers.
    :param example: a hub id that would do, for messages.
    :returns: a detector.
    :raises SettingsError: when no checkpoint was named, or one of another kind.
    :raises ModelMissing: when a part, a library or the device is not there.
    :raises ModelCorrupt: when a part cannot be used.
    """
    folder = locate(options, name, example)
    checkpoint = inspect(folder, name, (name.replace('_', '-'),), reads_text=True)
    prepare = read_preparation(checkpoint.preprocessor, _DEFAULTS)
    tokenizer = load_tokenizer(checkpoint)
    check_tokenizer(tokenizer, str(folder))
    network = load_network(checkpoint, class_name, compute)
    most = int(network.model.config.max_text_len)
    return GroundingDetector(
        name,
        options,
        prepare,
        lambda phrases: make_captions(tokenizer, phrases, most),
        TorchCaptionedNetwork(network),
    )
