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

"""Camera encodings → RGB: right pixels, and errors that name the field."""

import cv2
from grounded_perception.errors import FrameError
from grounded_perception.imaging.decode import (
    decode_compressed,
    decode_raw,
    ENCODINGS,
    MAX_PIXELS,
)
import numpy as np
import pytest

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
PICTURE = np.array([[RED, GREEN], [BLUE, (9, 99, 199)]], np.uint8)


def raw(encoding, array, step=None):
    step = step or array[0].nbytes
    return decode_raw(encoding, array.shape[0], array.shape[1], step, array.tobytes())


@pytest.mark.parametrize(
    ('encoding', 'channels'),
    [('rgb8', [0, 1, 2]), ('bgr8', [2, 1, 0]), ('8UC3', [2, 1, 0])],
)
def test_three_channels(encoding, channels):
    np.testing.assert_array_equal(raw(encoding, PICTURE[..., channels]), PICTURE)


@pytest.mark.parametrize(('encoding', 'channels'), [('rgba8', [0, 1, 2]), ('bgra8', [2, 1, 0])])
def test_alpha_is_dropped(encoding, channels):
    alpha = np.full((2, 2, 1), 77, np.uint8)
    array = np.concatenate([PICTURE[..., channels], alpha], axis=2)
    np.testing.assert_array_equal(raw(encoding, array), PICTURE)


def test_gray():
    gray = np.array([[0, 100], [200, 255]], np.uint8)
    np.testing.assert_array_equal(raw('mono8', gray), np.repeat(gray[..., None], 3, axis=2))


@pytest.mark.parametrize('big_endian', [False, True])
def test_sixteen_bits_scale_to_eight(big_endian):
    wide = np.array([[0, 257, 65535]], '>u2' if big_endian else '<u2')
    got = decode_raw('mono16', 1, 3, 6, wide.tobytes(), big_endian)
    np.testing.assert_array_equal(got[0, :, 0], [0, 1, 255])


@pytest.mark.parametrize('encoding', ['bayer_rggb8', 'bayer_bggr8', 'bayer_gbrg8', 'bayer_grbg8'])
def test_bayer_patterns_give_back_a_flat_colour(encoding):
    colour = dict(zip('rgb', (200, 120, 40), strict=True))
    pattern = encoding[6:10]
    tile = np.array(
        [[colour[pattern[0]], colour[pattern[1]]], [colour[pattern[2]], colour[pattern[3]]]],
        np.uint8,
    )
    got = raw(encoding, np.tile(tile, (8, 8)))
    np.testing.assert_array_equal(got[8, 8], (200, 120, 40))


@pytest.mark.parametrize(
    ('encoding', 'order'),
    [
        ('yuv422', 'uyvy'),
        ('uyvy', 'uyvy'),
        ('yuv422_yuy2', 'yuyv'),
        ('yuyv', 'yuyv'),
    ],
)
def test_yuv422(encoding, order):
    luma_chroma = {'y': 150, 'u': 100, 'v': 180}
    row = np.array([luma_chroma[c] for c in order] * 4, np.uint8)
    got = decode_raw(encoding, 2, 8, 16, np.tile(row, 2).tobytes())
    # ITU-R BT.601 limited range, by hand.
    y, u, v = 1.164 * (150 - 16), 100 - 128, 180 - 128
    want = (y + 1.596 * v, y - 0.813 * v - 0.391 * u, y + 2.018 * u)
    np.testing.assert_allclose(got[1, 3], want, atol=2)


def test_padding_at_the_end_of_rows_is_skipped():
    padded = np.zeros((2, 10), np.uint8)
    padded[:, :6] = PICTURE.reshape(2, 6)
    np.testing.assert_array_equal(decode_raw('rgb8', 2, 2, 10, padded.tobytes()), PICTURE)


def test_plain_rgb_is_not_copied():
    data = bytearray(PICTURE.tobytes())
    got = decode_raw('rgb8', 2, 2, 6, data)
    data[0] = 1
    assert got[0, 0, 0] == 1


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (('rgb8', 0, 2, 6, b''), 'must have pixels, got 2 x 0'),
        (('rgb8', 2, 0, 6, b''), 'must have pixels, got 0 x 2'),
        (('rgb8', 2, 2, 5, b'0' * 10), 'step must be at least 6 bytes for 2 columns, got 5'),
        (('rgb8', 2, 2, 6, b''), r'step · height = 12 bytes, got 0'),
        (('rgb8', 2, 2, 6, b'0' * 13), r'step · height = 12 bytes, got 13'),
        (('rgb8', 2**31, 2**31, 2**32, b''), f'{MAX_PIXELS} pixels'),
        (('', 2, 2, 6, b'0' * 12), "encoding '' is not"),
        (('32FC1', 2, 2, 8, b'0' * 16), "encoding '32FC1' is not a colour or gray image"),
        (('jpeg' * 100, 2, 2, 6, b''), 'allowed: rgb8'),
        (('yuv422', 1, 3, 6, b'0' * 6), 'even width, got 3'),
        (('bayer_rggb8', 1, 1, 1, b'0'), 'at least 2 x 2'),
    ],
)
def test_a_wrong_field_is_named(arguments, message):
    with pytest.raises(FrameError, match=message):
        decode_raw(*arguments)


@pytest.mark.parametrize('encoding', ENCODINGS)
def test_every_encoding_gives_rgb_bytes(encoding):
    got = decode_raw(encoding, 4, 4, 32, bytes(128))
    assert got.shape == (4, 4, 3)
    assert got.dtype == np.uint8


@pytest.mark.parametrize('suffix', ['.png', '.jpg'])
def test_compressed(suffix):
    flat = np.full((16, 16, 3), (200, 120, 40), np.uint8)
    _, data = cv2.imencode(suffix, flat[..., ::-1])
    np.testing.assert_allclose(decode_compressed(data.tobytes()), flat, atol=3)


@pytest.mark.parametrize('data', [b'', b'not a picture', b'\xff\xd8\xff\xe0' + b'0' * 50])
def test_a_broken_picture_is_refused(data):
    with pytest.raises(FrameError, match='compressed image'):
        decode_compressed(data)
