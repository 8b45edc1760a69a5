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

"""The demo's answers as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
import math
import os
import sys

from grounded_perception.ros.demo.answers import Answer, Box

_COLOURS = {
    'FOUND': '32', 'AMBIGUOUS': '33', 'ABSENT': '36', 'REFUSED': '35',
    'ANSWERED': '32', 'CANNOT_TELL': '33',
}  # fmt: skip
_WIDTHS = (20, 36, 11, 13, 5, 23)
HEADINGS = ('picture', 'command', 'status', 'label', 'score', 'box (x1 y1 x2 y2)', 'ms')


def _is_coloured() -> bool:
    return sys.stdout.isatty() and not os.environ.get('NO_COLOR')


def _row(cells: tuple[str, ...]) -> str:
    cut = [
        cell if len(cell) <= width else f'{cell[: width - 1]}…'
        for cell, width in zip(cells, _WIDTHS, strict=False)
    ]
    padded = [cell.ljust(width) for cell, width in zip(cut, _WIDTHS, strict=False)]
    status = cells[2]
    if status in _COLOURS and _is_coloured():
        padded[2] = f'\x1b[{_COLOURS[status]}m{padded[2]}\x1b[0m'
    return ' '.join([*padded, *(cell.rjust(5) for cell in cells[len(_WIDTHS) :])]).rstrip()


def heading() -> str:
    """Return the table's first line."""
    return _row(HEADINGS)


def box_text(boxes: tuple[Box, ...]) -> str:
    """
    Write the best box, and how many there are besides.

    :param boxes: best first.
    :returns: for instance ``102 65 679 444 (+2)``.
    """
    if not boxes:
        return ''
    more = f' (+{len(boxes) - 1})' if len(boxes) > 1 else ''
    return ' '.join(str(side) for side in boxes[0]) + more


def rows(picture: str, answer: Answer) -> Iterator[str]:
    """
    Write one answer.

    :param picture: name of what was shown.
    :param answer: the answer.
    :returns: one line for each phrase, and the reason where nothing was found.
    """
    latency = '' if math.isnan(answer.latency_ms) else f'{answer.latency_ms:.0f}'
    lead = (picture, answer.command)
    if not answer.phrases:
        yield _row((*lead, answer.status, '', '', '', latency))
        if answer.note:
            yield f'{"":{_WIDTHS[0]}}   {answer.note}'
    if len(answer.phrases) > 1:
        yield _row((*lead, answer.status, '', '', '', latency))
    for phrase in answer.phrases:
        if len(answer.phrases) > 1:
            lead, latency = ('', f'  - {phrase.text}'), ''
        score = f'{phrase.score:.2f}'
        cells = (phrase.status, phrase.label, score, box_text(phrase.boxes), latency)
        yield _row((*lead, *cells))
        if phrase.status != 'FOUND':
            yield f'{"":{_WIDTHS[0]}}   {phrase.reason}'
