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

"""Folders of images, and single images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grounded_perception.errors import FrameError, RecordingError
from grounded_perception.evaluation.recordings.base import Shot, Stream
from grounded_perception.evaluation.recordings.digest import digest
from grounded_perception.evaluation.recordings.files import natural
from grounded_perception.imaging.decode import decode_compressed
from grounded_perception.records import Frame
import numpy as np

ENDINGS = ('.jpg', '.jpeg', '.png', '.bmp', '.webp', '.tif', '.tiff')


def images(folder: Path) -> list[Path]:
    """
    List a folder's images in the order in which people count: img2 before img10.

    :param folder: the folder; those inside it are not looked into.
    :returns: the files, hidden ones left out.
    :raises RecordingError: when the folder cannot be read.
    """
    try:
        found = [
            path
            for path in folder.iterdir()
            if path.suffix.lower() in ENDINGS and path.name[0] != '.' and path.is_file()
        ]
    except OSError as exc:
        raise RecordingError(f'{folder} cannot be read: {exc.strerror}') from exc
    return sorted(found, key=lambda each: natural(each.name))


@dataclass(frozen=True, eq=False)
class FileShot(Shot):
    """
    An image file.

    :param path: the file.
    """

    path: Path

    def decode(self) -> Frame:
        """
        Read and decode the file.

        :returns: RGB.
        :raises FrameError: when it cannot be read.
        """
        try:
            data = np.fromfile(self.path, np.uint8)
        except OSError as exc:
            raise FrameError(f'{self.path} cannot be read: {exc.strerror}') from exc
        try:
            return Frame(decode_compressed(data), self.stamp_ns, self.frame_id)
        except FrameError as exc:
            raise FrameError(f'{self.path}: {exc}') from exc


class FolderRecording:
    """
    A folder of images, taken at a steady rate, or one image.

    :param path: the folder, or the image's file.
    :param rate_hz: images in a second.
    :raises RecordingError: when it holds no images.
    """

    command_topic = ''
    problems: tuple[str, ...] = ()

    def __init__(self, path: Path, rate_hz: float = 10.0) -> None:
        self.path = path
        self.image_topic = str(path)
        self._files = images(path) if path.is_dir() else [path]
        self._rate_hz = rate_hz
        self._digest = ''
        self.count = len(self._files)
        self.streams: tuple[Stream, ...] = (Stream(self.image_topic, 'image', self.count),)
        if not self._files:
            raise RecordingError(
                f'folder {path} holds no images and no bag; images end in {", ".join(ENDINGS)}'
            )

    def items(self) -> Iterator[Shot]:
        """
        Go through the images.

        :returns: each, not yet read.
        """
        for index, file in enumerate(self._files):
            time_ns = round(index * 1e9 / self._rate_hz)
            yield FileShot(index, time_ns, time_ns, '', file.name, self.image_topic, file)

    def detections(self, topic: str) -> Iterator[tuple[int, Any]]:
        """
        Refuse: there are only images.

        :param topic: any.
        :raises RecordingError: always.
        """
        raise RecordingError(f'{self.path} has no topics, {topic} was asked for')

    def digest(self) -> str:
        """Return the SHA-256 of the images, of a folder's with their names, hexadecimal."""
        self._digest = self._digest or digest(self._files, self.path.is_dir())
        return self._digest

    def close(self) -> None:
        """Nothing stays open."""
