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

"""Child processes of the demo: started with a log, watched, and always ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
import signal
import subprocess
import sys

from grounded_perception.errors import PerceptionError

_PATIENCE_S = 8.0
_TAIL_LINES = 15


class ChildFailed(PerceptionError):
    """A process of the demo ended by itself, or cannot do what it was asked."""


class Child:
    """
    A Python module that runs in a process of its own.

    :param name: what people call it.
    :param module: run as ``python -m module``.
    :param arguments: its command line.
    :param environment: its environment.
    :param log: file that takes its output.
    """

    def __init__(
        self,
        name: str,
        module: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
    ) -> None:
        self.name, self._log = name, log
        with log.open('wb') as stream:
            self._process = subprocess.Popen(
                [sys.executable, '-u', '-m', module, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                # Ctrl-C in the terminal goes to the demo alone, which ends its children in order.
                start_new_session=True,
            )

    def check(self) -> None:
        """
        Make sure that it still runs.

        :raises ChildFailed: when it ended, with the end of its log.
        """
        if (code := self._process.poll()) is not None:
            raise ChildFailed(f'{self.name} ended by itself (exit code {code})\n{self.tail()}')

    def tail(self) -> str:
        """Return the last lines of its log, indented."""
        try:
            text = self._log.read_text(encoding='utf-8', errors='replace')
        except OSError as exc:
            return f'    (its log {self._log} cannot be read: {exc.strerror})'
        lines = text.splitlines()[-_TAIL_LINES:]
        return '\n'.join(f'    {line}' for line in lines) or '    (it said nothing)'

    def end(self) -> int:
        """
        Interrupt it as Ctrl-C does; kill it if it does not listen.

        :returns: its exit code.
        """
        for wanted in (signal.SIGINT, signal.SIGTERM):
            if self._process.poll() is None:
                self._process.send_signal(wanted)
            try:
                return self._process.wait(_PATIENCE_S / 2)
            except subprocess.TimeoutExpired:
                continue
        self._process.kill()
        return self._process.wait()
