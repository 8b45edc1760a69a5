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
Two runs side by side: what became better, what became worse, and what may be chance.

The results have an interval of every figure but nothing frame by frame, so the interval of a
difference is put together from both: the square roots of the summed squares of the halves that
face each other (Zou and Donner, "Construction of confidence limits about effect measures", 2008;
Newcombe's hybrid). It takes the runs as independent. Of the same frames both mostly find the same
ones hard, and the true interval is then narrower: more is significant than is called so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
import math
from typing import Any

from grounded_perception.errors import TruthError
from grounded_perception.evaluation.report.figures import Figure, figures
from grounded_perception.evaluation.report.rendering import check
from grounded_perception.evaluation.report.tables import value_at
from grounded_perception.evaluation.report.texts import NOTHING, term
from grounded_perception.evaluation.results import Json, Measure

#: What the intervals of differences are, in one sentence for tables.
METHOD = (
    'Intervals of differences add the half widths of both runs in quadrature, as if the runs '
    'were independent; where both find the same frames hard, they are wider than they need be.'
)
#: Most that two numbers may differ by and count as the same.
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Delta:
    """
    One figure in both runs.

    :param number: its place among the figures of the results, from 0.
    :param path: where it stands in the results' metrics, dotted.
    :param figure: what it is.
    :param before: in A; its value is not a number where A has none.
    :param after: in B.
    :param low: lower end of the 95 % interval of ``after - before``; not a number where either
        run has no interval.
    :param high: upper end.
    """

    number: int
    path: str
    figure: Figure
    before: Measure
    after: Measure
    low: float
    high: float

    @property
    def value(self) -> float:
        """Return after minus before; not a number where either is none."""
        return self.after.value - self.before.value

    @property
    def gain(self) -> float:
        """Return the change, above 0 where it is for the better; 0 where neither is better."""
        sign = {'higher': 1, 'lower': -1}.get(term(self.figure.definition).better, 0)
        return sign * self.value

    @property
    def share(self) -> float:
        """Return the gain relative to before; infinite where that was 0 and no longer is."""
        if self.before.value:
            return self.gain / abs(self.before.value)
        return math.copysign(math.inf, self.gain) if self.gain else 0.0

    @property
    def is_significant(self) -> bool | None:
        """Tell whether the interval leaves out 0; None where there is no interval."""
        return None if math.isnan(self.low) else self.low > 0 or self.high < 0

    @property
    def verdict(self) -> str:
        """Return ``'better'``, ``'worse'``, ``'same'``, ``'gone'``, ``'new'`` or ``'changed'``."""
        if math.isnan(self.after.value):
            return 'gone'
        if math.isnan(self.before.value):
            return 'new'
        if abs(self.value) <= _ROUNDING:
            return 'same'
        return 'better' if self.gain > 0 else 'worse' if self.gain < 0 else 'changed'


@dataclass(frozen=True)
class Comparison:
    """
    Run B against run A.

    :param names: of A and B.
    :param deltas: every figure that either has, regressions first, the greatest first of all.
    :param warnings: why the runs cannot be compared; empty where they can.
    :param changed: setting, version or model that differs, with A's and B's.
    """

    names: tuple[str, str]
    deltas: tuple[Delta, ...]
    warnings: tuple[str, ...]
    changed: tuple[tuple[str, str, str], ...]

    def regressions(self, tolerance: float, slower: float = math.inf) -> list[Delta]:
        """
        List the figures by which a gate would stop B.

        A drop counts whether or not it may be chance: the same frames through the same program
        give the same figures, so it is no noise of the measurement. Only figures about the whole
        count, not those of a class, a kind or a stage. A figure that only A has counts.

        :param tolerance: most that a share (AP, accuracy, MOTA, ...) may lose, such as 0.01.
        :param slower: most that times, rates and drops may lose, as a share of A's, such as 0.2;
            infinite = speed is not judged, for it changes with the machine.
        :returns: what is worse by more than that, the worst first.
        :raises TruthError: when the runs are not comparable: a gate must not pass by mistake.
        """
        if self.warnings:
            raise TruthError(
                f'{self.names[0]} and {self.names[1]} cannot be compared: '
                f'{" ".join(self.warnings)} Evaluate both on the same recordings and truth.'
            )
        return [each for each in self.deltas if _stops(each, tolerance, slower)]

    def is_regression(self, tolerance: float, slower: float = math.inf) -> bool:
        """Tell whether :meth:`regressions` lists anything."""
        return bool(self.regressions(tolerance, slower))


def compare(a: Json, b: Json, names: tuple[str, str] = ('A', 'B')) -> Comparison:
    """
    Compare two runs.

    :param a: results before.
    :param b: results after.
    :param names: what they are called.
    :returns: every figure of both.
    :raises TruthError: when either is no results of an evaluation.
    """
    check(a)
    check(b)
    try:
        before, after = dict(figures(a['metrics'])), dict(figures(b['metrics']))
        deltas = [
            _delta(n, path, before.get(path), after.get(path))
            for n, path in enumerate(dict.fromkeys([*before, *after]))
        ]
        known = (each for each in deltas if each is not None)
        return Comparison(
            names,
            tuple(sorted(known, key=_urgency)),
            tuple(_warnings(a, b)),
            tuple(_changed(a, b)),
        )
    except (TypeError, AttributeError, LookupError) as exc:
        raise TruthError(f'The results are not as their schema has them: {exc!r}') from exc


def compare_many(
    base: Json, others: Sequence[Json], names: Sequence[str] = ()
) -> tuple[Comparison, ...]:
    """
    Compare several runs with one.

    :param base: results that the others are measured by.
    :param others: results.
    :param names: of the base and of each other, in order; empty = A, B, C, ...
    :returns: a comparison for each other run.
    :raises TruthError: when any of them is no results of an evaluation.
    """
    called = [*names] or [chr(ord('A') + n % 26) * (n // 26 + 1) for n in range(len(others) + 1)]
    return tuple(
        compare(base, other, (called[0], name))
        for other, name in zip(others, called[1:], strict=True)
    )


def _delta(number: int, path: str, before: Figure | None, after: Figure | None) -> Delta | None:
    """Subtract; None where neither run has a number."""
    figure = before or after
    assert figure is not None
    a = before.measure if before else Measure(math.nan)
    b = after.measure if after else Measure(math.nan)
    if math.isnan(a.value) and math.isnan(b.value):
        return None
    change = b.value - a.value
    low = change - math.hypot(b.value - b.low, a.high - a.value)
    high = change + math.hypot(b.high - b.value, a.value - a.low)
    return Delta(number, path, figure, a, b, low, high)


def _urgency(each: Delta) -> tuple[int, bool, bool, float]:
    rank = ('gone', 'worse', 'better', 'changed', 'new', 'same').index(each.verdict)
    size = abs(each.share)
    return rank, bool(each.figure.of), not each.is_significant, -size if size == size else 0.0


def _stops(each: Delta, tolerance: float, slower: float) -> bool:
    if each.figure.of or each.figure.kind == 'count':
        return False
    is_speed = each.figure.kind == 'speed'
    if each.verdict == 'gone':
        return not is_speed or math.isfinite(slower)
    if each.verdict != 'worse':
        return False
    return -each.share > slower if is_speed else -each.gain > tolerance + _ROUNDING


def _warnings(a: Json, b: Json) -> Iterator[str]:
    """Yield what must be the same and is not."""
    truths = [value_at(one, 'truth.digest') for one in (a, b)]
    if truths[0] != truths[1]:
        yield 'The truths differ.'
    elif any(one.get('truth') and not truths[0] for one in (a, b)):
        yield 'The truths have no digest: whether they are the same is not known.'
    recordings = [
        sorted(str(each.get('digest')) for each in one.get('recordings') or ()) for one in (a, b)
    ]
    if recordings[0] != recordings[1]:
        yield 'The recordings differ.'
    elif 'None' in recordings[0]:
        yield 'Recordings have no digest: whether they are the same is not known.'
    ious = [value_at(one['metrics'], 'detection.at_threshold.iou') for one in (a, b)]
    if None not in ious and ious[0] != ious[1]:
        yield f'Boxes were matched from IoU {ious[0]} and {ious[1]}.'
    if not (a['metrics'].get('realtime') or b['metrics'].get('realtime')):
        counts = [sum(r.get('answered') or 0 for r in x.get('recordings') or ()) for x in (a, b)]
        if counts[0] != counts[1]:
            yield f'{counts[0]} and {counts[1]} images were answered.'


def _changed(a: Json, b: Json) -> Iterator[tuple[str, str, str]]:
    parts = ('package', 'seed', 'settings', 'options', 'versions', 'models', 'environment')
    old = {k: v for part in parts for k, v in _flat(part, a.get(part))}
    new = {k: v for part in parts for k, v in _flat(part, b.get(part))}
    for key in dict.fromkeys([*old, *new]):
        if old.get(key) != new.get(key):
            yield key, str(old.get(key, NOTHING)), str(new.get(key, NOTHING))


def _flat(path: str, given: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(given, dict):
        for key, value in given.items():
            yield from _flat(f'{path}.{key}', value)
    else:
        yield path, given
