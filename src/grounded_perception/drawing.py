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
Pictures for people: detections, the answer to a command, and where its words looked.

Line width and letters grow with the image, so that 320 x 240 and 1920 x 1080 both read well.
Texts are reduced to ASCII, the only letters that every OpenCV can draw.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
import unicodedata
import zlib

import cv2
from grounded_perception import geometry
from grounded_perception.errors import SettingsError
from grounded_perception.records import Floats, Grounding, Perception, Regions, Status
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Colour = tuple[int, int, int]
_Rect = tuple[int, int, int, int]

#: Colour of each answer, RGB.
STATUS_COLOURS: dict[Status, Colour] = {
    Status.FOUND: (40, 220, 70),
    Status.AMBIGUOUS: (255, 176, 0),
    Status.ABSENT: (255, 90, 90),
}
_FONT = cv2.FONT_HERSHEY_SIMPLEX
_WHITE, _BLACK, _GREY = (255, 255, 255), (0, 0, 0), (170, 170, 170)
#: Colours of classes; none that could be taken for an answer's.
_PALETTE: tuple[Colour, ...] = (
    (86, 180, 233), (220, 120, 240), (120, 140, 255), (0, 200, 200), (255, 140, 190),
    (150, 110, 220), (150, 200, 255), (200, 180, 255), (60, 150, 220), (230, 200, 230),
    (110, 220, 230), (190, 150, 170),
)  # fmt: skip
_TYPOGRAPHIC = str.maketrans(
    {'“': '"', '”': '"', '„': '"', '‘': "'", '’': "'", '–': '-', '—': '-', '…': '...',
     'ß': 'ss', 'æ': 'ae', 'ø': 'o', 'ł': 'l', '\t': ' ', '\n': ' '}
)  # fmt: skip
#: A detection that covers a grounded box by more than this is the same thing drawn twice.
_SAME_IOU = 0.85
#: A region with less of the attention than this gets no box in its picture.
_LEAST_SHARE = 0.05
_HEAT_SIDE = 160


def annotate(rgb: Picture, perception: Perception) -> Picture:
    """
    Draw what was perceived: detections thin, the answer bold, a banner line for each phrase.

    :param rgb: uint8 ``(H, W, 3)`` RGB; not written to.
    :param perception: what was perceived in it.
    :returns: uint8 ``(H, W, 3)`` RGB, a new array.
    """
    canvas = _Canvas(np.array(rgb, np.uint8, order='C'))
    answers = list(_answers(perception))
    plain = perception.detections
    if answers:
        drawn = np.array([box for box, _, _ in answers], np.float32)
        plain = plain.take(geometry.iou(plain.boxes_px, drawn).max(axis=1) <= _SAME_IOU)
    rows = list(zip(plain.boxes_px, plain.labels, plain.scores, strict=True))
    # Worst score first, so that the best lies on top; answers above all.
    for box, name, _ in reversed(rows):
        canvas.outline(box, class_colour(name), bold=False)
    for box, _, colour in reversed(answers):
        canvas.outline(box, colour, bold=True)
    # Texts by importance: the first has the choice of places.
    canvas.banner([_banner_line(g) for g in perception.groundings])
    for box, text, colour in answers:
        canvas.label(box, text, colour)
    for box, name, score in rows:
        canvas.label(box, f'{name} {score:.2f}', class_colour(name), optional=True)
    return canvas.image


def attention_map(
    rgb: Picture, grounding: Grounding, candidates: Regions, word: str | None = None
) -> Picture:
    """
    Draw where the words of a phrase looked.

    :param rgb: uint8 ``(H, W, 3)`` RGB; not written to.
    :param grounding: the answer whose attention is drawn.
    :param candidates: the regions that its attention is over.
    :param word: one of ``grounding.attention.words``; None = the mean over all of them.
    :returns: uint8 ``(H, W, 3)`` RGB, a new array.
    :raises SettingsError: when the phrase has no such word.
    """
    words, weights = grounding.attention.words, grounding.attention.weights
    if word is not None and word not in words:
        raise SettingsError(f'word must be one of {", ".join(words)}, got {word!r}')
    rows = [i for i, w in enumerate(words) if w == word or (word is None and weights[i].any())]
    shares = weights[rows].mean(axis=0) if rows else np.zeros(len(candidates), np.float32)
    canvas = _Canvas(_overlay(rgb, _heat(rgb.shape[0], rgb.shape[1], candidates, shares)))
    seen = [i for i in np.argsort(-shares, kind='stable') if shares[i] >= _LEAST_SHARE]
    for i in reversed(seen):
        canvas.outline(candidates.boxes_px[i], _WHITE, bold=False)
    canvas.banner([_banner_line(grounding)])
    canvas.legend([(w, _WHITE if i in rows else _GREY) for i, w in enumerate(words)])
    for i in seen:
        text = f'{candidates.labels[i]} {shares[i]:.2f}'
        canvas.label(candidates.boxes_px[i], text, _WHITE)
    return canvas.image


