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

"""Images of depth (REP 118) → metres."""

from __future__ import annotations

import struct
from typing import Any

import cv2
from grounded_perception.errors import FrameError
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

#: Encoding → how a pixel is stored, and how many metres its unit is.
_KINDS = {'16UC1': ('u2', 1e-3), 'mono16': ('u2', 1e-3), '32FC1': ('f4', 1.0)}
_PNG = b'\x89PNG'
#: What image_transport's compressedDepth puts before its PNG: a number and two parameters.
_HEADER = struct.Struct('<iff')


def metres(message: Any) -> Floats:
    """
    Decode an image of depth.

    :param message: with the fields of ``sensor_msgs/Image``, of encoding 16UC1 or mono16 (in
        millimetres) or 32FC1 (in metres); or of ``CompressedImage``, as PNG by image_transport's
        ``compressedDepth`` or ``compressed``.
    :returns: ``(H, W)`` float32, not a number where nothing was measured.
    :raises FrameError: saying what is wrong with it.
    """
    depth = _of_pixels(message) if hasattr(message, 'encoding') else _of_png(message)
    return np.where(np.isfinite(depth) & (depth > 0), depth, np.nan).astype(np.float32)


def encoding_of(message: Any) -> str:
    """
    Name how the pixels are stored.

    :param message: as in :func:`metres`.
    :returns: such as ``'16UC1'``; of a compressed image as its format says.
    """
    if hasattr(message, 'encoding'):
        return str(message.encoding)
    return str(message.format).partition(';')[0].strip()


def _of_pixels(message: Any) -> NDArray[Any]:
    height, width, step = message.height, message.width, message.step
    if message.encoding not in _KINDS:
        raise FrameError(
            f'encoding {message.encoding[:40]!r} is no depth; allowed: {", ".join(_KINDS)}'
        )
    stored, unit_m = _KINDS[message.encoding]
    kind = np.dtype(f'{">" if message.is_bigendian else "<"}{stored}')
    data = np.frombuffer(message.data, np.uint8)
    used = width * kind.itemsize
    if not (height and width and step >= used and len(data) == step * height):
        raise FrameError(
            f'{len(data)} bytes are no {width} x {height} image of {message.encoding} with '
            f'{step} bytes a row'
        )
    rows = np.ascontiguousarray(data.reshape(height, step)[:, :used])
    return np.asarray(rows.view(kind) * unit_m)


def _of_png(message: Any) -> NDArray[Any]:
    data = np.frombuffer(message.data, np.uint8)
    begin = 0 if data[:4].tobytes() == _PNG else _HEADER.size
    try:
        pixels = cv2.imdecode(data[begin:], cv2.IMREAD_UNCHANGED)
    except cv2.error:  # of nothing at all
        pixels = None
    if pixels is None or pixels.dtype != np.uint16 or pixels.ndim != 2:
        raise FrameError(f'format {message.format[:40]!r} is no depth as PNG of 16 bits')
    if encoding_of(message) != '32FC1' or not begin:
        return np.asarray(pixels * 1e-3)
    # Inverse depth in even steps, as compressed_depth_image_transport writes it.
    _, scale, shift = _HEADER.unpack(data[:begin].tobytes())
    with np.errstate(divide='ignore'):
        return np.where(pixels > 0, scale / (pixels - shift), np.nan)
