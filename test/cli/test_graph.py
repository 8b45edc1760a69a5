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

"""``doctor --graph``: verdicts on image topics, and a real camera heard."""

import os
import random
import subprocess
import sys

from grounded_perception.cli import graph
from grounded_perception.cli.checks import Level
from grounded_perception.cli.graph import Endpoint, Topic
import pytest

BEST_EFFORT = Endpoint('/camera', reliable=False, latched=False)
RELIABLE = Endpoint('/camera', reliable=True, latched=False)
VIEWER = Endpoint('/viewer', reliable=True, latched=False)
LATCHED_VIEWER = Endpoint('/viewer', reliable=False, latched=True)
BIG, SMALL = 2_764_800, 230_400

_CAMERA = """
import sys, time
import rclpy
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image
rclpy.init()
node = rclpy.create_node('camera')
profile = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
publisher = node.create_publisher(Image, 'image', profile)
viewer = node.create_subscription(Image, 'image', print, 1)
image = Image(height=60, width=80, step=240, encoding='rgb8', data=bytes(60 * 240))
node.create_timer(0.05, lambda: publisher.publish(image))
print('ready', flush=True)
rclpy.spin(node)
"""


def topic(*publishers: Endpoint, kind='Image', sizes=(), lost=0, subscribers=()) -> Topic:
    return Topic('/image', kind, list(publishers), list(subscribers), list(sizes), lost)


def test_frames_that_arrive_are_well():
    (found,) = graph.judge(topic(BEST_EFFORT, sizes=[SMALL] * 60))
    assert found.level is Level.OK
    assert '30.0 Hz, 225 KB' in found.text
    assert '/camera (best effort)' in found.text


@pytest.mark.parametrize(
    ('heard', 'word'),
    [
        (topic(BEST_EFFORT), 'FASTRTPS_DEFAULT_PROFILES_FILE'),
        (topic(BEST_EFFORT, sizes=[BIG] * 30, lost=30), 'FASTRTPS_DEFAULT_PROFILES_FILE'),
        (topic(BEST_EFFORT, sizes=[SMALL] * 30, lost=30), 'too slow'),
        (topic(RELIABLE), 'is the camera running?'),
        (topic(BEST_EFFORT, kind='CompressedImage'), 'is the camera running?'),
    ],
)
def test_frames_that_do_not_arrive_have_a_cause(heard, word):
    (found,) = graph.judge(heard)
    assert found.level is Level.WARN
    assert word in found.fix
    assert ('nothing arrived' in found.text) == (not heard.sizes)
    assert ('30 were lost' in found.text) == bool(heard.lost)


@pytest.mark.parametrize(
    ('offer', 'asker', 'word'),
    [
        (BEST_EFFORT, VIEWER, 'asks for reliable'),
        (RELIABLE, LATCHED_VIEWER, 'asks for latched'),
        (RELIABLE, VIEWER, None),
        (RELIABLE, BEST_EFFORT, None),
    ],
)
def test_subscriptions_that_cannot_match_are_named(offer, asker, word):
    problem = graph.mismatch(offer, asker)
    assert (problem is None) == (word is None)
    if problem:
        assert word in problem[0]
        _, found = graph.judge(topic(offer, sizes=[SMALL], subscribers=[asker]))
        assert found.level is Level.WARN
        assert '/viewer' in found.text


@pytest.mark.parametrize(('nodes', 'word'), [(0, 'ROS_DOMAIN_ID'), (3, 'start the camera driver')])
def test_no_camera(nodes, word):
    found = graph.none_published(nodes)
    assert found.level is Level.WARN
    assert word in found.fix
    assert f'{nodes} other nodes' in found.text


@pytest.mark.ros
def test_a_real_camera_is_heard():
    pytest.importorskip('rclpy')
    # The domain decides who is heard: other tests and machines must not be.
    environment = {
        **os.environ,
        'PYTHONPATH': os.pathsep.join(filter(None, sys.path)),
        'ROS_DOMAIN_ID': str(random.SystemRandom().randint(60, 100)),
        'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST',
    }
    with subprocess.Popen(
        [sys.executable, '-c', _CAMERA],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as camera:
        try:
            assert camera.stdout and camera.stdout.readline() == 'ready\n'
            code = 'from grounded_perception.cli.graph import look; print(*look(), sep="\\n")'
            lines: list[str] = []
            for _ in range(4):  # a busy machine may discover the second endpoint a look later
                done = subprocess.run(
                    [sys.executable, '-c', code],
                    env=environment,
                    capture_output=True,
                    text=True,
                    timeout=30,
                )
                lines = done.stdout.splitlines()
                if len(lines) == 2:
                    break
        finally:
            camera.kill()
    arrived, clash = lines
    assert 'Level.OK' in arrived
    assert '14 KB' in arrived
    assert '/camera asks for reliable, /camera offers best effort' in clash