def class_colour(name: str) -> Colour:
    """
    Choose the colour of a class: the same in every picture and every process.

    :param name: class label.
    :returns: RGB.
    """
    return _PALETTE[zlib.crc32(name.encode('utf-8', 'replace')) % len(_PALETTE)]


def drawable(text: str) -> str:
    """
    Reduce a text to what OpenCV can draw.

    :param text: any text.
    :returns: printable ASCII: accents dropped, what has no likeness is one ``?`` a character.
    """
    parts = unicodedata.normalize('NFKD', text.translate(_TYPOGRAPHIC))
    bare = (c for c in parts if not unicodedata.combining(c))
    return ''.join(c if ' ' <= c <= '~' else '?' for c in bare)


def _banner_line(grounding: Grounding) -> tuple[str, str, Colour]:
    status = grounding.status
    verdict = f'{status.value} {grounding.score:.2f}'
    return f'"{grounding.phrase.text}"', verdict, STATUS_COLOURS[status]


def _answers(perception: Perception) -> Iterable[tuple[Floats, str, Colour]]:
    """Yield box, text and colour of everything that answers, the candidates numbered."""
    regions = perception.candidates
    for grounding in perception.groundings:
        for rank, i in enumerate(grounding.indices, start=1):
            number = f'{rank} ' if grounding.status is Status.AMBIGUOUS else ''
            text = f'{number}{regions.labels[i]} {grounding.probabilities[i]:.2f}'
            yield regions.boxes_px[i], text, STATUS_COLOURS[grounding.status]


def _heat(height: int, width: int, regions: Regions, shares: Floats) -> Floats:
    """Return ``(H, W)`` in [0, 1]: a bump in every box, as high as its share of the best one."""
    scale = min(1.0, _HEAT_SIDE / max(height, width))
    h, w = max(1, round(height * scale)), max(1, round(width * scale))
    y, x = np.mgrid[0.5:h, 0.5:w].astype(np.float32) / np.float32(scale)
    heat = np.zeros((h, w), np.float32)
    best = max(float(shares.max(initial=0)), 1e-6)
    for (x1, y1, x2, y2), share in zip(regions.boxes_px, shares, strict=True):
        rx, ry = max((x2 - x1) / 2, 1.0), max((y2 - y1) / 2, 1.0)
        distance = ((x - (x1 + x2) / 2) / rx) ** 2 + ((y - (y1 + y2) / 2) / ry) ** 2
        heat = np.maximum(heat, share / best * np.exp(-distance))
    return np.asarray(cv2.resize(heat, (width, height), interpolation=cv2.INTER_LINEAR))


def _overlay(rgb: Picture, heat: Floats) -> Picture:
    """Lay heat over a pale copy of the image."""
    gray = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)
    pale = cv2.cvtColor(cv2.convertScaleAbs(gray, alpha=0.6), cv2.COLOR_GRAY2RGB)
    levels = cv2.convertScaleAbs(heat, alpha=255)
    warm = cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_TURBO), cv2.COLOR_BGR2RGB)
    alpha = 0.55 * np.minimum(heat * 1.5, 1)
    return np.asarray(cv2.blendLinear(warm, pale, alpha, 1 - alpha), np.uint8)


class _Canvas:
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
            cv2.rectangle(self.image, *corners, _BLACK, self._bold + 2)
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
        self._write(text, left, top, _BLACK)

    def banner(self, lines: Sequence[tuple[str, str, Colour]]) -> None:
        """Write phrases and verdicts along the upper edge, on at most a third of the image."""
        shown = lines[: self._most_lines]
        self._shade((0, 0, self._width if shown else 0, len(shown) * self._line))
        for row, (phrase, verdict, colour) in enumerate(shown, start=1):
            if row == len(shown) < len(lines):
                verdict += f' (+{len(lines) - row} more)'
            verdict = self._fitted(verdict, self._width)
            phrase = self._fitted(phrase, self._width - self._size(verdict)[0])
            self._write(phrase, 0, (row - 1) * self._line, _WHITE)
            x = self._size(phrase)[0] if phrase else 0
            self._write(verdict, x, (row - 1) * self._line, colour)

    def legend(self, lines: Sequence[tuple[str, Colour]]) -> None:
        """Write lines into the lower left corner, on at most a third of the image."""
        shown = [(self._fitted(t, self._width), colour) for t, colour in lines[: self._most_lines]]
        width = max((self._size(text)[0] for text, _ in shown), default=0)
        top = max(0, self._height - len(shown) * self._line)
        self._shade((0, top, width, self._height))
        for row, (text, colour) in enumerate(shown):
            self._write(text, 0, top + row * self._line, colour)

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
