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

"""The image player in a process of its own, heard over real DDS."""

import signal
import subprocess
import sys

import cv2
import numpy as np
import pytest

pytestmark = pytest.mark.ros
rclpy = pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from rclpy.qos import QoSProfile, ReliabilityPolicy  # noqa: E402  needs ROS
from sensor_msgs.msg import CompressedImage, Image  # noqa: E402
from std_srvs.srv import Trigger  # noqa: E402

PLAYER = [sys.executable, '-m', 'grounded_perception.ros.player']


@pytest.fixture
def pictures(tmp_path):
    """Two pictures: one of 720p noise, which the default transport would lose, one small."""
    noise = np.random.default_rng(7).integers(0, 256, (720, 1280, 3), np.uint8)
    small = np.full((48, 64, 3), (10, 200, 90), np.uint8)
    paths = [tmp_path / '1.png', tmp_path / '2.png']
    for path, image in zip(paths, (noise, small), strict=True):
        assert cv2.imwrite(str(path), image)
    return [str(path) for path in paths], noise, small


@pytest.fixture
def play(ros):
    """Return a function that starts the player; it is interrupted afterwards and must obey."""
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [*PLAYER, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            output, _ = process.communicate(timeout=15)
            assert process.returncode == 0, output
        process.stdout.close()


@pytest.fixture
def viewer(ros):
    node = ros.create_node('viewer')
    yield node
    node.destroy_node()


def pixels(message):
    return np.frombuffer(message.data, np.uint8).reshape(message.height, message.width, 3)


def test_images_arrive_bit_by_bit_and_next_shows_the_next(play, viewer, spin, pictures):
    paths, noise, small = pictures
    heard = []
    best_effort = QoSProfile(depth=5, reliability=ReliabilityPolicy.BEST_EFFORT)
    viewer.create_subscription(Image, 'cam', heard.append, best_effort)
    before = viewer.get_clock().now().nanoseconds
    play(*paths, '--rate', '20', '--ros-args', '-r', 'image:=cam')
    spin(lambda: len(heard) >= 3, viewer, what='the first images')
    first = heard[0]
    assert (first.encoding, first.step, first.is_bigendian) == ('bgr8', 3840, 0)
    assert first.header.frame_id == 'camera_optical_frame'
    assert np.array_equal(pixels(heard[2]), noise)
    stamps = [m.header.stamp.sec * 10**9 + m.header.stamp.nanosec for m in heard]
    assert before < stamps[0] < stamps[1] < stamps[2] < viewer.get_clock().now().nanoseconds

    client = viewer.create_client(Trigger, '/image_player/next')
    spin(client.service_is_ready, viewer, what='the service')
    answer = client.call_async(Trigger.Request())
    spin(answer.done, viewer, what='the answer')
    assert (answer.result().success, answer.result().message) == (True, '2.png')
    spin(lambda: heard[-1].width == 64, viewer, what='the second picture')
    assert np.array_equal(pixels(heard[-1]), small)


def test_compressed_images_are_jpeg(play, viewer, spin, pictures):
    paths, _, small = pictures
    heard = []
    viewer.create_subscription(CompressedImage, 'image/compressed', heard.append, 5)
    play(paths[1], '--compressed', '--rate', '20')
    spin(lambda: heard, viewer, what='an image')
    image = cv2.imdecode(np.frombuffer(heard[0].data, np.uint8), cv2.IMREAD_COLOR)
    assert heard[0].format.endswith('jpeg compressed bgr8')
    assert np.abs(image.astype(int) - small).max() <= 3


def test_once_ends_after_the_last_picture(play, viewer, spin, pictures):
    paths, _, _ = pictures  # what arrives is the matter of the tests above
    process = play(*paths, '--once', '--hold', '0.5', '--rate', '20', '--max-side', '320')
    spin(lambda: process.poll() is not None, viewer, what='the end')
    assert process.returncode == 0


@pytest.mark.parametrize(
    ('arguments', 'code', 'words'),
    [
        (['nothing.png'], 1, 'image_player: there is no file nothing.png'),
        ([], 2, 'name photographs, films or folders, or one --camera'),
        (['a.png', '--rate', '0'], 2, '--rate must be in'),
        (['a.png', '--hold', '-1'], 2, 'must not be negative'),
    ],
)
def test_what_cannot_be_played_is_named(play, arguments, code, words):
    process = play(*arguments)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == code
    assert words in output
    assert 'Traceback' not in output
