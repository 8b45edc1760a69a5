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

"""A description → a noun phrase, in one of three manners of speaking."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from grounded_perception.language.lexicon import words
from grounded_perception.records import Quantity
from grounded_perception.training.speech.description import Description, Noun, Property
from grounded_perception.training.speech.naming import article, is_mass, pick, plural
from grounded_perception.training.speech.standing import RIDEABLE
from grounded_perception.training.speech.wording import Said, say, wording

#: Families whose words before the name come in this order: "second big left red cup".
_ORDER = ('nth', 'last', 'size', 'depth', 'outermost', 'corner', 'side', 'middle')
#: Families whose words cannot stand for a name ("the striped").
_HELPLESS = frozenset(('texture', 'size', 'last', 'except'))
_CLOTHES = frozenset(('worn', 'dressed', 'worn texture'))
_LOOKS, _DENIALS, _TIES = 10, 20, 30
_ANIMALS = frozenset(
    ('bird', 'cat', 'dog', 'horse', 'sheep', 'cow', 'elephant', 'bear', 'zebra', 'giraffe')
)
_VEHICLES = frozenset(
    ('bicycle', 'car', 'motorcycle', 'airplane', 'bus', 'train', 'truck', 'boat')
)


class Phraser:
    """
    Puts descriptions in words.

    :param r: chance.
    :param is_telegram: whether in the style of notes ("left guy", "cup on table").
    :param is_each: whether all things are said one by one ("every chair").
    :param detail: chance of a word that nothing here can check.
    """

    def __init__(
        self, r: Random, *, is_telegram: bool, is_each: bool = False, detail: float = 0.0
    ) -> None:
        self._r = r
        self._is_each = is_each
        self._is_telegram = is_telegram
        self._detail = detail

    def phrase(self, description: Description, *, is_anchor: bool = False) -> str:
        """
        Say a description.

        :param description: what to say.
        :param is_anchor: whether it is another thing than the target.
        :returns: a noun phrase with its determiner.
        """
        r = self._r
        items = sorted(description.properties, key=_rank)
        if len(items) > 1 and _rank(items[1]) <= _LOOKS and r.random() < 0.4:
            items[:2] = items[1::-1]
        said = _joined(r, items, [self._said(item, is_anchor=is_anchor) for item in items])
        noun = description.noun
        is_many = description.quantity is Quantity.ALL
        head = self._head(description)
        pre, post = [s.pre for s in said if s.pre], [s.post for s in said if s.post]
        if is_many and not self._is_each:
            post = [_of_many(clause) for clause in post]
        is_headless = self._is_telegram and self._drops(description, said)
        if is_headless:
            head = ''
        elif self._is_telegram and len(pre) > 1 and r.random() < 0.25:
            post.insert(0, pre.pop())  # "guy red shirt left"
        if not is_anchor and r.random() < self._detail and noun.classes and not is_headless:
            self._add_detail(noun, pre, post)
        is_pointing = any(item.family == 'nth' for item in items)
        core = ' '.join([*pre, head]).strip()
        start = self._determiner(description, core, is_anchor=is_anchor, is_nth=is_pointing)
        return ' '.join(part for part in (start, core, *post) if part)

    def _head(self, description: Description) -> str:
        word = description.noun.word
        if not word and any(item.family in _CLOTHES for item in description.properties):
            word = 'one'
        elif not word and not self._is_telegram:
            word = pick(self._r, ('one', 'thing', 'object'))
        elif not word:
            word = pick(self._r, ('one', 'one', 'thing'))
        is_many = description.quantity is Quantity.ALL and not self._is_each
        return plural(word) if is_many and word else word

    def _drops(self, description: Description, said: list[Said]) -> bool:
        """Say whether the name is left out: "red shirt", "2nd from left"."""
        noun, items = description.noun, description.properties
        if description.quantity is not Quantity.ONE:
            return False
        if any(s.is_head for s in said):
            return self._r.random() < 0.5
        if noun.word or not items or any(item.family in _HELPLESS for item in items):
            return False
        if any(s.pre.split(' ')[-1] in words('colour_nouns') for s in said):
            return False  # "orange" alone is a fruit
        return self._r.random() < 0.5

    def _said(self, item: Property, *, is_anchor: bool) -> Said:
        if not item.anchors:
            # a place said last belongs to the target: "the cup by the lamp on the left"
            return say(self._r, item, is_telegram=self._is_telegram, is_before=is_anchor)
        return Said(post=self._tie(item))

    def _tie(self, item: Property) -> str:
        r = self._r
        anchors = [self.phrase(anchor, is_anchor=True) for anchor in item.anchors]
        if item.family == 'between':
            return f'{pick(r, ("between", "in between"))} {" and ".join(anchors)}'
        table = wording()['ties'][item.values[0]]
        link = pick(r, table['tele' if self._is_telegram else 'post'])
        if item.values[0] == 'holding':
            classes = item.anchors[0].noun.classes
            if item.is_negated:
                word = item.anchors[0].noun.word
                return f'{r.choice(("without", "without", "with no"))} {anchors[0]}'.replace(
                    f'with no the {word}', f'with no {word}'
                )
            if classes == {'tie'}:
                link = r.choice(('wearing', 'with', 'in'))
            if not classes & RIDEABLE and r.random() < 0.4:
                anchors[0] = anchors[0].removeprefix('the ')
                anchors[0] = f'{article(anchors[0])} {anchors[0]}'
        if item.is_negated:
            link = table['post'][0]
            link = f'{"" if self._is_telegram else "that is "}not {link}'
        return link.format(anchors[0]) if '{}' in link else f'{link} {anchors[0]}'

    def _add_detail(self, noun: Noun, pre: list[str], post: list[str]) -> None:
        if noun.is_person:
            table = wording()['details']['person']
        elif noun.classes <= _ANIMALS:
            table = wording()['details']['animal']
        elif noun.classes <= _VEHICLES:
            table = wording()['details']['vehicle']
        else:
            table = wording()['details']['thing']
        if self._r.random() < 0.35:
            pre.insert(self._r.randrange(len(pre) + 1), self._r.choice(table['pre']))
        else:
            post.insert(0, self._r.choice(table['post']))

    def _determiner(
        self, description: Description, core: str, *, is_anchor: bool, is_nth: bool
    ) -> str:
        r, chance = self._r, self._r.random()
        if description.quantity is Quantity.ALL:
            return self._all(description)
        if description.quantity is Quantity.ANY:
            options = (article(core), article(core), 'any', 'some')
            return options[0] if is_mass(description.noun.word) else pick(r, options)
        if not core:
            return ''
        if self._is_telegram:
            return 'the' if chance < (0.25 if is_anchor else 0.12) else ''
        if is_anchor:
            return 'the' if chance < 0.86 else article(core) if chance < 0.95 else ''
        return 'the' if chance < 0.9 or is_nth else '' if chance < 0.96 else 'that'

    def _all(self, description: Description) -> str:
        r, count = self._r, description.count
        if self._is_each:
            return pick(r, ('every', 'each', 'every single'))
        if count:
            number = wording()['numbers'][count] if r.random() < 0.9 else str(count)
            options = [f'the {number}', number, f'all {number}', f'all the {number}']
            if count == 2:
                options.insert(1, 'both')
                options.append('both of the')
            return pick(r, options[1:] if self._is_telegram else options)
        if self._is_telegram:
            return pick(r, ('', 'all', 'all the', 'the'))
        return pick(r, ('all', 'the', 'all the', '', 'all of the'))


def _joined(r: Random, items: Sequence[Property], said: list[Said]) -> list[Said]:
    """Say "in a red shirt and black pants" instead of "in a red shirt in black pants"."""
    both = [i for i, item in enumerate(items) if item.family == 'worn' and said[i].post]
    if len(both) != 2 or any(items[i].is_negated for i in both) or r.random() < 0.3:
        return said
    first, second = both
    bare = said[second].post
    for link in ('who is ', 'that has ', 'wearing ', 'dressed in ', 'with ', 'in '):
        bare = bare.removeprefix(link)
    said[first], said[second] = Said(post=f'{said[first].post} and {bare}'), Said()
    return said


def _of_many(post: str) -> str:
    """Put a clause in the plural: "that has", "who is wearing"."""
    for one, many in (('is', 'are'), ('has', 'have')):
        for pronoun in ('that', 'who', 'which'):
            if post.startswith(f'{pronoun} {one} '):
                return f'{pronoun} {many} {post.removeprefix(f"{pronoun} {one} ")}'
    return post


def _rank(item: Property) -> int:
    """Order what is said: places and sizes, looks, then ties, which swallow what follows."""
    if item.anchors:
        return _TIES
    if item.is_negated:
        return _DENIALS
    return _ORDER.index(item.family) if item.family in _ORDER else _LOOKS
