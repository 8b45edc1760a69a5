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
"""More sentences out of few: what wraps one thing wraps others as well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from grounded_perception.training.focusing.lines import Line
import numpy as np


def mixed(lines: Sequence[Line], count: int, rng: np.random.Generator) -> Iterator[Line]:
    """
    Put the description of one sentence into another.

    :param lines: sentences; those with one description are mixed.
    :param count: how many to make.
    :param rng: draws.
    :returns: new sentences.
    """
    whole = [line for line in lines if len(line.inside) == 1]
    for around, within in rng.integers(0, max(len(whole), 1), (count if whole else 0, 2)):
        ((start, end),), ((first, last),) = whole[around].inside, whole[within].inside
        before, after = whole[around].text[:start], whole[around].text[end:]
        said, moved = whole[within].text[first:last], start - first
        yield Line(
            before + said + after,
            ((start, start + last - first),),
            tuple((a + moved, b + moved) for a, b in whole[within].names),
        )
