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

"""Width and height of an image file from its header, without decoding the pixels."""

from __future__ import annotations

from pathlib import Path
import struct
from typing import BinaryIO

import cv2
from grounded_perception.errors import TruthError

_PNG = b'\x89PNG\r\n\x1a\n'
_JPEG = b'\xff\xd8'
#: JPEG's start of frame: C0 to CF, without the tables and reserved codes among them.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_APP1, _SCAN = 0xE1, 0xDA
_ORIENTATION = 0x0112
#: From here on rows are columns (EXIF 2.3, 4.6.4).
_TRANSPOSED = 5


def size_of(path: Path) -> tuple[int, int]:
    """
    Read the size that an image has once it is decoded; EXIF's orientation counts.

    :param path: of the file.
    :returns: width and height in pixels.
    :raises TruthError: when it is no image.
    """
    try:
        with path.open('rb') as file:
            size = _from_header(file)
    except (OSError, struct.error) as exc:
        raise TruthError(f'{path} is no image that can be read: {exc}') from exc
    if size is None:
        image = cv2.imread(str(path), cv2.IMREAD_COLOR)
        if image is None:
            raise TruthError(f'{path} is no image that can be read')
        size = image.shape[1], image.shape[0]
    return size


def _from_header(file: BinaryIO) -> tuple[int, int] | None:
    """Return the size in the header of a PNG or JPEG; None where it is something else."""
    head = file.read(24)
    if head.startswith(_PNG):
        width, height = struct.unpack('>II', head[16:24])
        return width, height
    if not head.startswith(_JPEG):
        return None
    file.seek(2)
    transposed = False
    while True:
        mark, code = struct.unpack('>BB', file.read(2))
        while code == 0xFF:  # filling
            (code,) = struct.unpack('>B', file.read(1))
        if mark != 0xFF or code == _SCAN:
            return None
        (length,) = struct.unpack('>H', file.read(2))
        segment = file.read(length - 2) if length >= 2 else b''
        if code in _FRAMES:
            height, width = struct.unpack('>HH', segment[1:5])
            return (height, width) if transposed else (width, height)
        if code == _APP1 and segment.startswith(b'Exif\0\0'):
            transposed = _orientation(segment[6:]) >= _TRANSPOSED


def _orientation(tiff: bytes) -> int:
    """Return EXIF's orientation, 1 to 8; 1 where it is not said."""
    order = {b'II': '<', b'MM': '>'}.get(tiff[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f'{order}I', tiff, 4)
        (count,) = struct.unpack_from(f'{order}H', tiff, start)
        for i in range(count):
            tag, _, _, value = struct.unpack_from(f'{order}HHIH', tiff, start + 2 + 12 * i)
            if tag == _ORIENTATION:
                return int(value)
    except struct.error:
        pass
    return 1
