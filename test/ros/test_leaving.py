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

"""Ctrl-C ends a node in order, however often it is pressed."""

import subprocess
import sys

import cv2
import numpy as np
import pytest

rclpy = pytest.importorskip('rclpy', reason='ROS 2 is not installed')

from grounded_perception.ros.leaving import is_end  # noqa: E402
from rclpy._rclpy_pybind11 import RCLError  # noqa: E402
from std_msgs.msg import String  # noqa: E402

#: Interrupts itself when it is up, and once more while it ends: a terminal does so beside launch.
TWICE = """
import os, signal, sys, threading
from grounded_perception.ros import {module}

def interrupt():
    os.kill(os.getpid(), signal.SIGINT)

class Twice({module}.{name}):
    def __init__(self, *given):
        super().__init__(*given)
        threading.Timer(0.3, interrupt).start()

    def destroy_node(self):
        print('ending')
        interrupt()
        super().destroy_node()

{module}.{name} = Twice
sys.exit({module}.main({arguments}))
"""


@pytest.mark.ros
@pytest.mark.parametrize(
    ('module', 'name', 'arguments'),
    [('node', 'PerceptionNode', []), ('player', 'Player', ['{picture}'])],
)
def test_a_second_interrupt_does_not_tear_the_end(module, name, arguments, tmp_path):
    picture = tmp_path / 'grey.png'
    cv2.imwrite(str(picture), np.full((48, 64, 3), 90, np.uint8))
    given = [each.format(picture=picture) for each in arguments]
    script = TWICE.format(module=module, name=name, arguments=given)
    done = subprocess.run(
        [sys.executable, '-c', script], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    assert 'Traceback' not in done.stderr
    assert done.stdout.count('ending') == 1


@pytest.mark.ros
def test_to_publish_after_the_end_is_no_fault():
    context = rclpy.Context()
    context.init()
    node = rclpy.create_node('late', context=context)
    publisher = node.create_publisher(String, 'late', 1)
    assert not is_end(RuntimeError('a fault'), context)
    context.shutdown()  # as a signal does, whatever is being published
    with pytest.raises(RCLError) as raised:
        publisher.publish(String())
    assert is_end(raised.value, context)
    assert not is_end(RuntimeError('a fault'), context)
    node.destroy_node()
