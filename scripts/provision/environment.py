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

"""Makes the virtual environment."""

from __future__ import annotations

from importlib.util import find_spec
import os
from pathlib import Path
import shutil
import sys

from provision.commands import CommandFailed, Runner
from provision.debian import fetch_pip
from provision.errors import SetupError
from provision.preflight import python_name


def base_python() -> str:
    """
    Name the interpreter that environments are made from.

    It is the same whether or not the set-up is started from inside an environment.
    """
    return os.path.realpath(getattr(sys, '_base_executable', sys.executable))


def make(runner: Runner, folder: Path, own: Path, *, system_packages: bool) -> None:
    """
    Make the environment anew.

    :param runner: runs venv.
    :param folder: the environment's folder; what is in it is removed.
    :param own: folder inside it for our own files; it marks the environment as ours.
    :param system_packages: whether it sees the system's packages (a ROS distribution).
    :raises SetupError: if a folder of that name exists that we did not make, or venv fails.
    """
    if folder.exists() and not own.is_dir():
        raise SetupError(
            f'{folder} exists but was not made by this set-up: rename or remove it, then '
            'start again.'
        )
    _clear(folder, own)
    options = ['--system-site-packages'] if system_packages else []
    with_pip = find_spec('ensurepip') is not None
    if not with_pip:
        options.append('--without-pip')
    try:
        runner.run([base_python(), '-m', 'venv', *options, folder])
        if not with_pip:
            wheel = fetch_pip(runner, python_name(), own / 'pip')
            python = folder / 'bin' / 'python'
            runner.run([python, wheel / 'pip', 'install', '--no-index', wheel])
    except CommandFailed as error:
        raise SetupError('The virtual environment could not be made.') from error


def _clear(folder: Path, own: Path) -> None:
    # Our mark goes last and comes first: cut off at any moment, the folder is still known as ours.
    others = [path for path in folder.iterdir() if path != own] if folder.exists() else []
    for path in others:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    shutil.rmtree(own, ignore_errors=True)
    own.mkdir(parents=True)
