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

"""Which topics are taken when none is named, and what is said when a named one is not there."""

from grounded_perception.errors import RecordingError
from grounded_perception.evaluation.recordings.base import Stream
from grounded_perception.evaluation.recordings.topics import command_topic, image_topic
import pytest

RAW, JPEG = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage'
TEXT = 'std_msgs/msg/String'


def raw(topic, count=5):
    return Stream(topic, RAW, count)


def jpeg(topic, count=5):
    return Stream(topic, JPEG, count)


@pytest.mark.parametrize(
    ('streams', 'chosen'),
    [
        ([raw('/b'), raw('/a')], '/a'),
        ([raw('/a', 4), raw('/b', 5)], '/b'),
        ([jpeg('/cam/image_raw/compressed'), raw('/cam/image_raw')], '/cam/image_raw'),
        ([jpeg('/cam/compressed'), raw('/cam/raw')], '/cam/raw'),
        ([jpeg('/cam/compressed', 9), raw('/cam/raw')], '/cam/compressed'),
        # Another camera's raw images do not go before.
        ([jpeg('/a/compressed'), raw('/b/raw')], '/a/compressed'),
        ([raw('/camera/depth/image', 9), raw('/camera/image', 5)], '/camera/image'),
        ([raw('/camera/aligned_depth_to_color', 9), raw('/z', 1)], '/z'),
        ([jpeg('/camera/image/compressedDepth', 9), jpeg('/z', 1)], '/z'),
        ([raw('/a', 0), raw('/b', 1)], '/b'),
        ([Stream('/points', 'sensor_msgs/msg/PointCloud2', 99), raw('/b', 1)], '/b'),
    ],
)
def test_images_are_found_by_type(streams, chosen):
    assert image_topic(streams).topic == chosen


def test_a_named_topic_is_taken_with_or_without_its_slash():
    streams = [raw('/a', 9), raw('/camera/depth/image', 1)]
    assert image_topic(streams, '/camera/depth/image').topic == '/camera/depth/image'
    assert image_topic(streams, 'camera/depth/image').topic == '/camera/depth/image'


@pytest.mark.parametrize(
    ('streams', 'name', 'message'),
    [
        ([raw('/a')], '/b', r'no topic /b; topics there are: /a \(sensor_msgs/msg/Image, 5\)'),
        ([Stream('/t', TEXT, 5)], '/t', 'topic /t is of type std_msgs/msg/String, it must be'),
        ([raw('/a', 0)], '/a', 'topic /a holds no images'),
        ([raw('/a', 0)], '', 'holds no messages'),
        ([], '', 'it has no topics'),
        ([Stream('/t', TEXT, 5)], '', 'holds no images: a topic must be of type'),
        ([raw('/depth')], '', 'topics of depth'),
    ],
)
def test_what_cannot_be_taken_is_refused_with_what_there_is(streams, name, message):
    with pytest.raises(RecordingError, match=message):
        image_topic(streams, name)


def test_the_command_is_found_by_its_last_name():
    texts = [Stream(topic, TEXT, 1) for topic in ('/chatter', '/robot/command', '/my_command')]
    found = command_topic(texts)
    assert found and found.topic == '/robot/command'
    assert command_topic([Stream('/command', RAW, 1), Stream('/chatter', TEXT, 1)]) is None
    named = command_topic(texts, '/chatter')
    assert named and named.topic == '/chatter'
    with pytest.raises(RecordingError, match='there is no topic /say'):
        command_topic(texts, '/say')
