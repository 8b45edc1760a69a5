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

"""One thing that was shown: its picture and what is compared of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from grounded_perception.errors import FrameError
from grounded_perception.imaging.descriptors import describe
from grounded_perception.imaging.patches import clip
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

#: Numbers of :attr:`Looks.colours`: 11 named colours on the upper, middle and lower third.
COLOUR_SHARES = 33
#: Least side of a crop in pixels: smaller ones look like anything.
LEAST_SIDE = 8


class Looker(Protocol):
    """Describes regions so that like things are alike: a classifier, or a detector that can."""

    @property
    def feature_model(self) -> str:
        """Name what makes the features: only those of equal names can be compared."""
        ...

    def features(self, rgb: NDArray[np.uint8], boxes_px: Floats) -> Floats:
        """
        Describe regions of an image.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param boxes_px: ``(N, 4)`` float32 xyxy in its pixels.
        :returns: ``(N, D)`` float32 rows of length 1; 0 for a box that holds no pixel.
        :raises ModelFailed: when the network raises.
        """
        ...


@dataclass(frozen=True, eq=False)
class Looks:
    """
    What is compared of N regions.

    :param features: ``(N, D)`` float32 rows of length 1 (0 for a box that holds no pixel).
    :param colours: ``(N, 33)`` float32, shares of named colours on three thirds; rows sum to 1.
    """

    features: Floats
    colours: Floats

    def __len__(self) -> int:
        return len(self.features)

    @staticmethod
    def of(looker: Looker, rgb: NDArray[np.uint8], boxes_px: Floats) -> Looks:
        """
        Look at regions of an image.

        :param looker: makes the features.
        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param boxes_px: ``(N, 4)`` float32 xyxy in its pixels.
        :returns: what is compared of them.
        :raises ModelFailed: when the network raises.
        """
        bands = describe(rgb, boxes_px).bands.reshape(-1, COLOUR_SHARES)
        return Looks(looker.features(rgb, boxes_px), np.asarray(bands / 3, np.float32))

    @staticmethod
    def joined(parts: Sequence[Looks]) -> Looks:
        """
        Put looks one behind the other.

        :param parts: at least one, features of one length.
        :returns: all of them.
        """
        return Looks(
            np.concatenate([part.features for part in parts]),
            np.concatenate([part.colours for part in parts]),
        )


@dataclass(frozen=True, eq=False)
class Exemplar:
    """
    A thing that was shown.

    :param number: its own number, unique in its folder.
    :param crop: uint8 ``(h, w, 3)`` RGB, the thing and nothing around it.
    :param looks: what is compared of it, as its frame showed it (one row).
    :param feature_model: what made the features, see :class:`Looker`.
    :param source: where it was seen, for people: a topic, a file.
    :param taken: when, with a time zone.
    """

    number: str
    crop: NDArray[np.uint8]
    looks: Looks
    feature_model: str
    source: str
    taken: datetime


def cut_out(rgb: NDArray[np.uint8], box_px: Floats) -> NDArray[np.uint8]:
    """
    Cut the picture of an exemplar out of a frame.

    :param rgb: uint8 ``(H, W, 3)`` RGB.
    :param box_px: ``(4,)`` xyxy in its pixels.
    :returns: uint8 ``(h, w, 3)`` RGB, a copy.
    :raises FrameError: when hardly anything of the box is in the frame.
    """
    boxes = np.asarray(box_px, np.float32).reshape(1, 4)
    ((x1, y1, x2, y2),), (valid,) = clip(boxes, rgb.shape[0], rgb.shape[1])
    if not valid or min(x2 - x1, y2 - y1) < LEAST_SIDE:
        got = ', '.join(f'{value:.1f}' for value in boxes[0])
        raise FrameError(
            f'an exemplar needs a box of at least {LEAST_SIDE} x {LEAST_SIDE} pixels inside the '
            f'image of {rgb.shape[1]} x {rgb.shape[0]}, got {got}'
        )
    return np.ascontiguousarray(rgb[int(y1) : int(y2), int(x1) : int(x2)])


def whole(rgb: NDArray[np.uint8]) -> Floats:
    """
    Return the box around a whole image.

    :param rgb: ``(H, W, 3)``.
    :returns: ``(1, 4)`` float32 xyxy.
    """
    return np.array([[0, 0, rgb.shape[1], rgb.shape[0]]], np.float32)
