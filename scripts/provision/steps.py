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

"""The steps of the set-up in order, each with the inputs that make it due again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
import os
from pathlib import Path
import sys

from provision import distribution, environment, interfaces, preflight
from provision.commands import CommandFailed, Runner
from provision.debian import fetch_headers
from provision.errors import SetupError
from provision.packages import Installer
from provision.stamps import digest

#: Raise it when a step's work changes without a change of its inputs.
EDITION = '1'


@dataclass(frozen=True)
class Step:
    """
    One step.

    :param name: its stamp's name.
    :param title: what the user reads.
    :param key: digest of its inputs, or None if it finds out itself what is due.
    :param work: does it; takes whether an earlier run was cut off midway.
    """

    name: str
    title: str
    key: str | None
    work: Callable[[bool], None]


class Plan:
    """
    Everything about one environment.

    :param root: the clone.
    :param runner: runs programs.
    :param core: whether it is the environment without ROS, for the core's tests.
    :param train: whether what fitting the network needs is installed as well.
    """

    def __init__(self, root: Path, runner: Runner, *, core: bool, train: bool = False) -> None:
        self._root, self._runner, self._core, self._train = root, runner, core, train
        self.folder = root / ('.venv-core' if core else '.venv')
        #: Our own files; it lies inside the environment so that it goes with it.
        self.own = self.folder / '.provision'
        self._python = self.folder / 'bin' / 'python'
        self._distro = None if core else distribution.sourced(os.environ)

    def steps(self) -> list[Step]:
        """List the steps in order."""
        interpreter = [sys.version, environment.base_python()]
        steps = [
            Step(
                'environment',
                f'Virtual environment {self.folder.name}',
                digest(
                    facts=[EDITION, *interpreter, str(self.folder), self._distro or ''],
                    paths=[self._pins('build')],
                ),
                self._make_environment,
            )
        ]
        if self._distro:
            title = f'ROS 2 {self._distro} of this machine'
            steps.append(Step('ros', title, None, self._check_distribution))
        elif not self._core:
            ros, source = self._pins('ros-jazzy'), self._root / 'interfaces' / 'vision_msgs'
            steps += [
                self._install('ROS 2 Jazzy from PyPI wheels', 'ros-jazzy'),
                Step(
                    'vision_msgs',
                    'vision_msgs compiled',
                    digest(paths=[ros, source]),
                    self._build_interfaces,
                ),
            ]
        if self._core:
            steps.append(self._install('Libraries and tools', 'runtime', 'evaluate', 'dev'))
        else:
            files = ('runtime', 'evaluate', 'models', 'demo', 'dev')
            steps.append(self._install('Libraries, models, pictures and tools', *files))
        if self._train:
            steps.append(self._install('Ray', 'ray'))
            for name, title in (
                ('train', 'PyTorch and Accelerate'),
                ('hub', 'Transformers'),
            ):
                file = self._pins(name)
                install = partial(self._install_by_hand, file)
                steps.append(Step(name, title, digest(paths=[file]), install))
        described_by = ('setup.py', 'setup.cfg', 'package.xml', 'resource', 'config', 'launch')
        steps.append(
            Step(
                'package',
                'grounded_perception itself',
                digest(paths=[self._root / file for file in described_by]),
                lambda again: self._installer().install_editable(self._root),
            )
        )
        if not self._core:
            title = 'Models made ready for this machine'
            steps.append(Step('prepare', title, None, self._prepare))
        return steps

    def check_machine(self) -> None:
        """
        Check what the machine must have before anything is installed.

        :raises SetupError: if something is missing.
        """
        # Later, what is there already makes the need smaller; pip tells if the disk is full.
        if not self.own.is_dir():
            preflight.check_disk(self._root)
        if not self._core and not self._distro:
            preflight.check_platform()
            preflight.find_compiler()

    def _pins(self, name: str) -> Path:
        return self._root / 'requirements' / f'{name}.txt'

    def _installer(self) -> Installer:
        keep: frozenset[str] = frozenset()
        if self._distro:
            keep = distribution.own_packages(self._runner, environment.base_python())
        return Installer(self._runner, self._python, self.own, keep)

    def _install_by_hand(self, file: Path, again: bool) -> None:
        self._installer().install_unlocked(file)

    def _install(self, title: str, *names: str) -> Step:
        files = [self._pins(name) for name in names]
        return Step(
            names[0],
            title,
            digest(paths=files),
            lambda again: self._installer().install(*files, again=again),
        )

    def _make_environment(self, again: bool) -> None:
        environment.make(
            self._runner, self.folder, self.own, system_packages=self._distro is not None
        )
        self._installer().install(self._pins('build'))

    def _check_distribution(self, again: bool) -> None:
        distribution.check_interfaces(self._runner, self._python, self._distro or '')

    def _build_interfaces(self, again: bool) -> None:
        headers = preflight.python_headers() or fetch_headers(
            self._runner, preflight.python_name(), self.own / 'headers'
        )
        interfaces.build(
            self._runner,
            environment=self.folder,
            source=self._root / 'interfaces' / 'vision_msgs',
            headers=headers,
            compiler=preflight.find_compiler(),
            scratch=self.own / 'build',
        )

    def _prepare(self, again: bool) -> None:
        try:
            self._runner.run([self.folder / 'bin' / 'grounded-perception', 'prepare'])
        except CommandFailed as error:
            raise SetupError('The models could not be made ready.') from error
