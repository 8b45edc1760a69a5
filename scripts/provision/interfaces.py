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

"""Builds interfaces/vision_msgs into an environment of ROS wheels."""

from __future__ import annotations

from pathlib import Path
import re
import shutil

from provision.commands import CommandFailed, Runner
from provision.errors import SetupError

#: Include paths of the machine that built the wheels, as their CMake files export them.
_FOREIGN_NUMPY = re.compile(r'/opt/python/[^";]*/numpy/_?core/include')
_FOREIGN_PYTHON = re.compile(r'/opt/python/[^";]*/include/python3[^";/]*')


def localise(text: str, python_include: str, numpy_include: str) -> str:
    """
    Replace the wheel builder's include paths.

    :param text: content of an exported CMake file.
    :param python_include: folder of this machine's Python.h.
    :param numpy_include: folder of this environment's numpy headers.
    :returns: the content for this machine.
    """
    text = _FOREIGN_NUMPY.sub(lambda _: numpy_include, text)
    return _FOREIGN_PYTHON.sub(lambda _: python_include, text)


def build(
    runner: Runner,
    environment: Path,
    source: Path,
    headers: Path,
    compiler: str,
    scratch: Path,
) -> None:
    """
    Generate, compile and install the messages.

    :param runner: runs CMake.
    :param environment: the virtual environment that holds the ROS wheels.
    :param source: folder of the interface package.
    :param headers: folder of Python.h.
    :param compiler: C++ compiler.
    :param scratch: folder for the build; removed afterwards.
    :raises SetupError: if the build fails.
    """
    python = environment / 'bin' / 'python'
    printed = runner.run([python, '-c', 'import numpy; print(numpy.get_include())'])
    numpy_include = printed.split()[-1]
    for file in environment.glob('share/*/cmake/*.cmake'):
        text = file.read_text()
        changed = localise(text, str(headers), numpy_include)
        if changed != text:
            file.write_text(changed)

    shutil.rmtree(scratch, ignore_errors=True)
    cmake = environment / 'bin' / 'cmake'
    options = {
        'CMAKE_BUILD_TYPE': 'Release',
        'CMAKE_CXX_COMPILER': compiler,
        'CMAKE_INSTALL_PREFIX': environment,
        # From lib/ itself, and from lib/python3.x/site-packages/vision_msgs/.
        'CMAKE_INSTALL_RPATH': '$ORIGIN;$ORIGIN/../../..',
        'CMAKE_MAKE_PROGRAM': environment / 'bin' / 'ninja',
        # As the folder above would find pyconfig.h where Debian unpacks it apart.
        'CMAKE_C_FLAGS': f'-I{headers.parent}',
        'CMAKE_CXX_FLAGS': f'-I{headers.parent}',
        'Python3_EXECUTABLE': python,
        'Python3_INCLUDE_DIR': headers,
        'BUILD_TESTING': 'OFF',
    }
    definitions = [f'-D{name}={value}' for name, value in options.items()]

    def run(*command: str | Path) -> None:
        prefix = str(environment)
        runner.run(command, AMENT_PREFIX_PATH=prefix, CMAKE_PREFIX_PATH=prefix)

    try:
        run(cmake, '-S', source, '-B', scratch, '-G', 'Ninja', *definitions)
        run(cmake, '--build', scratch)
        run(cmake, '--install', scratch)
        run(python, '-c', 'from vision_msgs.msg import Detection2DArray')
    except CommandFailed as error:
        raise SetupError('The vision_msgs interfaces could not be built.') from error
    shutil.rmtree(scratch, ignore_errors=True)
