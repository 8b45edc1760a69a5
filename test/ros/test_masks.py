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


"""Label images and the names of their numbers, as messages."""

from grounded_perception.segmenters.labels import LabelIds
import numpy as np
import pytest

pytestmark = pytest.mark.ros
sensor_msgs = pytest.importorskip('sensor_msgs.msg', reason='ROS 2 is not installed')
pytest.importorskip('vision_msgs.msg', reason='vision_msgs is not installed')
std_msgs = pytest.importorskip('std_msgs.msg', reason='ROS 2 is not installed')

from grounded_perception.imaging.decode import decode_raw  # noqa: E402  needs ROS
from grounded_perception.ros import masks  # noqa: E402  needs ROS


@pytest.fixture
def header():
    made = std_msgs.Header(frame_id='camera_optical_frame')
    made.stamp.sec, made.stamp.nanosec = 3, 4
    return made


def test_a_label_image_is_mono8_with_the_header_of_its_source(header):
    labels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    message = masks.label_mask(header, labels)
    assert (message.encoding, message.height, message.width, message.step) == ('mono8', 3, 4, 4)
    assert message.header == header
    np.testing.assert_array_equal(np.array(message.data).reshape(3, 4), labels)


def test_a_view_with_strides_will_do(header):
    labels = np.arange(24, dtype=np.uint8).reshape(4, 6)[::2, ::-1]
    message = masks.label_mask(header, labels)
    np.testing.assert_array_equal(np.array(message.data).reshape(2, 6), labels)


def test_our_own_decoder_reads_it_back(header):
    message = masks.label_mask(header, np.full((2, 3), 255, np.uint8))
    rgb = decode_raw(message.encoding, 2, 3, message.step, message.data, False)
    assert (rgb == 255).all()


def test_the_names_of_the_numbers(header):
    ids = LabelIds()
    ids.of(['dog', 'car', 'dog'])
    message = masks.label_info(header, ids.known, 0.4)
    assert [(one.class_id, one.class_name) for one in message.class_map] == [
        (0, 'background'),
        (1, 'dog'),
        (2, 'car'),
    ]
    assert message.header == header
    assert message.threshold == pytest.approx(0.4)
