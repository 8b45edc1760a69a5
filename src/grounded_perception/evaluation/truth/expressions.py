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
Sentences about images: this project's ``refexp.jsonl``, GRIT's, and RefCOCO's as JSON.

A row of ours has ``image``, ``expression``, ``status``, ``bbox_xyxy`` and ``types``; one of GRIT
(https://github.com/allenai/grit_official) ``bboxes_xyxy`` and no status. A row of RefCOCO
(``refs(unc).json``) has ``sentences``, ``split``, ``file_name`` and ``ann_id``, whose box is in
the ``instances.json`` beside it, or a ``bbox`` (x, y, width, height) of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import re
from typing import Any

from grounded_perception.errors import TruthError
from grounded_perception.evaluation.truth.draft import Box, Draft
from grounded_perception.evaluation.truth.files import (
    field_of,
    json_of,
    lines_of,
    list_field,
    numbers,
    plain,
    text_field,
    whole,
)

INSTANCES = 'instances.json'
#: RefCOCO calls COCO_train2014_000000581857.jpg COCO_train2014_000000581857_16.jpg.
_WITH_ANNOTATION = re.compile(r'^(COCO_\w+_\d{12})_\d+(\.\w+)$')
#: COCO's boxes (xywh) by annotation, and file names by image.
_Tables = tuple[dict[int, Any], dict[int, str]]


def read(path: Path, split: str = '') -> Draft:
    """
    Read sentences.

    :param path: ``.jsonl``, or ``.json`` with a list; also with ``.gz``.
    :param split: only rows of this split (``'val'``, ``'testA'``); empty = all.
    :returns: sentences, in order; no boxes of things that nobody speaks of.
    :raises TruthError: naming the file and the row.
    """
    draft = Draft(path, 'expressions')
    rows = list(_rows(path, draft.text(path)))
    if split:
        splits = sorted({str(row.get('split')) for _, row in rows if isinstance(row, dict)})
        rows = [(where, row) for where, row in rows if field_of(row, 'split', where) == split]
        if not rows:
            raise TruthError(f'{path}: no row of split {split!r}, only of {", ".join(splits)}')
    tables: _Tables = ({}, {})
    if any(isinstance(row, dict) and 'ann_id' in row and 'bbox' not in row for _, row in rows):
        tables = _instances(draft, path.parent / INSTANCES)
    for where, row in rows:
        if isinstance(row, dict) and 'sentences' in row:
            _refer(draft, row, where, tables)
        else:
            _own(draft, row, where)
    return draft


def _rows(path: Path, text: str) -> Iterator[tuple[str, Any]]:
    """Yield rows with where they are."""
    if plain(path).suffix.lower() == '.jsonl' or not text.lstrip().startswith('['):
        for where, line in lines_of(path, text):
            yield where, json_of(where, line)
    else:
        for i, row in enumerate(json_of(path, text)):
            yield f'{path}, row {i + 1}', row


def _own(draft: Draft, row: Any, where: str) -> None:
    """Read a row with one sentence."""
    expression = text_field(row, 'expression', where)
    boxes = [_box(row[name], where, name) for name in ('bbox_xyxy', 'bbox_xywh') if row.get(name)]
    if row.get('bboxes_xyxy'):
        boxes = [_box(b, where, 'bboxes_xyxy') for b in list_field(row, 'bboxes_xyxy', where)]
    status = row.get('status')
    if status is None:
        if not boxes:
            raise TruthError(f"{where}: neither 'status' nor a box")
        status = 'FOUND' if len(boxes) == 1 else 'AMBIGUOUS'
    if 'image' in row or 'file_name' in row:
        key = text_field(row, 'image' if 'image' in row else 'file_name', where)
    else:
        key = str(field_of(row, 'image_id', where))
    kinds = tuple(map(str, list_field(row, 'types', where))) if row.get('types') else ()
    size = tuple(whole(row.get(side) or 0, where, side) for side in ('width', 'height'))
    box = boxes[0] if boxes else None
    draft.sentence(key, expression, status, box, kinds, where, (size[0], size[1]))


def _refer(draft: Draft, row: dict[str, Any], where: str, tables: _Tables) -> None:
    """Read a row of RefCOCO: several sentences about one box."""
    boxes, names = tables
    given = row.get('bbox')
    if given is None:
        annotation = whole(field_of(row, 'ann_id', where), where, 'ann_id')
        if annotation not in boxes:
            raise TruthError(f'{where}: annotation {annotation} is not in {INSTANCES}')
        given = boxes[annotation]
    box = _box(given, where, 'bbox')
    image = row.get('image_id')
    name = names.get(whole(image, where, 'image_id')) if names and image is not None else None
    if name is None:
        name = _WITH_ANNOTATION.sub(r'\1\2', text_field(row, 'file_name', where))
    for said in list_field(row, 'sentences', where):
        if isinstance(said, str):
            text = said
        else:
            named = isinstance(said, dict) and said.get('raw')
            text = text_field(said, 'raw' if named else 'sent', where)
        draft.sentence(name, text, 'FOUND', box, (), where)


def _box(given: Any, where: str, name: str) -> Box:
    """Read a box; one not called xyxy is x, y, width, height."""
    values = numbers(given if isinstance(given, list) else (given,), where)
    if len(values) != 4:
        raise TruthError(f'{where}: {name!r} has four numbers, got {given!r}')
    a, b, c, d = values
    return (a, b, c, d) if name.endswith('xyxy') else (a, b, a + c, b + d)


def _instances(draft: Draft, path: Path) -> _Tables:
    """Return boxes and file names of COCO's instances."""
    if not path.is_file():
        raise TruthError(
            f"{draft.path}: its rows have no boxes of their own but ann_id: put COCO's "
            f'{INSTANCES} beside it'
        )
    told = json_of(path, draft.text(path))
    boxes, names = {}, {}
    for i, each in enumerate(list_field(told, 'annotations', path)):
        where = f'{path}, annotations[{i}]'
        boxes[whole(field_of(each, 'id', where), where, 'an id')] = field_of(each, 'bbox', where)
    for i, each in enumerate(list_field(told, 'images', path)):
        where = f'{path}, images[{i}]'
        number = whole(field_of(each, 'id', where), where, 'an id')
        names[number] = text_field(each, 'file_name', where)
    return boxes, names
