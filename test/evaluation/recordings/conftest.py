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

"""Bags made for the tests: numbered images, whatever the format."""

import os
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

SECOND = 1_000_000_000
BEGIN = 1_700_000_000 * SECOND
IMAGE = 'sensor_msgs/msg/Image'
JPEG = 'sensor_msgs/msg/CompressedImage'
TEXT = 'std_msgs/msg/String'
DETECTIONS = 'vision_msgs/msg/Detection2DArray'


def picture(number, height=24, width=32):
    """Return an RGB image that tells its number; it does not compress well."""
    rng = np.random.default_rng(number)
    rgb = rng.integers(0, 256, (height, width, 3), np.uint8)
    rgb[0, 0] = number % 256
    return rgb


class Maker:
    """Makes messages and bags; imports the library only when a test needs it."""

    def __init__(self, is_ros1=False):
        from grounded_perception.wire.bag import typestore
        from rosbags.typesys import get_typestore, Stores

        self.is_ros1 = is_ros1
        self.store = get_typestore(Stores.ROS1_NOETIC) if is_ros1 else typestore()

    def header(self, stamp_ns, frame_id='camera'):
        types = self.store.types
        time = types['builtin_interfaces/msg/Time'](*divmod(stamp_ns, SECOND))
        sequence = {'seq': 0} if self.is_ros1 else {}
        return types['std_msgs/msg/Header'](stamp=time, frame_id=frame_id, **sequence)

    def image(self, rgb, stamp_ns, encoding='rgb8'):
        height, width = rgb.shape[:2]
        step = rgb.size // height
        return self.store.types[IMAGE](
            self.header(stamp_ns), height, width, encoding, 0, step, rgb.reshape(-1)
        )

    def jpeg(self, rgb, stamp_ns):
        coded = cv2.imencode('.png', rgb[..., ::-1])[1].reshape(-1)
        return self.store.types[JPEG](self.header(stamp_ns), 'png', coded)

    def text(self, words):
        return self.store.types[TEXT](words)

    def detections(self, stamp_ns, labels):
        types = self.store.types
        zeros = np.zeros(36)
        point, turn = types['geometry_msgs/msg/Point'], types['geometry_msgs/msg/Quaternion']
        pose = types['geometry_msgs/msg/PoseWithCovariance'](
            types['geometry_msgs/msg/Pose'](point(0, 0, 0), turn(0, 0, 0, 1)), zeros
        )
        centre = types['vision_msgs/msg/Pose2D'](types['vision_msgs/msg/Point2D'](5.0, 6.0), 0.0)
        return types[DETECTIONS](
            self.header(stamp_ns),
            [
                types['vision_msgs/msg/Detection2D'](
                    self.header(stamp_ns),
                    [
                        types['vision_msgs/msg/ObjectHypothesisWithPose'](
                            types['vision_msgs/msg/ObjectHypothesis'](label, 1.0), pose
                        )
                    ],
                    types['vision_msgs/msg/BoundingBox2D'](centre, 2.0, 4.0),
                    '',
                )
                for label in labels
            ],
        )

    def serialise(self, message, name):
        make = self.store.serialize_ros1 if self.is_ros1 else self.store.serialize_cdr
        return make(message, name)

    def write(self, path, messages, storage='mcap', compression='', chunk=0):
        """
        Write a bag.

        ``messages``: (topic, type, logged_ns, message) each. ``chunk``: a new mcap chunk after so
        many messages.
        """
        if self.is_ros1:
            self._write_ros1(path, messages, compression)
            return path
        from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer

        writer = Writer(path, version=9, storage_plugin=StoragePlugin[storage.upper()])
        if compression in ('file', 'message', 'storage'):
            writer.set_compression(CompressionMode[compression.upper()], CompressionFormat.ZSTD)
        with writer:
            if compression == 'lz4':
                import lz4.frame

                writer.storage.compression = 'lz4'
                writer.storage.compressor = lz4.frame.compress
            self._fill(writer, messages, chunk if storage == 'mcap' else 0)
        return path

    def _write_ros1(self, path, messages, compression):
        from rosbags.rosbag1 import Writer

        writer = Writer(path)
        if compression:
            writer.set_compression(Writer.CompressionFormat[compression.upper()])
        with writer:
            self._fill(writer, messages, 0)

    def _fill(self, writer, messages, chunk):
        connections = {}
        for count, (topic, name, logged_ns, message) in enumerate(messages, 1):
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, name, typestore=self.store)
            data = message if isinstance(message, bytes) else self.serialise(message, name)
            writer.write(connections[topic], logged_ns, data)
            if chunk and count % chunk == 0:
                writer.storage.close_chunk()

    def images(self, count, topic='/camera/image_raw', start=0, size=(24, 32)):
        """Return numbered raw images at 10 Hz; each was recorded 5 ms after it was taken."""
        for number in range(start, start + count):
            stamp_ns = BEGIN + number * SECOND // 10
            image = self.image(picture(number, *size), stamp_ns)
            yield topic, IMAGE, stamp_ns + 5_000_000, image


@pytest.fixture(scope='session')
def ros2():
    pytest.importorskip('rosbags')
    return Maker()


@pytest.fixture(scope='session')
def ros1():
    pytest.importorskip('rosbags')
    return Maker(is_ros1=True)


@pytest.fixture(scope='session')
def names():
    """Return the names that the tests share with this file."""
    return SimpleNamespace(
        SECOND=SECOND, BEGIN=BEGIN, IMAGE=IMAGE, JPEG=JPEG, TEXT=TEXT, DETECTIONS=DETECTIONS
    )


@pytest.fixture(scope='session')
def numbered():
    """Return a function: number → the image that tells it."""
    return picture


@pytest.fixture(scope='session')
def real_bags():
    data = Path(os.environ.get('GROUNDED_PERCEPTION_DATA', '../shared/data')) / 'rosbags'
    if not data.is_dir():
        pytest.skip('the real bags are not beside the checkout')
    return data
