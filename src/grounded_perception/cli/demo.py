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

"""Show the node on real pictures."""

from __future__ import annotations

import argparse

from grounded_perception.cli.ros_missing import explaining_missing_ros

SUMMARY = 'show the node on real pictures (demo --help lists its options)'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare nothing: the demo reads its arguments itself.

    :param parser: the verb's, for the list of verbs only.
    """


def run(args: argparse.Namespace) -> int:
    """
    Run the demo.

    :param args: ``rest``: the arguments as they came.
    :returns: the demo's exit code.
    :raises ModelMissing: when there is no ROS in this environment.
    """
    with explaining_missing_ros():
        from grounded_perception.ros.demo import conductor
    return int(conductor.main(args.rest))
