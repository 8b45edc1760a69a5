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


"""Comparisons for people: a table for a terminal, and a page."""

from __future__ import annotations

from collections.abc import Sequence
import math
from pathlib import Path

from grounded_perception.evaluation.report import rendering
from grounded_perception.evaluation.report.compare import Comparison, Delta, METHOD
from grounded_perception.evaluation.report.figures import Figure
from grounded_perception.evaluation.report.texts import NOTHING, number, signed, term
from grounded_perception.evaluation.results import Measure

_NAME = 'compare.html'
_HEADS = ('figure', 'A', 'B', 'B − A', '95 % interval', '')


def text(comparison: Comparison) -> str:
    """
    Write a comparison as a table for a terminal: regressions, improvements, what stayed.

    :param comparison: of two runs.
    :returns: lines; figures of classes, kinds and stages only where they changed.
    """
    a, b = comparison.names
    lines = [f'A = {a}', f'B = {b}']
    lines += [f'WARNING: {warning}' for warning in comparison.warnings]
    lines += [f'changed: {key}: {old} -> {new}' for key, old, new in comparison.changed]
    shown = [d for d in comparison.deltas if not d.figure.of or d.verdict != 'same']
    rows = [_HEADS, *(_row(each) for each in shown)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(_HEADS))]
    table = [
        '  '.join(
            cell.ljust(width) if i in (0, 5) else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return '\n'.join([*lines, '', *table, '', METHOD, '']) if shown else '\n'.join(lines) + '\n'


def write(comparisons: Sequence[Comparison], folder: Path) -> Path:
    """
    Write ``compare.html``: the runs side by side, and what changed in each.

    :param comparisons: of each run with the same first one, at least one.
    :param folder: where it goes.
    :returns: the file.
    :raises TruthError: when it cannot be written.
    :raises ModelMissing: when jinja2 is not installed.
    """
    tables = [{each.path: each for each in one.deltas} for one in comparisons]
    whole = [each for one in comparisons for each in one.deltas if not each.figure.of]
    order = dict.fromkeys(each.path for each in sorted(whole, key=lambda each: each.number))
    page = rendering.render(
        _NAME,
        {
            'comparisons': comparisons,
            'side_by_side': [(path, [table.get(path) for table in tables]) for path in order],
            'method': METHOD,
            'scale': _scale,
            'remark': remark,
            'unit_of': _unit,
            'as_json': Measure.to_json,
            'finite': lambda value: None if math.isnan(value) else value,
        },
    )
    return rendering.save(page, folder / _NAME)


def remark(each: Delta) -> str:
    """Say of a change what it is and whether it may be chance."""
    if each.verdict in ('same', 'gone', 'new', 'changed'):
        return each.verdict
    certain = {True: 'significant', False: 'may be chance', None: 'no interval'}
    return f'{each.verdict}, {certain[each.is_significant]}'


def _scale(deltas: Sequence[Delta], unit: str) -> float:
    """Return the end of a scale that holds every change in a unit, and its interval."""
    alike = [d for d in deltas if _unit(d.figure) == unit]
    ends = (abs(v) for d in alike for v in (d.value, d.low, d.high) if not math.isnan(v))
    return max(ends, default=0.0) or 1.0


def _unit(figure: Figure) -> str:
    return 'count' if figure.kind == 'count' else term(figure.definition).unit


def _row(each: Delta) -> tuple[str, ...]:
    unit = _unit(each.figure)
    low, high = signed(each.low, unit), signed(each.high, unit)
    return (
        each.path,
        number(each.before.value, unit),
        number(each.after.value, unit),
        signed(each.value, unit),
        f'{low} to {high}' if NOTHING not in (low, high) else NOTHING,
        remark(each),
    )
