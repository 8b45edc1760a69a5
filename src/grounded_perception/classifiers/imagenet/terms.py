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

"""Which words lead to classes without any network: tables here and those of the language."""

from __future__ import annotations

from functools import cache
import re
from typing import NamedTuple

from grounded_perception.classifiers.imagenet import names
from grounded_perception.language.concepts import Concepts, normalise
from grounded_perception.language.vocabulary import is_decoy

#: What follows the thing itself: "cup of coffee", "man in a suit".
_BEHIND = re.compile(r' (?:with|without|of|in|on|at|for|from|by|wearing|holding|full) ')


def looks_alike(name: str, word: str) -> bool:
    """
    Say whether a class's word is like a name although it names another thing.

    To the vocabulary's rule comes what ImageNet's long names need: "pencil" is no pencil
    sharpener, "sand" no sandal.

    :param name: a normalised name that no table knows.
    :param word: a normalised word of a class.
    :returns: whether they share letters or words but not the last word, which says what it is.
    """
    parts, others = name.split(), word.split()
    if parts[-1] == others[-1]:
        return False
    joined, other = name.replace(' ', ''), word.replace(' ', '')
    is_part = joined in other or other in joined
    return is_part or not set(parts).isdisjoint(others) or is_decoy(name, word)


def columns_of(term: str) -> names.Columns:
    """
    Return the classes of a word of the tables; the everyday meaning goes first.

    :param term: see :class:`Term`.
    :returns: its classes; none where ImageNet has no such thing.
    """
    for table in (names.classes_of_kinds(), names.classes_of_names(), names.classes_of_heads()):
        if (found := table.get(term)) is not None:
            return found
    raise KeyError(term)


class Term(NamedTuple):
    """
    A word of the tables.

    :param how: ``'name'`` of classes, or a ``'kind'`` of them.
    :param term: the word.
    :param is_whole: whether it is all that the label says, not only the thing in it.
    """

    how: str
    term: str
    is_whole: bool


def listed(name: str) -> Term | None:
    """
    Find what the tables know of a name.

    :param name: a normalised name.
    :returns: the word that leads to classes; None when no table knows one.
    """
    if name in names.classes_of_kinds():
        return Term('kind', name, True)
    if name in names.classes_of_names():
        return Term('name', name, True)
    if name in names.classes_of_heads():
        return Term('kind', name, True)
    thing = normalise(_BEHIND.split(name)[0])
    meaning = _concepts().look_up(thing)
    if not meaning.class_names:
        return None
    term = normalise(meaning.class_names[0])
    how = 'kind' if term in names.classes_of_kinds() else 'name'
    return Term(how, term, thing == name and not meaning.rest)


@cache
def _concepts() -> Concepts:
    """Return the language's tables, cut down to the terms that lead to a class."""
    tables = (names.classes_of_kinds(), names.classes_of_names(), names.classes_of_heads())
    return Concepts(tuple(dict.fromkeys(term for table in tables for term in table)))
