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

"""Small line charts as SVG text: two axes, and what is drawn between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
import math

Size = tuple[int, int]
Points = Iterable[tuple[float, float]]

#: Width and height for a telephone, for half a page and for a whole one. The page shows the
#: largest that fits, so that letters are as large as the page's own at any width.
NARROW, WIDE, FULL = (320, 240), (560, 320), (1080, 280)
_LETTER = 6.6  # width of a letter of 11 px, in pixels; system fonts are narrower
_TOP, _RIGHT, _BOTTOM = 20, 14, 42


@dataclass(frozen=True)
class Axis:
    """
    One axis.

    :param title: what it shows, with the unit.
    :param low: value at its beginning.
    :param high: value at its end; where it is not above ``low``, one above it.
    """

    title: str
    low: float
    high: float

    def span(self) -> tuple[float, float]:
        """Return both ends, never the same."""
        return self.low, self.high if self.high > self.low else self.low + 1


def ticks(low: float, high: float, most: int) -> list[float]:
    """
    Choose round values between two ends.

    :param low: least.
    :param high: greatest, above ``low``.
    :param most: how many steps there may be.
    :returns: multiples of 1, 2 or 5 times a power of ten.
    """
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= rough * 0.9999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(n * step, 12) for n in range(first, last + 1)]


def tick_text(value: float, step: float) -> str:
    """Write a tick with as many digits as its neighbours need to differ."""
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return f'{value:,.{digits}f}'


class Plot:
    """
    A chart being drawn.

    Colours and letters come from the page's style sheet by the class names that are given.

    :param size: width and height in pixels.
    :param label: what a person who cannot see it is told.
    :param x: horizontal axis.
    :param y: vertical axis.
    """

    def __init__(self, size: Size, label: str, x: Axis, y: Axis) -> None:
        self._width, self._height = size
        self._label, self._x, self._y = label, x, y
        self._y_ticks = ticks(*y.span(), 5)
        self._y_texts = _texts(self._y_ticks)
        widest = max((len(t) for t in self._y_texts), default=1)
        self._left = round(24 + _LETTER * widest)
        self._inside: list[str] = []

    def x_at(self, value: float) -> float:
        """Return where a value lies, in pixels from the left; within the axes."""
        low, high = self._x.span()
        share = min(max((value - low) / (high - low), 0.0), 1.0)
        return round(self._left + share * (self._width - self._left - _RIGHT), 1)

    def y_at(self, value: float) -> float:
        """Return where a value lies, in pixels from the top; within the axes."""
        low, high = self._y.span()
        share = min(max((value - low) / (high - low), 0.0), 1.0)
        return round(_TOP + (1 - share) * (self._height - _TOP - _BOTTOM), 1)

    def line(self, points: Points, css: str, title: str = '') -> None:
        """Draw a line through points; a title is shown on hovering."""
        told = ' '.join(f'{self.x_at(x):g},{self.y_at(y):g}' for x, y in points)
        if told:
            self._add(f'<polyline class="{css}" points="{told}">', 'polyline', title)

    def dots(self, points: Points, css: str) -> None:
        """Draw many small dots at once."""
        told = ''.join(f'M{self.x_at(x):g} {self.y_at(y):g}h0' for x, y in points)
        if told:
            self._inside.append(f'<path class="{css}" d="{told}"/>')

    def dot(self, x: float, y: float, radius: float, css: str, title: str) -> None:
        """Draw one dot."""
        at = f'cx="{self.x_at(x):g}" cy="{self.y_at(y):g}" r="{radius:.1f}"'
        self._add(f'<circle class="{css}" {at}>', 'circle', title)

    def bar(self, low: float, high: float, value: float, css: str, title: str) -> None:
        """Draw a bar from the horizontal axis up to a value."""
        x, y = self.x_at(low), self.y_at(value)
        wide = max(self.x_at(high) - x - 0.6, 0.4)
        tall = self.y_at(self._y.low) - y
        at = f'x="{x:g}" y="{y:g}" width="{wide:.1f}" height="{tall:.1f}"'
        self._add(f'<rect class="{css}" {at}>', 'rect', title)

    def down(self, value: float, text: str, css: str, row: int = 0) -> None:
        """Draw a vertical rule at a value of the horizontal axis, with a short text."""
        x, foot = self.x_at(value), self.y_at(self._y.low)
        self._inside.append(f'<path class="{css}" d="M{x:g} {_TOP - 4}V{foot:g}"/>')
        room = self._width - _RIGHT - x
        is_left = room < _LETTER * len(text) + 6
        anchor, at = ('end', x - 4) if is_left else ('start', x + 4)
        self._text(at, _TOP + 7 + 14 * row, text, f'note {css}', anchor)

    def across(self, value: float, text: str, css: str) -> None:
        """Draw a horizontal rule at a value of the vertical axis, with a short text."""
        y = self.y_at(value)
        self._inside.append(
            f'<path class="{css}" d="M{self._left} {y:g}H{self._width - _RIGHT}"/>'
        )
        self._text(self._width - _RIGHT, y - 4, text, f'note {css}', 'end')

    def svg(self, css: str) -> str:
        """
        Finish it.

        :param css: class of the element.
        :returns: an ``svg`` element.
        """
        width, height = self._width, self._height
        inside, self._inside = self._inside, []
        self._axes()
        axes, self._inside = ''.join(self._inside), inside
        return (
            f'<svg class="{css}" viewBox="0 0 {width} {height}" role="img" '
            f'aria-label="{escape(self._label)}">{axes}{"".join(inside)}</svg>'
        )

    def _axes(self) -> None:
        right, foot = self._width - _RIGHT, self._height - _BOTTOM
        for value, text in zip(self._y_ticks, self._y_texts, strict=True):
            y = self.y_at(value)
            self._inside.append(f'<path class="grid" d="M{self._left} {y:g}H{right}"/>')
            self._text(self._left - 6, y + 4, text, 'tick', 'end')
        marks = ticks(*self._x.span(), max(2, (right - self._left) // 64))
        for value, text in zip(marks, _texts(marks), strict=True):
            x = self.x_at(value)
            self._inside.append(f'<path class="grid" d="M{x:g} {_TOP}V{foot}"/>')
            self._text(x, foot + 16, text, 'tick', 'middle')
        self._inside.append(f'<path class="axis" d="M{self._left} {_TOP}V{foot}H{right}"/>')
        self._text((self._left + right) / 2, self._height - 6, self._x.title, 'title', 'middle')
        middle = (_TOP + foot) / 2
        turn = f' transform="rotate(-90 12 {middle:g})"'
        self._text(12, middle, self._y.title, 'title', 'middle', turn)

    def _text(self, x: float, y: float, text: str, css: str, anchor: str, more: str = '') -> None:
        self._inside.append(
            f'<text class="{css}" x="{x:g}" y="{y:g}" text-anchor="{anchor}"{more}>'
            f'{escape(text)}</text>'
        )

    def _add(self, opened: str, tag: str, title: str) -> None:
        told = f'<title>{escape(title)}</title>' if title else ''
        self._inside.append(f'{opened}{told}</{tag}>')


def _texts(values: Sequence[float]) -> list[str]:
    step = values[1] - values[0] if len(values) > 1 else 1.0
    return [tick_text(v, step) for v in values]
