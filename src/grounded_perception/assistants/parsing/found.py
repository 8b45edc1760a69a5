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

"""What a text tells of boxes, and the sieve that every box of every format passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import math

from grounded_perception.errors import FrameError
import numpy as np

#: Longest text that is looked at; models that run on write more.
MAX_CHARS = 65536
_MAX_BOXES = 300
_MAX_LABEL = 200
_MAX_PROBLEMS = 20
#: Boxes that reach out of the image by less than this share of its side are cut in silence.
_SLACK = 0.005

Polygon = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Found:
    """
    One thing that a text gives a place to.

    :param label: what the text calls it; blanks are single.
    :param box: xyxy in pixels of the original image: finite, inside it, x2 > x1 and y2 > y1,
        also after rounding to float32.
    :param score: what the text says it believes, in [0, 1]; None where it says nothing.
    :param polygons: outlines as (x, y) in pixels, inside the image, where the format has them.
    """

    label: str
    box: tuple[float, float, float, float]
    score: float | None = None
    polygons: tuple[Polygon, ...] = ()


@dataclass(frozen=True)
class Parsed:
    """
    What was read off a text.

    :param found: the things, in the order of the text, no two the same.
    :param problems: what was left out or mended, and why; empty for a well-formed text.
    """

    found: tuple[Found, ...] = ()
    problems: tuple[str, ...] = ()


class Sieve:
    """
    Takes boxes as a text gives them and keeps those that can be used.

    :param width: width of the original image in pixels.
    :param height: its height.
    :param label: what a box without a label is called.
    :raises FrameError: when the image has no pixels.
    """

    def __init__(self, width: int, height: int, label: str = '') -> None:
        if width < 1 or height < 1:
            raise FrameError(f'boxes need an image of 1x1 pixels or more, got {width}x{height}')
        self._sides = (float(width), float(height))
        self._label = label
        self._found: dict[tuple[str, tuple[float, ...]], Found] = {}
        self._problems: dict[str, int] = {}
        self._past_limit = 0

    def problem(self, text: str) -> None:
        """
        Note what is wrong; the same words twice are counted.

        :param text: what came and what was made of it.
        """
        self._problems[text] = self._problems.get(text, 0) + 1

    def add(
        self,
        label: str,
        corners: Sequence[float],
        score: float | None = None,
        polygons: tuple[Polygon, ...] = (),
    ) -> None:
        """
        Take a box.

        :param label: what the text calls it.
        :param corners: x1, y1, x2, y2 in pixels of the original image; any number will do.
        :param score: what the text says it believes; None where it says nothing.
        :param polygons: outlines, finite, in pixels.
        """
        name = _one_line(label)[:_MAX_LABEL] or self._label
        if not all(math.isfinite(value) for value in corners):
            self.problem(f'{_said(name, corners)} has a coordinate that is no number: left out')
            return
        ordered = self._ordered(name, corners)
        box = self._inside(name, ordered)
        if box is None:
            return
        key = (name, tuple(round(value, 2) for value in box))
        if key in self._found:
            self.problem(f'{_said(name, corners)} came more than once')
        elif len(self._found) >= _MAX_BOXES:
            self._past_limit += 1
        else:
            cut = tuple(self._cut(polygon) for polygon in polygons)
            self._found[key] = Found(name, box, self._believed(name, score), cut)

    def parsed(self) -> Parsed:
        """
        Return what was kept.

        :returns: the boxes and the problems, the latter limited to a readable number.
        """
        told = [text if n == 1 else f'{text} ({n} times)' for text, n in self._problems.items()]
        if self._past_limit:
            told.insert(0, f'{self._past_limit} boxes past the first {_MAX_BOXES}: left out')
        if len(told) > _MAX_PROBLEMS:
            rest = len(told) - _MAX_PROBLEMS + 1
            told = [*told[: _MAX_PROBLEMS - 1], f'and {rest} problems more']
        return Parsed(tuple(self._found.values()), tuple(told))

    def _ordered(self, name: str, corners: Sequence[float]) -> tuple[float, float, float, float]:
        x1, y1, x2, y2 = corners
        if x2 < x1 or y2 < y1:
            self.problem(f'{_said(name, corners)} has its corners swapped: put in order')
        return min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)

    def _inside(
        self, name: str, corners: tuple[float, float, float, float]
    ) -> tuple[float, float, float, float] | None:
        """Cut a box at the borders; None when nothing of it is left."""
        width, height = self._sides
        limits = (width, height, width, height)
        pairs = list(zip(corners, limits, strict=True))
        x1, y1, x2, y2 = (min(max(value, 0.0), limit) for value, limit in pairs)
        # consumers hold boxes in float32: a box must not vanish there
        if not (np.float32(x2) > np.float32(x1) and np.float32(y2) > np.float32(y1)):
            where = 'no area' if all(0 <= v <= limit for v, limit in pairs) else 'no part inside'
            self.problem(f'{_said(name, corners)} has {where}: left out')
            return None
        if any(v < -_SLACK * limit or v > (1 + _SLACK) * limit for v, limit in pairs):
            self.problem(f'{_said(name, corners)} reaches out of the image: cut')
        return x1, y1, x2, y2

    def _cut(self, polygon: Polygon) -> Polygon:
        width, height = self._sides
        return tuple((min(max(x, 0.0), width), min(max(y, 0.0), height)) for x, y in polygon)

    def _believed(self, name: str, score: float | None) -> float | None:
        if score is None or (math.isfinite(score) and 0 <= score <= 1):
            return score
        self.problem(f'{name!r} has the score {score:g}, not in [0, 1]: no score')
        return None


def shorten(text: str, limit: int = 60) -> str:
    """
    Quote a text in a message.

    :param text: any text.
    :param limit: most characters kept.
    :returns: one line in quotes, cut with an ellipsis.
    """
    line = _one_line(text[: 4 * limit])
    return repr(line if len(line) <= limit else line[: limit - 1] + '…')


def _one_line(text: str) -> str:
    return ' '.join(text.split())


def _said(name: str, corners: Sequence[float]) -> str:
    numbers = ', '.join(f'{value:.4g}' for value in corners)
    return f'box [{numbers}] of {shorten(name, 40)}'
