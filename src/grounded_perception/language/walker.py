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

"""Walking over the words of a phrase: what a reader can ask of the words before it."""

from __future__ import annotations

from collections.abc import Sequence

from grounded_perception.language.draft import Draft
from grounded_perception.language.lexicon import (
    groups,
    is_participle,
    may_be_noun,
    names_person,
    singular,
    table,
    Token,
    values,
    words,
)

#: What separates or joins things.
MARKS = frozenset((',', ';', '.', '!', '?', ':', '&', '/', 'and', 'or', 'then', 'plus'))


class Walker:
    """
    A place in a sentence; ``_at`` only grows, so reading takes linear time.

    :param text: the sentence that the tokens' places refer to.
    :param tokens: its words.
    """

    def __init__(self, text: str, tokens: Sequence[Token]) -> None:
        self._text = text
        self._tokens = tokens
        self._words = [token.word for token in tokens]
        self._at = 0

    def _peek(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._words[at] if at < len(self._words) else ''

    def _compound(self, draft: Draft) -> bool:
        if draft.is_closed:
            return False
        size = table('compounds').match(self._words, self._at)[0]
        size = size or self._binomial()
        if not size:
            # a compound in the plural: "stop signs"
            here = self._words[self._at : self._at + 3]
            for length in range(len(here), 1, -1):
                candidate = [*here[: length - 1], singular(here[length - 1])]
                if table('compounds').match(candidate, 0)[0] == length:
                    size = length
                    break
        for _ in range(size):
            draft.add_noun(self._at)
            self._at += 1
        return size > 0

    def _binomial(self) -> int:
        """Return the length of "salt and pepper shakers" when one starts here."""
        size = table('binomials').match(self._words, self._at)[0]
        return size + may_be_noun(self._peek(size)) if size and self._peek(size) else size

    def _after_colour(self) -> bool:
        return self._at > 0 and self._words[self._at - 1] in words('colours')

    def _colours(self) -> tuple[str, ...]:
        """Read "dark red", "black and white", "blue-coloured" from here; maybe nothing."""
        found: list[str] = []
        at = self._at
        while at < len(self._words):
            step = at
            if found and self._words[step] in ('and', 'or', '&', ',', '/'):
                step += 1
            while step < len(self._words) and self._words[step] in words('colour_modifiers'):
                step += 1
            if step >= len(self._words) or self._words[step] not in words('colours'):
                break
            if self._is_colour_noun(step):
                break
            found.append(groups('colours')[self._words[step]])
            at = step + 1
        if not found and (size := self._shade()):
            found, at = [groups('shades').get(self._words[at], 'pale')], at + size
        if found and at < len(self._words) and self._words[at] in words('colour_suffixes'):
            at += 1
        self._at = at
        return tuple(dict.fromkeys(found))

    def _is_joined(self, at: int = -1) -> bool:
        """Say whether a hyphen joins a word formed like "haired" to the one before it."""
        at = self._at if at < 0 else at
        if not 0 < at < len(self._words) or not is_participle(self._words[at]):
            return False
        return self._text[self._tokens[at - 1].end : self._tokens[at].start] == '-'

    def _shade(self) -> int:
        """Return 1 where "dark" says how a thing looks ("dark car", not "in the dark")."""
        word = self._peek()
        if word in groups('shades'):
            follows = self._peek(1) == 'of' or self._peek(1) in words('colour_suffixes')
            return int(follows or self._names_next())
        return int(
            word in ('light', 'lighter', 'lightest') and self._peek(1) in words('colour_suffixes')
        )

    def _is_colour_noun(self, at: int) -> bool:
        """Say whether "orange" at a place is the fruit: a name is missing and none follows."""
        if self._words[at] not in words('colour_nouns') or self._is_joined(at + 1):
            return False
        before = self._words[at - 1] if at else ''
        if before in ('in', 'wearing', 'is', 'are', 'and', 'or', 'not', '&', '/'):
            return False
        after = self._words[at + 1] if at + 1 < len(self._words) else ''
        is_named = bool(before) and may_be_noun(before)
        if table('relations').match(self._words, at + 1)[0] and not is_named:
            return True  # "an orange next to the cup"
        if after in words('colours') or after in words('same_words') or after in ('and', 'or'):
            follows = self._words[at + 2] if at + 2 < len(self._words) else ''
            return after in ('and', 'or') and follows not in words('colours')
        if before and (may_be_noun(before) or names_person(singular(before))):
            return False  # "the car orange"
        return not (
            after
            and (
                may_be_noun(after)
                or after in words('adjectives')
                or after in words('sizes')
                or after in words('colour_suffixes')
            )
        )

    def _is_number(self, word: str) -> bool:
        is_digits = word.isascii() and word.isdigit() and len(word) < 4
        if not is_digits and word not in values('numbers'):
            return False
        if word == 'one':
            return self._names_next()
        return self._peek(1) != ''

    def _names_next(self) -> bool:
        """Say whether the next word goes on with a name ("one dog", "that red car")."""
        after = self._peek(1)
        return bool(after) and (
            may_be_noun(after)
            or after in words('colours')
            or after in words('adjectives')
            or after in words('sizes')
            or after in words('same_words')
        )

    def _is_pointing(self, word: str) -> bool:
        """Say whether "that" or "those" stands before a name."""
        return word in ('this', 'that', 'these', 'those') and self._names_next()

    def _owned(self) -> str:
        """Return what is owned after "'s": "hand" of "'s outstretched hand"."""
        ahead = 1
        while self._peek(ahead + 1) and not may_be_noun(self._peek(ahead)):
            ahead += 1
        return self._peek(ahead)

    def _more_follows(self) -> bool:
        """Say whether a better candidate for the name comes soon."""
        for ahead in range(1, 6):
            word = self._peek(ahead)
            if (
                not word
                or word in MARKS
                or table('relations').match(self._words, self._at + ahead)[0]
            ):
                return False
            if may_be_noun(word) or word in words('no_things'):
                return True
        return False
