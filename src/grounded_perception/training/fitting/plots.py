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

"""Pictures of a fit, drawn with OpenCV: a plotting library would be one more to install."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
from grounded_perception.calibration import Bin, BINS
import numpy as np
from numpy.typing import NDArray

_WIDTH, _HEIGHT = 720, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 20, 40, 50
#: BGR, told apart by people who see red and green alike (Okabe and Ito).
_COLOURS = ((178, 114, 0), (0, 94, 213), (115, 158, 0), (167, 121, 204), (0, 159, 230))
_INK, _FAINT, _BAR = (40, 40, 40), (215, 215, 215), (225, 195, 150)
_TICKS = 5


@dataclass(frozen=True)
class Line:
    """
    One line of a picture.

    :param name: for the legend.
    :param x: ``K`` numbers.
    :param y: ``K`` numbers.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float]


class Chart:
    """
    A frame with axes.

    :param title: above it.
    :param x_name: below it.
    :param x_range: least and greatest.
    :param y_range: least and greatest.
    """

    def __init__(
        self,
        title: str,
        x_name: str,
        x_range: tuple[float, float],
        y_range: tuple[float, float],
    ) -> None:
        self.image: NDArray[np.uint8] = np.full((_HEIGHT, _WIDTH, 3), 255, np.uint8)
        self._x, self._y = _wide(x_range), _wide(y_range)
        self._named = 0
        for i in range(_TICKS + 1):
            x, y = (low + (high - low) * i / _TICKS for low, high in (self._x, self._y))
            column, row = self._at(x, self._y[0])[0], self._at(self._x[0], y)[1]
            cv2.line(self.image, (_LEFT, row), (_WIDTH - _RIGHT, row), _FAINT, 1)
            self._text(f'{y:.3g}', (8, row + 4))
            self._text(f'{x:.4g}', (column - 12, _HEIGHT - _BOTTOM + 18))
        corners = (_LEFT, _TOP), (_WIDTH - _RIGHT, _HEIGHT - _BOTTOM)
        cv2.rectangle(self.image, *corners, _INK, 1)
        self._text(title, (_LEFT, 24), 0.55)
        self._text(x_name, (_WIDTH // 2 - 30, _HEIGHT - 10))

    def line(self, line: Line) -> None:
        """
        Draw a line and name it.

        :param line: the line.
        """
        colour = _COLOURS[self._named % len(_COLOURS)]
        points = np.array([self._at(x, y) for x, y in zip(line.x, line.y, strict=True)], np.int32)
        cv2.polylines(self.image, [points.reshape(-1, 1, 2)], False, colour, 2, cv2.LINE_AA)
        row = _TOP + 18 + 18 * self._named
        cv2.line(self.image, (_WIDTH - 170, row - 4), (_WIDTH - 145, row - 4), colour, 2)
        self._text(line.name, (_WIDTH - 138, row))
        self._named += 1

    def bar(self, x1: float, x2: float, height: float) -> None:
        """
        Draw a bar that stands on the lower edge.

        :param x1: where it begins.
        :param x2: where it ends.
        :param height: where its top is.
        """
        (left, top), (right, bottom) = self._at(x1, height), self._at(x2, self._y[0])
        cv2.rectangle(self.image, (left + 1, top), (right - 1, bottom), _BAR, -1)

    def save(self, path: Path) -> None:
        """
        Write the picture.

        :param path: a ``.png``.
        """
        path.write_bytes(cv2.imencode('.png', self.image)[1].tobytes())

    def _at(self, x: float, y: float) -> tuple[int, int]:
        """Return the pixel of a point; what lies outside is moved to the edge."""
        across, up = (
            min(max((value - low) / (high - low), 0.0), 1.0)
            for value, (low, high) in ((x, self._x), (y, self._y))
        )
        column = _LEFT + across * (_WIDTH - _LEFT - _RIGHT)
        return round(column), round(_HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM))

    def _text(self, text: str, place: tuple[int, int], size: float = 0.42) -> None:
        font = cv2.FONT_HERSHEY_SIMPLEX
        cv2.putText(self.image, text, place, font, size, _INK, 1, cv2.LINE_AA)


def draw_curves(rows: Sequence[dict[str, str]], folder: Path) -> None:
    """
    Draw loss and accuracy over the steps into ``loss.png`` and ``accuracy.png``.

    :param rows: of :func:`grounded_perception.training.fitting.curves.rows`.
    :param folder: where to.
    """
    pictures = {
        'loss': (('loss', 'nll'), 'loss in training, nll on validation'),
        'accuracy': (('accuracy', 'FOUND', 'AMBIGUOUS', 'ABSENT'), 'accuracy on validation'),
    }
    for file, (names, title) in pictures.items():
        lines = [_column(rows, name) for name in names]
        lines = [line for line in lines if line.x]
        if not lines:
            continue
        last = max(line.x[-1] for line in lines)
        top = 1.0 if file == 'accuracy' else max(max(line.y) for line in lines)
        chart = Chart(title, 'step', (0, last), (0, top))
        for line in lines:
            chart.line(line)
        chart.save(folder / f'{file}.png')


def draw_reliability(bins: Sequence[Bin], path: Path, title: str) -> None:
    """
    Draw accuracy over confidence.

    :param bins: of :func:`grounded_perception.calibration.binned`.
    :param path: a ``.png``.
    :param title: above it.
    """
    chart = Chart(title, 'confidence', (0, 1), (0, 1))
    for i, each in enumerate(bins):
        if each.count:
            chart.bar(i / BINS, (i + 1) / BINS, each.accuracy)
    chart.line(Line('perfect', (0, 1), (0, 1)))
    chart.save(path)


def _column(rows: Sequence[dict[str, str]], name: str) -> Line:
    found = [(float(row['step']), float(row[name])) for row in rows if row.get(name)]
    return Line(name, [x for x, _ in found], [y for _, y in found])


def _wide(limits: tuple[float, float]) -> tuple[float, float]:
    """Return limits that are apart."""
    low, high = limits
    return (low, high) if high > low else (low, low + 1)
