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

"""What ties a thing to others: relations, what is worn, owners, contents, clauses."""

from __future__ import annotations

from abc import abstractmethod

from grounded_perception.language.draft import Draft
from grounded_perception.language.lexicon import is_participle, table, words
from grounded_perception.language.walker import Walker
from grounded_perception.records import Relation

_SHARES = frozenset(('half', 'whole', 'rest'))
#: Things tied to things tied to things: deeper than this is unresolved.
MAX_DEPTH = 4


class TieReader(Walker):
    """Reads ties; how a phrase is read, its child knows."""

    @abstractmethod
    def phrase(self, depth: int, is_owner: bool = False) -> Draft:
        """
        Read a phrase from here on.

        :param depth: 0 = the target, 1 = what it is tied to, …
        :param is_owner: whether a place that follows belongs to this thing.
        :returns: what was gathered.
        """

    def _relation(self, draft: Draft, depth: int) -> bool:
        size, kind = table('relations').match(self._words, self._at)
        if not size:
            return False
        start, said = self._at, ' '.join(self._words[self._at : self._at + size])
        draft.tied_at = start if draft.tied_at < 0 else draft.tied_at
        if start + size >= len(self._words) or self._peek(size) in ('there', 'here'):
            draft.leave(start, start + size)
            draft.close()
            self._at += size
            return True
        self._at += size
        if said in words('wear_words'):
            self._worn(draft, said, kind, depth, start)
        elif said in ('between', 'in between', 'inbetween'):
            self._anchor(draft, 'next to', depth)
            if self._peek() in ('and', '&'):
                self._at += 1
                self._anchor(draft, 'next to', depth)
        else:
            self._anchor(draft, kind, depth, start, said)
        return True

    def _anchor(
        self,
        draft: Draft,
        kind: str,
        depth: int,
        start: int | None = None,
        said: str = '',
    ) -> None:
        """Read the thing that a relation said so leads to, and add the tie."""
        begin = self._at if start is None else start
        if self._at >= len(self._words):
            return
        if depth >= MAX_DEPTH:
            self._at = len(self._words)
            draft.leave(begin, self._at)
            return
        other = self.phrase(depth + 1, said in words('owner_words'))
        if not other.nouns and other.says_same and draft.nouns:
            other.inherit(draft)  # "the elephant behind the other one"
        anchor = other.finish()
        if other.is_nothing or other.is_abstract:
            draft.leave(begin, self._at)
        elif kind == 'on' and anchor.noun in ('phone', 'cell phone', 'mobile'):
            # In the hand, but at an ear it is seldom seen: who is near one may well be on one.
            draft.relations.append(Relation('next to', anchor))
        else:
            held, near = said in words('hand_words'), said in words('near_words')
            draft.relations.append(Relation(kind, anchor, held, near))
        draft.close()

    def _worn(self, draft: Draft, said: str, kind: str, depth: int, start: int) -> None:
        """Read what follows "with", "in", "wearing": a garment, a part, or another thing."""
        if depth >= MAX_DEPTH:
            self._at = len(self._words)
            draft.leave(start, self._at)
            return
        other = self.phrase(depth + 1)
        draft.close()
        is_worn = said not in ('with', 'in', 'has', 'having')
        if other.is_garment or (other.colours and not other.nouns and not other.thing):
            if draft.is_person or is_worn or not other.nouns:
                draft.colours += other.colours
                draft.loose += [*other.nouns, *other.loose]
            elif not draft.show(other):
                draft.leave(start, self._at)
            draft.take_over(other)
        elif said not in ('in', 'wearing') and draft.hold(other):
            draft.take_over(other)
        elif (other.is_part and said != 'in') or other.is_nothing or other.is_abstract:
            if other.is_part and draft.show(other):
                start = self._at if other.tied_at < 0 else other.tied_at
            self._leave_with(draft, start, other)
        else:
            if not other.nouns and other.says_same and draft.nouns:
                other.inherit(draft)
            draft.relations.append(Relation(kind, other.finish(), said in words('hand_words')))

    def _of(self, draft: Draft, depth: int) -> None:
        """Read "of": a measure ("slice of cake"), a choice ("two of"), content, or an owner."""
        start = self._at
        self._at += 1
        if draft.loose and draft.loose[-1] == start - 1 and self._words[start - 1] in _SHARES:
            draft.loose.pop()  # "half of the sandwich"
        if not draft.nouns:
            draft.is_partitive = draft.is_partitive or not (draft.is_many or draft.count)
            if draft.thing in words('same_words'):
                draft.thing, draft.is_closed = '', False  # "the left one of the two cups"
        elif draft.last_word in words('measures'):
            draft.measure()
        elif self._peek() in words('determiners') and draft.last_word not in words('containers'):
            self._anchor(draft, 'next to', depth, start, 'owned by')
        elif self._peek():
            if depth < MAX_DEPTH:
                content = self.phrase(depth + 1)
                if draft.hold(content):
                    draft.take_over(content)
                else:
                    self._leave_with(draft, start, content)
            else:
                self._at = len(self._words)
                draft.leave(start, self._at)
            draft.close()

    def _leave_with(self, draft: Draft, start: int, other: Draft) -> None:
        """Leave a part with its words; what it was tied to is the target's tie."""
        draft.leave(start, self._at if other.tied_at < 0 else other.tied_at)
        draft.take_over(other)

    def _drift(self, draft: Draft, depth: int) -> None:
        """Leave a preposition that no box can show, with its words ("towards the door")."""
        start = self._at
        self._at += 1
        if self._words[start] == 'to' and 'nearest' in draft.axes:  # "closest chair to the door"
            draft.axes = tuple(axis for axis in draft.axes if axis != 'nearest')
            self._anchor(draft, 'next to', depth, start, 'closest to')
            return
        if depth < MAX_DEPTH:
            other = self.phrase(depth + 1)
            draft.axes += () if self._words[start] == 'to' else other.axes
        else:
            self._at = len(self._words)
        draft.leave(start, self._at)
        draft.close()

    def _reduced(self, draft: Draft, depth: int) -> None:
        """Read a clause without "that": "the car the cat is sitting on"."""
        start = self._at
        if depth >= MAX_DEPTH:
            self._at += 1
            return
        other = self.phrase(depth + 1, is_owner=True)
        spoken = self._words[start : self._at]
        draft.close()
        if not other.is_named or not any(is_participle(w) or w == 'is' for w in spoken):
            draft.leave(start, self._at)
            return
        is_below = spoken[-1] in ('on', 'riding')
        other.loose = [i for i in other.loose if self._words[i] in words('adjectives')]
        kind = 'under' if is_below else 'next to'
        held = any(word in words('hand_words') or word in words('actions') for word in spoken)
        draft.relations.append(Relation(kind, other.finish(), held))
