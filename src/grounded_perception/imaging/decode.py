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

"""
Pixels of a camera message → RGB: every raw encoding that cameras send, checked at the door.

The names are those of ROS (``sensor_msgs/image_encodings``). A plain rgb8 image is not copied.
"""

from __future__ import annotations

from typing import Any

import cv2
from grounded_perception.errors import FrameError
import numpy as np
from numpy.typing import NDArray

# Encoding → (bytes a pixel, channels, cv2 conversion to RGB or None).
_EIGHT_BIT: dict[str, tuple[int, int | None]] = {
    'rgb8': (3, None),
    'bgr8': (3, cv2.COLOR_BGR2RGB),
    '8UC3': (3, cv2.COLOR_BGR2RGB),
    'rgba8': (4, cv2.COLOR_RGBA2RGB),
    'bgra8': (4, cv2.COLOR_BGRA2RGB),
    '8UC4': (4, cv2.COLOR_BGRA2RGB),
    'mono8': (1, cv2.COLOR_GRAY2RGB),
    '8UC1': (1, cv2.COLOR_GRAY2RGB),
    # OpenCV names a Bayer pattern by its second row's middle two pixels, ROS by the first four.
    'bayer_rggb8': (1, cv2.COLOR_BayerBG2RGB),
    'bayer_bggr8': (1, cv2.COLOR_BayerRG2RGB),
    'bayer_gbrg8': (1, cv2.COLOR_BayerGR2RGB),
    'bayer_grbg8': (1, cv2.COLOR_BayerGB2RGB),
    'yuv422': (2, cv2.COLOR_YUV2RGB_UYVY),
    'uyvy': (2, cv2.COLOR_YUV2RGB_UYVY),
    'yuv422_yuy2': (2, cv2.COLOR_YUV2RGB_YUY2),
    'yuyv': (2, cv2.COLOR_YUV2RGB_YUY2),
}
_SIXTEEN_BIT: dict[str, tuple[int, int | None]] = {
    'mono16': (1, cv2.COLOR_GRAY2RGB),
    'rgb16': (3, None),
    'bgr16': (3, cv2.COLOR_BGR2RGB),
    'bayer_rggb16': (1, cv2.COLOR_BayerBG2RGB),
    'bayer_bggr16': (1, cv2.COLOR_BayerRG2RGB),
    'bayer_gbrg16': (1, cv2.COLOR_BayerGR2RGB),
    'bayer_grbg16': (1, cv2.COLOR_BayerGB2RGB),
}
#: Every encoding that :func:`decode_raw` reads.
ENCODINGS: tuple[str, ...] = (*_EIGHT_BIT, *_SIXTEEN_BIT)
#: Most pixels accepted: far above any camera, far below what exhausts memory.
MAX_PIXELS = 64_000_000


def decode_raw(
    encoding: str, height: int, width: int, step: int, data: Any, big_endian: bool = False
) -> NDArray[np.uint8]:
    """
    Turn the fields of a ``sensor_msgs/Image`` into RGB.

    :param encoding: one of :data:`ENCODINGS`.
    :param height: rows.
    :param width: columns.
    :param step: bytes from one row to the next, padding included.
    :param data: the bytes, any buffer.
    :param big_endian: byte order of 16-bit encodings.
    :returns: uint8 ``(H, W, 3)`` RGB, a view of ``data`` for unpadded rgb8.
    :raises FrameError: naming the field that is wrong, what came and what is allowed.
    """
    if encoding in _EIGHT_BIT:
        channels, conversion = _EIGHT_BIT[encoding]
        depth = 1
    elif encoding in _SIXTEEN_BIT:
        channels, conversion = _SIXTEEN_BIT[encoding]
        depth = 2
    else:
        raise FrameError(
            f'encoding {encoding[:40]!r} is not a colour or gray image; '
            f'allowed: {", ".join(ENCODINGS)}'
        )
    rows = _rows(height, width, step, width * channels * depth, data)
    if encoding.startswith(('yuv', 'uyvy', 'yuyv')) and width % 2:
        raise FrameError(f'{encoding} needs an even width, got {width}')
    if depth == 2:
        wide = rows.view('>u2' if big_endian else '<u2').astype(np.uint16, copy=False)
        # 65535 is full scale, as in cv_bridge: 257 = 65535 / 255.
        rows = cv2.convertScaleAbs(wide, alpha=1 / 257).reshape(height, -1)
    image = rows.reshape(height, width, channels) if channels > 1 else rows
    if conversion is None:
        return image
    if encoding.startswith('bayer') and min(height, width) < 2:
        raise FrameError(f'{encoding} needs at least 2 x 2 pixels, got {width} x {height}')
    return np.asarray(cv2.cvtColor(image, conversion), np.uint8)


def _rows(height: int, width: int, step: int, used: int, data: Any) -> NDArray[np.uint8]:
    """Return the bytes in use as ``(height, used)`` after checking every size."""
    if height <= 0 or width <= 0:
        raise FrameError(f'an image must have pixels, got {width} x {height}')
    if height * width > MAX_PIXELS:
        raise FrameError(f'an image may have {MAX_PIXELS} pixels, got {width} x {height}')
    if step < used:
        raise FrameError(f'step must be at least {used} bytes for {width} columns, got {step}')
    flat = np.frombuffer(data, np.uint8)
    if len(flat) != step * height:
        raise FrameError(f'data must hold step · height = {step * height} bytes, got {len(flat)}')
    rows = flat.reshape(height, step)
    return rows if step == used else np.ascontiguousarray(rows[:, :used])


def decode_message(message: Any) -> NDArray[np.uint8]:
    """
    Convert an image message, of whatever library made it.

    :param message: with the fields of ``sensor_msgs/Image``.
    :returns: as :func:`decode_raw`.
    :raises FrameError: as there.
    """
    return decode_raw(
        message.encoding,
        message.height,
        message.width,
        message.step,
        message.data,
        bool(message.is_bigendian),
    )


def decode_compressed(data: Any) -> NDArray[np.uint8]:
    """
    Decode a JPEG or PNG image.

    :param data: the file's bytes, any buffer.
    :returns: uint8 ``(H, W, 3)`` RGB.
    :raises FrameError: when it is empty or cannot be decoded.
    """
    flat = np.frombuffer(data, np.uint8)
    if not len(flat):
        raise FrameError('a compressed image must have data, got 0 bytes')
    try:
        image = cv2.imdecode(flat, cv2.IMREAD_COLOR)
    except cv2.error as exc:
        raise FrameError(f'a compressed image cannot be decoded: {exc.err}') from exc
    if image is None:
        raise FrameError(
            f'a compressed image must be JPEG or PNG, got {len(flat)} bytes that start with '
            f'{flat[:8].tobytes().hex()}'
        )
    if image.shape[0] * image.shape[1] > MAX_PIXELS:
        raise FrameError(f'an image may have {MAX_PIXELS} pixels, got {image.shape[:2]}')
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)
