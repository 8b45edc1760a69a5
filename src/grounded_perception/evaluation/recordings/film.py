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

"""Films, read by OpenCV."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
import math
from pathlib import Path
from typing import Any

import cv2
from grounded_perception.errors import RecordingError
from grounded_perception.evaluation.recordings.base import Shot, Stream
from grounded_perception.evaluation.recordings.digest import digest
from grounded_perception.records import Frame
import numpy as np
from numpy.typing import NDArray

ENDINGS = ('.mp4', '.avi', '.mkv', '.mov', '.webm', '.m4v')


@dataclass(frozen=True, eq=False)
class FilmShot(Shot):
    """
    A frame of a film.

    A film can only be decoded in its order, hence the pixels are here already; only their order
    of colours is still OpenCV's.

    :param bgr: uint8 ``(H, W, 3)``.
    """

    bgr: NDArray[np.uint8]

    def decode(self) -> Frame:
        """
        Return the image.

        :returns: RGB.
        """
        rgb = np.asarray(cv2.cvtColor(self.bgr, cv2.COLOR_BGR2RGB), np.uint8)
        return Frame(rgb, self.stamp_ns, self.frame_id)


class FilmRecording:
    """
    A film.

    :param path: the file.
    :param rate_hz: frames in a second where the film does not say.
    :raises RecordingError: when it cannot be read.
    """

    command_topic = ''

    def __init__(self, path: Path, rate_hz: float = 10.0) -> None:
        self.path = path
        self.image_topic = str(path)
        self._digest = ''
        self._problems: list[str] = []
        self._ending: list[str] = []
        film = self._open()
        fps = float(film.get(cv2.CAP_PROP_FPS))
        count = film.get(cv2.CAP_PROP_FRAME_COUNT)
        has_frames = film.grab()
        film.release()
        if not has_frames:
            raise RecordingError(f'film {path} has no frame that can be decoded')
        #: Frames in a second.
        self.fps = fps
        if not (math.isfinite(fps) and fps > 0):
            self.fps = rate_hz
            self._problems.append(f'the film does not say its rate: {rate_hz:g} Hz stands for it')
        # Containers without an index tell a negative or a huge number.
        self.count = int(count) if 0 < count < 1e9 else -1
        self.streams: tuple[Stream, ...] = (Stream(self.image_topic, 'image', self.count),)

    def _open(self) -> Any:
        film = cv2.VideoCapture(str(self.path))
        if not film.isOpened():
            raise RecordingError(
                f'film {self.path} cannot be read: it is damaged or OpenCV lacks its codec'
            )
        return film

    @property
    def problems(self) -> tuple[str, ...]:
        """What was wrong with what was read so far, for people."""
        return (*self._problems, *self._ending)

    def items(self) -> Iterator[Shot]:
        """
        Go through the frames.

        :returns: each.
        :raises RecordingError: when the film cannot be opened any more.
        """
        self._ending = []
        film = self._open()
        index = 0
        try:
            while True:
                is_there, bgr = film.read()
                if not is_there:
                    break
                time_ns = round(index * 1e9 / self.fps)
                yield FilmShot(index, time_ns, time_ns, '', '', self.image_topic, bgr)
                index += 1
        finally:
            film.release()
        # One less is usual: some containers only estimate.
        if index < self.count - 1:
            self._ending = [f'the film breaks off after {index} of {self.count} frames']

    def detections(self, topic: str) -> Iterator[tuple[int, Any]]:
        """
        Refuse: there are only images.

        :param topic: any.
        :raises RecordingError: always.
        """
        raise RecordingError(f'film {self.path} has no topics, {topic} was asked for')

    def digest(self) -> str:
        """Return the SHA-256 of the file, hexadecimal."""
        self._digest = self._digest or digest([self.path], False)
        return self._digest

    def close(self) -> None:
        """Nothing stays open."""
