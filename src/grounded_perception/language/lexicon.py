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
The words that the parser knows, read from ``data/lexicon.json`` once, and how words inflect.

Every question here is answered by a look-up: a sentence is read in linear time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
import importlib.resources
import json
import re
from typing import Any, NamedTuple

from grounded_perception.language import wordnet


class Token(NamedTuple):
    """
    A word or punctuation mark of a sentence.

    :param word: lower case; ``"'s"`` stands alone, ``"isn't"`` is read as ``'not'``.
    :param start: its first character.
    :param end: one past its last character.
    """

    word: str
    start: int
    end: int


class Table:
    """
    Word sequences with a value each, found longest first.

    :param entries: pairs (text, value).
    """

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        self._values = {
            tuple(token.word for token in tokenize(text)): value for text, value in entries
        }
        self._longest: dict[str, int] = {}
        for key in self._values:
            self._longest[key[0]] = max(len(key), self._longest.get(key[0], 0))

    def match(self, words: Sequence[str], at: int) -> tuple[int, str]:
        """
        Find the longest entry that starts at a place.

        :param words: the words of a sentence.
        :param at: index of the first word.
        :returns: number of words (0 = nothing starts here) and the entry's value.
        """
        if at >= len(words):
            return 0, ''
        for size in range(self._longest.get(words[at], 0), 0, -1):
            value = self._values.get(tuple(words[at : at + size]))
            if value is not None and at + size <= len(words):
                return size, value
        return 0, ''


_SHORT = {'w/': 'with', 'w': 'with', 'w/o': 'without'}
_TOKEN = re.compile(
    r"\bw/(?:o\b)?|[^\W_]+?n't\b|(?:[^\W_]+-)+[^\W_]+|[^\W_]+|'[^\W_]{1,2}\b|[,;.&/?!:]",
    re.UNICODE,
)


def tokenize(text: str) -> list[Token]:
    """
    Cut a text into words and marks; hyphenated words become two unless listed, or describing.

    :param text: any text.
    :returns: its tokens.
    """
    tokens = []
    for found in _TOKEN.finditer(text.replace('\N{RIGHT SINGLE QUOTATION MARK}', "'")):
        word, start = found.group().lower(), found.start()
        if word in _SHORT:
            tokens.append(Token(_SHORT[word], start, found.end()))
        elif word.endswith("n't"):
            tokens.append(Token('not', start, found.end()))
        elif '-' in word and word not in words('keep_hyphen') and not describes(word):
            for part in re.finditer('[^-]+', found.group()):
                at = start + part.start()
                tokens.append(Token(part.group().lower(), at, start + part.end()))
        else:
            tokens.append(Token(word, start, found.end()))
    return tokens


@cache
def _data() -> dict[str, Any]:
    path = importlib.resources.files('grounded_perception.language') / 'data' / 'lexicon.json'
    loaded: dict[str, Any] = json.loads(path.read_text(encoding='utf-8'))
    return loaded


@cache
def words(name: str) -> frozenset[str]:
    """
    Return a word list.

    :param name: its key in the file; for a grouped list, all its words.
    :returns: the words.
    """
    return frozenset(groups(name) if isinstance(_data()[name], dict) else _data()[name])


@cache
def every_word() -> frozenset[str]:
    """
    Return every word of the file, whatever list it is in.

    :returns: lower-case words.
    """
    return frozenset(re.findall(r"[a-z'-]+", json.dumps([*_data().values()])))


@cache
def groups(name: str) -> dict[str, str]:
    """
    Return a grouped list by member.

    :param name: its key in the file.
    :returns: member → name of its group (or its value).
    """
    table = _data()[name]
    return {
        member: group
        for group, members in table.items()
        for member in (members if isinstance(members, list) else [group])
    }


@cache
def values(name: str) -> dict[str, Any]:
    """
    Return a list of words with values (numbers, singular forms).

    :param name: its key in the file.
    :returns: word → value.
    """
    table: dict[str, Any] = _data()[name]
    return table


@cache
def table(name: str) -> Table:
    """
    Return a list of word sequences, ready to be matched.

    :param name: its key in the file.
    :returns: the sequences; the value is the group, or the sequence itself.
    """
    found = _data()[name]
    if isinstance(found, dict):
        return Table((entry, group) for group, entries in found.items() for entry in entries)
    return Table((entry, entry) for entry in found)


def singular(word: str) -> str:
    """
    Return the singular of a noun.

    :param word: one lower-case word, singular or plural.
    :returns: its singular; the word itself when it is one, or has none ("scissors").
    """
    if (irregular := values('irregular').get(word)) is not None:
        return str(irregular)
    if word in words('plural_by_form') or word in words('singular_s') or len(word) < 4:
        return word
    if word.endswith('ies') and len(word) > 4:
        return word[:-3] + 'y'
    if word.endswith(('sses', 'shes', 'ches', 'xes', 'zzes')):
        return word[:-2]
    if word.endswith('s') and not word.endswith(('ss', 'us', 'is')):
        return word[:-1]
    return word


@cache
def _closed() -> frozenset[str]:
    """Return the words that are never a noun of their own."""
    names = (
        'determiners', 'fillers', 'links', 'axes', 'colours', 'sizes', 'ordinals', 'numbers',
        'drift', 'separators', 'adjectives', 'postures', 'actions', 'looking', 'self_words',
    )  # fmt: skip
    openings = {entry.split()[0] for entries in _data()['relations'].values() for entry in entries}
    marks = {'of', 'not', 'no', 'without', 'from', 'far', 'dressed', 'clad', "'s", "'d", "'re"}
    return frozenset().union(*(words(name) for name in names), openings, marks)


def describes(word: str) -> bool:
    """
    Say whether a hyphenated word describes as a whole ("curly-haired", "two-tier").

    :param word: one lower-case word.
    :returns: whether it does; "red-haired" is a colour first.
    """
    first, _, rest = word.partition('-')
    last = rest.rpartition('-')[2]
    counted = first in values('numbers') or first.isdigit()
    formed = is_participle(last) and first not in words('colours') | words('axes')
    return bool(rest) and (counted or formed)


def may_be_noun(word: str) -> bool:
    """
    Say whether a word can be (part of) the name of a thing.

    :param word: one lower-case word.
    :returns: whether it is in none of the lists of other words, and not formed like one.
    """
    known = word in _closed() or word in wordnet.adjectives()
    return not (known or is_participle(word) or describes(word))


def names_person(word: str) -> bool:
    """
    Say whether a word names a person.

    :param word: one lower-case word.
    :returns: whether it does.
    """
    return word in words('persons') or word in wordnet.persons()


def is_participle(word: str) -> bool:
    """
    Say whether a word is formed like "parked" or "jumping".

    :param word: one lower-case word.
    :returns: whether it is and is not a noun known to end so.
    """
    if word.endswith('ing'):
        return len(word) > 5 and word not in words('ing_nouns')
    return word.endswith('ed') and len(word) > 4 and word not in words('ed_nouns')
