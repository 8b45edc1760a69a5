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
Start the perception node and a camera that plays pictures.

::

    ros2 launch grounded_perception demo.launch.py
    ros2 topic pub --once /command std_msgs/msg/String "{data: the car on the right}"
    ros2 topic echo /perception/query_state

Every argument of ``perception.launch.py`` can be given as well.
"""

from pathlib import Path
import shlex

import grounded_perception
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription, OpaqueFunction
from launch.launch_context import LaunchContext
from launch.launch_description import LaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node


def generate_launch_description() -> LaunchDescription:
    """Return the arguments, the perception node and the player."""
    pictures = Path(grounded_perception.__file__).with_name('demo_media')
    arguments = [
        DeclareLaunchArgument(
            'sources',
            default_value=shlex.quote(str(pictures)),
            description='Photographs, films (film.mp4#t=2,8) and folders, quoted as in a shell.',
        ),
        DeclareLaunchArgument('rate', default_value='10', description='Images a second.'),
        DeclareLaunchArgument(
            'hold', default_value='5', description='Seconds to show each photograph.'
        ),
        DeclareLaunchArgument(
            'image', default_value='/camera/image_raw', description='Topic of the images.'
        ),
    ]
    beside = str(Path(__file__).with_name('perception.launch.py'))
    perception = IncludeLaunchDescription(
        PythonLaunchDescriptionSource(beside),
        launch_arguments={'image': LaunchConfiguration('image')}.items(),
    )
    # After the include: the transport that it chooses counts for the player too.
    return LaunchDescription([*arguments, perception, OpaqueFunction(function=_player)])


def _player(context: LaunchContext) -> list[Node]:
    """Split the sources, which are known only now, into words."""
    sources = shlex.split(LaunchConfiguration('sources').perform(context))
    options = [
        part
        for name in ('rate', 'hold')
        for part in (f'--{name}', LaunchConfiguration(name).perform(context))
    ]
    return [
        Node(
            package='grounded_perception',
            executable='image_player',
            namespace=LaunchConfiguration('namespace'),
            output='screen',
            arguments=[*sources, *options],
            remappings=[('image', LaunchConfiguration('image'))],
        )
    ]
