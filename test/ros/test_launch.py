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

"""The launch files: their arguments everywhere, and a real launch where launch_ros is there."""

import ast
from importlib.util import find_spec
import os
from pathlib import Path
import signal
import subprocess
import sys

import numpy as np
import pytest

LAUNCH = Path(__file__).parents[2] / 'launch'
ARGUMENTS = {
    'perception.launch.py': {
        'params_file',
        'namespace',
        'use_sim_time',
        'log_level',
        'autostart',
        'image',
        'command',
    },
    'demo.launch.py': {'sources', 'rate', 'hold', 'image'},
    'evaluate.launch.py': {'bag', 'output', 'rate', 'image'},
}
START = (
    'import sys\n'
    'from launch import LaunchService\n'
    'from launch.actions import IncludeLaunchDescription\n'
    'from launch.launch_description import LaunchDescription\n'
    'from launch.launch_description_sources import PythonLaunchDescriptionSource\n'
    'source = PythonLaunchDescriptionSource(sys.argv[1])\n'
    'given = [word.split(":=", 1) for word in sys.argv[2:]]\n'
    'service = LaunchService()\n'
    'included = IncludeLaunchDescription(source, launch_arguments=given)\n'
    'service.include_launch_description(LaunchDescription([included]))\n'
    'sys.exit(service.run())\n'
)
SCRIPT = '[["car", 0.9, 0.1, 0.4, 0.3, 0.8]]'
SETTINGS = f"""
/**:
  ros__parameters:
    detector: scripted
    scripted:
      script: '{SCRIPT}'
    default_command: the car
"""


def declared(name):
    tree = ast.parse((LAUNCH / name).read_text(encoding='utf-8'), name)
    return {
        call.args[0].value
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, 'id', '') == 'DeclareLaunchArgument'
    }


def test_every_launch_file_is_known():
    assert {path.name for path in LAUNCH.glob('*')} - {'__pycache__'} == set(ARGUMENTS)


@pytest.mark.parametrize('name', ARGUMENTS)
def test_launch_arguments_are_those_that_are_documented(name):
    assert declared(name) == ARGUMENTS[name]


@pytest.mark.parametrize('name', ARGUMENTS)
def test_launch_arguments_set_no_setting(name):
    from dataclasses import fields

    from grounded_perception.settings import Settings

    assert not declared(name) & {setting.name for setting in fields(Settings)}


@pytest.fixture
def launch_environment(ros):
    """Skip where the launch files cannot be run: no launch_ros, or the package not in an index."""
    pytest.importorskip('launch_ros', reason='launch_ros is not installed')
    from ament_index_python.packages import get_package_prefix, PackageNotFoundError

    try:
        prefix = Path(get_package_prefix('grounded_perception'))
    except (PackageNotFoundError, OSError):
        pytest.skip('grounded_perception is not built by colcon')
    if not (prefix / 'lib' / 'grounded_perception' / 'perception_node').exists():
        pytest.skip(f'no executable of grounded_perception in {prefix}')
    return dict(os.environ)


@pytest.fixture
def launched(launch_environment, tmp_path):
    """Return a function that launches a file; Ctrl-C must end it in order."""
    started = []
    log = tmp_path / 'launch.log'

    def start(name, *arguments):
        with log.open('wb') as stream:
            process = subprocess.Popen(
                [sys.executable, '-c', START, str(LAUNCH / name), *arguments],
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=launch_environment,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        finally:
            process.kill()
    text = log.read_text(errors='replace')
    assert 'Traceback' not in text, text
    assert text.count('process has finished cleanly') == text.count('process started'), text


@pytest.mark.ros
@pytest.mark.launch
@pytest.mark.model
def test_demo_launch_answers_and_a_deactivated_node_stays_inactive(launched, ros, spin, tmp_path):
    from diagnostic_msgs.msg import DiagnosticStatus
    from lifecycle_msgs.msg import State, Transition
    from lifecycle_msgs.srv import ChangeState, GetState

    picture = LAUNCH.parent / 'src' / 'grounded_perception' / 'demo_media' / 'street.jpg'
    settings = tmp_path / 'settings.yaml'
    settings.write_text(SETTINGS)
    launched(
        'demo.launch.py', f'params_file:={settings}', f'sources:={picture}', 'namespace:=robot'
    )
    node = ros.create_node('onlooker')
    states = []
    topic = '/robot/perception/query_state'
    node.create_subscription(DiagnosticStatus, topic, states.append, 10)
    spin(
        lambda: states and states[-1].message == 'the car: FOUND',
        node,
        what='an answer',
        deadline_s=60.0,
    )

    def call(kind, name, request):
        client = node.create_client(kind, f'/robot/perception/{name}')
        spin(client.service_is_ready, node, what=name)
        future = client.call_async(request)
        spin(future.done, node, what=f'the answer of {name}')
        return future.result()

    state = call(GetState, 'get_state', GetState.Request()).current_state
    assert state.id == State.PRIMARY_STATE_ACTIVE
    request = ChangeState.Request()
    request.transition.id = Transition.TRANSITION_DEACTIVATE
    assert call(ChangeState, 'change_state', request).success
    seen = []
    clock = node.create_timer(1.0, lambda: seen.append(True))
    spin(lambda: seen, node, what='a second')
    node.destroy_timer(clock)
    state = call(GetState, 'get_state', GetState.Request()).current_state
    assert state.id == State.PRIMARY_STATE_INACTIVE
    node.destroy_node()


@pytest.mark.ros
@pytest.mark.launch
@pytest.mark.model
@pytest.mark.skipif(find_spec('ros2bag') is None, reason='ros2bag is not installed')
def test_evaluate_launch_records_what_the_node_answers(launched, recorder, tmp_path):
    from grounded_perception.evaluation.recordings.outputs import Outputs

    settings = tmp_path / 'settings.yaml'
    settings.write_text(SETTINGS)
    stamps = [10**18 + number * 200_000_000 for number in range(10)]
    rgb = np.zeros((48, 64, 3), np.uint8)
    played = recorder.write(
        tmp_path / 'played',
        [('/camera/image_raw', stamp + 1, recorder.raw(rgb, stamp)) for stamp in stamps],
    )
    ends = launched(
        'evaluate.launch.py',
        f'bag:={played}',
        f'output:={tmp_path / "answers"}',
        f'params_file:={settings}',
        'namespace:=robot',
    )
    assert ends.wait(90) == 0
    outputs = Outputs(tmp_path / 'answers')
    assert outputs.node == '/robot/perception'
    found = [output for stamp in stamps if (output := outputs.at(stamp))]
    assert len(found) == outputs.images > 5
    assert found[-1].detections[0].hypotheses[0][0] == 'car'
    assert found[-1].state['command'] == 'the car'
    outputs.close()
