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

"""One image with its origin, and what it is good for."""

from __future__ import annotations

from dataclasses import dataclass

from grounded_perception.errors import FrameError
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Frame:
    """
    One image with its origin.

    :param rgb: uint8 ``(H, W, 3)``, RGB, any strides; never written to.
    :param stamp_ns: time of exposure in nanoseconds.
    :param frame_id: coordinate frame of the camera (REP-103 optical frame), may be empty.
    :raises FrameError: when shape or dtype differ, or a side is zero.
    """

    rgb: NDArray[np.uint8]
    stamp_ns: int = 0
    frame_id: str = ''

    def __post_init__(self) -> None:
        if self.rgb.dtype != np.uint8 or self.rgb.ndim != 3 or self.rgb.shape[2] != 3:
            raise FrameError(
                f'an image must be uint8 (H, W, 3), got {self.rgb.dtype} {self.rgb.shape}'
            )
        if 0 in self.rgb.shape:
            raise FrameError(f'an image must have pixels, got {self.width} x {self.height}')

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.rgb.shape[0])

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.rgb.shape[1])


@dataclass(frozen=True)
class Quality:
    """
    What a whole image is good for.

    :param sharpness: in [0, 1]: inverse width of its edges.
    :param contrast: in [0, 1]: standard deviation of luma, 1 for half black half white.
    :param dark: share of pixels that are almost black.
    :param bright: share of pixels that are burnt out.
    :param verdict: ``''`` when good enough, else ``'blurred'``, ``'too dark'``, ``'too bright'``
        or ``'near blank'``.
    :param reason: one sentence for people; empty when good enough.
    """

    sharpness: float
    contrast: float
    dark: float
    bright: float
    verdict: str
    reason: str

    @property
    def usable(self) -> bool:
        """Whether answers about the image may be confident."""
        return not self.verdict
