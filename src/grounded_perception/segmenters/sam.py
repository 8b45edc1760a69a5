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
Masks by Segment Anything: every region's box is a prompt, its best mask is taken.

Networks: SAM, Kirillov et al. 2023 (https://arxiv.org/abs/2304.02643), and SAM 2, Ravi et al. 2024
(https://arxiv.org/abs/2408.00714), as transformers has them; the weights are Apache-2.0. The
costly part, the image's embedding, is computed once for all regions. The image is prepared here:
transformers does it for SAM 2 with torchvision only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grounded_perception.compute import Compute
from grounded_perception.detectors.hub.families import Family
from grounded_perception.detectors.hub.loading import computing, Network
from grounded_perception.detectors.hub.options import CheckpointSource
from grounded_perception.detectors.hub.pixels import IMAGENET_MEAN, IMAGENET_STD, Preparation
from grounded_perception.imaging.mask import pixel_boxes
from grounded_perception.records import Floats, Regions
from grounded_perception.segmenters import checkpoints
from grounded_perception.segmenters.base import Crop, Masks
from grounded_perception.segmenters.resampling import sampled
from grounded_perception.settings import setting
import numpy as np
from numpy.typing import NDArray

#: Kinds of configuration → classes of transformers. The checkpoints that SAM 2's makers give out
#: are for video; for images their memory is left out.
_CLASSES = {'sam': 'SamModel', 'sam2': 'Sam2Model', 'sam2_video': 'Sam2Model'}
CHECKPOINT = Family('sam', tuple(_CLASSES), 'facebook/sam2.1-hiera-tiny', reads_text=False)
#: PIL's number of bilinear resampling.
_BILINEAR = 2


@dataclass(frozen=True)
class Options(CheckpointSource):
    """
    Options of Segment Anything.

    :raises SettingsError: when a value is not allowed.
    """

    boxes_at_once: int = setting(
        32, 'Regions decoded in one call; each needs about 30 MB.', low=1, high=1000
    )


def load(options: Options, compute: Compute) -> SamSegmenter:
    """
    Load the network.

    :param options: see :class:`Options`.
    :param compute: where it runs; bf16 holds for the image's embedding.
    :returns: a segmenter.
    :raises SettingsError: when no checkpoint was named, or it is of another kind.
    :raises ModelMissing: when checkpoint, library or device are not there.
    :raises ModelCorrupt: when the checkpoint cannot be read or lacks weights.
    """
    _, network = checkpoints.load(options, CHECKPOINT, _CLASSES, compute)
    return SamSegmenter(network, options, compute)


class SamSegmenter:
    """
    A :class:`~grounded_perception.segmenters.base.Segmenter` of any thing in a box.

    :param network: ``SamModel`` or ``Sam2Model`` of transformers, float32.
    :param options: see :class:`Options`.
    :param compute: where and in which arithmetic it runs.
    """

    def __init__(self, network: Network, options: Options, compute: Compute) -> None:
        self._model: Any = network.model
        self._device = network.device
        self._at_once = options.boxes_at_once
        self._compute = compute
        side = network.model.config.prompt_encoder_config.image_size
        self._side = int(side if isinstance(side, int) else side[0])
        # SAM keeps the shape of an image and pads it, SAM 2 stretches it to a square.
        self._keeps_shape = network.model.config.model_type == 'sam'

    def segment(self, rgb: NDArray[np.uint8], regions: Regions) -> Masks:
        """
        Find the pixels of every region; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param regions: N regions of this image.
        :returns: N masks in the same order.
        :raises ModelFailed: when the network raises.
        """
        height, width = rgb.shape[:2]
        boxes = pixel_boxes(regions.boxes_px, height, width)
        crops: list[Crop] = [
            np.zeros((y2 - y1, x2 - x1), np.bool_) for x1, y1, x2, y2 in boxes.tolist()
        ]
        there = np.flatnonzero([crop.size for crop in crops])
        if len(there):
            rows, columns = self._fitted_size(height, width)
            scale = np.array([columns / width, rows / height] * 2, np.float32)
            prompts = regions.boxes_px[there] * scale
            for i, coarse in zip(there.tolist(), self._answers(rgb, prompts), strict=True):
                # A cell of the answer covers ``side / cells`` pixels of the prepared image.
                cells = coarse.shape[0] / self._side
                steps = float(scale[0]) * cells, float(scale[1]) * cells
                crops[i] = sampled(coarse, tuple(boxes[i].tolist()), steps) > 0
        return Masks((height, width), boxes, tuple(crops))

    def close(self) -> None:
        """Free the network."""
        self._model = None

    def _fitted_size(self, height: int, width: int) -> tuple[int, int]:
        """Return the rows and columns that an image has when the network sees it."""
        if not self._keeps_shape:
            return self._side, self._side
        share = self._side / max(height, width)
        return max(int(height * share + 0.5), 1), max(int(width * share + 0.5), 1)

    def _pixels(self, rgb: NDArray[np.uint8]) -> Floats:
        """Return an image as the network sees it, ``(1, 3, side, side)``."""
        rows, columns = self._fitted_size(*rgb.shape[:2])
        size = {'height': rows, 'width': columns}
        seen = Preparation(size, _BILINEAR, 1 / 255, IMAGENET_MEAN, IMAGENET_STD)(rgb)
        if (rows, columns) == (self._side, self._side):
            return seen
        # What is added is 0 after, not before, the colours are normalised.
        padded = np.zeros((1, 3, self._side, self._side), np.float32)
        padded[..., :rows, :columns] = seen
        return padded

    def _answers(self, rgb: NDArray[np.uint8], prompts: Floats) -> list[Floats]:
        """Return each prompt's best mask as logits in the network's coarse cells."""
        import torch

        device = self._device
        best: list[Floats] = []
        with computing('sam'):
            pixels = torch.from_numpy(self._pixels(rgb)).to(device)
            # Box corners have no place in bf16: its 8 bits put them 4 pixels off in a thousand.
            with checkpoints.coarsely(device, self._compute):
                embedded = self._model.get_image_embeddings(pixels)
            # SAM 2 has one embedding for each scale.
            one = isinstance(embedded, torch.Tensor)
            embedded = embedded.float() if one else [level.float() for level in embedded]
            for start in range(0, len(prompts), self._at_once):
                some = torch.from_numpy(prompts[start : start + self._at_once]).to(device)
                answer = self._model(image_embeddings=embedded, input_boxes=some[None])
                masks, scores = answer.pred_masks[0], answer.iou_scores[0]
                chosen = masks[torch.arange(len(some), device=device), scores.argmax(dim=-1)]
                best += list(chosen.cpu().numpy())
        return best
