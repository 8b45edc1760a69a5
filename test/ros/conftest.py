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

"""A private corner of the ROS graph for each test run, and small helpers to wait for things."""

import os
import time

import pytest

DEADLINE_S = 20.0


@pytest.fixture(scope='session')
def ros():
    """Start rclpy on a domain of its own; skip where there is no ROS."""
    rclpy = pytest.importorskip('rclpy', reason='ROS 2 is not installed')
    from grounded_perception.ros import transport

    transport.prefer_big_images()
    os.environ['ROS_DOMAIN_ID'] = str(1 + os.getpid() % 100)
    os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
    rclpy.init()
    yield rclpy
    rclpy.try_shutdown()


@pytest.fixture
def spin(ros):
    """Return a function that spins nodes until a condition holds; their executor closes after."""
    from rclpy.executors import SingleThreadedExecutor

    executor = SingleThreadedExecutor()
    added = set()

    def until(condition, *nodes, what='the condition', deadline_s=DEADLINE_S):
        for node in nodes:
            if node not in added:
                executor.add_node(node)
                added.add(node)
        end = time.monotonic() + deadline_s
        while not condition():
            assert time.monotonic() < end, f'{what} did not come within {deadline_s} s'
            executor.spin_once(timeout_sec=0.05)

    yield until
    executor.shutdown()
