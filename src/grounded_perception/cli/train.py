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
Fit the fusion network to invented scenes, and to pictures of your own, and export it.

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

from grounded_perception.cli.arguments import add_detector_arguments

if TYPE_CHECKING:
    from grounded_perception.detectors.base import Detector
    from grounded_perception.fusion.tokens import Words
    from grounded_perception.training.options import RunOptions
    from grounded_perception.training.run import Report
    from grounded_perception.training.tuning.own import OwnPictures

SUMMARY = 'fit the fusion network to invented scenes, and to pictures of your own; export it'

#: What ``--smoke`` puts in the place of options that were not given.
_SMOKE = {
    'scenes': 600, 'sentences': 8, 'epochs': 12, 'batch': 16, 'width': 48, 'layers': 2,
}  # fmt: skip
_SIZE = ('width', 'layers')
#: The same where a fit begins with weights: enough to remember, and small steps.
_TUNING = {'scenes': 2000, 'epochs': 5, 'learning_rate': 3e-4}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare the verb's arguments.

    :param parser: the verb's.
    """
    from grounded_perception.training.fitting.options import FitOptions, PRECISIONS
    from grounded_perception.training.options import RunOptions

    parser.add_argument('--out', type=Path, required=True, help='folder for all that it leaves')
    for default, name, text in (
        (RunOptions.scenes, 'scenes', 'scenes to learn from'),
        (RunOptions.sentences, 'sentences', 'sentences about each scene, at most'),
        (FitOptions.epochs, 'epochs', 'how often each scene is seen'),
        (FitOptions.batch, 'batch', 'scenes in a step'),
        (FitOptions.learning_rate, 'learning_rate', 'length of the steps, at its highest'),
        (RunOptions.width, 'width', "width of the network's tokens"),
        (RunOptions.layers, 'layers', 'layers of the network'),
    ):
        tuning = f'; with --start {_TUNING[name]}' if name in _TUNING else ''
        usual = 'as that which ships' if default is None else default
        parser.add_argument(
            f'--{name.replace("_", "-")}',
            type=float if isinstance(default, float) else int,
            metavar='X' if isinstance(default, float) else 'N',
            help=f'{text} (default: {usual}{tuning})',
        )
    parser.add_argument(
        '--seed', type=int, default=FitOptions.seed, metavar='N', help='of everything drawn'
    )
    parser.add_argument(
        '--workers',
        type=int,
        default=len(os.sched_getaffinity(0)),
        metavar='N',
        help='processes that invent scenes (default: one for each core)',
    )
    parser.add_argument(
        '--precision',
        choices=PRECISIONS,
        default=FitOptions.precision,
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
        help='measure these weights (exported, or a checkpoint) on what is held out; no fit',
    )
    own = parser.add_argument_group('weights to begin with, and pictures of your own')
    own.add_argument(
        '--start',
        metavar='WEIGHTS',
        help="begin with these: 'trained' (those that ship), a folder that train wrote, or a "
        'safetensors file; the network is then of their size',
    )
    own.add_argument(
        '--annotations',
        type=Path,
        metavar='JSON',
        help="sentences about pictures: RefCOCO's form or this project's, .json or .jsonl",
    )
    own.add_argument(
        '--images', type=Path, metavar='DIR', help='folder of the pictures (default: of the JSON)'
    )
    own.add_argument(
        '--instances',
        type=Path,
        metavar='JSON',
        help="COCO's boxes, where the sentences have none",
    )
    own.add_argument('--split', metavar='NAME', help='only sentences of this split (default: all)')
    add_detector_arguments(own)
    parser.set_defaults(refuse=parser.error)


def run(args: argparse.Namespace) -> int:
    """
    Fit and export, or only measure; print a table.

    :param args: parsed.
    :returns: 0.
    :raises PerceptionError: when a library or a file is missing, or the fit fails.
    """
    if args.annotations is None:
        for name in ('images', 'instances', 'split', 'detector', 'option'):
            if getattr(args, name):
                args.refuse(f'--{name} says how --annotations are read: give those too')

    from grounded_perception.training.run import evaluate, run_training

    options = options_of(args)
    if args.evaluate_only:
        _print(evaluate(args.evaluate_only, options, say=_say))
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
    from grounded_perception.training.options import RunOptions

    usual = {**(_TUNING if args.start else {}), **(_SMOKE if args.smoke else {})}
    if args.start:  # weights to begin with bring their size
        usual = {name: value for name, value in usual.items() if name not in _SIZE}

    def numbers(*names: str) -> dict[str, Any]:
        given = {name: getattr(args, name) for name in names}
        named = {n: usual.get(n) if value is None else value for n, value in given.items()}
        return {name: value for name, value in named.items() if value is not None}

    fit = FitOptions(
        **numbers('epochs', 'batch', 'learning_rate'),
        precision=args.precision,
        seed=args.seed,
        resume=args.resume,
    )
    return RunOptions(
        out=args.out,
        **numbers('scenes', 'sentences', *_SIZE),
        workers=args.workers,
        perfect=args.smoke,
        fit=fit,
        command=shlex.join(['grounded-perception', *sys.argv[1:]]),
        start=args.start or '',
        own=_own(args) if args.annotations else None,
    )


def _own(args: argparse.Namespace) -> OwnPictures:
    """Say where one's own pictures are, and how to look at them as the node would."""
    from grounded_perception import assembly
    from grounded_perception.cli import loading
    from grounded_perception.settings import Settings
    from grounded_perception.training.tuning.own import OwnPictures

    settings = Settings(**({'detector': args.detector} if args.detector else {}))

    def eyes() -> tuple[Detector, Words]:
        detector = loading.load_detector(settings, args.option)
        return detector, assembly.load_words(settings, detector)

    images = args.images or args.annotations.parent
    return OwnPictures(args.annotations, images, eyes, args.instances, args.split or '')


def _say(text: str) -> None:
    # Beside the table on stdout, which a script may read.
    print(text if text.endswith('.') else f'{text} …', file=sys.stderr, flush=True)


def _print(report: Report) -> None:
    from grounded_perception.training.shipping.card import shares

    for name, share in shares(report.metrics):
        print(f'{name:28} {share.accuracy:7.4f} {share.right:6}/{share.count}')
    print(f'{"negative log likelihood":28} {report.metrics.nll:7.4f}')
    print(f'{"calibration error":28} {report.error:7.4f}')
    print(f'{"temperature":28} {report.temperature:7.4f}')
    if report.compared:
        print(f'{"your held-out sentences":28} {"before":>7} {"after":>7}')
    for name, before, after in report.compared:
        first = f'{before.accuracy:7.4f}' if before else f'{"-":>7}'
        print(f'{name:28} {first} {after.accuracy:7.4f} {after.count:6}')
