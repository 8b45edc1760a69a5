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
Which of several things a word like "left", "biggest", "second from the right" picks.

Each rule takes candidates and returns those that are picked: one when it is clear, several when
people would ask back, None when they would quarrel. Words of place compare the candidates first:
"the left cup" of three cups on the right is the leftmost of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from grounded_perception.training.speech.truth import Facts, FALSE, TRUE, Truth, UNCLEAR
import numpy as np
from numpy.typing import NDArray

#: A rule that picks among candidates.
Choice = Callable[[Facts, Sequence[int]], 'tuple[int, ...] | None']

#: A side is reached up to here, and surely left from there on, in shares of the image.
_SIDE, _BEYOND = 0.42, 0.52
_APART, _AHEAD, _STEP = 0.12, 0.07, 0.045

_DIRECTIONS: dict[str, tuple[float, float]] = {
    'left': (-1.0, 0.0),
    'right': (1.0, 0.0),
    'top': (0.0, -1.0),
    'bottom': (0.0, 1.0),
}
CORNERS: tuple[str, ...] = ('top left', 'top right', 'bottom left', 'bottom right')


def towards(facts: Facts, side: str) -> NDArray[np.float64]:
    """
    Measure how far things are from a border.

    :param facts: the scene.
    :param side: ``'left'``, ``'right'``, ``'top'`` or ``'bottom'``.
    :returns: 0 at that border, 1 at the opposite one.
    """
    along = facts.x if side in ('left', 'right') else facts.y
    return along if side in ('left', 'top') else np.asarray(1 - along)


def _ranked(values: NDArray[np.float64], among: Sequence[int]) -> list[int]:
    return sorted(among, key=lambda i: float(values[i]))


def lying(facts: Facts, side: str) -> Truth:
    """
    Tell which things lie on a side of the image, whatever else is there.

    :param facts: the scene.
    :param side: a border.
    :returns: levels.
    """
    far = towards(facts, side)
    levels = np.where(far < _SIDE, TRUE, np.where(far > _BEYOND, FALSE, UNCLEAR))
    return np.asarray(levels, np.uint8)


def on_side(side: str) -> Choice:
    """
    Return the rule of "on the left", "the left one".

    :param side: a border.
    :returns: the rule.
    """

    def choose(facts: Facts, among: Sequence[int]) -> tuple[int, ...] | None:
        far = towards(facts, side)
        order = _ranked(far, among)
        first = float(far[order[0]])
        if len(order) == 1:
            return tuple(order) if first < _SIDE else None
        if first > 0.85:
            return None
        there = [i for i in order if far[i] < _SIDE]
        is_clear = all(not _SIDE <= far[i] <= _BEYOND for i in order)
        if (len(there) == 1 and is_clear) or far[order[1]] - first >= _APART:
            return (order[0],)
        if len(there) > 1 and is_clear and far[order[1]] - first < _APART / 2:
            close = [i for i in there if far[i] - first < _APART / 2]
            return tuple(sorted(there)) if close == there else None
        return None

    return choose


def outermost(side: str) -> Choice:
    """
    Return the rule of "leftmost", "on the far left".

    :param side: a border.
    :returns: the rule.
    """

    def choose(facts: Facts, among: Sequence[int]) -> tuple[int, ...] | None:
        far = towards(facts, side)
        order = _ranked(far, among)
        if len(order) == 1:
            return tuple(order) if far[order[0]] < 0.3 else None
        return (order[0],) if far[order[1]] - far[order[0]] >= _AHEAD else None

    return choose


def in_corner(corner: str) -> Choice:
    """
    Return the rule of "top left", "in the bottom right corner".

    :param corner: one of :data:`CORNERS`.
    :returns: the rule.
    """
    up, across = corner.split()

    def choose(facts: Facts, among: Sequence[int]) -> tuple[int, ...] | None:
        down, aside = towards(facts, up), towards(facts, across)
        sum_of = down + aside
        order = _ranked(sum_of, among)
        best = order[0]
        if down[best] > 0.45 or aside[best] > 0.45:
            return None
        if len(order) > 1 and sum_of[order[1]] - sum_of[best] < 0.2:
            return None
        return (best,)

    return choose


def in_middle(facts: Facts, among: Sequence[int]) -> tuple[int, ...] | None:
    """
    Pick what is in the middle: of the image, and of the candidates where these are three or more.

    :param facts: the scene.
    :param among: candidates.
    :returns: what is picked, or None.
    """
    off = np.hypot(facts.x - 0.5, (facts.y - 0.5) / 2)
    order = _ranked(off, among)
    if off[order[0]] > 0.17 or (len(order) > 1 and off[order[1]] - off[order[0]] < 0.12):
        return None
    across = _ranked(facts.x, among)
    if len(across) > 2 and order[0] in (across[0], across[-1]):
        return None
    return (order[0],)


def by_size(which: str, measure: str = 'area') -> Choice:
    """
    Return the rule of "big", "the smallest", "taller".

    :param which: ``'large'`` or ``'small'``.
    :param measure: ``'area'`` or ``'height'``.
    :returns: the rule.
    """

    def choose(facts: Facts, among: Sequence[int]) -> tuple[int, ...] | None:
        values = facts.area if measure == 'area' else facts.sides[:, 1]
        order = _ranked(values, among)
        share = values[order[0]] / (facts.width * facts.height)
        if len(order) == 1:
            is_so = share > 0.12 if which == 'large' else share < 0.02
            return (order[0],) if is_so and measure == 'area' else None
        limit = 1.3 if measure == 'area' else 1.2
        if which == 'large':
            return (order[-1],) if values[order[-1]] >= limit * values[order[-2]] else None
        return (order[0],) if values[order[1]] >= limit * values[order[0]] else None

    return choose


def by_depth(which: str) -> Choice:
    """
    Return the rule of "closest", "in the background".

    :param which: ``'nearest'`` or ``'farthest'``.
    :returns: the rule; depth and looks (low and large is near) must agree.
    """
    sign = 1 if which == 'nearest' else -1

    def choose(facts: Facts, among: Sequence[int]) -> tuple[int, ...] | None:
        if len(among) < 2:
            return None
        order = _ranked(sign * facts.depth, among)
        ratio = float(facts.depth[order[1]] / max(facts.depth[order[0]], 1e-6))
        looks = _ranked(-sign * facts.nearness, among)
        if ratio**sign < 1.15 or looks[0] != order[0]:
            return None
        is_seen = abs(facts.nearness[looks[0]] - facts.nearness[looks[1]]) > 0.03
        return (order[0],) if is_seen else None

    return choose


def nth(number: int, side: str) -> Choice:
    """
    Return the rule of "second from the left".

    :param number: counted from 1.
    :param side: a border, or ``'nearest'``.
    :returns: the rule; it picks nothing where there are fewer.
    """

    def choose(facts: Facts, among: Sequence[int]) -> tuple[int, ...] | None:
        far = towards(facts, side)
        order = _ranked(far, among)
        if number > len(order):
            return ()
        steps = [far[order[i + 1]] - far[order[i]] for i in range(min(number, len(order) - 1))]
        return (order[number - 1],) if all(step >= _STEP for step in steps) else None

    return choose


def last(facts: Facts, among: Sequence[int]) -> tuple[int, ...] | None:
    """
    Pick the last one, where the far end and the right end of a row are the same.

    :param facts: the scene.
    :param among: candidates.
    :returns: what is picked, or None.
    """
    if len(among) < 3:
        return None
    right = outermost('right')(facts, among)
    return right if right == by_depth('farthest')(facts, among) else None
