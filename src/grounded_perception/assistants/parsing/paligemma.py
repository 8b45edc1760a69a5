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
PaliGemma's text: ``<locY1><locX1><locY2><locX2> label``, several parted by ``;``.

Four digits each, 0 to 1023 of 1024 steps along a side, **y first**. Segmentation tokens
(``<seg000>`` …) may follow the locations; they are codes of a mask and are not read here.
"""

from __future__ import annotations

from collections.abc import Sequence
import re

from grounded_perception.assistants.parsing.found import MAX_CHARS, Parsed, shorten, Sieve

BINS = 1024
_PIECE = re.compile(r'<loc(\d{1,9})>|<(seg)\d{1,9}>|</?[a-z]{1,20}>|(;)|([^<;]+|<)')


def write(box: Sequence[float], width: int, height: int) -> str:
    """
    Write a box as PaliGemma does.

    :param box: xyxy in pixels.
    :param width: image width in pixels.
    :param height: image height in pixels.
    :returns: four location tokens, y first.
    """
    x1, y1, x2, y2 = box
    pairs = ((y1, height), (x1, width), (y2, height), (x2, width))
    return ''.join(f'<loc{min(max(int(v * BINS / n), 0), BINS - 1):04}>' for v, n in pairs)


def read(text: str, width: int, height: int, label: str = '') -> Parsed:
    """
    Read boxes.

    :param text: what the model wrote, special tokens included.
    :param width: width of the original image in pixels.
    :param height: its height.
    :param label: what a box without a label is called.
    :returns: the boxes; that segmentation tokens were left out is among the problems.
    """
    reader = _Reader(Sieve(width, height, label), width, height)
    for match in _PIECE.finditer(text[:MAX_CHARS]):
        if match[1] is not None:
            reader.location(int(match[1]))
        elif match[2] is not None:
            reader.mask()
        elif match[3] is not None:
            reader.end()
        elif match[4] is not None:
            reader.word(match[4])
    return reader.finish(text)


class _Reader:
    """Gathers locations and the label behind them."""

    def __init__(self, sieve: Sieve, width: int, height: int) -> None:
        self._sieve = sieve
        self._sides = (height, width)
        self._steps: list[int] = []
        self._label = ''
        self._masks = 0
        self._seen = False

    def location(self, step: int) -> None:
        if self._label.strip():
            self.end()
        self._steps.append(step)
        self._seen = True

    def mask(self) -> None:
        self._masks += 1

    def word(self, text: str) -> None:
        self._label += text

    def end(self) -> None:
        steps, self._steps = self._steps, []
        label, self._label = self._label, ''
        for start in range(0, len(steps) - 3, 4):
            self._box(label, steps[start : start + 4])
        if rest := len(steps) % 4:
            self._sieve.problem(f'{rest} location tokens of {shorten(label)} make no box of four')
        elif not steps and label.strip():
            self._sieve.problem(f'no location token before {shorten(label)}')

    def finish(self, text: str) -> Parsed:
        self.end()
        if self._masks:
            self._sieve.problem(f'{self._masks} segmentation tokens were not read')
        if len(text) > MAX_CHARS:
            self._sieve.problem(f'only the first {MAX_CHARS} of {len(text)} characters were read')
        return self._sieve.parsed()

    def _box(self, label: str, steps: list[int]) -> None:
        top, left, bottom, right = (
            step * self._sides[i % 2] / BINS for i, step in enumerate(steps)
        )
        if steps[0] == steps[2]:  # thinner than a step: as thick as one
            bottom = (steps[2] + 1) * self._sides[0] / BINS
        if steps[1] == steps[3]:
            right = (steps[3] + 1) * self._sides[1] / BINS
        self._sieve.add(label, (left, top, right, bottom))
