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

"""What to say where ROS 2 is not in the environment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from grounded_perception.errors import ModelMissing

ROS_INSTALL = (
    'source /opt/ros/<distribution>/setup.bash, or '
    'pip install "ros-jazzy-rclpy[fastrtps]" ros-jazzy-common-interfaces'
)
_ROS_ENDINGS = ('_msgs', '_srvs', '_interfaces')


@contextmanager
def explaining_missing_ros() -> Iterator[None]:
    """
    Turn the import error of a ROS package into a sentence with its fix.

    :raises ModelMissing: when a ROS package cannot be imported.
    """
    try:
        yield
    except ImportError as exc:
        root = (exc.name or '').partition('.')[0]
        if not (root.startswith('rcl') or root.endswith(_ROS_ENDINGS)):
            raise
        raise ModelMissing(f'ROS 2 cannot be imported ({exc}): {ROS_INSTALL}') from exc
