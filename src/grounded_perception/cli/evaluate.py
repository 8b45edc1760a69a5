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
Replay recordings through the node's pipeline and measure the answers: bags in, scores out.

What was answered before is kept in the output folder: a run that was killed goes on where it was.
"""

from __future__ import annotations

import argparse
from pathlib import Path
import shlex
import sys
from typing import TYPE_CHECKING

from grounded_perception.cli.arguments import add_model_arguments
from grounded_perception.cli.planning import add_plan_arguments

if TYPE_CHECKING:
    from grounded_perception.evaluation.results import Json

SUMMARY = 'replay bags, folders or films and measure accuracy and speed'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare the verb's arguments.

    :param parser: the verb's.
    """
    add_plan_arguments(parser)
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('evaluation'),
        metavar='DIR',
        help='folder for results.json, report.html and bags (default: evaluation)',
    )
    parser.add_argument('--no-bag', action='store_true', help='write no bag with the answers')
    parser.add_argument(
        '--no-annotated', action='store_true', help='write no pictures into that bag: faster'
    )
    parser.add_argument(
        '--rate',
        type=float,
        default=0.0,
        metavar='X',
        help="tell, too, what would be at X times the recording's own pace",
    )
    parser.add_argument(
        '--drop',
        action='store_true',
        help='with --rate: a newer image replaces one that waits, as in the node; else they queue',
    )
    parser.add_argument(
        '--workers', type=int, default=1, metavar='N', help='processes (default: 1)'
    )
    parser.add_argument(
        '--stretch',
        type=int,
        default=200,
        metavar='N',
        help='images done at once: what a crash can lose, and what workers share out (default: '
        '200)',
    )
    parser.add_argument(
        '--ray',
        default='',
        metavar='ADDRESS',
        help='do the work on this Ray cluster (auto, ray://host:10001; local starts one); '
        'recordings must be under the same paths there',
    )
    parser.add_argument(
        '--answers',
        type=Path,
        metavar='BAG',
        help='measure what a running node answered, recorded in this bag (it may be RECORDING '
        'itself), in place of answering; --rate: at which it was played',
    )
    parser.add_argument(
        '--answers-node',
        default='',
        metavar='NAME',
        help='its full name (default: the only one in that bag)',
    )
    parser.add_argument(
        '--seed', type=int, default=0, metavar='N', help="of the intervals' draws (default: 0)"
    )
    parser.add_argument(
        '--fresh', action='store_true', help='do everything again, whatever is there already'
    )
    parser.add_argument('--json', action='store_true', help='print the metrics as JSON')
    add_model_arguments(parser)
    parser.set_defaults(refuse=parser.error)


def run(args: argparse.Namespace) -> int:
    """
    Evaluate, and print the headline figures.

    :param args: parsed.
    :returns: 0; 130 when interrupted: what is whole is measured and written all the same.
    :raises PerceptionError: when a model, a recording or the truth cannot be used.
    """
    if args.workers < 1:
        args.refuse(f'--workers must be at least 1, got {args.workers}')
    if args.stretch < 1:
        args.refuse(f'--stretch must be at least 1, got {args.stretch}')
    if args.drop and not args.rate:
        args.refuse('--drop needs --rate')
    if args.rate < 0:
        args.refuse(f'--rate must be above 0, got {args.rate:g}')
    if args.ray and args.workers > 1:
        args.refuse('--ray and --workers: the work is done in one way')
    if args.answers and (args.drop or args.ray or args.workers > 1 or args.command):
        args.refuse('--answers: the node has answered: no --command, --drop, --workers, --ray')
    if args.answers_node and not args.answers:
        args.refuse('--answers-node needs --answers')
    from dataclasses import replace

    from grounded_perception.cli.planning import plan_of
    from grounded_perception.cli.progress import Bar
    from grounded_perception.evaluation.evaluate import evaluate, Way
    from grounded_perception.evaluation.plan import AnswersBag

    given = AnswersBag(args.answers, args.answers_node) if args.answers else None
    plan = plan_of(args, bag=not (args.no_bag or given), annotated=not args.no_annotated)
    plan = replace(plan, stretch=args.stretch, answers=given)
    way = Way(
        workers=args.workers,
        ray=args.ray,
        rate=args.rate,
        drop=args.drop,
        seed=args.seed,
        fresh=args.fresh,
        arguments=tuple(sys.argv[1:]),
    )
    with Bar() as bar:
        results = evaluate(plan, args.out, way, bar)
    _warn(results)
    if args.json:
        from grounded_perception.cli import answers

        print(answers.dumps(results['metrics']))
    else:
        _tell(results, args.out)
    return 130 if results['interrupted'] else 0


def _warn(results: Json) -> None:
    """Say what is wrong with recordings and truth, and that a result is not whole."""
    for recording in results['recordings']:
        for problem in recording['problems']:
            print(f'grounded-perception: {recording["path"]}: {problem}', file=sys.stderr)
    truth = results['truth']
    for problem in truth['problems'] if truth else ():
        print(f'grounded-perception: {problem}', file=sys.stderr)
    if results['interrupted']:
        print(
            'grounded-perception: interrupted: these are the figures of what is whole; the same '
            'command again goes on from here',
            file=sys.stderr,
        )


def _tell(results: Json, out: Path) -> None:
    """Print the headline figures and where the report is."""
    from grounded_perception.evaluation.report.summary import lines

    print(*lines(results), sep='\n')
    print(f'report: {shlex.quote(str(out / "report.html"))}')
