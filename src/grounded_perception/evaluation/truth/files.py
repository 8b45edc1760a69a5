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

"""Reading the files of a truth: whatever is wrong names the file and the line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
import gzip
import json
from pathlib import Path
from typing import Any
import zlib

from grounded_perception.errors import TruthError

_GZIP = '.gz'


def plain(path: Path) -> Path:
    """
    Return the name of a file without that of its compression.

    :param path: of it.
    :returns: ``x.jsonl`` of ``x.jsonl.gz``.
    """
    return path.with_suffix('') if path.suffix.lower() == _GZIP else path


def bytes_of(path: Path, size: int = -1) -> bytes:
    """
    Read a file, and unpack it where it is named ``.gz``.

    :param path: of it.
    :param size: bytes at most; -1 = all.
    :returns: its content.
    :raises TruthError: when it cannot be read or unpacked.
    """
    try:
        with path.open('rb') if plain(path) == path else gzip.open(path) as file:
            return file.read(size)
    except (EOFError, zlib.error, gzip.BadGzipFile) as exc:
        raise TruthError(f'{path} cannot be unpacked: {exc}') from exc
    except OSError as exc:
        raise TruthError(f'{path}: {exc.strerror or exc}') from exc


def text_of(path: Path, content: bytes) -> str:
    """
    Decode a file.

    :param path: of it, for messages.
    :param content: of it.
    :returns: its text, without a byte order mark.
    :raises TruthError: when it is no text.
    """
    try:
        return content.decode('utf-8-sig')
    except UnicodeDecodeError as exc:
        raise TruthError(f'{path} is no UTF-8 text: {exc}') from exc


def json_of(where: object, text: str) -> Any:
    """
    Parse JSON.

    :param where: file, and row of it, for messages.
    :param text: to parse.
    :returns: what it says.
    :raises TruthError: when it is no JSON.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise TruthError(f'{where} is no JSON: {exc}') from exc


def lines_of(path: Path, text: str) -> Iterator[tuple[str, str]]:
    """
    Yield the lines that say something.

    :param path: of the file, for messages.
    :param text: of the file.
    :returns: where each is, and the line.
    """
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            yield f'{path}, line {number}', line.strip()


def numbers(given: Iterable[Any], where: object) -> tuple[float, ...]:
    """
    Read numbers.

    :param given: as numbers or as texts.
    :param where: they are, for messages.
    :returns: them.
    :raises TruthError: when one is none.
    """
    values = tuple(given)
    try:
        return tuple(float(value) for value in values)
    except (TypeError, ValueError, OverflowError) as exc:
        raise TruthError(f'{where}: numbers are wanted, got {_short(values)}') from exc


def whole(given: Any, where: object, what: str) -> int:
    """
    Read a whole number.

    :param given: a number or a text, ``'3'`` and ``'3.0'`` alike.
    :param where: it is, for messages.
    :param what: it is, for messages.
    :returns: it.
    :raises TruthError: when it is none.
    """
    try:
        value = float(given)
        if value == int(value):
            # An identity may have more digits than a float.
            return int(given) if isinstance(given, int) else int(value)
    except (TypeError, ValueError, OverflowError):
        pass
    raise TruthError(f'{where}: {what} is a whole number, got {given!r}')


def field_of(row: Any, name: str, where: object) -> Any:
    """
    Take a field of a JSON object.

    :param row: the object.
    :param name: of the field.
    :param where: it is, for messages.
    :returns: its value.
    :raises TruthError: when the row is no object, or the field is absent or null.
    """
    if not isinstance(row, dict):
        raise TruthError(f'{where}: an object is wanted, got {_short(row)}')
    if row.get(name) is None:
        raise TruthError(f'{where}: no field {name!r}, only {_short(", ".join(map(str, row)))}')
    return row[name]


def text_field(row: Any, name: str, where: object) -> str:
    """
    Take a field that holds a text.

    :param row: the object.
    :param name: of the field.
    :param where: it is, for messages.
    :returns: the text, not empty.
    :raises TruthError: when there is none.
    """
    value = field_of(row, name, where)
    if not isinstance(value, str) or not value.strip():
        raise TruthError(f'{where}: {name!r} is a text, got {_short(value)}')
    return value


def list_field(row: Any, name: str, where: object) -> list[Any]:
    """
    Take a field that holds a list.

    :param row: the object.
    :param name: of the field.
    :param where: it is, for messages.
    :returns: the list.
    :raises TruthError: when there is none.
    """
    value = field_of(row, name, where)
    if not isinstance(value, list):
        raise TruthError(f'{where}: {name!r} is a list, got {_short(value)}')
    return value


def _short(value: object) -> str:
    shown = value if isinstance(value, str) else repr(value)
    return shown if len(shown) <= 120 else f'{shown[:119]}…'
