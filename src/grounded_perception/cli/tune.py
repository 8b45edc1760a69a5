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
Choose better thresholds from an evaluation and write them as a parameter file for the node.

Of each class, the score from which on it is published (best F1 at IoU .5, or the best recall
under a floor of precision); of commands, when the answer is ABSENT and when AMBIGUOUS. What does
not help on frames that it was not chosen on is left as it was.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grounded_perception.evaluation.tuning.tune import Outcome

SUMMARY = 'choose thresholds from an evaluation, for the node to load'
_TUNED = 'threshold', 'class_thresholds'
_LIMITS = 'absent_threshold', 'ambiguity_margin'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare the verb's arguments.

    :param parser: the verb's.
    """
    parser.add_argument(
        'evaluation', type=Path, metavar='DIR', help='folder that evaluate wrote (its --out)'
    )
    parser.add_argument(
        '--out',
        type=Path,
        default=Path('params.yaml'),
        metavar='YAML',
        help='parameter file to write (default: params.yaml)',
    )
    parser.add_argument(
        '--precision-floor',
        type=float,
        metavar='P',
        help='find as much as can be found with at least this precision (default: best F1)',
    )
    parser.add_argument(
        '--min-count',
        type=int,
        default=10,
        metavar='N',
        help='objects that a class needs for a threshold of its own (default: 10)',
    )
    parser.add_argument(
        '--balanced',
        action='store_true',
        help='FOUND, ABSENT and AMBIGUOUS weigh the same (default: every sentence does)',
    )
    parser.add_argument(
        '--truth',
        type=Path,
        action='append',
        default=[],
        metavar='PATH',
        help='where the truth (or the recording on whose topic it is) is now, if not where it '
        'was; it must be the same',
    )
    parser.add_argument(
        '--seed', type=int, default=0, metavar='N', help='of the cuts into parts (default: 0)'
    )
    parser.set_defaults(refuse=parser.error)


def run(args: argparse.Namespace) -> int:
    """
    Choose, tell and write.

    :param args: parsed.
    :returns: 0.
    :raises PerceptionError: when the evaluation or its truth cannot be used.
    """
    floor = args.precision_floor
    if floor is not None and not 0 < floor <= 1:
        args.refuse(f'--precision-floor must be above 0 and at most 1, got {floor:g}')
    if args.min_count < 1:
        args.refuse(f'--min-count must be at least 1, got {args.min_count}')
    if args.seed < 0:
        args.refuse(f'--seed must be at least 0, got {args.seed}')
    from grounded_perception.cli import tuned_file
    from grounded_perception.evaluation.tuning.aims import Aim
    from grounded_perception.evaluation.tuning.tune import lines, tune, Wish

    wish = Wish(Aim(floor), args.min_count, args.balanced, args.seed)
    outcome = tune(args.evaluation, wish, args.truth)
    table = list(lines(outcome))
    named = [*(_TUNED if outcome.boxes else ()), *(_LIMITS if outcome.limits else ())]
    comments = [*_origin(outcome), '', *table]
    options = outcome.evaluation.results['options']
    tuned_file.write(args.out, outcome.settings, options, named, comments)
    print(*table, sep='\n')
    print(f'parameters: {shlex.quote(str(args.out))}')
    return 0


def _origin(outcome: Outcome) -> Iterator[str]:
    """Say what the parameters were chosen from, when and how."""
    results, wish, truth = outcome.evaluation.results, outcome.wish, outcome.evaluation.truth
    now = datetime.now(timezone.utc).isoformat(timespec='seconds')
    yield f'Written by grounded-perception tune, {results["package"]}, {now}.'
    yield f'Evaluation: {outcome.evaluation.folder}, of {results["created"]}.'
    recordings = ', '.join(Path(each['path']).name for each in results['recordings'])
    yield f'Recordings: {recordings}.'
    yield f'Truth: {truth.path} (SHA-256 {truth.digest[:16]}...).'
    floor = wish.aim.precision
    aim = 'best F1' if floor is None else f'best recall with a precision of at least {floor:g}'
    yield f'Thresholds of classes: {aim}, at IoU 0.5; own ones from {wish.least} objects on.'
    if outcome.limits:
        equal = 'statuses' if wish.balanced else 'sentences'
        yield f'Limits of answers: most right answers, all {equal} alike. Which frames were looked'
        yield 'at closer was decided by the limits before; a run with the new ones may differ.'
