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
Sentences in which the description of the thing meant stands in braces, and its name in stars.

``catch up with {the *man* holding two poles}``. An afterthought has braces of its own. Lines that
begin with # are comments.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grounded_perception.errors import TrainingError
from grounded_perception.language.focus import INSIDE, NAME, OUTSIDE

Span = tuple[int, int]


@dataclass(frozen=True)
class Line:
    """
    One sentence.

    :param text: as said.
    :param inside: first character and one past the last of what describes the thing.
    :param names: the same of its name.
    """

    text: str
    inside: tuple[Span, ...]
    names: tuple[Span, ...]

    def labels(self, words: Sequence[Span]) -> list[int]:
        """
        Say what each word is.

        :param words: where the words of ``text`` begin and end.
        :returns: for each :data:`OUTSIDE`, :data:`INSIDE` or :data:`NAME`.
        """
        return [self._label(start, end) for start, end in words]

    def _label(self, start: int, end: int) -> int:
        if not any(first <= start and end <= last for first, last in self.inside):
            return OUTSIDE
        is_name = any(start < last and first < end for first, last in self.names)
        return NAME if is_name else INSIDE


def read_line(marked: str) -> Line:
    """
    Read one line.

    :param marked: a sentence with braces and stars.
    :returns: the sentence.
    :raises TrainingError: when braces or stars are missing, nested or not closed.
    """
    text = ''
    inside: list[Span] = []
    names: list[Span] = []
    opened: dict[str, int] = {}
    for mark in marked:
        kind = {'{': '{', '}': '{', '*': '*'}.get(mark)
        if kind is None:
            text += mark
        elif kind in opened and mark != '{':
            (inside if kind == '{' else names).append((opened.pop(kind), len(text)))
        elif mark == '}' or kind in opened:
            raise TrainingError(f'braces are not in pairs: {marked!r}')
        else:
            opened[kind] = len(text)
    if opened or not inside:
        raise TrainingError(f'the description must stand between {{ and }}: {marked!r}')
    return Line(text, tuple(inside), tuple(names))


def read_file(path: Path) -> Iterator[Line]:
    """
    Read a file of lines.

    :param path: UTF-8 text.
    :returns: its sentences.
    :raises TrainingError: when it cannot be read, naming file and line.
    """
    try:
        said = path.read_text(encoding='utf-8').splitlines()
    except (OSError, UnicodeDecodeError) as exc:
        raise TrainingError(f'{path} cannot be read: {exc}') from exc
    for number, each in enumerate(said, 1):
        if not each.strip() or each.startswith('#'):
            continue
        try:
            yield read_line(each.strip())
        except TrainingError as exc:
            raise TrainingError(f'{path}:{number}: {exc}') from exc
