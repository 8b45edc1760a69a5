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

"""Which Python runs the set-up: the one at hand if ROS wheels exist for it, else another."""

from __future__ import annotations

from collections.abc import Callable
import subprocess
import sys

from provision.errors import SetupError

#: Versions for which both the ROS 2 wheels and the pinned libraries exist.
SUPPORTED = ((3, 10), (3, 11), (3, 12), (3, 13))

Version = tuple[int, int]


def version_of(command: str, probe: str = '') -> Version | None:
    """
    Ask an interpreter for its version.

    A name on PATH proves little: version managers put shims there for versions that are
    not installed, so it has to run.

    :param command: interpreter to run.
    :param probe: further Python code that it must run without an error.
    :returns: major and minor version, or None if it does not run.
    """
    code = f'import sys; print(*sys.version_info[:2]); {probe}'
    try:
        ran = subprocess.run([command, '-c', code], capture_output=True, text=True, check=True)
        major, minor = ran.stdout.split()
        return int(major), int(minor)
    except (OSError, subprocess.CalledProcessError, ValueError):
        return None


def choose(
    running: Version = sys.version_info[:2],
    ask: Callable[[str, str], Version | None] = version_of,
    probe: str = '',
) -> str | None:
    """
    Choose the interpreter for the virtual environment.

    :param running: version of the interpreter that runs this.
    :param ask: answers the version of a named interpreter, as `version_of` does.
    :param probe: code that the interpreter must be able to run, for instance an import.
    :returns: None if the running one is fit, else the command of the newest that is.
    :raises SetupError: if there is none.
    """
    if running in SUPPORTED and (not probe or ask(sys.executable, probe) == running):
        return None
    for wanted in reversed(SUPPORTED):
        command = 'python{}.{}'.format(*wanted)
        if ask(command, probe) == wanted:
            return command
    allowed = ', '.join('{}.{}'.format(*version) for version in SUPPORTED)
    raise SetupError(
        f'Python {running[0]}.{running[1]} came, {allowed} are supported'
        + (f' and must be able to run "{probe}"' if probe else '')
        + ', and PATH holds none of them: install one, for instance python3.12.'
    )
