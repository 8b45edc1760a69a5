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

"""An image being drawn on: boxes, labels and lines of text that stay clear of each other."""

from __future__ import annotations

from collections.abc import Sequence
import unicodedata

import cv2
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]
_Rect = tuple[int, int, int, int]

WHITE, BLACK, GREY = (255, 255, 255), (0, 0, 0), (170, 170, 170)
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_TYPOGRAPHIC = str.maketrans(
    {'“': '"', '”': '"', '„': '"', '‘': "'", '’': "'", '–': '-', '—': '-', '…': '...',
     'ß': 'ss', 'æ': 'ae', 'ø': 'o', 'ł': 'l', '\t': ' ', '\n': ' '}
)  # fmt: skip


def drawable(text: str) -> str:
    """
    Reduce a text to what OpenCV can draw.

    :param text: any text.
    :returns: printable ASCII: accents dropped, what has no likeness is one ``?`` a character.
    """
    parts = unicodedata.normalize('NFKD', text.translate(_TYPOGRAPHIC))
    bare = (c for c in parts if not unicodedata.combining(c))
    return ''.join(c if ' ' <= c <= '~' else '?' for c in bare)


class Canvas:
    """An image being drawn on, and where its texts are, so that they do not cover each other."""

    def __init__(self, image: Picture) -> None:
        self.image = image
        self._taken: list[_Rect] = []
        self._height, self._width = image.shape[:2]
        short = min(self._height, 0.75 * self._width)
        self._scale = max(7.5, 3 + 0.018 * short) / 21  # Hershey capitals are 21 px at scale 1
        self._stroke = max(1, round(short / 720))
        self._thin = max(1, round(short / 320))
        self._bold = max(2, round(short / 160))
        self._pad = max(2, round(short / 130))
        self._line = self._size('Xg')[1]
        self._most_lines = max(1, self._height // 3 // self._line)

    def outline(self, box: Floats, colour: Colour, *, bold: bool) -> None:
        """Draw a box; a bold one with a dark rim, to stand out of any picture."""
        x1, y1, x2, y2 = _corners(box)
        corners = (x1, y1), (x2 - 1, y2 - 1)
        if bold:
            cv2.rectangle(self.image, *corners, BLACK, self._bold + 2)
        cv2.rectangle(self.image, *corners, colour, self._bold if bold else self._thin)

    def label(self, box: Floats, text: str, colour: Colour, *, optional: bool = False) -> None:
        """Write at a box; an optional text is left away where all around the box is taken."""
        text = self._fitted(text, self._width)
        w, h = self._size(text)
        x1, y1, x2, y2 = _corners(box)
        columns = [max(0, min(x, self._width - w)) for x in (x1, x2 - w)]
        places = [(x, y, x + w, y + h) for y in (y1 - h, y1, y2 - h, y2) for x in columns]
        inside = [p for p in places if p[1] >= 0 and p[3] <= self._height]
        free = [p for p in inside if not any(_meet(p, taken) for taken in self._taken)]
        if optional and not free:
            return
        top = max(0, min(y1, self._height - h))
        left, top, right, bottom = [*free, *inside, (columns[0], top, columns[0] + w, top + h)][0]
        self._taken.append((left, top, right, bottom))
        cv2.rectangle(self.image, (left, top), (right - 1, bottom - 1), colour, cv2.FILLED)
        self._write(text, left, top, BLACK)

    def banner(self, lines: Sequence[tuple[str, str, Colour]]) -> None:
        """Write phrases and verdicts along the upper edge, on at most a third of the image."""
        shown = lines[: self._most_lines]
        self._shade((0, 0, self._width if shown else 0, len(shown) * self._line))
        for row, (phrase, verdict, colour) in enumerate(shown, start=1):
            if row == len(shown) < len(lines):
                verdict += f' (+{len(lines) - row} more)'
            verdict = self._fitted(verdict, self._width)
            phrase = self._fitted(phrase, self._width - self._size(verdict)[0])
            self._write(phrase, 0, (row - 1) * self._line, WHITE)
            x = self._size(phrase)[0] if phrase else 0
            self._write(verdict, x, (row - 1) * self._line, colour)

    def paragraphs(self, texts: Sequence[tuple[str, Colour]], most_lines: int) -> int:
        """Write wrapped texts one below the other; return how far down they reach."""
        y = 0
        for text, colour in texts:
            for line in self._wrapped(text, most_lines):
                self._write(line, 0, y, colour)
                y += self._line
        return int(min(y, self._height))

    def _wrapped(self, text: str, most_lines: int) -> list[str]:
        lines, words = [''], drawable(text).split()
        for n, word in enumerate(words):
            longer = f'{lines[-1]} {word}'.strip()
            if not lines[-1] or self._size(longer)[0] <= self._width:
                lines[-1] = longer
            elif len(lines) < most_lines:
                lines.append(word)
            else:
                lines[-1] = ' '.join([lines[-1], *words[n:]])
                break
        return [self._fitted(line, self._width) for line in lines]

    def _shade(self, rect: _Rect) -> None:
        """Darken a part for text, and keep other texts out of it."""
        x1, y1, x2, y2 = rect
        part = self.image[y1:y2, x1:x2]
        part[:] = (part * 0.3).astype(np.uint8)
        self._taken.append(rect)

    def _write(self, text: str, x: int, y: int, colour: Colour) -> None:
        """Write a line whose upper left corner is given."""
        _, below = cv2.getTextSize('Xg', _FONT, self._scale, self._stroke)
        foot = (x + self._pad, y + self._line - self._pad - below)
        cv2.putText(self.image, text, foot, _FONT, self._scale, colour, self._stroke, cv2.LINE_AA)

    def _size(self, text: str) -> tuple[int, int]:
        """Return width and height of a line with its margins."""
        (width, height), below = cv2.getTextSize(text, _FONT, self._scale, self._stroke)
        return width + 2 * self._pad, height + below + 2 * self._pad

    def _fitted(self, text: str, room: int) -> str:
        """Make a text drawable and cut it to a width in pixels; empty where nothing fits."""
        text = drawable(text)
        if self._size(text)[0] <= room:
            return text
        cuts = (f'{text[:end]}..' for end in range(len(text) - 1, 0, -1))
        return next((cut for cut in cuts if self._size(cut)[0] <= room), '')


def _corners(box: Floats) -> _Rect:
    """Return a box in whole pixels, at least one wide and high."""
    x1, y1, x2, y2 = (int(v) for v in np.round(np.clip(box, 0, 1 << 15)))
    return x1, y1, max(x2, x1 + 1), max(y2, y1 + 1)


def _meet(a: _Rect, b: _Rect) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
