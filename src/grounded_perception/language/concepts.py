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
What words mean in terms of a detector's classes, by look-up.

``data/concepts.json`` holds synonyms, hypernyms and misleading compounds of everyday things. Only
the part that touches the classes at hand is used, so any list of classes works: where "car" is
missing but "sedan" is a class, "automobile" means "sedan".
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
import importlib.resources
import json
import re
from typing import Any, NamedTuple

from grounded_perception.language import wordnet
from grounded_perception.language.lexicon import singular, words

#: Words of a name that are looked at, from its end.
_MAX_WORDS = 6


class Meaning(NamedTuple):
    """
    What a name means.

    :param class_names: classes, none when no table knows the name.
    :param rest: words that the tables did not need ("shiny old" of "shiny old car").
    :param is_misleading: whether the last word must not be taken for its class ("mouse pad").
    """

    class_names: tuple[str, ...]
    rest: str = ''
    is_misleading: bool = False


def normalise(noun: str) -> str:
    """
    Write a name in the one way that the tables use.

    :param noun: a name in any case, hyphenated or with underscores, singular or plural.
    :returns: lower case, single blanks, last word in the singular.
    """
    parts = re.findall(r"[^\W_]+(?:'[^\W_]+)?", noun.lower())
    return ' '.join([*parts[:-1], *(singular(part) for part in parts[-1:])])


class Concepts:
    """
    The tables, cut down to a list of classes.

    :param class_names: the classes as the detector writes them.
    """

    def __init__(self, class_names: Sequence[str]) -> None:
        self._names = {normalise(name): name for name in class_names}
        self._meanings: dict[str, tuple[str, ...]] = {}
        self._only_whole: dict[str, tuple[str, ...]] = {}
        tables = _tables()
        for canonical, synonyms in tables['synonyms'].items():
            if members := self._members(canonical, synonyms):
                for term in (canonical, *synonyms):
                    self._add(self._meanings, term, members)
        for canonical, terms in tables['exact'].items():
            members = self._members(canonical, tables['synonyms'].get(canonical, []))
            for term in terms:
                self._add(self._only_whole, term, members)
        for term, canonicals in tables['hypernyms'].items():
            found: tuple[str, ...] = ()
            for canonical in canonicals:
                found += self._members(canonical, tables['synonyms'].get(canonical, []))
            if found:
                self._meanings[normalise(term)] = tuple(dict.fromkeys(found))
        for name, written in self._names.items():
            # "bear" means bears of both kinds, every other name itself
            if written not in self._meanings.get(name, ()) or name not in tables['hypernyms']:
                self._meanings[name] = (written,)

        # Thousands of names of a few classes: what a class means here is looked up once.
        rare = wordnet.names()
        means = {
            canonical: self._members(canonical, tables['synonyms'].get(canonical, []))
            for canonical in set(rare.values())
        }
        self._rare = {
            term: means[canonical] for term, canonical in rare.items() if means[canonical]
        }
        self._squeezed = {
            term.replace(' ', ''): self._meanings[term] for term in sorted(self._meanings)
        }

    @property
    def terms(self) -> tuple[str, ...]:
        """Every name that has a meaning, sorted."""
        return tuple(sorted({*self._meanings, *self._only_whole}))

    def prototypes(self) -> dict[str, str]:
        """
        Return the names that stand for one class.

        :returns: name → class, class names included.
        """
        found = {t: of[0] for t, of in self._meanings.items() if len(of) == 1}
        return {**found, **self._names}

    def look_up(self, noun: str) -> Meaning:
        """
        Find what a name means.

        :param noun: a normalised name.
        :returns: its meaning; without classes when no table knows it.
        """
        if found := self._meanings.get(noun) or self._only_whole.get(noun):
            return Meaning(found)
        if found := self._squeezed.get(noun.replace(' ', '')):
            return Meaning(found)  # "trafficlight", "hand bag"
        parts = noun.split()[-_MAX_WORDS:]
        for start in range(len(parts)):
            if ' '.join(parts[start:]) in _misleading():
                return Meaning((), is_misleading=True)
        if whole := self._whole_of(parts):
            return whole
        for start in range(1, len(parts)):
            if found := self._meanings.get(' '.join(parts[start:])):
                return Meaning(found, rest=' '.join(parts[:start]))
        for start in range(len(parts)):
            if found := self._rare.get(' '.join(parts[start:])):
                return Meaning(found, rest=' '.join(parts[:start]))
        return Meaning(())

    def _whole_of(self, parts: Sequence[str]) -> Meaning | None:
        """Take "giraffe head" or "banana slice" as the whole: a detector boxes no parts."""
        if len(parts) < 2:
            return None
        is_piece, is_limb = parts[-1] in words('measures'), parts[-1] in words('body_parts')
        if not (is_piece or is_limb):
            return None
        found = self.look_up(' '.join(parts[:-1])).class_names
        alive = (*_tables()['hypernyms']['animal'], 'person')
        if found and (is_piece or all(normalise(name) in alive for name in found)):
            return Meaning(found, rest=parts[-1])
        return None

    def _members(self, canonical: str, synonyms: Sequence[str]) -> tuple[str, ...]:
        """Return the classes that share a meaning: the usual name, else what the list has."""
        if (name := self._names.get(normalise(canonical))) is not None:
            return (name,)
        every = [*synonyms, *(words('persons') if canonical == 'person' else ())]
        found = (self._names.get(normalise(term)) for term in sorted(every))
        return tuple(dict.fromkeys(name for name in found if name is not None))

    def _add(self, table: dict[str, tuple[str, ...]], term: str, members: tuple[str, ...]) -> None:
        name = normalise(term)
        if members and name not in self._names:
            table[name] = tuple(dict.fromkeys((*table.get(name, ()), *members)))


@cache
def background() -> tuple[str, ...]:
    """
    Return everyday nouns that are no usual classes: what else a word might mean.

    :returns: about 800 nouns, sorted.
    """
    path = importlib.resources.files('grounded_perception.language') / 'data' / 'background.txt'
    return tuple(sorted(path.read_text(encoding='utf-8').split('\n')[:-1]))


def is_everyday(noun: str) -> bool:
    """
    Say whether a noun is one that people use every day, whatever a detector knows.

    :param noun: singular, lower case; of several words the last one counts as well.
    :returns: whether a table here has it.
    """
    last = noun.rpartition(' ')[2]
    return any(
        name in known
        for name in (noun, last)
        for known in (written(), background(), wordnet.names())
    )


@cache
def _tables() -> dict[str, Any]:
    path = importlib.resources.files('grounded_perception.language') / 'data' / 'concepts.json'
    found: dict[str, Any] = json.loads(path.read_text(encoding='utf-8'))
    # the parser needs the words for people too: they are listed once
    people = found['synonyms']['person']
    found['synonyms']['person'] = list(dict.fromkeys([*people, *sorted(words('persons'))]))
    return found


@cache
def written() -> frozenset[str]:
    """
    Return every name that the tables hold, written by hand.

    :returns: names, and the words of names that mislead.
    """
    tables = _tables()
    groups = (*tables['synonyms'].items(), *tables['exact'].items(), *tables['hypernyms'].items())
    return frozenset(term for key, terms in groups for term in (key, *terms)) | _misleading()


@cache
def _misleading() -> frozenset[str]:
    return frozenset(normalise(entry) for entry in _tables()['not'])
