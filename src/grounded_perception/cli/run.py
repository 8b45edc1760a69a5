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

"""Run the ROS node, configured and active at once: ``ros2 run`` without a launch file."""

from __future__ import annotations

import argparse

from grounded_perception.cli.ros_missing import explaining_missing_ros

SUMMARY = 'run the ROS node, active at once'
_HELP = """\
usage: grounded-perception run [--ros-args ...]

Run the ROS node, configured and active at once. All arguments are ROS arguments:

  grounded-perception run --ros-args -r image:=/camera/image_raw
  grounded-perception run --ros-args -p detector:=ssd -p threshold:=0.5
  grounded-perception run --ros-args --params-file perception.yaml -r __ns:=/robot1
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare nothing: the arguments are ROS's.

    :param parser: the verb's, for the list of verbs only.
    """


def run(args: argparse.Namespace) -> int:
    """
    Run the node until it is told to stop.

    :param args: ``rest``: the arguments as they came.
    :returns: the node's exit code.
    :raises ModelMissing: when there is no ROS in this environment.
    """
    if args.rest and args.rest[0] in ('-h', '--help'):
        print(_HELP, end='')
        return 0
    with explaining_missing_ros():
        from grounded_perception.ros import node
    return int(node.main(args.rest, autostart=True))
