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
What is surely true of the things in a scene, what is surely false, and what is not to be said.

Truth has three levels, ordered, so that *and* is the minimum, *or* the maximum and *not* the
mirror. What people would quarrel about is :data:`UNCLEAR`: a gray car may pass for a black one,
so no sentence may hinge on it, neither as fitting nor as not fitting.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from grounded_perception.training.scene import Scene
import numpy as np
from numpy.typing import NDArray

FALSE, UNCLEAR, TRUE = 0, 1, 2

#: One level for each thing.
Truth = NDArray[np.uint8]

#: Colours that people call by each other's name.
RIVALS: dict[str, frozenset[str]] = {
    'black': frozenset(('gray', 'brown')),
    'white': frozenset(('gray',)),
    'gray': frozenset(('black', 'white')),
    'red': frozenset(('orange', 'pink')),
    'orange': frozenset(('red', 'yellow', 'brown')),
    'yellow': frozenset(('orange',)),
    'green': frozenset(),
    'blue': frozenset(('purple',)),
    'purple': frozenset(('pink', 'blue')),
    'pink': frozenset(('red', 'purple')),
    'brown': frozenset(('orange', 'black')),
}


def negation(truth: Truth) -> Truth:
    """
    Turn true into false and back; what is unclear stays so.

    :param truth: levels.
    :returns: their mirror.
    """
    return np.asarray(TRUE - truth, np.uint8)


def _level(said: str, surely: str, perhaps: Iterable[str] = ()) -> int:
    """Return how true it is to call something that is surely one colour by a name."""
    if said == surely:
        return TRUE
    return UNCLEAR if said in RIVALS.get(surely, ()) or said in perhaps else FALSE


class Facts:
    """
    A scene as arrays, and what single things are like.

    :param scene: the scene.
    """

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.things = scene.things
        self.boxes = np.array([t.box for t in scene.things], np.float64).reshape(-1, 4)
        self.width, self.height = float(scene.width), float(scene.height)
        self.depth = np.array([t.depth_m for t in scene.things], np.float64)
        self._known: dict[tuple[str, ...], Truth] = {}

    def __len__(self) -> int:
        return len(self.things)

    @cached_property
    def x(self) -> NDArray[np.float64]:
        """Centres across, 0 = left border, 1 = right border."""
        return np.asarray((self.boxes[:, 0] + self.boxes[:, 2]) / 2 / self.width)

    @cached_property
    def y(self) -> NDArray[np.float64]:
        """Centres down, 0 = upper border, 1 = lower border."""
        return np.asarray((self.boxes[:, 1] + self.boxes[:, 3]) / 2 / self.height)

    @cached_property
    def sides(self) -> NDArray[np.float64]:
        """Widths and heights in pixels, ``(N, 2)``, at least one."""
        return np.asarray(np.maximum(self.boxes[:, 2:] - self.boxes[:, :2], 1))

    @cached_property
    def area(self) -> NDArray[np.float64]:
        """Areas in square pixels."""
        return np.asarray(self.sides[:, 0] * self.sides[:, 1])

    @cached_property
    def nearness(self) -> NDArray[np.float64]:
        """How near things look: low in the image and large, as the runtime measures it."""
        share = self.area / (self.width * self.height)
        return np.asarray(self.boxes[:, 3] / self.height + 2 * np.sqrt(share))

    def _levels(self, key: tuple[str, ...], levels: Iterable[int]) -> Truth:
        found = np.fromiter(levels, np.uint8, len(self))
        self._known[key] = found
        return found

    def named(self, classes: frozenset[str]) -> Truth:
        """
        Tell which things are of one of these classes.

        :param classes: class names; none for things of any class.
        :returns: levels.
        """
        if not classes:
            return np.full(len(self), TRUE, np.uint8)
        marks = (TRUE if t.name in classes else FALSE for t in self.things)
        return np.fromiter(marks, np.uint8, len(self))

    def colour(self, *said: str) -> Truth:
        """
        Tell which things have a colour, or show several ("black and white").

        :param said: basic colour terms.
        :returns: levels.
        """
        key = ('colour', *said)
        if key in self._known:
            return self._known[key]
        if len(said) == 1:
            return self._levels(key, (self._coloured(i, said[0]) for i in range(len(self))))
        shown = ([c in (*t.colours, *t.parts.values()) for c in said] for t in self.things)
        return self._levels(key, (TRUE if all(s) else UNCLEAR if any(s) else FALSE for s in shown))

    def _coloured(self, i: int, said: str) -> int:
        thing = self.things[i]
        if thing.name == 'person':
            return self._dressed(i, said)  # "the red guy"
        return _level(said, thing.colours[0], thing.colours[1:])

    def worn(self, part: str, said: str) -> Truth:
        """
        Tell which people wear a garment of a colour.

        :param part: ``'hat'``, ``'top'`` or ``'legs'``.
        :param said: a basic colour term, or nothing for a garment of any colour.
        :returns: levels; a body part that is not in view may wear anything, but a hat shows.
        """
        key = ('worn', part, said)
        if key in self._known:
            return self._known[key]
        return self._levels(key, (self._wears(i, part, said) for i in range(len(self))))

    def _wears(self, i: int, part: str, said: str) -> int:
        thing = self.things[i]
        if thing.name != 'person':
            return FALSE
        if part not in thing.parts:
            return FALSE if part == 'hat' else UNCLEAR
        return _level(said, thing.parts[part]) if said else TRUE

    def dressed(self, said: str) -> Truth:
        """
        Tell which people are "in red": the top, or most of what they wear.

        :param said: a basic colour term.
        :returns: levels.
        """
        key = ('dressed', said)
        if key in self._known:
            return self._known[key]
        return self._levels(key, (self._dressed(i, said) for i in range(len(self))))

    def _dressed(self, i: int, said: str) -> int:
        thing = self.things[i]
        if thing.name != 'person':
            return FALSE
        levels = [_level(said, colour) for colour in thing.parts.values()]
        if not levels:
            return UNCLEAR
        if thing.parts.get('top') == said or levels.count(TRUE) > 1:
            return TRUE
        return UNCLEAR if max(levels) else FALSE

    def texture(self, said: str) -> Truth:
        """
        Tell which things have a pattern.

        :param said: a texture of :class:`~grounded_perception.training.scene.Thing`.
        :returns: levels.
        """
        key = ('texture', said)
        if key in self._known:
            return self._known[key]
        return self._levels(key, (TRUE if t.texture == said else FALSE for t in self.things))
