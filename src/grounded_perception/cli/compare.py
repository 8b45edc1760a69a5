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
Compare evaluations of the same recordings and truth: what became better, and what worse.

For gates: the exit code is 1 when a figure about the whole lost more than is tolerated.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grounded_perception.evaluation.report import Comparison, Delta
    from grounded_perception.evaluation.results import Json

SUMMARY = 'compare evaluations; exit code 1 when something became worse'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """
    Declare the verb's arguments.

    :param parser: the verb's.
    """
    parser.add_argument(
        'base', type=Path, metavar='BASE', help='folder that evaluate wrote, or its results.json'
    )
    parser.add_argument(
        'others', type=Path, nargs='+', metavar='OTHER', help='the same, to be measured by BASE'
    )
    parser.add_argument(
        '--tolerance',
        type=float,
        default=0.01,
        metavar='X',
        help='most that a share (AP, accuracy, ...) may lose (default: 0.01)',
    )
    parser.add_argument(
        '--slower',
        type=float,
        default=math.inf,
        metavar='X',
        help="most that times and rates may lose, as a share of BASE's, such as 0.2 (default: "
        'speed is not judged, for it changes with the machine)',
    )
    parser.add_argument('--out', type=Path, metavar='DIR', help='write compare.html there')
    parser.add_argument('--json', action='store_true', help='print one JSON object')
    parser.set_defaults(refuse=parser.error)


def run(args: argparse.Namespace) -> int:
    """
    Compare, and print tables, regressions first.

    :param args: parsed.
    :returns: 0; 1 when any of the others regressed.
    :raises TruthError: when one is no evaluation, or they are of different data.
    """
    for name in ('tolerance', 'slower'):
        if not getattr(args, name) >= 0:
            args.refuse(f'--{name} must be at least 0, got {getattr(args, name):g}')
    from grounded_perception.evaluation.report import compare_many, comparison
    from grounded_perception.evaluation.tuning.finished import read_results

    paths = [args.base, *args.others]
    base, *others = (read_results(path) for path in paths)
    compared = compare_many(base, others, [str(path) for path in paths])
    regressions = [one.regressions(args.tolerance, args.slower) for one in compared]
    if args.out:
        _make(args.out)
        page = comparison.write(compared, args.out)
    if args.json:
        from grounded_perception.cli import answers

        told = [_json(*both) for both in zip(compared, regressions, strict=True)]
        print(answers.dumps({'base': str(args.base), 'others': told}))
    else:
        for one, worse in zip(compared, regressions, strict=True):
            print(comparison.text(one))
            print(_verdict(worse, one.names[1]))
        if args.out:
            print(f'page: {shlex.quote(str(page))}')
    return int(any(regressions))


def _make(folder: Path) -> None:
    from grounded_perception.errors import TruthError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise TruthError(f'{folder} cannot be made: {exc.strerror or exc}') from exc


def _verdict(worse: Sequence[Delta], name: str) -> str:
    if not worse:
        return f'{name}: no regression'
    return f'{name}: regressed: {", ".join(each.path for each in worse)}'


def _json(one: Comparison, worse: Sequence[Delta]) -> Json:
    return {
        'name': one.names[1],
        'regressions': [each.path for each in worse],
        'changed': [{'key': key, 'base': a, 'other': b} for key, a, b in one.changed],
        'figures': [
            {
                'figure': each.path,
                'base': each.before.to_json(),
                'other': each.after.to_json(),
                'delta': _number(each.value),
                'low': _number(each.low),
                'high': _number(each.high),
                'verdict': each.verdict,
                'significant': each.is_significant,
            }
            for each in one.deltas
        ],
    }


def _number(value: float) -> float | None:
    return None if math.isnan(value) else value
