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

"""A sourced ROS distribution: its packages are used instead of the wheels."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from provision.commands import CommandFailed, Runner
from provision.errors import SetupError


def sourced(variables: Mapping[str, str]) -> str | None:
    """
    Name the ROS distribution whose set-up file was sourced.

    :param variables: the environment.
    :returns: its name, for instance `jazzy`, or None if there is none with rclpy.
    """
    name = variables.get('ROS_DISTRO')
    prefixes = variables.get('AMENT_PREFIX_PATH', '').split(':')
    if name and any(prefix and (Path(prefix) / 'share/rclpy').is_dir() for prefix in prefixes):
        return name
    return None


def check_interfaces(runner: Runner, python: Path, name: str) -> None:
    """
    Check that the distribution brings vision_msgs.

    :param runner: runs Python.
    :param python: the environment's interpreter.
    :param name: the distribution.
    :raises SetupError: if not.
    """
    try:
        runner.run([python, '-c', 'from vision_msgs.msg import Detection2DArray'])
    except CommandFailed as error:
        raise SetupError(
            f'ROS 2 {name} is sourced but has no vision_msgs: '
            f'`sudo apt install ros-{name}-vision-msgs` brings them.'
        ) from error


def own_packages(runner: Runner, python: str) -> frozenset[str]:
    """
    Find what the distribution brings that pip must not replace.

    Its cv_bridge is compiled against its own numpy and OpenCV; a newer numpy breaks it.

    :param runner: runs Python.
    :param python: the distribution's interpreter, not the environment's.
    :returns: canonical names of the packages to keep.
    """
    code = (
        'from importlib.util import find_spec; '
        'print("keep", *(p for m, p in (("numpy", "numpy"), ("cv2", "opencv-python-headless")) '
        'if find_spec(m)))'
    )
    return frozenset(runner.run([python, '-c', code]).split()[1:])
