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
Boxes in JSON: Qwen's ``[{"bbox_2d": [x1, y1, x2, y2], "label": "dog"}]`` and its kin.

What the numbers mean is declared by the caller, never guessed from them, but for one case that
can mean nothing else: pixels were asked for and every number is between 0 and 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
import json
import math
from typing import Any

from grounded_perception.assistants.parsing.found import Parsed, shorten, Sieve
from grounded_perception.assistants.parsing.json_text import values

#: Size of the space that coordinates lie in when they are not pixels.
UNIT, THOUSAND = (1.0, 1.0), (1000.0, 1000.0)
_BOXES = ('bbox_2d', 'bbox', 'box', 'bounding_box', 'boundingBox', 'bboxes', 'boxes', 'xyxy')
_LABELS = ('label', 'name', 'class', 'category', 'phrase', 'object', 'text_content', 'text')
_SCORES = ('score', 'confidence', 'probability')
_CORNER_KEYS = (
    ('x1', 'y1', 'x2', 'y2'),
    ('xmin', 'ymin', 'xmax', 'ymax'),
    ('x_min', 'y_min', 'x_max', 'y_max'),
    ('left', 'top', 'right', 'bottom'),
)
_SIZE_KEYS = (('x', 'y', 'width', 'height'), ('x', 'y', 'w', 'h'))
_MAX_DEPTH = 6
#: A label, four corners, a score or None.
_Entry = tuple[str, list[float], float | None]


def write(boxes: Sequence[tuple[str, Sequence[float]]]) -> str:
    """
    Write boxes as Qwen does.

    :param boxes: label and xyxy of each, in whatever space was agreed.
    :returns: a JSON list in a code fence.
    """
    rows = [{'bbox_2d': [round(v) for v in box], 'label': label} for label, box in boxes]
    return f'```json\n{json.dumps(rows, ensure_ascii=False)}\n```'


def read(
    text: str, width: int, height: int, label: str = '', space: tuple[float, float] | None = None
) -> Parsed:
    """
    Read boxes.

    :param text: what the model wrote.
    :param width: width of the original image in pixels.
    :param height: its height.
    :param label: what a box without a label is called.
    :param space: width and height of the space that the coordinates lie in: the size of the
        image as the model saw it, :data:`UNIT` or :data:`THOUSAND`; None = the original image.
    :returns: the boxes in pixels of the original image.
    """
    sieve = Sieve(width, height, label)
    found, problems = values(text)
    for problem in problems:
        sieve.problem(problem)
    entries: list[_Entry] = []
    for value in found:
        _gather(value, entries, sieve, 0)
    if not found and text.strip():
        sieve.problem(f'no JSON in {shorten(text)}')
    space = _space(space or (float(width), float(height)), entries, sieve)
    scale = (width / space[0], height / space[1])
    for name, corners, score in entries:
        sieve.add(name, [v * scale[i % 2] for i, v in enumerate(corners)], score)
    return sieve.parsed()


def _space(
    space: tuple[float, float], entries: Sequence[_Entry], sieve: Sieve
) -> tuple[float, float]:
    """Return the space that the coordinates lie in; shares instead of pixels are noticed."""
    numbers = [value for _, corners, _ in entries for value in corners]
    if min(space) >= 20 and numbers and all(0 <= value <= 1 for value in numbers):
        sieve.problem('coordinates between 0 and 1 came where larger ones were asked for')
        return UNIT
    return space


def _gather(value: Any, entries: list[_Entry], sieve: Sieve, depth: int) -> None:
    """Find entries in what JSON holds, at any place."""
    if depth > _MAX_DEPTH:
        sieve.problem(f'JSON deeper than {_MAX_DEPTH} levels was not read')
        return
    if isinstance(value, Mapping):
        keys = [key for key in _BOXES if key in value and not _holds_entries(value[key])]
        if keys:
            _entry(value, keys[0], entries, sieve)
            return
        inner = [part for part in value.values() if isinstance(part, Mapping | list)]
        for part in inner:
            _gather(part, entries, sieve, depth + 1)
        if not inner and value:
            sieve.problem(f'no box in {shorten(str(value))}: it needs "bbox_2d"')
    elif isinstance(value, list):
        if boxes := _corners(value):
            entries += [('', corners, None) for corners in boxes]
            return
        for part in value:
            if isinstance(part, Mapping | list):
                _gather(part, entries, sieve, depth + 1)
            else:
                sieve.problem(f'no box in {shorten(str(value))}: it needs four numbers')
                break


def _holds_entries(value: Any) -> bool:
    """Say whether a value is a list of labelled boxes rather than boxes."""
    return isinstance(value, list) and any(
        isinstance(part, Mapping) and any(key in part for key in _BOXES) for part in value
    )


def _entry(value: Mapping[str, Any], key: str, entries: list[_Entry], sieve: Sieve) -> None:
    label = next((value[k] for k in _LABELS if isinstance(value.get(k), str)), '')
    score = next((_number(value[k]) for k in _SCORES if value.get(k) is not None), None)
    boxes = _corners(value[key])
    if not boxes and value[key] != []:
        sieve.problem(f'{key} of {shorten(label)} is {shorten(str(value[key]))}: left out')
    entries += [(label, corners, score) for corners in boxes]


def _corners(value: Any) -> list[list[float]]:
    """Return the boxes that a value spells: four numbers, two points, named corners, or many."""
    if isinstance(value, Mapping):
        for keys in _CORNER_KEYS:
            if all(key in value for key in keys):
                return _whole([_number(value[key]) for key in keys])
        for keys in _SIZE_KEYS:
            if all(key in value for key in keys):
                x, y, w, h = (_number(value[key]) for key in keys)
                return _whole([x, y, x + w, y + h])
        return []
    if not isinstance(value, list) or not value:
        return []
    if len(value) == 4 and not any(isinstance(part, Mapping | list) for part in value):
        return _whole([_number(part) for part in value])
    parts = [part for part in value if isinstance(part, list) and len(part) in (2, 4)]
    if len(parts) != len(value):
        return []
    if len(parts) == 2 and all(len(part) == 2 for part in parts):
        return _whole([_number(number) for part in parts for number in part])
    if all(len(part) == 4 for part in parts):
        return [box for part in parts for box in _whole([_number(n) for n in part])]
    return []


def _whole(corners: list[float]) -> list[list[float]]:
    """Return a box in a list; none when not one of its values is a number."""
    return [] if all(math.isnan(value) for value in corners) else [corners]


def _number(value: Any) -> float:
    """Return a number, also one in quotes; NaN for what is none."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return math.nan
    try:
        return float(value)
    except (ValueError, OverflowError):
        return math.nan
