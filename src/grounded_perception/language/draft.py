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

"""What a reader has gathered of one phrase so far, and the phrase that it makes in the end."""

from __future__ import annotations

from collections.abc import Sequence

from grounded_perception.language import places
from grounded_perception.language.clothes import garments_among, natural_colours
from grounded_perception.language.leftovers import left_over
from grounded_perception.language.lexicon import groups, names_person, singular, Token, words
from grounded_perception.records import Garment, Part, Phrase, Quantity, Relation


class Draft:
    """
    A phrase in the making.

    :param text: the sentence.
    :param tokens: its words; ``nouns`` and ``loose`` are indices into them.
    :param start: index of the phrase's first word.
    """

    def __init__(self, text: str, tokens: Sequence[Token], start: int) -> None:
        self._text = text
        self._tokens = tokens
        self.start = start
        self.end = start
        self.nouns: list[int] = []
        self.loose: list[int] = []
        self.denied: set[int] = set()
        self.colours: tuple[str, ...] = ()
        self.without: tuple[str, ...] = ()
        self.axes: tuple[str, ...] = ()
        self.relations: list[Relation] = []
        self.postures: tuple[str, ...] = ()
        self.parts: list[Part] = []
        self.size = ''
        self.size_word = ''
        self.ordinal = 0
        self.ordinal_at = start
        self.count = 0
        self.is_pair = False
        self.tied_at = -1
        self.is_many = False
        self.is_partitive = False
        self.is_closed = False
        self.thing = ''
        self._inherited = ''

    def _word(self, index: int) -> str:
        return self._tokens[index].word

    @property
    def has_content(self) -> bool:
        """Whether anything was said yet that names or describes a thing."""
        return bool(self.nouns or self.thing or self.colours)

    @property
    def is_named(self) -> bool:
        """Whether it has a name, said or taken from another draft."""
        return bool(self.nouns or self._inherited)

    @property
    def last_word(self) -> str:
        """The last word of the name so far."""
        return self._word(self.nouns[-1]) if self.nouns else ''

    @property
    def is_person(self) -> bool:
        """Whether a person is named, or the name is left open."""
        if not self.nouns:
            return True
        return any(names_person(self._word(i)) for i in self.nouns)

    @property
    def is_garment(self) -> bool:
        """Whether something to wear is named."""
        return self.last_word in words('clothing')

    @property
    def is_part(self) -> bool:
        """Whether a part of a thing or body is named."""
        names = [self._word(i) for i in self.nouns]
        return self.last_word in words('parts') or any(w in words('body_parts') for w in names)

    @property
    def is_abstract(self) -> bool:
        """Whether what is named has no box of its own ("in the air", "on his back")."""
        named = self.last_word in words('abstract') or self.last_word in words('body_parts')
        return named and not self._inherited

    @property
    def is_nothing(self) -> bool:
        """Whether nothing was said that tells one thing from another."""
        said = self.nouns or self.colours or self.without or self.axes or self.relations
        return not (
            said or self.postures or self.thing or self.size or self.count or self._inherited
        )

    @property
    def says_same(self) -> bool:
        """Whether "one" or "other" stands for the name said before."""
        return self.thing in words('same_words') or (not self.thing and bool(self.colours))

    def add_noun(self, index: int) -> None:
        """Add a word to the name."""
        self.nouns.append(index)

    def close(self) -> None:
        """End the name: nouns that come now describe."""
        self.is_closed = self.is_closed or bool(self.nouns or self.thing)

    def leave(self, start: int, end: int) -> None:
        """Keep words as unresolved."""
        self.loose += range(start, end)

    def show(self, part: Draft) -> bool:
        """Note the colours of a part ("with the green ribbon"); say whether that is all of it."""
        if part.colours:
            self.parts.append(Part(part.last_word, part.colours))
        return bool(part.colours) and not (part.loose or part.without or part.axes)

    def hold(self, content: Draft) -> bool:
        """
        Note the colour of what a container holds ("a bowl of peas"), said or known.

        :param content: what is in it.
        :returns: whether that is all of it.
        """
        if self.last_word not in words('containers') or not content.nouns:
            return False
        content.colours = content.colours or natural_colours(content.last_word)
        return self.show(content)

    def deny(self, start: int, end: int) -> None:
        """Keep words as unresolved that say what is not so."""
        self.leave(start, end)
        self.denied |= set(range(start, end))

    def quantify(self, word: str) -> None:
        """Note "all", "every", …; ``other`` stands for a name like "one" does."""
        if word in words('all_words'):
            self.is_many = True
            if word == 'both':
                self.count = 2
        if word in ('other', 'another'):
            self.thing = 'other'

    def say_thing(self, word: str) -> None:
        """Note that the name is left open ("thing", "one")."""
        self.thing = word
        self.is_closed = True
        if word in words('persons_of_no_things'):
            self._inherited = 'person'
        self.is_many = self.is_many or word in (
            'things', 'objects', 'items', 'ones', 'everything', 'everyone', 'everybody', 'others',
        )  # fmt: skip

    def resize(self, word: str) -> None:
        """Note a word of size, if it is the first."""
        if not self.size:
            self.size, self.size_word = groups('sizes')[word], word

    def inherit(self, other: Draft) -> None:
        """Take the name of another draft."""
        self._inherited = other.finish().noun

    def take_over(self, part: Draft) -> None:
        """Take what was said behind a part or a garment: it tells where the whole is."""
        self.relations += part.relations
        self.axes += part.axes
        if part.ordinal and not self.ordinal:
            self.ordinal, self.ordinal_at = part.ordinal, part.ordinal_at

    def own(self, index: int, follows: str) -> None:
        """Read "'s": the owner is what can be seen of "the dog's mouth"; else it describes."""
        if follows in words('body_parts') or not self.nouns:
            self.close()
        else:
            self.loose += self.nouns
            self.nouns = []

    def measure(self) -> None:
        """Forget "slice of", "group of": the thing itself comes now."""
        if self.last_word in words('groups'):
            self.is_many = True
        self.nouns = []

    def finish(self) -> Phrase:
        """
        Make the phrase.

        :returns: all that was gathered.
        """
        self._split_person()
        noun, is_plural = self._name()
        worn = self._worn_alone()
        if worn or (not noun and self._wears()):
            noun, is_plural = 'person', False  # "the blue shirt"
        position = places.combine(self.axes)
        ordinal, loose = self.ordinal, set(self.loose)
        if ordinal and not position:
            ordinal = 0  # "the third car" counts from nowhere
            loose.add(self.ordinal_at)
        if self.is_pair and not is_plural:
            self.count = 0  # "a pair of scissors"
        many = (self.is_many or is_plural or self.count > 1) and not self.is_partitive
        if self.is_person or worn:
            said = [token.word for token in self._tokens]
            worn = {**garments_among(said, loose - self.denied), **worn}
        colours = (*self.colours, *(c for each in worn.values() for c in each.colours))
        if worn:
            colour_words = {i for i in loose - self.denied if self._word(i) in words('colours')}
            loose -= worn.keys() | colour_words
        self._tie_role(noun)
        size = '' if self._says_age() else self.size
        tokens = self._tokens[self.start : max(self.end, self.start + 1)]
        return Phrase(
            text=self._text[tokens[0].start : tokens[-1].end],
            noun=noun,
            colours=tuple(dict.fromkeys(colours)),
            without_colours=tuple(dict.fromkeys(self.without)),
            position=position,
            ordinal=ordinal,
            size=size,
            relations=tuple(self.relations),
            quantity=self._quantity(many and not ordinal),
            count=0 if self.is_partitive else self.count,
            postures=tuple(dict.fromkeys(self.postures)),
            garments=tuple(worn.values()),
            parts=tuple(self.parts),
            unresolved=left_over([token.word for token in self._tokens], loose),
        )

    def _says_age(self) -> bool:
        """Say whether "little" tells how old somebody is, not how large in the image."""
        is_young = any(self._word(i) in words('young') for i in self.nouns)
        return is_young and self.size_word in words('young_adjectives')

    def _tie_role(self, noun: str) -> None:
        """Tie who is named after a thing to it: a surfer is on a surfboard."""
        kind, _, tool = groups('roles').get(noun, '').partition(': ')
        if tool and not self.relations:
            self.relations.append(Relation(kind, Phrase(tool, tool), kind == 'next to'))

    def _quantity(self, many: bool) -> Quantity:
        if many:
            return Quantity.ALL
        first = self._word(self.start)
        return Quantity.ANY if first in words('indefinite') else Quantity.ONE

    def _split_person(self) -> None:
        """Tell the person from the garment: "green shirt dude", "man plaid shirt"."""
        persons = [i for i in self.nouns if names_person(self._word(i))]
        if not persons:
            return
        garments = [i for i in self.nouns if self._word(i) in words('clothing')]
        if garments:
            after = [i for i in self.nouns if i > persons[-1]]
            self.loose += garments + [i for i in after if i not in garments]
            self.nouns = [i for i in self.nouns if i not in self.loose]

    def _name(self) -> tuple[str, bool]:
        """Return the name in the singular and whether it was said in the plural."""
        if not self.nouns:
            return self._inherited, False
        said = [self._word(i) for i in self.nouns]
        last = said[-1]
        if last == 'glasses' and len(said) > 1 and said[-2] in words('glass_makers'):
            return ' '.join([*said[:-1], 'glass']), True
        one = singular(last)
        if last in words('cuts') and len(said) > 1:
            return ' '.join(said[:-1]), one != last  # "carrot strips"
        return ' '.join([*said[:-1], one]), one != last

    def _worn_alone(self) -> dict[int, Garment]:
        """Return the garment that stands for who wears it ("the blue shirt"), by its index."""
        if not self.is_garment or len(self.nouns) != 1 or not self.colours:
            return {}
        (index,) = self.nouns
        said = self._word(index)
        zone = groups('worn_on').get(singular(said)) or groups('worn_on').get(said)
        worn = Garment(said, zone, self.colours) if zone else None
        return {index: worn} if worn else {}

    def _wears(self) -> bool:
        """Say whether who has no name wears something ("the one in jeans"): it is a person."""
        said = [self._word(i) for i in self.loose if i not in self.denied]
        return any(word in groups('worn_on') for word in said)
