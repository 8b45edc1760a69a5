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

"""Runs other programs; what they print goes into the log file."""

from __future__ import annotations

from collections.abc import Sequence
import os
from pathlib import Path
import shlex
import subprocess

from provision.errors import SetupError


def clean_environment() -> dict[str, str]:
    """
    Copy the environment without what another environment's ROS wheels left in it.

    Their start-up hook sets the library path once and then a guard for all children: a
    child in *this* environment would keep the other one's libraries.

    :returns: variables for a child process.
    """
    variables = dict(os.environ)
    if variables.pop('_ROS_WHEELS_BOOTSTRAP_COMPLETE', None):
        variables.pop('LD_LIBRARY_PATH', None)
    return variables


class Runner:
    """
    Runs programs and keeps all they print.

    :param log: the log file, begun anew by the first command.
    """

    def __init__(self, log: Path) -> None:
        self.log = log
        self._mode = 'w'

    def run(
        self, command: Sequence[str | Path], *, folder: Path | None = None, **variables: str
    ) -> str:
        """
        Run one program to its end.

        :param command: program and arguments.
        :param folder: working folder.
        :param variables: environment variables that are set for it.
        :returns: what it printed.
        :raises SetupError: if it cannot be started or exits with an error; the text names it.
        """
        words = [str(word) for word in command]
        with self.log.open(self._mode) as log:
            self._mode = 'a'
            log.write(f'$ {shlex.join(words)}\n')
            log.flush()
            start = self.log.stat().st_size
            try:
                status = subprocess.run(
                    words,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=folder,
                    env={**clean_environment(), **variables},
                    check=False,
                ).returncode
            except OSError as error:
                raise SetupError(f'{words[0]} cannot be started: {error}.') from error
        with self.log.open(errors='replace') as log:
            log.seek(start)
            output = log.read()
        if status != 0:
            raise CommandFailed(words[0], status, output)
        return output


class CommandFailed(SetupError):
    """
    A program ended with an error.

    :param program: the program.
    :param status: its exit status.
    :param output: everything it printed.
    """

    def __init__(self, program: str, status: int, output: str) -> None:
        super().__init__(f'{Path(program).name} ended with status {status}.')
        self.output = output
