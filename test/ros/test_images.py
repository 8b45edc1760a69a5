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

"""Image messages → frames, by us and by cv_bridge where it is healthy."""

import array
import sys
import types

from grounded_perception.errors import FrameError
import numpy as np
import pytest

pytestmark = pytest.mark.ros
sensor_msgs = pytest.importorskip('sensor_msgs.msg', reason='ROS 2 is not installed')

from grounded_perception.ros import images  # noqa: E402  needs ROS


def message(**fields):
    made = sensor_msgs.Image(height=2, width=2, encoding='rgb8', step=6, data=bytes(range(12)))
    for name, value in fields.items():
        setattr(made, name, value)
    return made


def test_a_message_becomes_a_frame():
    raw = message()
    raw.header.stamp.sec, raw.header.stamp.nanosec = 3, 4
    raw.header.frame_id = 'camera_optical_frame'
    frame = images.to_frame(raw, images.own_decoder)
    assert frame.stamp_ns == 3_000_000_004
    assert frame.frame_id == 'camera_optical_frame'
    np.testing.assert_array_equal(frame.rgb.ravel(), range(12))


def test_a_wrong_message_is_refused():
    with pytest.raises(FrameError, match='step'):
        images.to_frame(message(step=1), images.own_decoder)
    with pytest.raises(FrameError, match='compressed image'):
        images.to_frame(sensor_msgs.CompressedImage(data=b'nope'), images.own_decoder)


class Bridge:
    """cv_bridge as it should be, by independent means."""

    def imgmsg_to_cv2(self, msg, desired_encoding):
        assert desired_encoding == 'rgb8'
        depth = '<u2' if msg.encoding == 'mono16' else 'u1'
        flat = np.frombuffer(msg.data, depth).reshape(msg.height, msg.width, -1)
        if msg.encoding == 'mono16':
            flat = np.round(flat / 257).astype(np.uint8)
        channels = {'bgr8': [2, 1, 0], 'bgra8': [2, 1, 0], 'rgba8': [0, 1, 2]}
        return flat[..., channels.get(msg.encoding, [0, 0, 0])]


class SwappingBridge(Bridge):
    """cv_bridge as broken by another numpy: wrong data, no exception."""

    def imgmsg_to_cv2(self, msg, desired_encoding):
        return super().imgmsg_to_cv2(msg, desired_encoding)[..., ::-1]


class RaisingBridge:
    """cv_bridge as broken by another OpenCV."""

    def imgmsg_to_cv2(self, msg, desired_encoding):
        raise AttributeError('tostring')


def install(monkeypatch, bridge):
    fake = types.ModuleType('cv_bridge')
    fake.CvBridge = bridge
    monkeypatch.setitem(sys.modules, 'cv_bridge', fake)


def test_a_healthy_cv_bridge_is_used_and_equal(monkeypatch):
    install(monkeypatch, Bridge)
    decode, why = images.choose_decoder()
    assert why == 'cv_bridge'
    rng = np.random.default_rng(1)
    for encoding, size in (('bgr8', 3), ('bgra8', 4), ('rgba8', 4), ('mono8', 1), ('mono16', 2)):
        data = array.array('B', rng.integers(0, 256, 4 * size, np.uint8).tobytes())
        raw = message(encoding=encoding, step=2 * size, data=data)
        np.testing.assert_allclose(decode(raw), images.own_decoder(raw), atol=1)
    with pytest.raises(FrameError, match='height'):
        decode(message(encoding='bgr8', data=b''))


@pytest.mark.parametrize(
    ('bridge', 'words'), [(SwappingBridge, 'wrong pixels for bgr8'), (RaisingBridge, 'tostring')]
)
def test_a_broken_cv_bridge_is_not_trusted(monkeypatch, bridge, words):
    install(monkeypatch, bridge)
    decode, why = images.choose_decoder()
    assert decode is images.own_decoder
    assert words in why


def test_a_real_cv_bridge_if_there_is_one_agrees():
    pytest.importorskip('cv_bridge', reason='cv_bridge is not installed')
    decode, why = images.choose_decoder()
    if why != 'cv_bridge':
        pytest.skip(why)
    raw = message(encoding='bgr8')
    np.testing.assert_array_equal(decode(raw), images.own_decoder(raw))
