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

"""Installs pinned packages with pip, and says in one sentence why that failed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
import re

from provision.commands import CommandFailed, Runner
from provision.errors import SetupError

#: Most telling first: pip prints its closing "no matching distribution" after a lost network too.
_REASONS = (
    (
        r'No space left on device|Disk quota exceeded',
        'The disk is full: make room and start again.',
    ),
    (
        r'DO NOT MATCH THE HASHES',
        'A downloaded package is not the one that was pinned (its hash differs): empty the '
        'cache with `pip cache purge`, check the package index, and start again.',
    ),
    (
        r'certificate verify failed|SSLError',
        'The package index could not be reached safely (its certificate was refused): check '
        'the clock and the certificates of this machine.',
    ),
    (
        r'ProxyError|Tunnel connection failed',
        'The package index could not be reached through the proxy: check the proxy settings.',
    ),
    (
        r'NewConnectionError|Failed to establish|name resolution|Name or service not known'
        r'|Connection refused|Network is unreachable|timed out|ReadTimeout|IncompleteRead'
        r'|Connection reset|Connection aborted|Connection broken',
        'The package index could not be reached: check the network and start again; what is '
        'already there is kept.',
    ),
    (
        r'No matching distribution found for (?P<what>\S+)',
        'The package index has no {what} for this Python and this machine.',
    ),
)


def explain(output: str) -> str:
    """
    Turn pip's output into one sentence.

    :param output: everything pip printed.
    """
    for pattern, sentence in _REASONS:
        found = re.search(pattern, output)
        if found:
            return sentence.format(**found.groupdict())
    return 'pip failed.'


def without(lines: Iterable[str], names: frozenset[str]) -> Iterator[str]:
    """
    Leave packages out of a pinned file.

    :param lines: lines of the file; hashes stand on continuation lines.
    :param names: canonical names to leave out.
    :returns: the remaining lines.
    """
    skipping = False
    for line in lines:
        if not line.startswith((' ', '#')):
            skipping = re.split(r'[=\s]', line, maxsplit=1)[0] in names
        if not skipping:
            yield line


class Installer:
    """
    Pip of one virtual environment.

    :param runner: runs it.
    :param python: the environment's interpreter.
    :param scratch: folder for intermediate files.
    :param keep: canonical names of packages that the ROS distribution brings itself; pip
        must not put another build over them (its cv_bridge is compiled against its numpy).
    """

    def __init__(
        self, runner: Runner, python: Path, scratch: Path, keep: frozenset[str] = frozenset()
    ) -> None:
        self._runner, self._python, self._scratch, self._keep = runner, python, scratch, keep

    def install(self, *files: Path, again: bool = False) -> None:
        """
        Install pinned files.

        :param files: requirement files with hashes, complete (nothing else is fetched).
        :param again: overwrite what is there, because an earlier run was cut off midway.
        :raises SetupError: with the reason.
        """
        if self._keep:
            files = tuple(self._reduced(file) for file in files)
        self._pip(
            '--require-hashes',
            '--no-deps',
            *(['--ignore-installed'] if again else []),
            *(word for file in files for word in ('-r', str(file))),
        )

    def install_unlocked(self, file: Path) -> None:
        """
        Install a file whose packages differ between indexes, with whatever they need.

        What is installed and good enough stays as it is.

        :param file: requirement file without hashes.
        :raises SetupError: with the reason.
        """
        self._pip('-r', str(file))

    def install_editable(self, folder: Path) -> None:
        """
        Install the package that is being developed.

        :param folder: the folder of its setup.py.
        :raises SetupError: with the reason.
        """
        self._pip('--no-deps', '--use-pep517', '--editable', str(folder))

    def _reduced(self, file: Path) -> Path:
        reduced = self._scratch / file.name
        lines = without(file.read_text().splitlines(), self._keep)
        reduced.write_text('\n'.join(lines) + '\n')
        return reduced

    def _pip(self, *arguments: str) -> None:
        # No build isolation: builds use the pinned setuptools instead of fetching another.
        options = ('--no-input', '--no-build-isolation', '--progress-bar=off', '--retries=2')
        try:
            self._runner.run(
                [self._python, '-m', 'pip', 'install', *options, *arguments],
                PIP_DISABLE_PIP_VERSION_CHECK='1',
            )
        except CommandFailed as error:
            raise SetupError(explain(error.output)) from error
