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

"""Whether a sentence says what a language model made of it: invented things are found here."""

from __future__ import annotations

import difflib

from grounded_perception.language.concepts import normalise
from grounded_perception.language.lexicon import (
    groups,
    names_person,
    singular,
    tokenize,
    values,
    words,
)

#: Likeness of two words from which on one is the other, misheard or misspelt.
_ALIKE = 0.8
_SHORT = 4


class Said:
    """
    The words of a sentence, ready to be asked.

    :param sentence: what was said.
    """

    def __init__(self, sentence: str) -> None:
        said = [token.word for token in tokenize(sentence)]
        self._words = frozenset(said) | {singular(word) for word in said}
        self._long = [word for word in self._words if len(word) >= _SHORT]

    def has_word(self, word: str) -> bool:
        """
        Say whether a word was said, in the singular or plural, or one much like it.

        :param word: one lower-case word.
        :returns: whether it was; one word for a person stands for another.
        """
        if {word, singular(word)} & self._words:
            return True
        if len(word) >= _SHORT and difflib.get_close_matches(word, self._long, 1, _ALIKE):
            return True
        return names_person(word) and bool(words('persons') & self._words)

    def has_text(self, text: str) -> bool:
        """
        Say whether every word of a text was said.

        :param text: any text.
        :returns: whether it was.
        """
        return all(self.has_word(token.word) for token in tokenize(text))

    def has_noun(self, noun: str) -> bool:
        """
        Say whether a name was said.

        :param noun: one or more words.
        :returns: whether every word of it was said.
        """
        return all(self.has_word(word) for word in normalise(noun).split())

    def has_of_group(self, table: str, name: str) -> bool:
        """
        Say whether a word of a group was said.

        :param table: ``'colours'``, ``'sizes'`` or ``'axes'``.
        :param name: the group: ``'red'``, which "reddish" belongs to.
        :returns: whether one of its words was.
        """
        of = groups(table)
        return any(of.get(word) == name for word in self._words)

    def has_number(self, number: int) -> bool:
        """
        Say whether a number was said.

        :param number: the number.
        :returns: whether it was, as a digit, a word, or an ordinal.
        """
        named = {**values('numbers'), **values('ordinals')}
        return any(word == str(number) or named.get(word) == number for word in self._words)
