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
Files of sentences about pictures, as they are around: RefCOCO's as JSON, and this project's own.

A row of RefCOCO (``refs(unc).json``, a list or one a line) has ``sentences``, ``split``,
``file_name`` and ``ann_id``, whose box is in COCO's ``instances.json``; or a ``bbox`` (xywh) of
its own. A row of our ``refexp.jsonl`` has ``image``, ``expression``, ``status`` and ``bbox_xyxy``
(``candidates`` where several fit).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
import json
from pathlib import Path
import re
from typing import Any

from grounded_perception.errors import TrainingError

Box = tuple[float, float, float, float]

#: Reads no pickle that holds anything but plain values: looking up a class fails.
_CONVERSION = (
    "import json, pickle; U = type('U', (pickle.Unpickler,), dict(find_class=None)); "
    "json.dump(U(open('{name}', 'rb'), encoding='latin1').load(), open('{stem}.json', 'w'))"
)
_PICKLES = ('.p', '.pkl', '.pickle')
#: RefCOCO calls COCO_train2014_000000581857.jpg COCO_train2014_000000581857_16.jpg.
_WITH_ANNOTATION = re.compile(r'^(COCO_\w+_\d{12})_\d+(\.\w+)$')


@dataclass(frozen=True)
class Pointing:
    """
    A sentence that points at something in a picture.

    :param where: file and row, for messages.
    :param image: file name of the picture.
    :param text: the sentence.
    :param boxes: xyxy of what fits: one, several where it is ambiguous, none where it is absent.
    :param kind: what it tells its thing apart by, for tables.
    """

    where: str
    image: str
    text: str
    boxes: tuple[Box, ...]
    kind: str


def read(annotations: Path, instances: Path | None = None, split: str = '') -> list[Pointing]:
    """
    Read sentences of any of the forms.

    :param annotations: ``.json`` or ``.jsonl``.
    :param instances: COCO's boxes and file names; None where the rows have their own.
    :param split: only rows of this split; empty = all.
    :returns: sentences, in order.
    :raises TrainingError: naming file, row and what is missing.
    """
    tables = _tables(instances) if instances else ({}, {})
    found: list[Pointing] = []
    for i, row in enumerate(_rows(annotations)):
        where = f'{annotations.name}, row {i + 1}'
        if not isinstance(row, dict):
            raise TrainingError(f'{where}: an object is wanted, got {type(row).__name__}')
        if split and row.get('split') != split:
            continue
        try:
            found += _own(row, where) if 'expression' in row else _refer(row, where, *tables)
        except (TypeError, AttributeError, LookupError) as exc:
            raise TrainingError(
                f'{where} has a field of another kind than it must: {exc}'
            ) from exc
    return found


def _rows(path: Path) -> list[Any]:
    """Return the rows of a JSON list or of JSON lines."""
    if path.suffix in _PICKLES:
        line = _CONVERSION.format(name=path.name, stem=path.stem)
        raise TrainingError(
            f'{path} is a pickle, which may run code when it is opened. Make JSON of it: '
            f'python3 -c "{line}"'
        )
    try:
        text = path.read_text(encoding='utf-8')
        if path.suffix == '.jsonl':
            return [json.loads(line) for line in text.splitlines() if line.strip()]
        rows = json.loads(text)
    except OSError as exc:
        raise TrainingError(f'{path}: {exc.strerror or exc}') from exc
    except ValueError as exc:
        raise TrainingError(f'{path} is no JSON: {exc}') from exc
    if not isinstance(rows, list):
        raise TrainingError(f'{path}: a list of rows is wanted, got {type(rows).__name__}')
    return rows


def _tables(path: Path) -> tuple[dict[Any, Any], dict[Any, str]]:
    """Return boxes (xywh) by annotation and file names by image."""
    try:
        told = json.loads(path.read_text(encoding='utf-8'))
        boxes = {each['id']: each['bbox'] for each in told['annotations']}
        return boxes, {each['id']: each['file_name'] for each in told['images']}
    except OSError as exc:
        raise TrainingError(f'{path}: {exc.strerror or exc}') from exc
    except (ValueError, KeyError, TypeError) as exc:
        raise TrainingError(f'{path} is no COCO instances file: {exc!r}') from exc


def _own(row: dict[str, Any], where: str) -> Iterator[Pointing]:
    """Read a row of this project's form."""
    status = _field(row, 'status', where)
    if status == 'ABSENT':
        boxes: tuple[Box, ...] = ()
    elif status == 'AMBIGUOUS':
        boxes = tuple(_box(box, where) for box in _field(row, 'candidates', where))
    elif status == 'FOUND':
        boxes = (_box(_field(row, 'bbox_xyxy', where), where),)
    else:
        raise TrainingError(f'{where}: status is FOUND, ABSENT or AMBIGUOUS, got {status!r}')
    kind = str((row.get('types') or [''])[0])
    image, text = _text(row, 'image', where), _text(row, 'expression', where)
    yield Pointing(where, image, text, boxes, kind)


def _refer(
    row: dict[str, Any], where: str, boxes: dict[Any, Any], names: dict[Any, str]
) -> Iterator[Pointing]:
    """Read a row of RefCOCO's form: several sentences about one box."""
    box = row.get('bbox')
    if box is None:
        known = _field(row, 'ann_id', where)
        if known not in boxes:
            raise TrainingError(f'{where}: no box: annotation {known} is not in the instances')
        box = boxes[known]
    x, y, width, height = _box(box, where)
    name = names.get(row.get('image_id'))
    if name is None:
        name = _WITH_ANNOTATION.sub(r'\1\2', _text(row, 'file_name', where))
    for said in _field(row, 'sentences', where):
        if isinstance(said, str):
            text = said
        else:
            text = _text(said, 'raw' if said.get('raw') else 'sent', where)
        yield Pointing(where, name, text, ((x, y, x + width, y + height),), '')


def _field(row: dict[str, Any], name: str, where: str) -> Any:
    if row.get(name) is None:
        raise TrainingError(f'{where}: no field {name!r}, only {", ".join(map(str, row))}')
    return row[name]


def _text(row: dict[str, Any], name: str, where: str) -> str:
    value = _field(row, name, where)
    if not isinstance(value, str):
        raise TrainingError(f'{where}: {name!r} is a text, got {value!r}')
    return value


def _box(values: Any, where: str) -> Box:
    try:
        a, b, c, d = (float(value) for value in values)
    except (TypeError, ValueError) as exc:
        raise TrainingError(f'{where}: a box has four numbers, got {values!r}') from exc
    return a, b, c, d
