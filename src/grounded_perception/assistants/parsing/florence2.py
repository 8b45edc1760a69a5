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
Florence-2's text: a label, then ``<loc_x1><loc_y1><loc_x2><loc_y2>``, each 0 to 999.

A token stands for the middle of one of 1000 equal steps along a side. Outlines are runs of
``<loc_x><loc_y>``, parts of one outline parted by ``<sep>``, outlines of one label wrapped in
``<poly>`` and ``</poly>``.
"""

from __future__ import annotations

from collections.abc import Sequence
import re

from grounded_perception.assistants.parsing.found import (
    MAX_CHARS,
    Parsed,
    Polygon,
    shorten,
    Sieve,
)

BINS = 1000
_PIECE = re.compile(r'<loc_(\d{1,9})>|<(sep|poly|/poly)>|</?[a-z]{1,20}>|([^<]+|<)')


def write(box: Sequence[float], width: int, height: int) -> str:
    """
    Write a box as Florence-2 does, for tests and for prompts about a region.

    :param box: xyxy in pixels.
    :param width: image width in pixels.
    :param height: image height in pixels.
    :returns: four location tokens.
    """
    sides = (width, height, width, height)
    steps = (
        min(max(int(v * BINS / side), 0), BINS - 1) for v, side in zip(box, sides, strict=True)
    )
    return ''.join(f'<loc_{step}>' for step in steps)


def read(text: str, width: int, height: int, label: str = '', outlines: bool = False) -> Parsed:
    """
    Read boxes and outlines.

    :param text: what the model wrote, special tokens included.
    :param width: width of the original image in pixels.
    :param height: its height.
    :param label: what a box without a label is called (the phrase that was asked for).
    :param outlines: whether a run of tokens is an outline, also without ``<poly>``.
    :returns: the boxes; an outline's box is the one around all its parts.
    """
    reader = _Reader(Sieve(width, height, label), width, height, outlines)
    for match in _PIECE.finditer(text[:MAX_CHARS]):
        if match[1] is not None:
            reader.location(int(match[1]))
        elif match[2] is not None:
            reader.mark(match[2])
        elif match[3] is not None:
            reader.word(match[3])
    return reader.finish(text)


class _Reader:
    """Gathers labels and runs of locations until the next label ends them."""

    def __init__(self, sieve: Sieve, width: int, height: int, outlines: bool) -> None:
        self._sieve = sieve
        self._sides = (width, height)
        self._outlines = outlines
        self._label = ''
        self._parts: list[list[int]] = [[]]
        self._in_poly = False
        self._seen = False

    def location(self, step: int) -> None:
        self._parts[-1].append(step)
        self._seen = True

    def mark(self, name: str) -> None:
        if name == 'sep':
            self._parts.append([])
            return
        self._flush()
        self._in_poly = name == 'poly'

    def word(self, text: str) -> None:
        if not text.strip():
            return
        if any(self._parts):
            self._flush()
            self._label = ''
        self._in_poly = False
        self._label += text

    def finish(self, text: str) -> Parsed:
        self._flush()
        if not self._seen and self._label.strip():
            self._sieve.problem(f'no location token in {shorten(text)}')
        if len(text) > MAX_CHARS:
            self._sieve.problem(f'only the first {MAX_CHARS} of {len(text)} characters were read')
        return self._sieve.parsed()

    def _flush(self) -> None:
        parts, self._parts = [part for part in self._parts if part], [[]]
        if not parts:
            return
        if self._in_poly or self._outlines:
            self._outline(parts)
            return
        for part in parts:
            for start in range(0, len(part) - 3, 4):
                self._box(part[start : start + 4])
            if rest := len(part) % 4:
                self._sieve.problem(
                    f'{rest} location tokens of {shorten(self._label)} make no box of four'
                )

    def _box(self, steps: list[int]) -> None:
        corners = [self._pixels(step, i % 2) for i, step in enumerate(steps)]
        for axis in (0, 1):
            if steps[axis] == steps[axis + 2]:  # thinner than a step: as thick as one
                corners[axis] = steps[axis] * self._sides[axis] / BINS
                corners[axis + 2] = (steps[axis] + 1) * self._sides[axis] / BINS
        self._sieve.add(self._label, corners)

    def _outline(self, parts: list[list[int]]) -> None:
        polygons: list[Polygon] = []
        for part in parts:
            if len(part) % 2:
                self._sieve.problem(f'an outline of {shorten(self._label)} ends in half a point')
            points = [
                (self._pixels(x, 0), self._pixels(y, 1))
                for x, y in zip(part[::2], part[1::2], strict=False)
            ]
            if len(points) > 2:
                polygons.append(tuple(points))
            else:
                self._sieve.problem(
                    f'an outline of {shorten(self._label)} has {len(points)} points: left out'
                )
        every = [point for polygon in polygons for point in polygon]
        if every:
            xs, ys = [x for x, _ in every], [y for _, y in every]
            corners = (min(xs), min(ys), max(xs), max(ys))
            self._sieve.add(self._label, corners, polygons=tuple(polygons))

    def _pixels(self, step: int, axis: int) -> float:
        return (step + 0.5) * self._sides[axis] / BINS
