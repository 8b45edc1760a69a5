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


"""Pictures that lie beside the results, as data inside a page."""

from __future__ import annotations

import base64
from pathlib import Path

import cv2
import numpy as np

_QUALITY = 85
_MOST_WIDTH = 1280


def data_uri(folder: Path, name: str) -> str:
    """
    Read a picture so that it can stand in a page.

    :param folder: of the results.
    :param name: of the file, relative to it.
    :returns: ``data:image/jpeg;base64,...``; empty where there is no such picture, or where the
        name leads out of the folder.
    """
    path = (folder / name).resolve()
    if not name or not path.is_relative_to(folder.resolve()) or not path.is_file():
        return ''
    coded = path.read_bytes()
    pixels = cv2.imdecode(np.frombuffer(coded, np.uint8), cv2.IMREAD_COLOR) if coded else None
    if pixels is None:
        return ''
    if pixels.shape[1] > _MOST_WIDTH or not coded.startswith(b'\xff\xd8'):
        coded = _jpeg(pixels)
    return 'data:image/jpeg;base64,' + base64.b64encode(coded).decode('ascii')


def _jpeg(bgr: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    """Code a picture, no wider than a page shows it."""
    scale = min(1.0, _MOST_WIDTH / bgr.shape[1])
    size = (max(1, round(bgr.shape[1] * scale)), max(1, round(bgr.shape[0] * scale)))
    small = cv2.resize(bgr, size, interpolation=cv2.INTER_AREA)
    good, coded = cv2.imencode('.jpg', small, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    assert good, 'OpenCV writes every 8-bit BGR image as JPEG'
    return bytes(coded.tobytes())
