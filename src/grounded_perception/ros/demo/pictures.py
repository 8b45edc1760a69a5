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

"""Image messages ↔ JPEG, and the pictures that the demo keeps of what it watched."""

from __future__ import annotations

from typing import Any

import cv2
from grounded_perception.imaging.decode import decode_message
import numpy as np

_QUALITY = 88
_MOST_KEPT = 200


def to_jpeg(message: Any) -> bytes:
    """
    Code an image.

    :param message: sensor_msgs/Image.
    :returns: a JPEG file.
    :raises FrameError: when the message is not a whole image.
    """
    rgb = decode_message(message)
    good, coded = cv2.imencode(
        '.jpg', cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    )
    assert good, 'OpenCV writes every 8-bit RGB image as JPEG'
    return bytes(np.asarray(coded).tobytes())


class Strip:
    """Pictures of something that moves: all of a short time, evenly fewer of a long one."""

    def __init__(self) -> None:
        self._kept: dict[int, bytes] = {}
        self._newest = 0

    def add(self, stamp: int, message: Any) -> None:
        """
        Take a picture; one that was there already is ignored.

        :param stamp: nanoseconds.
        :param message: sensor_msgs/Image.
        """
        if stamp <= self._newest:
            return
        self._newest = stamp
        self._kept[stamp] = to_jpeg(message)
        if len(self._kept) > _MOST_KEPT:
            self._kept = {s: self._kept[s] for s in list(self._kept)[::2]}

    def chosen(self, stamp: int, count: int) -> list[bytes]:
        """
        Choose some.

        :param stamp: the picture nearest to this time comes first.
        :param count: how many more, evenly spaced in time.
        :returns: JPEG files.
        """
        if not self._kept:
            return []
        stamps = sorted(self._kept)
        nearest = min(stamps, key=lambda s: abs(s - stamp))
        spaced = [stamps[int(i)] for i in np.linspace(0, len(stamps) - 1, count)]
        return [self._kept[s] for s in dict.fromkeys([nearest, *spaced])]
