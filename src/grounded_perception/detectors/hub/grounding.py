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

from collections.abc import Callable
from typing import Protocol

from grounded_perception import geometry
from grounded_perception.detectors.hub.captions import Caption
from grounded_perception.detectors.hub.loading import Network
from grounded_perception.detectors.hub.options import OpenOptions
from grounded_perception.detectors.hub.proposing import OpenDetector
from grounded_perception.detectors.hub.recent import Recent
from grounded_perception.detectors.hub.selection import best_words, corners, sigmoid
from grounded_perception.records import Floats, Regions
import numpy as np
from numpy.typing import NDArray

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


class GroundingDetector(OpenDetector):
    """
    A :class:`~grounded_perception.detectors.base.Detector` that finds any phrase.

    :param name: name of the detector, for messages.
    :param options: what the user wants.
    :param prepare: makes pixels ``(1, 3, h, w)`` of an image.
    :param captions: puts phrases into captions.
    :param network: looks at an image with a caption in mind.
    :param runtime: what runs the network, in words; and why, where it is not what is fastest.
    """

    def __init__(
        self,
        name: str,
        options: OpenOptions,
        prepare: Callable[[NDArray[np.uint8]], Floats],
        captions: Callable[[tuple[str, ...]], tuple[Caption, ...]],
        network: CaptionedNetwork,
        runtime: str = 'torch',
    ) -> None:
        super().__init__(name, options, runtime)
        self._prepare, self._network = prepare, network
        self._captions = Recent(captions, _KEPT_CAPTIONS)

    def _find(self, rgb: NDArray[np.uint8], names: tuple[str, ...], floor: float) -> Regions:
        captions = self._captions(names)
        if not captions:
            return Regions.empty()
        boxes, posteriors = [], []
        shown = widened(rgb)
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
        least = max(floor, 1e-9)
        return best_words(every_box, np.concatenate(posteriors), names, least, self._nms)

    def close(self) -> None:
        """Free the network."""
        vars(self).pop('_network', None)


def widened(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """
    Add black to an image too narrow to hold as many places as the network chooses from.

    :param rgb: uint8 ``(H, W, 3)`` RGB.
    :returns: the image as its upper left part; itself where it is wide and high enough.
    """
    height, width = rgb.shape[:2]
    least = -(-max(height, width) // _NARROWEST)
    if min(height, width) >= least:
        return rgb
    more = ((0, max(least - height, 0)), (0, max(least - width, 0)), (0, 0))
    return np.pad(rgb, more)
