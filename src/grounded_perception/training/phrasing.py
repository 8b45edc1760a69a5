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

from random import Random

from grounded_perception.records import Quantity
from grounded_perception.training.description import Description, Noun, Property
from grounded_perception.training.naming import article, is_mass, pick, plural
from grounded_perception.training.standing import RIDEABLE
from grounded_perception.training.wording import Said, say, wording

#: Families whose words before the name come in this order: "second big left red cup".
_ORDER = ('nth', 'last', 'size', 'depth', 'outermost', 'corner', 'side', 'middle')
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
        said = [self._said(item) for item in items]
        noun = description.noun
        is_many = description.quantity is Quantity.ALL
        head = self._head(description)
        pre, post = [s.pre for s in said if s.pre], [s.post for s in said if s.post]
        is_headless = self._is_telegram and not is_many and self._drops(noun, said)
        if is_headless:
            head = ''
        elif self._is_telegram and len(pre) > 1 and r.random() < 0.25:
            post.insert(0, pre.pop())  # "guy red shirt left"
        if not is_anchor and r.random() < self._detail and noun.classes and not is_headless:
            self._add_detail(noun, pre, post)
        is_pointing = any(item.family == 'nth' for item in items)
        words = ' '.join([*pre, head]).strip()
        start = self._determiner(description, words, is_anchor=is_anchor, is_nth=is_pointing)
        return ' '.join(part for part in (start, words, *post) if part)

    def _head(self, description: Description) -> str:
        word = description.noun.word
        if not word and not self._is_telegram:
            word = pick(self._r, ('one', 'thing', 'object'))
        elif not word:
            word = pick(self._r, ('one', '', 'thing'))
        is_many = description.quantity is Quantity.ALL and not self._is_each
        return plural(word) if is_many and word else word

    def _drops(self, noun: Noun, said: list[Said]) -> bool:
        """Say whether the name is left out: "red shirt", "2nd from left"."""
        if any(s.is_head for s in said):
            return self._r.random() < 0.5
        return not noun.word and bool(said) and self._r.random() < 0.5

    def _said(self, item: Property) -> Said:
        if not item.anchors:
            return say(self._r, item, is_telegram=self._is_telegram)
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
            link = link.removeprefix('that is ').removeprefix('which is ')
            link = f'{"" if self._is_telegram else "that is "}not {link}'
        return f'{link} {anchors[0]}'

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
        self, description: Description, words: str, *, is_anchor: bool, is_nth: bool
    ) -> str:
        r, chance = self._r, self._r.random()
        if description.quantity is Quantity.ALL:
            return self._all(description, words)
        if description.quantity is Quantity.ANY:
            options = (article(words), article(words), 'any', 'some')
            return options[0] if is_mass(description.noun.word) else pick(r, options)
        if not words:
            return ''
        if self._is_telegram:
            return 'the' if chance < (0.25 if is_anchor else 0.12) else ''
        if is_anchor:
            return 'the' if chance < 0.86 else article(words) if chance < 0.95 else ''
        return 'the' if chance < 0.9 or is_nth else '' if chance < 0.96 else 'that'

    def _all(self, description: Description, words: str) -> str:
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


def _rank(item: Property) -> int:
    """Order what is said: places and sizes, looks, then ties, which swallow what follows."""
    if item.anchors:
        return _TIES
    if item.is_negated:
        return _DENIALS
    return _ORDER.index(item.family) if item.family in _ORDER else _LOOKS
