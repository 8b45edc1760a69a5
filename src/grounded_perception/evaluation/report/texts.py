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

"""Numbers as people read them, and what each of them means."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
import math
import re
from typing import Any, TypeGuard

from grounded_perception.evaluation.metrics.definitions import DEFINITIONS
from grounded_perception.evaluation.results import Json

#: Stands where there is no number.
NOTHING = '–'
MINUS = '−'
#: Names that folders of images have everywhere.
_SAY_NOTHING = frozenset({'images', 'image', 'img', 'img1', 'frames', 'rgb', 'data'})


@dataclass(frozen=True)
class Term:
    """
    A metric and what it means.

    :param path: where it stands in the results, dotted.
    :param title: its name.
    :param text: its definition; empty where none is written.
    :param unit: ``'ms'``, ``'Hz'``, ...; empty for shares and counts.
    :param better: ``'higher'``, ``'lower'`` or ``''``.
    """

    path: str
    title: str
    text: str
    unit: str
    better: str

    @property
    def group(self) -> str:
        """Name the part of the results that it stands in."""
        return self.path.rpartition('.')[0].replace('.', ', ').replace('_', ' ')

    @property
    def anchor(self) -> str:
        """Name of its place in the glossary."""
        return 'd-' + re.sub(r'[^A-Za-z0-9]+', '-', self.path)


def term(path: str) -> Term:
    """
    Look a metric up.

    :param path: of its definition, such as ``'detection.summary.AP'``.
    :returns: the term; titled by the last part of its path where nothing is written about it.
    """
    known = DEFINITIONS.get(path)
    if known is None:
        return Term(path, path.rpartition('.')[2], '', '', '')
    return Term(path, known.title, known.text, known.unit, known.better)


def number(value: Any, unit: str = '') -> str:
    """
    Write a number.

    :param value: int for counts, float, or None.
    :param unit: times and rates have fewer digits behind the point than shares.
    :returns: such as ``'1,204'``, ``'0.512'`` or ``'34.1'``, without the unit.
    """
    if not is_number(value):
        return NOTHING
    if isinstance(value, int) or unit == 'count' or abs(value) >= 1e15:
        text = f'{value:,.0f}'
    elif unit in ('', 'share', 'ratio'):
        text = f'{value:.3f}'
    else:
        text = f'{value:,.{2 if abs(value) < 10 else 1 if abs(value) < 1000 else 0}f}'
    return text.replace('-', MINUS)


def signed(value: Any, unit: str = '') -> str:
    """Write a number with its sign, also when it is positive."""
    text = number(value, unit)
    return f'+{text}' if is_number(value) and value > 0 else text


def interval(measure: Json | None, unit: str = '') -> str:
    """
    Write an interval.

    :param measure: with ``low`` and ``high``.
    :param unit: as in :func:`number`.
    :returns: such as ``'0.480–0.550'``; empty where it was not estimated.
    """
    low, high = (measure or {}).get('low'), (measure or {}).get('high')
    if not (is_number(low) and is_number(high)):
        return ''
    between = ' to ' if low < 0 else NOTHING
    return f'{number(low, unit)}{between}{number(high, unit)}'


def is_number(value: Any) -> TypeGuard[float]:
    """Tell whether there is a number to show."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def amount(value: Any) -> int | None:
    """Return a count that may be given as the list of what is counted."""
    if isinstance(value, list | tuple | dict):
        return len(value)
    return int(value) if is_number(value) else None


def when(text: Any) -> str:
    """Write an ISO time for people; what is none as it came."""
    try:
        moment = datetime.fromisoformat(str(text).replace('Z', '+00:00'))
    except ValueError:
        return str(text)
    zone = f' {moment.tzname()}' if moment.tzinfo else ''
    return f'{moment.day} {moment:%B %Y, %H:%M}{zone}'


def base_name(path: Any) -> str:
    """Return the last part of a path; the last two where that one says nothing."""
    above, _, name = str(path).rstrip('/').rpartition('/')
    if name in _SAY_NOTHING and above.rpartition('/')[2]:
        return f'{above.rpartition("/")[2]}/{name}'
    return name or str(path)
