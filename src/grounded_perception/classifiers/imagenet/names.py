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

"""The words of the 1000 classes, and everyday words for several of them; read once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
import importlib.resources
import json

from grounded_perception.language.concepts import normalise

Columns = frozenset[int]


@cache
def synonyms() -> tuple[tuple[str, ...], ...]:
    """
    Return the words of every class.

    :returns: 1000 tuples in the order of the network's columns, the usual word first.
    """
    lines = _data('names.txt').split('\n')[:-1]
    return tuple(tuple(word.strip() for word in line.split(',')) for line in lines)


def class_name(column: int) -> str:
    """
    Name a class for people.

    :param column: its column.
    :returns: the usual word.
    """
    return synonyms()[column][0]


@cache
def classes_of_names() -> dict[str, Columns]:
    """
    Return what the classes are called.

    :returns: normalised word → the classes of that name ("crane" is two).
    """
    return _gathered(
        (normalise(word), column) for column, words in enumerate(synonyms()) for word in words
    )


@cache
def classes_of_heads() -> dict[str, Columns]:
    """
    Return the last words of longer names: in English they say what kind of thing it is.

    :returns: normalised last word → the classes with such a name ("terrier" is a score of them).
    """
    found = []
    for column, words in enumerate(synonyms()):
        found += [(normalise(word).split()[-1], column) for word in words if ' ' in word]
    return _gathered(found)


@cache
def classes_of_kinds() -> dict[str, Columns]:
    """
    Return the everyday words of ``data/kinds.json``.

    :returns: normalised word → its classes; none where ImageNet has no such thing.
    """
    table = json.loads(_data('kinds.json'))
    del table['//']
    firsts: dict[str, list[int]] = {}
    for column in range(len(synonyms())):
        firsts.setdefault(class_name(column), []).append(column)

    def members(kind: str) -> set[int]:
        found: set[int] = set()
        for entry in table[kind]:
            if entry.startswith('@'):
                found |= members(entry[1:])
            else:
                first, _, last = entry.partition('..')
                found.update(range(firsts[first][0], firsts[last or first][-1] + 1))
        return found

    return {normalise(kind): frozenset(members(kind)) for kind in table}


def _gathered(pairs: Iterable[tuple[str, int]]) -> dict[str, Columns]:
    found: dict[str, set[int]] = {}
    for word, column in pairs:
        found.setdefault(word, set()).add(column)
    return {word: frozenset(columns) for word, columns in found.items()}


def _data(name: str) -> str:
    folder = importlib.resources.files('grounded_perception.classifiers.imagenet') / 'data'
    return (folder / name).read_text(encoding='utf-8')
