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
How the things of a scene stand to each other, with margins: true, false or not to be said.

Left, right, above and below are the viewer's, by box centres. Contact comes from the scene, which
knows what stands on what. In front and behind need depth and the foot of the box to agree, as
the runtime sees the box only.
"""

from __future__ import annotations

from collections.abc import Callable

from grounded_perception.training.speech.truth import Facts, FALSE, TRUE, UNCLEAR
import numpy as np
from numpy.typing import NDArray

#: ``(N, N)``: how true it is that the thing of the row stands so to that of the column.
Standings = NDArray[np.uint8]
_Floats = NDArray[np.float64]
_Flags = NDArray[np.bool_]

#: What fits a hand or a shoulder.
PORTABLE = frozenset(
    (
        'backpack', 'umbrella', 'handbag', 'suitcase', 'frisbee', 'skis', 'snowboard',
        'sports ball', 'kite', 'baseball bat', 'baseball glove', 'skateboard', 'surfboard',
        'tennis racket', 'bottle', 'wine glass', 'cup', 'fork', 'knife', 'spoon', 'bowl',
        'banana', 'apple', 'sandwich', 'orange', 'carrot', 'hot dog', 'pizza', 'donut', 'cake',
        'laptop', 'remote', 'cell phone', 'book', 'scissors', 'teddy bear', 'hair drier',
        'toothbrush', 'tie',
    )
)  # fmt: skip
#: What carries a rider.
RIDEABLE = frozenset(
    ('bicycle', 'motorcycle', 'horse', 'elephant', 'skateboard', 'surfboard', 'snowboard', 'skis')
)
#: Standings that only make sense towards one certain thing.
DIRECTED = frozenset(('left of', 'right of', 'above', 'below', 'in front of', 'behind'))


class Standing:
    """
    All pairs of a scene, worked out when first asked for.

    :param facts: the scene.
    """

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._known: dict[str, Standings] = {}
        self._partners: list[dict[str, list[int]]] | None = None
        boxes, sides, n = facts.boxes, facts.sides, len(facts)
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        offset = centres[:, None] - centres[None]
        self._dx, self._dy = offset[..., 0], offset[..., 1]
        mean = (sides[:, None] + sides[None]) / 2
        self._u, self._v = self._dx / mean[..., 0], self._dy / mean[..., 1]
        low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
        high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
        overlap = np.maximum(high - low, 0)
        space = np.maximum(low - high, 0)
        self._columns = overlap[..., 0] / np.minimum(sides[:, None, 0], sides[None, :, 0])
        self._cover = overlap[..., 0] * overlap[..., 1] / facts.area[:, None]
        scale = np.sqrt(facts.area)
        mean_scale = (scale[:, None] + scale[None]) / 2
        self._rise = space[..., 1] / mean_scale
        #: Space between two boxes in units of their size.
        self.gap: _Floats = np.hypot(space[..., 0], space[..., 1]) / mean_scale
        #: Space between two boxes in pixels and a little of the way between their centres, so
        #: that of two things that touch a third the one more beside it is nearer.
        self.distance: _Floats = np.hypot(space[..., 0], space[..., 1]) + 0.2 * np.hypot(
            self._dx, self._dy
        )
        self._ratio = facts.depth[:, None] / np.maximum(facts.depth[None], 1e-6)
        self._on = self._chain([t.on for t in facts.things], n)
        self._inside = self._chain([t.inside for t in facts.things], n)
        touch = self._on | self._inside
        self._touch: _Flags = touch | touch.T

    @staticmethod
    def _chain(links: list[int], n: int) -> _Flags:
        """Follow "on": what stands on a tray on a table stands on the table."""
        found = np.zeros((n, n), np.bool_)
        for i, link in enumerate(links):
            for _ in range(3):
                if not 0 <= link < n or link == i:
                    break
                found[i, link] = True
                link = links[link]
        return found

    def of(self, kind: str) -> Standings:
        """
        Tell how all pairs stand.

        :param kind: a key of :data:`STANDINGS`.
        :returns: levels; nothing stands to itself.
        """
        if kind not in self._known:
            surely, never = STANDINGS[kind](self)
            levels = np.where(surely, TRUE, np.where(never, FALSE, UNCLEAR)).astype(np.uint8)
            np.fill_diagonal(levels, FALSE)
            self._known[kind] = levels
        return self._known[kind]

    def partners(self, thing: int) -> dict[str, list[int]]:
        """
        List all that a thing surely stands to.

        :param thing: its index.
        :returns: kind of standing → indices of others; only kinds that there are.
        """
        if self._partners is None:
            self._partners = [{} for _ in range(len(self._facts))]
            for kind in STANDINGS:
                for i, j in np.argwhere(self.of(kind) == TRUE).tolist():
                    self._partners[i].setdefault(kind, []).append(j)
        return self._partners[thing]

    def _left(self) -> tuple[_Flags, _Flags]:
        beside = np.abs(self._dy) <= 1.2 * np.abs(self._dx)
        return (self._u <= -0.6) & beside & ~self._touch, self._u >= -0.1

    def _above(self) -> tuple[_Flags, _Flags]:
        upright = (np.abs(self._dx) <= 0.7 * np.abs(self._dy)) | (self._columns > 0.5)
        return (self._v <= -0.6) & upright & ~self._touch, (self._v >= -0.1) & ~self._touch

    def _below(self) -> tuple[_Flags, _Flags]:
        surely, never = self._above()
        return surely.T, never.T

    def _right(self) -> tuple[_Flags, _Flags]:
        surely, never = self._left()
        return surely.T, never.T

    def _resting(self) -> tuple[_Flags, _Flags]:
        apart = (self._cover < 0.1) & (self.gap > 0.1)
        below = self._v > 0.3
        held = self._on.any(axis=1, keepdims=True) & ~self._inside
        return self._on, ~self._on & (apart | below | held) & ~self._through()

    def _through(self) -> _Flags:
        """Find what lies in something on the table: to some it is on the table."""
        steps = (self._inside.astype(np.uint8) @ self._on.astype(np.uint8)) > 0
        return np.asarray(steps | self._inside)

    def _within(self) -> tuple[_Flags, _Flags]:
        return self._inside, ~self._inside & ((self._cover < 0.4) | self._on)

    def _under(self) -> tuple[_Flags, _Flags]:
        lower = (self._v >= 0.35) & (self._columns > 0.6) & (self._rise < 0.2)
        same = (self._ratio < 1.25) & (self._ratio > 0.8)
        never = (self._v <= 0.1) | ((self._columns == 0) & (self.gap > 0.3))
        return self._on.T | (lower & same & ~self._touch), never & ~self._touch

    def _beside(self) -> tuple[_Flags, _Flags]:
        same = (self._ratio < 1.35) & (self._ratio > 0.74)
        apart = (self._cover < 0.4) & (self._cover.T < 0.4) & ~self._touch
        level = np.abs(self._dy) <= 1.2 * np.abs(self._dx)
        return (self.gap < 0.25) & same & apart & level, (self.gap > 0.9) & ~self._touch

    def _ahead(self) -> tuple[_Flags, _Flags]:
        foot = self._facts.boxes[:, 3] / self._facts.height
        lower = foot[:, None] - foot[None]
        near = (self._columns > 0.25) & (self.gap < 0.6)
        surely = (self._ratio < 0.83) & (lower > 0.02) & near & ~self._touch
        never = ((self._ratio > 0.97) & (lower < 0.01)) | (self.gap > 2.5)
        return surely, never & ~self._touch

    def _behind(self) -> tuple[_Flags, _Flags]:
        surely, never = self._ahead()
        return surely.T, never.T

    def _holding(self) -> tuple[_Flags, _Flags]:
        people = np.array([t.name == 'person' for t in self._facts.things], np.bool_)
        loads = np.array([t.name in PORTABLE for t in self._facts.things], np.bool_)
        pair = people[:, None] & loads[None]
        reach = (np.abs(self._u) < 0.75) & (np.abs(self._v) < 0.8) & (self._cover.T > 0.3)
        same = (self._ratio < 1.2) & (self._ratio > 0.83)
        lighter = self._facts.area[None] < 0.6 * self._facts.area[:, None]
        given = (self._on | self._inside).T
        laid = (self._on | self._inside).any(axis=1, keepdims=True).T & ~given
        likely = pair & reach & same & lighter & ~laid & ~self._on
        alone = likely.sum(axis=0, keepdims=True) == 1
        never = ~pair | (self.gap > 0.35) | (laid & (self._cover.T < 0.1)) | self._taken(given)
        return pair & (given | (likely & alone & ~self._taken(given))), never

    @staticmethod
    def _taken(given: _Flags) -> _Flags:
        """Find what another surely holds."""
        return np.asarray(given.any(axis=0, keepdims=True) & ~given)

    def _riding(self) -> tuple[_Flags, _Flags]:
        people = np.array([t.name == 'person' for t in self._facts.things], np.bool_)
        mounts = np.array([t.name in RIDEABLE for t in self._facts.things], np.bool_)
        pair = people[:, None] & mounts[None]
        surely = pair & self._on
        elsewhere = surely.any(axis=1, keepdims=True) & ~self._on
        return surely, ~surely & (~pair | elsewhere | (self._cover.T < 0.1))

    def _held(self) -> tuple[_Flags, _Flags]:
        surely, never = self._holding()
        return surely.T, never.T

    def _ridden(self) -> tuple[_Flags, _Flags]:
        surely, never = self._riding()
        return surely.T, never.T

    def _bearing(self) -> tuple[_Flags, _Flags]:
        surely, never = self._resting()
        return surely.T, never.T

    def _containing(self) -> tuple[_Flags, _Flags]:
        surely, never = self._within()
        return surely.T, never.T

    def between(self, first: int, second: int) -> NDArray[np.uint8]:
        """
        Tell which things stand between two.

        :param first: index of one.
        :param second: index of the other.
        :returns: levels.
        """
        line = np.array([self._dx[second, first], self._dy[second, first]])
        length = float(np.hypot(*line)) or 1.0
        along = (self._dx[:, first] * line[0] + self._dy[:, first] * line[1]) / length**2
        off = np.abs(self._dx[:, first] * line[1] - self._dy[:, first] * line[0]) / length**2
        surely = (along > 0.25) & (along < 0.75) & (off < 0.2)
        never = (along < 0.03) | (along > 0.97) | (off > 0.6)
        levels = np.where(surely, TRUE, np.where(never, FALSE, UNCLEAR)).astype(np.uint8)
        levels[[first, second]] = FALSE
        return np.asarray(levels, np.uint8)


#: Kind of standing → where it surely is, where it surely is not.
STANDINGS: dict[str, Callable[[Standing], tuple[_Flags, _Flags]]] = {
    'left of': Standing._left,
    'right of': Standing._right,
    'above': Standing._above,
    'below': Standing._below,
    'on': Standing._resting,
    'under': Standing._under,
    'in': Standing._within,
    'next to': Standing._beside,
    'in front of': Standing._ahead,
    'behind': Standing._behind,
    'holding': Standing._holding,
    'riding': Standing._riding,
    'held by': Standing._held,
    'bearing': Standing._bearing,
    'containing': Standing._containing,
    'ridden by': Standing._ridden,
}
