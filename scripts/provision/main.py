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

"""Goes through the steps: says what it does, skips what is done, fails in one sentence."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
import fcntl
import os
from pathlib import Path
import sys
from typing import TextIO

from provision import distribution, interpreter
from provision.commands import CommandFailed, Runner
from provision.errors import SetupError
from provision.progress import Progress
from provision.stamps import Stamps
from provision.steps import Plan, Step

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def alone(folder: Path, out: TextIO) -> Iterator[None]:
    """
    Let one set-up work in a clone at a time; the others wait.

    :param folder: the clone.
    :param out: where the waiting is announced.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            out.write('Another set-up is at work in this clone; waiting for it …\n')
            out.flush()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def go_through(plan: Plan, out: TextIO) -> None:
    """
    Do all steps that are due.

    :param plan: the steps.
    :param out: where the progress goes.
    :raises SetupError: when one fails.
    """
    stamps = Stamps(plan.own)
    steps = plan.steps()
    if all(step.key is None or stamps.done(step.name, step.key) for step in steps):
        for step in steps:
            if step.key is None:
                step.work(False)
        out.write(f'Set-up in {plan.folder.name} … ready\n')
        return
    progress = Progress(len(steps) + 1, out)
    version = '{}.{}'.format(*sys.version_info[:2])
    with reporting(progress, f'Python {version}, compiler, disk'):
        plan.check_machine()
    for step in steps:
        if step.key is not None and stamps.done(step.name, step.key):
            progress.begin(step.title)
            progress.ready()
            continue
        with reporting(progress, step.title):
            perform(step, stamps)


@contextmanager
def reporting(progress: Progress, title: str) -> Iterator[None]:
    """
    Show one step's line, however the step ends.

    :param progress: writes the line.
    :param title: what the step does.
    """
    progress.begin(title)
    try:
        yield
    except BaseException:
        progress.broke()
        raise
    progress.took()


def perform(step: Step, stamps: Stamps) -> None:
    """
    Do one step and note that it is done.

    :param step: the step.
    :param stamps: where that is noted.
    """
    again = stamps.interrupted(step.name)
    if step.key is None:
        step.work(again)
        return
    if stamps.exists():
        stamps.begin(step.name)
    step.work(again)
    stamps.finish(step.name, step.key)


def last_lines(log: Path, count: int = 8, width: int = 160) -> str:
    """
    Quote the end of the log.

    :param log: the file.
    :param count: number of lines.
    :param width: characters of a line that are kept.
    """
    lines = [line for line in log.read_text(errors='replace').splitlines() if line.strip()]
    quoted = '\n'.join(f'  | {line[:width]}' for line in lines[-count:])
    return f'The last lines of {log.name}:\n{quoted}\n'


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Set up the clone that this file lies in.

    :param arguments: command line, without the program's name.
    :returns: exit status.
    """
    parser = argparse.ArgumentParser(description='Set up everything that make needs.')
    parser.add_argument(
        '--core', action='store_true', help='the environment without ROS, for the core tests'
    )
    parser.add_argument(
        '--train',
        action='store_true',
        help='also what fitting the network and checkpoints of others need',
    )
    options = parser.parse_args(arguments)
    log = ROOT / '.bootstrap.log'
    try:
        sourced = None if options.core else distribution.sourced(os.environ)
        other = interpreter.choose(probe='import rclpy' if sourced else '')
        if other:
            sys.stderr.write(f'Going on with {other}.\n')
            os.execvp(other, [other, *sys.argv])
        with alone(ROOT, sys.stdout):
            plan = Plan(ROOT, Runner(log), core=options.core, train=options.train)
            go_through(plan, sys.stdout)
    except SetupError as error:
        sys.stderr.write(f'make setup: {error}\n')
        if isinstance(error.__cause__, CommandFailed):
            sys.stderr.write(last_lines(log))
        return 1
    except KeyboardInterrupt:
        sys.stderr.write('make setup: interrupted; start it again to go on.\n')
        return 130
    return 0
