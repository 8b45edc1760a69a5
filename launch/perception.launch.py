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
Start the perception node; configure and activate it unless told otherwise.

::

    ros2 launch grounded_perception perception.launch.py image:=/camera/image_raw

Settings come from ``params_file`` alone. ``image`` and ``command`` are remaps: relative names
are taken in ``namespace``.
"""

import os

from ament_index_python.packages import get_package_share_directory
from grounded_perception.ros import transport
from launch.actions import (
    DeclareLaunchArgument,
    EmitEvent,
    RegisterEventHandler,
    SetEnvironmentVariable,
)
from launch.conditions import IfCondition
from launch.events import matches_action
from launch.launch_description import LaunchDescription
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import LifecycleNode
from launch_ros.event_handlers import OnStateTransition
from launch_ros.events.lifecycle import ChangeState
from launch_ros.parameter_descriptions import ParameterValue
from lifecycle_msgs.msg import Transition

PACKAGE = 'grounded_perception'


def generate_launch_description() -> LaunchDescription:
    """Return the arguments, the node and the events that start it."""
    share = get_package_share_directory(PACKAGE)
    arguments = [
        DeclareLaunchArgument(
            'params_file',
            default_value=os.path.join(share, 'config', 'perception.yaml'),
            description='Settings of the node.',
        ),
        DeclareLaunchArgument('namespace', default_value='', description='Namespace of the node.'),
        DeclareLaunchArgument(
            'use_sim_time',
            default_value='false',
            choices=['true', 'false'],
            description='Take the time from /clock.',
        ),
        DeclareLaunchArgument(
            'log_level',
            default_value='info',
            choices=['debug', 'info', 'warn', 'error', 'fatal'],
            description='Least severity that is logged.',
        ),
        DeclareLaunchArgument(
            'autostart',
            default_value='true',
            choices=['true', 'false'],
            description='Configure and activate at once.',
        ),
        DeclareLaunchArgument(
            'image',
            default_value='image',
            description='Topic of the camera images; compressed ones come on its /compressed.',
        ),
        DeclareLaunchArgument(
            'command', default_value='command', description='Topic of the text commands.'
        ),
    ]
    node = LifecycleNode(
        package=PACKAGE,
        executable='perception_node',
        name='perception',
        namespace=LaunchConfiguration('namespace'),
        output='screen',
        parameters=[
            LaunchConfiguration('params_file'),
            {'use_sim_time': ParameterValue(LaunchConfiguration('use_sim_time'), value_type=bool)},
        ],
        arguments=[
            '--ros-args',
            '--log-level',
            ['perception:=', LaunchConfiguration('log_level')],
        ],
        remappings=[
            ('image', LaunchConfiguration('image')),
            ('image/compressed', [LaunchConfiguration('image'), '/compressed']),
            ('command', LaunchConfiguration('command')),
        ],
    )
    return LaunchDescription([*arguments, *_big_images(), *_autostart(node), node])


def _big_images() -> list[SetEnvironmentVariable]:
    """Let this node, and cameras started after it, use a transport that carries big images."""
    if any(os.environ.get(name) for name in transport.PROFILE_VARIABLES):
        return []
    profile = str(transport.profile_path())
    return [SetEnvironmentVariable(name, profile) for name in transport.PROFILE_VARIABLES]


def _autostart(node: LifecycleNode) -> list[RegisterEventHandler | EmitEvent]:
    """Configure at once, activate when that is done."""
    wanted = IfCondition(LaunchConfiguration('autostart'))
    # Only on the way up: a node that somebody deactivates stays inactive.
    when_configured = OnStateTransition(
        target_lifecycle_node=node,
        start_state='configuring',
        goal_state='inactive',
        entities=[_change(node, Transition.TRANSITION_ACTIVATE, wanted)],
    )
    return [
        RegisterEventHandler(when_configured),
        _change(node, Transition.TRANSITION_CONFIGURE, wanted),
    ]


def _change(node: LifecycleNode, transition: int, wanted: IfCondition) -> EmitEvent:
    event = ChangeState(lifecycle_node_matcher=matches_action(node), transition_id=transition)
    return EmitEvent(event=event, condition=wanted)
