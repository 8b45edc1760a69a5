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
"""More sentences out of few: what wraps one thing wraps others as well, and several of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grounded_perception.training.focusing.lines import Line, Span
import numpy as np

#: Share of the made sentences that mean several things, and most words of each of those.
_LISTS, _SHORT = 0.2, 5
#: What stands between the things of a list, the last two apart.
_JOINTS = ((', ', ' and '), (', ', ', and '), (' and ', ' and '), (', ', ' or '), (', ', ', '))


def mixed(lines: Sequence[Line], count: int, rng: np.random.Generator) -> Iterator[Line]:
    """
    Put descriptions of some sentences into others.

    :param lines: sentences; those with one description are mixed.
    :param count: how many to make.
    :param rng: draws.
    :returns: new sentences.
    """
    whole = [line for line in lines if len(line.inside) == 1]
    short = [line for line in whole if len(_description(line)[0].split()) <= _SHORT]
    for _ in range(count if whole else 0):
        around = whole[rng.integers(len(whole))]
        if short and rng.random() < _LISTS:
            several = [short[i] for i in rng.integers(0, len(short), rng.integers(2, 4))]
            said, names = _listed(several, _JOINTS[rng.integers(len(_JOINTS))])
        else:
            said, names = _description(whole[rng.integers(len(whole))])
        yield _filled(around, said, names)


def _description(line: Line) -> tuple[str, list[Span]]:
    """Return what describes the thing, and where in it the names are."""
    ((first, last),) = line.inside
    return line.text[first:last], [(a - first, b - first) for a, b in line.names]


def _listed(lines: Sequence[Line], joints: tuple[str, str]) -> tuple[str, list[Span]]:
    """Return several descriptions as one: "the cup, the fork and the plate"."""
    whole, names = '', []
    for n, line in enumerate(lines):
        if n:
            whole += joints[n == len(lines) - 1]
        said, own = _description(line)
        names += [(a + len(whole), b + len(whole)) for a, b in own]
        whole += said
    return whole, names


def _filled(around: Line, said: str, names: Sequence[Span]) -> Line:
    """Return a sentence with another description."""
    ((start, end),) = around.inside
    return Line(
        around.text[:start] + said + around.text[end:],
        ((start, start + len(said)),),
        tuple((a + start, b + start) for a, b in names),
    )
