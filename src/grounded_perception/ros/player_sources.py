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

"""What the image player plays: photographs, films and cameras, each a source of BGR frames."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
import re
from typing import Any, Protocol

import cv2
from grounded_perception.errors import FrameError
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

_PHOTOGRAPHS = {'.jpg', '.jpeg', '.png', '.bmp', '.webp', '.tif', '.tiff', '.ppm', '.pgm'}
#: A film may be cut by a W3C media fragment: ``film.mp4#t=3.5,6`` plays from 3.5 s to 6 s.
_FRAGMENT = re.compile(r'(?P<path>.+)#t=(?P<start>\d+(\.\d+)?)?(,(?P<end>\d+(\.\d+)?))?')


class Source(Protocol):
    """Gives frames; ``name`` is what people call it."""

    name: str
    #: Whether it ends by itself.
    ends: bool

    def frame_at(self, elapsed_s: float) -> Picture | None:
        """
        Return the frame that shows now.

        :param elapsed_s: seconds since the source began, never less than in the last call
            unless it is 0, which begins anew.
        :returns: uint8 ``(H, W, 3)`` BGR; the same object where nothing changed; None at the end.
        :raises FrameError: when it cannot be read.
        """
        ...

    def close(self) -> None:
        """Free file or device."""
        ...


def fitted(image: Picture, max_side: int) -> Picture:
    """
    Shrink an image whose longer side is too long.

    :param image: uint8 ``(H, W, 3)``.
    :param max_side: longest side allowed, in pixels; 0 = any.
    :returns: the image itself, or a smaller one of the same proportions.
    """
    scale = max_side / max(image.shape[:2])
    if not max_side or scale >= 1:
        return np.ascontiguousarray(image)
    size = (max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


class Photograph:
    """
    A still picture from a file.

    :param path: any format that OpenCV reads.
    :param max_side: longest side, in pixels; 0 = any.
    :raises FrameError: when it cannot be read.
    """

    ends = False

    def __init__(self, path: Path, max_side: int) -> None:
        self.name = path.name
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if image is None:
            raise FrameError(f'{path} is not a picture that can be read')
        self._image = fitted(image, max_side)

    def frame_at(self, elapsed_s: float) -> Picture | None:
        """
        Return the picture; see the protocol.

        :param elapsed_s: ignored.
        :returns: always the same object.
        """
        return self._image

    def close(self) -> None:
        """Do nothing: the file is closed already."""


class Film:
    """
    A video file, played in its own time: frames are left out or shown twice to keep it.

    :param path: any format that OpenCV reads.
    :param max_side: longest side, in pixels; 0 = any.
    :param start_s: where to begin, in seconds.
    :param end_s: where to end; None = where the film ends.
    :raises FrameError: when it cannot be read.
    """

    ends = True

    def __init__(
        self, path: Path, max_side: int, start_s: float = 0.0, end_s: float | None = None
    ) -> None:
        self.name = path.name
        self._path, self._max_side = path, max_side
        self._start_s, self._end_s = start_s, end_s
        self._open()
        if self.frame_at(0.0) is None:
            self.close()
            raise FrameError(f'{path} is not a film that can be read from {start_s:g} s on')

    def _open(self) -> None:
        self._capture: Any = cv2.VideoCapture(str(self._path))
        self._rate_hz = self._capture.get(cv2.CAP_PROP_FPS) or 25.0
        self._next = 0
        self._shown: Picture | None = None
        # Counting frames from the start is exact; seeking by time is not in every format.
        self._skip_to(round(self._start_s * self._rate_hz))

    def _skip_to(self, index: int) -> None:
        while self._next < index and self._capture.grab():
            self._next += 1

    def frame_at(self, elapsed_s: float) -> Picture | None:
        """
        Return the frame of this moment; see the protocol.

        :param elapsed_s: seconds since the start; 0 rewinds.
        :returns: None past the end.
        """
        wanted = round((self._start_s + elapsed_s) * self._rate_hz)
        if elapsed_s == 0 and self._next > wanted + 1:
            self.close()
            self._open()
        if self._end_s is not None and self._start_s + elapsed_s >= self._end_s:
            return None
        if self._shown is None or wanted >= self._next:
            self._skip_to(wanted)
            good, image = self._capture.read()
            if not good:
                return None
            self._next += 1
            self._shown = fitted(image, self._max_side)
        return self._shown

    def close(self) -> None:
        """Close the file."""
        self._capture.release()


class Camera:
    """
    A camera of this machine.

    :param index: its number, as the system counts.
    :param max_side: longest side, in pixels; 0 = any.
    :raises FrameError: when it cannot be opened.
    """

    ends = False

    def __init__(self, index: int, max_side: int) -> None:
        self.name = f'camera {index}'
        self._max_side = max_side
        self._capture: Any = cv2.VideoCapture(index)
        if not self._capture.isOpened():
            raise FrameError(f'camera {index} cannot be opened')
        self._capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # the newest frame, not an old one

    def frame_at(self, elapsed_s: float) -> Picture | None:
        """
        Return the camera's next frame; see the protocol.

        :param elapsed_s: ignored.
        :returns: a new frame.
        :raises FrameError: when the camera gives none.
        """
        good, image = self._capture.read()
        if not good:
            raise FrameError(f'{self.name} gave no image')
        return fitted(image, self._max_side)

    def close(self) -> None:
        """Give the camera back."""
        self._capture.release()


def files(paths: Iterable[str]) -> tuple[str, ...]:
    """
    Replace folders by the photographs in them, in the order of their names.

    :param paths: files, films with or without ``#t=start,end``, folders.
    :returns: files only.
    :raises FrameError: when a folder holds no photograph.
    """
    found: list[str] = []
    for text in paths:
        path = Path(text)
        if not path.is_dir():
            found.append(text)
            continue
        inside = sorted(str(p) for p in path.iterdir() if p.suffix.lower() in _PHOTOGRAPHS)
        if not inside:
            raise FrameError(f'no photograph in the folder {path}')
        found += inside
    return tuple(found)


def open_file(text: str, max_side: int) -> Photograph | Film:
    """
    Open a photograph or a film, told apart by the file's ending.

    :param text: path; a film's may end in ``#t=start,end``.
    :param max_side: longest side, in pixels; 0 = any.
    :returns: the source.
    :raises FrameError: when it is missing or cannot be read.
    """
    path, start_s, end_s = Path(text), 0.0, None
    if not path.exists() and (cut := _FRAGMENT.fullmatch(text)):
        path = Path(cut['path'])
        start_s = float(cut['start'] or 0)
        end_s = float(cut['end']) if cut['end'] else None
    if not path.is_file():
        raise FrameError(f'there is no file {path}')
    if path.suffix.lower() in _PHOTOGRAPHS:
        return Photograph(path, max_side)
    return Film(path, max_side, start_s, end_s)
