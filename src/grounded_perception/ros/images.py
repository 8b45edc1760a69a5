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
Image messages → frames, through cv_bridge where it is healthy, else through our own decoder.

cv_bridge is the ecosystem's converter, but pip's numpy or OpenCV over the distribution's breaks
it silently (wrong data, not only exceptions), so it is probed with known pixels before it is
trusted.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from grounded_perception.errors import FrameError
from grounded_perception.imaging.decode import decode_compressed, decode_message, decode_raw
from grounded_perception.records import Frame
import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import CompressedImage, Image

Decoder = Callable[[Image], NDArray[np.uint8]]


def own_decoder(message: Image) -> NDArray[np.uint8]:
    """
    Decode with :func:`grounded_perception.imaging.decode.decode_message`.

    :param message: an image of any supported encoding.
    :returns: uint8 ``(H, W, 3)`` RGB.
    :raises FrameError: when a field is wrong.
    """
    return decode_message(message)


def choose_decoder() -> tuple[Decoder, str]:
    """
    Choose the converter.

    :returns: the decoder, and a sentence that says which and why.
    """
    try:
        from cv_bridge import CvBridge

        bridge = CvBridge()
        broken = _probe(bridge)
    except Exception as exc:  # a bridge built for another numpy raises anything at all
        return own_decoder, f'own converter (cv_bridge: {type(exc).__name__}: {exc})'
    if broken:
        return own_decoder, f'own converter (cv_bridge gives wrong pixels for {broken})'
    return _bridge_decoder(bridge), 'cv_bridge'


def _bridge_decoder(bridge: Any) -> Decoder:
    def decode(message: Image) -> NDArray[np.uint8]:
        # Our decoder checks every size first where cv_bridge would read past the end, and rgb8
        # needs no conversion at all.
        if message.encoding not in _BRIDGED:
            return own_decoder(message)
        decode_raw('mono8', message.height, message.step, message.step, message.data)
        try:
            return np.asarray(bridge.imgmsg_to_cv2(message, desired_encoding='rgb8'), np.uint8)
        except Exception as exc:
            raise FrameError(f'cv_bridge cannot convert {message.encoding}: {exc}') from exc

    return decode


#: What cv_bridge converts to rgb8 and is probed for.
_BRIDGED = ('bgr8', 'rgba8', 'bgra8', 'mono8', 'mono16')


def _probe(bridge: Any) -> str:
    """Return the first encoding whose pixels cv_bridge gets wrong, or nothing."""
    rng = np.random.default_rng(0)
    for encoding in _BRIDGED:
        pixel_bytes = {'mono8': 1, 'mono16': 2, 'bgr8': 3}.get(encoding, 4)
        data = rng.integers(0, 256, 4 * 6 * pixel_bytes, np.uint8).tobytes()
        message = Image(height=4, width=6, encoding=encoding, step=6 * pixel_bytes, data=data)
        got = np.asarray(bridge.imgmsg_to_cv2(message, desired_encoding='rgb8'))
        want = own_decoder(message)
        if got.shape != want.shape or np.abs(got.astype(int) - want).max() > 1:
            return encoding
    return ''


def to_frame(message: Image | CompressedImage, decode: Decoder) -> Frame:
    """
    Convert a message.

    :param message: raw or compressed image.
    :param decode: converts a raw one.
    :returns: the frame; may share memory with the message.
    :raises FrameError: when it cannot be used as it came.
    """
    compressed = isinstance(message, CompressedImage)
    rgb = decode_compressed(message.data) if compressed else decode(message)
    stamp = message.header.stamp
    return Frame(rgb, stamp.sec * 1_000_000_000 + stamp.nanosec, message.header.frame_id)
