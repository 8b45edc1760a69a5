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

"""What the machine must have before anything is installed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
import platform
import shutil
import sys
import sysconfig

from provision.errors import SetupError

#: Free space needed, in bytes: the environment, and pip's downloads and cache beside it.
DISK_NEEDED = 2_500_000_000

Which = Callable[[str], 'str | None']


def check_platform(
    system: str = platform.system(),
    machine: str = platform.machine(),
    libc: str = platform.libc_ver()[0],
) -> None:
    """
    Check that ROS 2 wheels exist for this machine.

    :param system: operating system's name.
    :param machine: processor architecture.
    :param libc: name of the C library.
    :raises SetupError: if they do not.
    """
    if (system, machine, libc) != ('Linux', 'x86_64', 'glibc'):
        raise SetupError(
            f'{system} {machine} with {libc or "an unknown C library"} came; the ROS 2 wheels '
            'exist for Linux x86_64 with glibc only: use a ROS distribution here (README, '
            '"On a robot").'
        )


def find_compiler(which: Which = shutil.which) -> str:
    """
    Find a C++ compiler.

    :param which: looks a command up on PATH.
    :returns: its command.
    :raises SetupError: if there is none.
    """
    for command in ('c++', 'g++', 'clang++'):
        if which(command):
            return command
    raise SetupError(
        'No C++ compiler (c++, g++ or clang++) is on PATH: `sudo apt install g++` brings one.'
    )


def check_disk(
    folder: Path, usage: Callable[[Path], tuple[int, int, int]] = shutil.disk_usage
) -> None:
    """
    Check that the disk has room for everything.

    :param folder: where the environment will be.
    :param usage: answers total, used and free bytes of a folder's disk.
    :raises SetupError: if not.
    """
    free = usage(folder)[2]
    if free < DISK_NEEDED:
        raise SetupError(
            f'{free / 1e9:.1f} GB are free on the disk of {folder}; '
            f'{DISK_NEEDED / 1e9:.1f} GB are needed.'
        )


def python_headers(include: str = sysconfig.get_paths()['include']) -> Path | None:
    """
    Find the headers of the running Python, which compiled messages need.

    :param include: where they belong.
    :returns: their folder, or None if the distribution keeps them in a further package.
    """
    folder = Path(include)
    return folder if (folder / 'Python.h').is_file() else None


def python_name() -> str:
    """Name the running interpreter as Debian's packages do, for instance `python3.11`."""
    return 'python{}.{}'.format(*sys.version_info[:2])
