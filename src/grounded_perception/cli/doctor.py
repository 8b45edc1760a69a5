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

"""Look over this machine and say what is well, what is not, and what to do about it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from grounded_perception.cli.arguments import add_detector_arguments

if TYPE_CHECKING:
    from grounded_perception.cli.checks import Finding
    from grounded_perception.cli.choices import Chosen

    Check = Callable[[], Iterable[Finding]]

SUMMARY = 'check this machine and say what to mend'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare the verb's arguments.

    :param parser: the verb's.
    """
    parser.add_argument(
        '--graph', action='store_true', help='listen also to the image topics of the running graph'
    )
    parser.add_argument('--json', action='store_true', help='one JSON object a line')
    group = parser.add_argument_group('what is to run')
    group.add_argument(
        '--params-file',
        type=Path,
        metavar='YAML',
        help="look also at what the node's parameter file names; what follows overrules it",
    )
    add_detector_arguments(group)
    for name in ('segmenter', 'classifier', 'assistant', 'pose-estimator'):
        group.add_argument(f'--{name}', metavar='NAME', help='see README, parameters')
    group.add_argument('--device', metavar='NAME', help='auto, cpu or cuda (default: auto)')


def run(args: argparse.Namespace) -> int:
    """
    Print one line for each finding, its fix below.

    :param args: parsed.
    :returns: 1 when something essential is broken.
    """
    from grounded_perception.cli.checks import Finding, Level

    # As the user set it: a check may add to the environment.
    environment = dict(os.environ)
    broken = 0

    def show(finding: Finding) -> None:
        nonlocal broken
        broken += finding.level is Level.FAIL
        level, name, text, fix = finding.level.value, finding.name, finding.text, finding.fix
        if args.json:
            print(json.dumps({'level': level, 'name': name, 'text': text, 'fix': fix}), flush=True)
            return
        print(f'{f"[{level}]":6} {name}: {text}', flush=True)
        if fix:
            print(f'       fix: {fix}', flush=True)

    for check in _checks(environment, args):
        try:
            for finding in check():
                show(finding)
        except Exception as exc:
            # A sick machine may break any check; the others must still be heard.
            show(Finding(Level.WARN, 'doctor', f'a check broke: {type(exc).__name__}: {exc}'))
    return 1 if broken else 0


def _checks(environment: dict[str, str], args: argparse.Namespace) -> Iterator[Check]:
    """Yield the checks, each giving findings."""
    from grounded_perception.cli import checks, ros_checks
    from grounded_perception.cli.graph import look

    # What the settings name cannot be read before the libraries are known to be there.
    wanted: list[Chosen] = []
    yield lambda: [checks.python_version()]
    yield lambda: map(checks.library, checks.LIBRARIES)
    yield lambda: [checks.processor()]
    yield lambda: _chosen(args, wanted)
    yield lambda: [checks.inference_devices(wanted[0].settings.precision if wanted else 'auto')]
    yield lambda: _checkpoints(wanted)
    yield lambda: [checks.cache()]
    yield _models
    yield lambda: [checks.shared_memory()]
    yield lambda: ros_checks.findings(environment)
    if args.graph:
        yield look


def _chosen(args: argparse.Namespace, wanted: list[Chosen]) -> Iterable[Finding]:
    """Read what the user has set; add it to ``wanted``."""
    from grounded_perception.cli import params_file
    from grounded_perception.cli.checks import Finding, Level
    from grounded_perception.cli.choices import chosen
    from grounded_perception.errors import SettingsError
    from grounded_perception.wire import topics

    values: dict[str, object] = {}
    if args.params_file:
        try:
            values = params_file.read(args.params_file, topics.NODE)
        except SettingsError as exc:
            yield Finding(Level.FAIL, 'params file', str(exc))
    named = ('detector', 'segmenter', 'classifier', 'assistant', 'pose_estimator', 'device')
    values |= {name: value for name in named if (value := getattr(args, name))}
    made = chosen(values, args.option)
    wanted.append(made)
    yield from made.findings


def _checkpoints(wanted: list[Chosen]) -> Iterable[Finding]:
    """Judge what the user has set."""
    from grounded_perception.cli import model_checks

    for one in wanted:
        yield from model_checks.device(one.settings)
        yield from model_checks.checkpoints(one)
    yield from model_checks.lying_around()


def _models() -> Iterable[Finding]:
    """Judge the embedded models; their files need numpy and OpenCV to be imported."""
    from grounded_perception.classifiers.imagenet import network
    from grounded_perception.cli.checks import model, packaged
    from grounded_perception.detectors import ssd
    from grounded_perception.language import minilm
    from grounded_perception.pose_estimators import blazepose

    yield from map(model, (ssd.SOURCE, minilm.SOURCE, network.SOURCE))
    yield packaged(blazepose.SOURCE, blazepose.check_weights)
