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

"""
Fit the fusion network to invented scenes and export it.

Several processes share the work when it is started by Accelerate:
``accelerate launch --cpu --num_processes 2 -m grounded_perception train --out DIR``.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
import shlex
import sys
from typing import Any, TYPE_CHECKING

if TYPE_CHECKING:
    from grounded_perception.training.run import Report, RunOptions

SUMMARY = 'fit the fusion network to invented scenes and export it'

#: What ``--smoke`` puts in the place of options that were not given.
_SMOKE = {
    'scenes': 600, 'sentences': 8, 'epochs': 12, 'batch': 16, 'width': 48, 'layers': 2,
}  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare the verb's arguments.

    :param parser: the verb's.
    """
    parser.add_argument('--out', type=Path, required=True, help='folder for all that it leaves')
    for name, default, text in (
        ('scenes', 20000, 'scenes to learn from'),
        ('sentences', 8, 'sentences about each scene, at most'),
        ('epochs', 10, 'how often each scene is seen'),
        ('batch', 64, 'scenes in a step'),
        ('width', 96, "width of the network's tokens"),
        ('layers', 2, 'layers of the network'),
    ):
        parser.add_argument(
            f'--{name}', type=int, metavar='N', help=f'{text} (default: {default})'
        )
        parser.set_defaults(**{f'{name}_default': default})
    parser.add_argument('--seed', type=int, default=0, metavar='N', help='of everything drawn')
    parser.add_argument(
        '--workers',
        type=int,
        default=len(os.sched_getaffinity(0)),
        metavar='N',
        help='processes that invent scenes (default: one for each core)',
    )
    parser.add_argument(
        '--precision',
        choices=('no', 'bf16', 'fp16'),
        default='no',
        help='arithmetic of the fit; no = float32 (default: %(default)s)',
    )
    parser.add_argument(
        '--resume', action='store_true', help="go on from the folder's checkpoint, if it has one"
    )
    parser.add_argument(
        '--smoke',
        action='store_true',
        help='a run of two minutes on scenes that are seen as they are, to see that it learns',
    )
    parser.add_argument(
        '--evaluate-only',
        type=Path,
        metavar='FILE',
        help='measure these weights (exported, or a checkpoint) on the held-out scenes; no fit',
    )


def run(args: argparse.Namespace) -> int:
    """
    Fit and export, or only measure; print a table.

    :param args: parsed.
    :returns: 0.
    :raises PerceptionError: when a library is missing or the fit fails.
    """
    from grounded_perception.training.run import evaluate, run_training

    options = options_of(args)
    if args.evaluate_only:
        _print(evaluate(args.evaluate_only, options))
        return 0
    report = run_training(options, say=_say)
    if report.chief:
        _print(report)
        print(f'model: {options.out / "model"}')
    return 0


def options_of(args: argparse.Namespace) -> RunOptions:
    """
    Turn arguments into the options of a run.

    :param args: parsed.
    :returns: options.
    :raises SettingsError: when one has a value that it must not have.
    """
    from grounded_perception.training.fitting.options import FitOptions
    from grounded_perception.training.run import RunOptions

    def number(name: str) -> int:
        given: Any = getattr(args, name)
        if given is None:
            given = _SMOKE[name] if args.smoke else getattr(args, f'{name}_default')
        return int(given)

    fit = FitOptions(
        epochs=number('epochs'),
        batch=number('batch'),
        precision=args.precision,
        seed=args.seed,
        resume=args.resume,
    )
    return RunOptions(
        out=args.out,
        scenes=number('scenes'),
        sentences=number('sentences'),
        workers=args.workers,
        width=number('width'),
        layers=number('layers'),
        perfect=args.smoke,
        fit=fit,
        command=shlex.join(['grounded-perception', *sys.argv[1:]]),
    )


def _say(text: str) -> None:
    # Beside the table on stdout, which a script may read.
    print(f'{text} …', file=sys.stderr, flush=True)


def _print(report: Report) -> None:
    from grounded_perception.training.shipping.card import shares

    for name, share in shares(report.metrics):
        print(f'{name:28} {share.accuracy:7.4f} {share.right:6}/{share.count}')
    print(f'{"negative log likelihood":28} {report.metrics.nll:7.4f}')
    print(f'{"calibration error":28} {report.error:7.4f}')
    print(f'{"temperature":28} {report.temperature:7.4f}')
