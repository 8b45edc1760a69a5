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
The words of one phrase → :class:`grounded_perception.records.Phrase`.

A reader walks over the words once and sorts each into name, colour, size, place, tie to another
thing, or the rest that nothing can check. It never fails: what it does not know is a noun before
the name is complete, and an unresolved word after. Conventions:

* "holding", "with", "by", "at", "touching" become ``next to``; "riding" becomes ``on``;
  "between A and B" becomes two ``next to``.
* The colour of what a person wears counts as the person's colour ("man in a red shirt" is
  ``('red',)`` with ``shirt`` unresolved): the pixels of the person can be asked for it.
* A place said last belongs to the target ("the cup next to the laptop on the left").
"""

from __future__ import annotations

from collections.abc import Sequence

from grounded_perception.language import places
from grounded_perception.language.draft import Draft
from grounded_perception.language.lexicon import (
    groups,
    may_be_noun,
    names_person,
    table,
    Token,
    values,
    words,
)
from grounded_perception.language.ties import MAX_DEPTH, TieReader
from grounded_perception.language.walker import MARKS
from grounded_perception.records import Part, Phrase

_CHOICES = frozenset(
    (
        'lower',
        'upper',
        'leftmost',
        'rightmost',
        'topmost',
        'lowest',
        'highest',
        'nearest',
        'closest',
        'closer',
        'nearer',
        'farthest',
        'furthest',
    )
)
_AFTER_OVER = frozenset(('by', 'on', 'at', 'near', 'in', 'next', 'to', 'there', 'here', 'over'))
_NEGATIONS = frozenset(('not', 'non', 'no', 'without', 'except'))


def read(text: str, tokens: Sequence[Token], name: tuple[int, int] | None = None) -> Phrase:
    """
    Read one phrase.

    :param text: the sentence that the tokens' places refer to.
    :param tokens: the words of the phrase, at least one.
    :param name: where in the sentence the name of the thing meant begins and ends, if known.
    :returns: the phrase.
    """
    return _Reader(text, tokens, name).phrase(0).finish()


def _stands_in(word: str) -> bool:
    """Say whether a word stands for a name: "one", "thing"."""
    return word in words('no_things') or word in words('same_words')


class _Reader(TieReader):
    """Reads phrases; an anchor ends where the target's words go on."""

    def __init__(
        self, text: str, tokens: Sequence[Token], name: tuple[int, int] | None = None
    ) -> None:
        super().__init__(text, tokens)
        start, end = name or (0, 0)
        at = [i for i, token in enumerate(tokens) if start <= token.start and token.end <= end]
        is_name = all(may_be_noun(tokens[i].word) and not _stands_in(tokens[i].word) for i in at)
        self._told_name = frozenset(at if is_name else ())

    def phrase(self, depth: int, is_owner: bool = False) -> Draft:
        """Read a phrase from here on; an anchor ends where the target's words go on."""
        draft = Draft(self._text, self._tokens, self._at)
        while self._at < len(self._words):
            if depth and draft.has_content and self._ends_anchor(is_owner):
                break
            if not depth and self._at in self._told_name:
                self._told(draft)
                continue
            self._at += self._strengthening()
            if not (
                self._compound(draft)
                or self._posture(draft)
                or self._place(draft, depth)
                or self._negation(draft, depth)
                or self._relation(draft, depth)
            ):
                self._word(draft, depth)
        draft.end = self._at
        return draft

    def _told(self, draft: Draft) -> None:
        """Take a word in that is known to be a part of the name."""
        draft.add_noun(self._at)
        self._at += 1
        # "piece of cake" is not complete yet, "stop light" neither
        if self._at not in self._told_name and self._peek() != 'of':
            draft.close()

    def _strengthening(self) -> int:
        """Count words that only go with what follows: "over by the door", "all the way over"."""
        ahead = 0
        while self._peek(ahead) in ('over', 'way') and self._peek(ahead + 1) in _AFTER_OVER:
            ahead += 1
        if [self._peek(i) for i in range(3)] == ['all', 'the', 'way']:
            ahead = 3 if self._peek(3) in _AFTER_OVER else 0
        return ahead

    def _is_superlative(self) -> bool:
        """Say whether "the" and a place end a phrase: "that sticks up the highest"."""
        place = places.find(self._words, self._at + 1) if self._peek(1) else None
        return place is not None and bool(place.axes) and place.end == len(self._words)

    def _ends_anchor(self, is_owner: bool) -> bool:
        word = self._peek()
        if word in MARKS:
            return True
        if is_owner or word not in ('on', 'at', 'to', 'in', 'from', 'toward', 'near'):
            return False
        place = places.find(self._words, self._at)
        return place is not None and bool(place.axes)

    def _posture(self, draft: Draft) -> bool:
        """Read how a person holds itself: "the man sitting down", "the waving man"."""
        size, posture = table('body_postures').match(self._words, self._at)
        follows = self._peek(size)
        is_last = not follows or places.find(self._words, self._at + size) is not None
        is_alone = is_last and self._at == draft.start
        if not size or not (
            is_alone
            or (draft.has_content and draft.is_person)
            or (not draft.nouns and names_person(follows))
        ):
            return False
        draft.postures += (posture,)
        draft.close()
        self._at += size
        return True

    def _place(self, draft: Draft, depth: int) -> bool:
        word = self._peek()
        if word == 'top' and draft.is_person and self._after_colour():
            return False  # a garment: "the man in the yellow top"
        found = places.find(self._words, self._at)
        if found is None:
            return False
        if word in groups('axes') and self._at and self._words[self._at - 1] in words('looking'):
            draft.leave(self._at, found.end)  # "facing left" is no place
        else:
            draft.axes += found.axes
            if draft.nouns:
                draft.close()
        self._at = found.end
        if found.surface:
            self._anchor(draft, 'on', depth)
        return True

    def _negation(self, draft: Draft, depth: int) -> bool:
        if self._peek() not in _NEGATIONS:
            return False
        start = self._at
        self._at += 1
        while self._peek() in words('links') or self._peek() in words('determiners'):
            self._at += 1
        colours = self._colours()
        is_garment = bool(self._peek()) and may_be_noun(self._peek()) and draft.has_content
        if colours and not is_garment:
            draft.without += colours
            if self._peek() in words('same_words'):
                self._at += 1
        else:
            if not draft.nouns:
                self._at = min(self._at + 1, len(self._words))  # "no tie man"
            elif self._at < len(self._words) and depth < MAX_DEPTH:
                self.phrase(depth + 1)
            draft.deny(start, self._at)
        draft.close()
        return True

    def _word(self, draft: Draft, depth: int) -> None:
        """Read one word that starts nothing longer (always moves on)."""
        at, word = self._at, self._peek()
        if colours := self._colours():
            if self._is_joined():
                draft.parts.append(Part(self._peek(), colours))  # "red-haired"
                self._at += 1
            else:
                self._coloured(draft, colours, at)
            return
        if word in _CHOICES and self._peek(1) == 'of':
            draft.axes += (groups('axes')[word],)  # "the lower of the two birds"
        elif word in groups('sizes'):
            draft.resize(word)
        elif word in values('ordinals') and (not draft.is_closed or self._peek(1) == 'from'):
            draft.ordinal = int(values('ordinals')[word])
            draft.ordinal_at = at
        elif word in values('numbers') and draft.thing == 'other' and not self._peek(1):
            pass  # "on top of the other two"
        elif self._is_number(word):
            draft.count = int(values('numbers').get(word) or word)
            draft.is_pair = word == 'pair'
        elif word == 'of':
            self._of(draft, depth)
            return
        elif word == "'s" and at and self._words[at - 1] in words('links'):
            pass  # "he's carrying"
        elif word == "'s":
            draft.own(at, self._owned())
        elif word in words('no_things') and not draft.nouns and not self._is_pointing(word):
            draft.say_thing(word)
        elif word == 'that' and draft.nouns:
            draft.close()
        elif word in words('determiners'):
            if draft.nouns or draft.thing:
                if not self._is_superlative():
                    self._reduced(draft, depth)
                    return
            else:
                draft.quantify(word)
        elif word in MARKS or word in words('links'):
            if draft.nouns:
                draft.close()
        elif word in words('persons_of_no_things') and draft.nouns:
            self._reduced(draft, depth)
            return
        elif word in words('actions') and draft.has_content and self._peek(1):
            draft.leave(at, at + 1)
            self._at += 1
            self._anchor(draft, 'next to', depth, said='holding')
            return
        elif word in words('drift') and self._peek(1):
            self._drift(draft, depth)
            return
        elif word in ('us', 'me', 'you', 'yourself') and not draft.nouns:
            draft.leave(at, at + 1)
        elif word not in words('fillers'):
            self._named(draft, word)
        self._at += 1

    def _coloured(self, draft: Draft, colours: tuple[str, ...], start: int) -> None:
        """Take colours in: of the name, or of the garment or part that they stand before."""
        if not draft.nouns or not (self._peek() and may_be_noun(self._peek())):
            draft.colours += colours
            draft.is_closed = draft.is_closed or bool(draft.nouns)
            return
        draft.close()
        if draft.is_person:  # "woman blue tank"
            draft.colours += colours
        else:  # "bus red stripe"
            draft.leave(start, self._at)

    def _named(self, draft: Draft, word: str) -> None:
        """Take in a word that may belong to the name."""
        at = self._at
        describes = not may_be_noun(word)
        if draft.nouns and word in words('post_verbs'):
            draft.close()
        elif draft.is_closed or (describes and draft.nouns):
            follows = table('relations').match(self._words, at + 1)[0]
            place = at + 1 < len(self._words) and places.find(self._words, at + 1)
            is_silent = word in words('postures') and (follows or place)
            if not is_silent:
                draft.leave(at, at + 1)
            draft.close()
        elif describes and self._describes_only(word):
            draft.leave(at, at + 1)
        else:
            draft.add_noun(at)

    def _describes_only(self, word: str) -> bool:
        """Say whether a word is no name although none was said yet."""
        if self._more_follows():
            return True
        return word in words('adjectives') and not names_person(word)
