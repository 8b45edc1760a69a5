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

"""Parts of Python that Debian and Ubuntu ship apart, fetched without root."""

from __future__ import annotations

from pathlib import Path
import shutil

from provision.commands import Runner
from provision.errors import SetupError


def unpack(runner: Runner, packages: tuple[str, ...], folder: Path, need: str, hint: str) -> Path:
    """
    Download packages with apt, which checks their signatures, and unpack them aside.

    :param runner: runs apt and dpkg.
    :param packages: names of the packages.
    :param folder: where to unpack them.
    :param need: what is missing, for the message.
    :param hint: the package that would bring it the usual way, for the message.
    :returns: the folder.
    :raises SetupError: if apt cannot do it.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    try:
        runner.run(['apt-get', 'download', *packages], folder=folder)
        for file in sorted(folder.glob('*.deb')):
            runner.run(['dpkg', '-x', file, folder])
            file.unlink()
    except SetupError as error:
        raise SetupError(
            f'{need} missing, and apt could not fetch them without root: '
            f'`sudo apt install {hint}` brings them.'
        ) from error
    return folder


def fetch_headers(runner: Runner, python: str, folder: Path) -> Path:
    """
    Fetch the headers of the distribution's Python.

    :param runner: runs apt and dpkg.
    :param python: the interpreter's package name, for instance `python3.11`.
    :param folder: where to unpack them.
    :returns: the folder that holds Python.h.
    :raises SetupError: if apt cannot do it.
    """
    packages = (f'lib{python}-dev',)
    root = unpack(runner, packages, folder, 'The Python headers (Python.h) are', f'{python}-dev')
    headers = root / 'usr' / 'include' / python
    if not (headers / 'Python.h').is_file():
        raise SetupError(
            f'lib{python}-dev holds no Python.h: install the headers of this Python, for '
            f'instance with `sudo apt install {python}-dev`.'
        )
    return headers


def fetch_pip(runner: Runner, python: str, folder: Path) -> Path:
    """
    Fetch pip as the distribution's wheel, for a Python without `ensurepip`.

    :param runner: runs apt and dpkg.
    :param python: the interpreter's package name.
    :param folder: where to unpack it.
    :returns: the wheel.
    :raises SetupError: if apt cannot do it.
    """
    packages = ('python3-pip-whl',)
    root = unpack(runner, packages, folder, 'ensurepip and pip are', f'{python}-venv')
    wheels = sorted(root.glob('usr/share/python-wheels/pip-*.whl'))
    if not wheels:
        raise SetupError(f'python3-pip-whl holds no wheel: `sudo apt install {python}-venv`.')
    return wheels[-1]
