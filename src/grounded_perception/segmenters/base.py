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

"""The seam between whoever finds the pixels of regions and everything else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from grounded_perception.errors import ModelFailed
from grounded_perception.records import Regions
import numpy as np
from numpy.typing import NDArray

#: ``(h, w)`` bool, the object's pixels in a box.
Crop = NDArray[np.bool_]
_MOST_IDS = 255


@dataclass(frozen=True, eq=False)
class Masks:
    """
    The pixels of N regions, each kept as the part of the image in its box.

    :param size: height and width of the image.
    :param boxes_px: ``(N, 4)`` int32 xyxy, whole pixels inside the image, the last ones excluded;
        a region without a pixel has an empty box.
    :param crops: N bool arrays, each of its box's height and width.
    :raises ModelFailed: when they disagree: the segmenter is at fault.
    """

    size: tuple[int, int]
    boxes_px: NDArray[np.int32]
    crops: tuple[Crop, ...]

    def __post_init__(self) -> None:
        height, width = self.size
        boxes = self.boxes_px
        if boxes.dtype != np.int32 or boxes.shape != (len(self.crops), 4):
            raise ModelFailed(
                f'{len(self.crops)} masks need boxes int32 ({len(self.crops)}, 4), '
                f'got {boxes.dtype} {boxes.shape}'
            )
        for (x1, y1, x2, y2), crop in zip(boxes.tolist(), self.crops, strict=True):
            if not (0 <= x1 <= x2 <= width and 0 <= y1 <= y2 <= height):
                raise ModelFailed(
                    f'the box {(x1, y1, x2, y2)} of a mask is not inside {width} x {height}'
                )
            if crop.dtype != np.bool_ or crop.shape != (y2 - y1, x2 - x1):
                raise ModelFailed(
                    f'the box {(x1, y1, x2, y2)} needs a mask bool ({y2 - y1}, {x2 - x1}), '
                    f'got {crop.dtype} {crop.shape}'
                )

    def __len__(self) -> int:
        return len(self.crops)

    @cached_property
    def areas(self) -> NDArray[np.int64]:
        """``(N,)`` pixels of each mask."""
        return np.array([np.count_nonzero(crop) for crop in self.crops], np.int64)

    def full(self, i: int) -> NDArray[np.bool_]:
        """
        Lay one mask into the whole image.

        :param i: which.
        :returns: ``(H, W)`` bool.
        """
        image = np.zeros(self.size, np.bool_)
        x1, y1, x2, y2 = self.boxes_px[i].tolist()
        image[y1:y2, x1:x2] = self.crops[i]
        return image

    def run_lengths(self, i: int) -> list[int]:
        """
        Write one mask as the COCO format does: https://cocodataset.org/#format-data.

        :param i: which.
        :returns: pixels outside and inside in turn, those outside first, column by column.
        """
        pixels = self.full(i).ravel(order='F')
        changes = np.flatnonzero(pixels[1:] != pixels[:-1]) + 1
        runs = np.diff(changes, prepend=0, append=pixels.size).tolist()
        return [0, *runs] if pixels[:1].any() else runs

    def label_image(self, ids: Sequence[int]) -> NDArray[np.uint8]:
        """
        Paint all masks into one image, the largest first, so that none hides a smaller one.

        Of two of one size, the later one lies on top.

        :param ids: N numbers in [0, 255]; what has 0 is not painted.
        :returns: ``(H, W)`` uint8, 0 where nothing is.
        :raises ValueError: when there are not N ids, or one is out of range.
        """
        if len(ids) != len(self) or not all(0 <= i <= _MOST_IDS for i in ids):
            raise ValueError(f'{len(self)} masks need as many ids in [0, {_MOST_IDS}], got {ids}')
        image = np.zeros(self.size, np.uint8)
        for i in np.argsort(-self.areas, kind='stable').tolist():
            if ids[i]:
                x1, y1, x2, y2 = self.boxes_px[i].tolist()
                np.copyto(image[y1:y2, x1:x2], np.uint8(ids[i]), where=self.crops[i])
        return image

    @staticmethod
    def empty(size: tuple[int, int]) -> Masks:
        """
        Return no mask at all.

        :param size: height and width of the image.
        :returns: N = 0.
        """
        return Masks(size, np.zeros((0, 4), np.int32), ())


class Segmenter(Protocol):
    """Finds the pixels of regions; one instance is used from one thread."""

    def segment(self, rgb: NDArray[np.uint8], regions: Regions) -> Masks:
        """
        Find the pixels of every region, none of them outside its box.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param regions: N regions of this image.
        :returns: N masks in the same order.
        :raises ModelFailed: when the network raises.
        """
        ...

    def close(self) -> None:
        """Free what it holds; it is not used afterwards."""
        ...
