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

"""Images of depth, raw and compressed, become metres."""

import struct
from types import SimpleNamespace as Message

import cv2
from grounded_perception.errors import FrameError
from grounded_perception.evaluation.recordings.depth import encoding_of, metres
import numpy as np
import pytest

NAN = float('nan')


def raw(pixels, encoding='16UC1', padding=0, big_endian=False):
    """Make a message of pixels, with bytes that say nothing at the end of each row."""
    kind = pixels.dtype.newbyteorder('>' if big_endian else '<')
    rows = np.ascontiguousarray(pixels.astype(kind)).view(np.uint8).reshape(len(pixels), -1)
    rows = np.pad(rows, ((0, 0), (0, padding)), constant_values=7)
    height, width = pixels.shape
    return Message(
        height=height, width=width, step=rows.shape[1], encoding=encoding,
        is_bigendian=int(big_endian), data=rows.reshape(-1),
    )  # fmt: skip


def packed(pixels, form='16UC1; compressedDepth png', header=b''):
    """Make a compressed message of 16-bit pixels."""
    png = cv2.imencode('.png', pixels)[1].tobytes()
    return Message(format=form, data=np.frombuffer(header + png, np.uint8))


MILLIMETRES = np.array([[0, 500], [1250, 65535]], np.uint16)
METRES = [[NAN, 0.5], [1.25, 65.535]]


@pytest.mark.parametrize(
    'message',
    [
        raw(MILLIMETRES),
        raw(MILLIMETRES, 'mono16', padding=3),
        raw(MILLIMETRES, big_endian=True),
        packed(MILLIMETRES, header=struct.pack('<iff', 0, 0, 0)),
        packed(MILLIMETRES, '16UC1; png compressed '),
    ],
)
def test_millimetres_with_zero_for_nothing(message):
    np.testing.assert_allclose(metres(message), METRES, rtol=1e-6)
    assert encoding_of(message) in ('16UC1', 'mono16')


@pytest.mark.parametrize('big_endian', [False, True])
def test_metres_with_what_is_no_number_for_nothing(big_endian):
    pixels = np.array([[0.5, np.nan], [np.inf, -np.inf], [0.0, 7.25]], np.float32)
    depth = metres(raw(pixels, '32FC1', 4, big_endian))
    assert depth.dtype == np.float32
    np.testing.assert_array_equal(depth, [[0.5, NAN], [NAN, NAN], [NAN, 7.25]])


def test_inverse_depth_as_image_transport_packs_metres():
    true = np.array([[0.8, 2.0], [5.0, 0.0]])
    scale, most = 100 * 101.0, 10.0  # its depth_quantization and depth_max
    shift = 1 - scale / most
    with np.errstate(divide='ignore'):
        steps = np.where(true > 0, scale / true + shift, 0).astype(np.uint16)
    message = packed(steps, '32FC1; compressedDepth png', struct.pack('<iff', 1, scale, shift))
    np.testing.assert_allclose(metres(message), [[0.8, 2], [5, NAN]], rtol=1e-3)


@pytest.mark.parametrize(
    ('message', 'words'),
    [
        (raw(MILLIMETRES, 'rgb8'), "encoding 'rgb8' is no depth; allowed: 16UC1"),
        (raw(MILLIMETRES, '32FC1'), '8 bytes are no 2 x 2 image of 32FC1 with 4 bytes a row'),
        (packed(MILLIMETRES.astype(np.uint8)), "'16UC1; compressedDepth png' is no depth as PNG"),
        (Message(format='16UC1; compressedDepth rvl', data=np.zeros(40, np.uint8)), 'rvl'),
        (Message(format='', data=np.zeros(0, np.uint8)), 'is no depth'),
    ],
)
def test_what_is_no_depth_is_refused(message, words):
    with pytest.raises(FrameError, match=words):
        metres(message)
