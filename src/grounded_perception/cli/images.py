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

"""Image files: what the arguments name, their pixels, and names for what is written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import cv2
from grounded_perception.errors import FrameError
from grounded_perception.imaging.decode import decode_compressed
import numpy as np
from numpy.typing import NDArray

#: Endings by which the images of a folder are known; a file named outright may have any.
ENDINGS = (
    '.bmp', '.gif', '.jpeg', '.jpg', '.jp2', '.pbm', '.pgm', '.png', '.pnm', '.ppm', '.tif',
    '.tiff', '.webp',
)  # fmt: skip


def expand(paths: Iterable[Path]) -> list[Path]:
    """
    Replace folders by the images in them.

    :param paths: files and folders.
    :returns: files, those of a folder sorted by name.
    :raises FrameError: when a folder holds no image.
    """
    files: list[Path] = []
    for path in paths:
        if not path.is_dir():
            files.append(path)  # whether it can be read shows when it is
            continue
        inside = sorted(p for p in path.iterdir() if p.suffix.lower() in ENDINGS and p.is_file())
        if not inside:
            raise FrameError(f'{path} holds no image ({" ".join(ENDINGS)})')
        files.extend(inside)
    return files


def read(path: Path) -> NDArray[np.uint8]:
    """
    Read an image as people see it: an EXIF orientation is applied, as ``cv2.imread`` does.

    Boxes are in the pixels of the picture turned so.

    :param path: the file.
    :returns: uint8 ``(H, W, 3)`` RGB; gray becomes RGB, 16 bits 8, transparency is left away.
    :raises FrameError: naming the file and what is wrong with it.
    """
    try:
        return decode_compressed(path.read_bytes())
    except (OSError, ValueError) as exc:  # ValueError: a name with a NUL character
        raise FrameError(f'{path}: {getattr(exc, "strerror", None) or exc}') from exc
    except FrameError as exc:
        raise FrameError(f'{path}: not an image that OpenCV can read') from exc


class Album:
    """
    Writes pictures into a folder: each under its own name, none over an input.

    :param folder: where; made if need be.
    :param inputs: files that must stay as they are.
    :raises OSError: when the folder cannot be made.
    """

    def __init__(self, folder: Path, inputs: Iterable[Path]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._used = {path.resolve() for path in inputs}

    def write(self, image: Path, kind: str, rgb: NDArray[np.uint8]) -> Path:
        """
        Write a picture.

        :param image: the input that it was made of; gives the name.
        :param kind: what it shows; ends the name.
        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :returns: the file written.
        :raises OSError: when it cannot be written.
        """
        path, n = self._folder / f'{image.stem}-{kind}.png', 1
        while path.resolve() in self._used:
            n += 1
            path = self._folder / f'{image.stem}-{kind}-{n}.png'
        self._used.add(path.resolve())
        _, data = cv2.imencode('.png', cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
        path.write_bytes(data.tobytes())
        return path
