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

"""
Play a bag into the running node and record what it answers.

::

    ros2 launch grounded_perception evaluate.launch.py bag:=drive output:=drive_answers
    grounded-perception evaluate drive --answers drive_answers --truth truth.json

Needs ``ros2bag``. The answers depend on this machine's speed; ``grounded-perception evaluate
drive`` alone answers every image, whatever the speed. Every argument of ``perception.launch.py``
can be given as well. All ends with the bag.
"""

from pathlib import Path
import shlex

from grounded_perception.evaluation.recordings.opening import open_recording
from grounded_perception.wire import topics
from launch.actions import (
    DeclareLaunchArgument,
    EmitEvent,
    ExecuteProcess,
    IncludeLaunchDescription,
    LogInfo,
    OpaqueFunction,
    RegisterEventHandler,
    SetLaunchConfiguration,
    TimerAction,
)
from launch.event_handlers import OnProcessExit
from launch.events import Shutdown
from launch.launch_context import LaunchContext
from launch.launch_description import LaunchDescription
from launch.launch_description_entity import LaunchDescriptionEntity
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration
from launch_ros.event_handlers import OnStateTransition

RECORDED = (topics.DETECTIONS, topics.GROUNDING, topics.QUERY_STATE, topics.ANSWER)
#: The clock's ticks a second: an answer's age is known to one of them.
CLOCK_HZ = '200'
#: Until node, player and recorder know each other; and for the last answers to be recorded.
MEETING_S, LAST_S = '3', 3.0


def generate_launch_description() -> LaunchDescription:
    """Return the arguments, the node, the recorder and what plays the bag once it is active."""
    arguments = [
        DeclareLaunchArgument('bag', description='What is played.'),
        DeclareLaunchArgument(
            'output', default_value='answers', description='Bag of the answers; must not exist.'
        ),
        DeclareLaunchArgument(
            'rate', default_value='1.0', description="Times the bag's own pace."
        ),
        DeclareLaunchArgument(
            'image',
            default_value='',
            description='Topic of the images, without /compressed; empty = found in the bag.',
        ),
    ]
    beside = str(Path(__file__).with_name('perception.launch.py'))
    perception = IncludeLaunchDescription(
        PythonLaunchDescriptionSource(beside),
        launch_arguments={
            'image': LaunchConfiguration('image'),
            'use_sim_time': 'true',
        }.items(),
    )
    # The image must be known before the node is declared, the node's namespace afterwards.
    return LaunchDescription(
        [
            *arguments,
            OpaqueFunction(function=_find_image),
            perception,
            OpaqueFunction(function=_play_and_record),
        ]
    )


def _find_image(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Find the topic of the images, unless it is named."""
    if LaunchConfiguration('image').perform(context):
        return []
    recording = open_recording(Path(LaunchConfiguration('bag').perform(context)))
    topic = recording.image_topic
    recording.close()
    found = topic.removesuffix('/compressed')
    told = f'images are on {topic}'
    if topic != found:
        told += ', compressed: params_file must say image_transport: compressed'
    return [LogInfo(msg=told), SetLaunchConfiguration('image', found)]


def _play_and_record(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Record from now on, play when the node is active, end everything after the last image."""
    bag, output, rate, namespace = (
        LaunchConfiguration(name).perform(context)
        for name in ('bag', 'output', 'rate', 'namespace')
    )
    node = '/'.join(['', *filter(None, namespace.split('/')), topics.NODE])
    names = [topic.of(node) for topic in RECORDED]
    recorder = ExecuteProcess(
        # Without --topics: Humble takes them so only.
        cmd=['ros2', 'bag', 'record', '--use-sim-time', '--output', output, *names],
        output='screen',
    )
    player = ExecuteProcess(
        cmd=[
            *('ros2', 'bag', 'play', bag, '--clock', CLOCK_HZ, '--rate', rate),
            *('--delay', MEETING_S, '--disable-keyboard-controls'),
        ],
        output='screen',
    )
    at_rate = f' --rate {rate}' if float(rate) != 1 else ''
    told = (
        f'answers: {output}; measure them: grounded-perception evaluate {shlex.quote(bag)} '
        f'--answers {shlex.quote(output)}{at_rate} --truth ...'
    )
    return [
        RegisterEventHandler(OnProcessExit(target_action=recorder, on_exit=[_end('recorder')])),
        RegisterEventHandler(
            OnProcessExit(
                target_action=player,
                on_exit=[
                    LogInfo(msg=told),
                    TimerAction(period=LAST_S, actions=[_end('bag')]),
                ],
            )
        ),
        RegisterEventHandler(
            OnStateTransition(goal_state='active', entities=[player], handle_once=True)
        ),
        # It could not be configured, and has said why.
        RegisterEventHandler(
            OnStateTransition(goal_state='unconfigured', entities=[_end('node')])
        ),
        recorder,
    ]


def _end(what: str) -> OpaqueFunction:
    """Shut everything down, once."""

    def end(context: LaunchContext) -> list[LaunchDescriptionEntity]:
        reason = f'the {what} has ended'
        return [] if context.is_shutdown else [EmitEvent(event=Shutdown(reason=reason))]

    return OpaqueFunction(function=end)
