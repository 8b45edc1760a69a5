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


"""The figures of a run that can be compared with another run's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
import math
from typing import Any

from grounded_perception.evaluation.report.tables import value_at
from grounded_perception.evaluation.report.texts import is_number
from grounded_perception.evaluation.results import Json, Measure

#: Groups of figures about the whole.
_WHOLE = (
    'detection.summary',
    'detection.at_threshold',
    'grounding.summary',
    'calibration',
    'latency.total',
    'latency',
    'realtime',
    'realtime.age_ms',
    'realtime.streaming',
    'tracking',
)
#: What was chosen, or only says how much there was.
_NO_FIGURES = frozenset({
    'threshold', 'iou', 'tp', 'fp', 'fn', 'count', 'rate', 'answered', 'dropped', 'truths',
    'detections', 'mean',
})  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """
    One figure of a run.

    :param definition: path of its definition.
    :param of: class, kind or stage that it is about; empty where about the whole.
    :param kind: ``'share'``, ``'count'``, or ``'speed'`` for what changes with the machine.
    :param measure: the number.
    """

    definition: str
    of: str
    kind: str
    measure: Measure


def figures(metrics: Json) -> Iterator[tuple[str, Figure]]:
    """
    Find everything that runs are compared by.

    :param metrics: the results' part of that name.
    :returns: dotted path and figure.
    """
    for group in _WHOLE:
        for name, given in _numbers(value_at(metrics, group)):
            path = f'{group}.{name}'
            yield path, Figure(path, '', _kind(path, given), _measure(given))
    for name, given in _numbers(value_at(metrics, 'grounding.by_kind')):
        path = 'grounding.by_kind'
        yield f'{path}.{name}', Figure(path, name, _kind(path, given), _measure(given))
    for group in ('detection.per_class', 'latency.stages'):
        for of, own in (value_at(metrics, group) or {}).items():
            for name, given in _numbers(own):
                path = f'{group}.{name}'
                figure = Figure(path, of, _kind(path, given), _measure(given))
                yield f'{group}.{of}.{name}', figure


def _numbers(group: Json | None) -> Iterator[tuple[str, Any]]:
    """Yield measures and bare numbers, but what was chosen or merely counted."""
    for name, given in (group or {}).items():
        is_one = 'value' in given if isinstance(given, dict) else not isinstance(given, str | list)
        if is_one and name not in _NO_FIGURES:
            yield name, given


def _kind(path: str, given: Any) -> str:
    if path.partition('.')[0] in ('latency', 'realtime'):
        return 'speed'
    return 'share' if isinstance(given, dict) else 'count'


def _measure(given: Any) -> Measure:
    if isinstance(given, dict):
        return Measure.from_json(given)
    return Measure(float(given) if is_number(given) else math.nan)
