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
"""Plain English for things and numbers: articles, plurals, lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from grounded_perception.language.lexicon import words

_NUMBERS = (
    'no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten',
    'eleven', 'twelve',
)  # fmt: skip
_PLURALS = {
    'person': 'people', 'man': 'men', 'woman': 'women', 'child': 'children', 'mouse': 'mice',
    'knife': 'knives', 'foot': 'feet', 'tooth': 'teeth', 'goose': 'geese', 'leaf': 'leaves',
    'shelf': 'shelves', 'loaf': 'loaves', 'wolf': 'wolves', 'calf': 'calves',
    'potato': 'potatoes', 'tomato': 'tomatoes',
}  # fmt: skip
#: One and several are called the same.
_ALIKE = ('sheep', 'fish', 'deer', 'aircraft', 'luggage', 'broccoli', 'food', 'furniture', 'fruit')
_HISSES = ('s', 'x', 'z', 'ch', 'sh')
#: Words whose first letter misleads: "an hour", "a unicycle".
_SILENT = ('hour', 'heir', 'honest')
_SPOKEN_AS_CONSONANT = ('uni', 'use', 'eu', 'one', 'ufo', 'uk')


def article(words_after: str) -> str:
    """
    Put "a" or "an" before a name.

    :param words_after: the name, with what stands before it; things that come in pairs get none.
    :returns: ``'an umbrella'``, ``'a red car'``, ``'a pair of scissors'``.
    """
    last = words_after.rpartition(' ')[2]
    if last in words('plural_by_form'):
        return f'a pair of {words_after}'
    if last in ('broccoli', 'luggage', 'food', 'furniture'):
        return f'some {words_after}'
    first = words_after.lower()
    vowel = first[:1] in tuple('aeiou') and not first.startswith(_SPOKEN_AS_CONSONANT)
    return f'{"an" if vowel or first.startswith(_SILENT) else "a"} {words_after}'


def plural(name: str) -> str:
    """
    Return the plural of a name.

    :param name: a name in the singular; its last word changes.
    :returns: its plural.
    """
    head, _, last = name.rpartition(' ')
    if last in _PLURALS:
        many = _PLURALS[last]
    elif last in _ALIKE or last in words('plural_by_form'):
        many = last
    elif last.endswith('man') and last not in ('human', 'german'):
        many = last[:-3] + 'men'
    elif last.endswith(_HISSES):
        many = last + 'es'
    elif last.endswith('y') and last[-2:-1] not in tuple('aeiou'):
        many = last[:-1] + 'ies'
    else:
        many = last + 's'
    return f'{head} {many}'.strip()


def number(count: int) -> str:
    """
    Write a count: in words up to twelve.

    :param count: at least 0.
    :returns: ``'three'``, ``'14'``.
    """
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


def several(count: int, name: str) -> str:
    """
    Write a number of things.

    :param count: at least 0.
    :param name: what one of them is called.
    :returns: ``'no dogs'``, ``'one dog'``, ``'three people'``.
    """
    if name.rpartition(' ')[2] in words('plural_by_form') and count:
        return f'{number(count)} {"pair" if count == 1 else "pairs"} of {name}'
    return f'{number(count)} {name if count == 1 else plural(name)}'


def listing(parts: Sequence[str], last: str = 'and') -> str:
    """
    Join parts of a sentence.

    :param parts: at least one.
    :param last: the word before the last.
    :returns: ``'a, b and c'``.
    """
    if len(parts) < 2:
        return ''.join(parts)
    return f'{", ".join(parts[:-1])} {last} {parts[-1]}'


def grouped(names: Iterable[str]) -> str:
    """
    List things by kind.

    :param names: what each is called, the most important first; at least one.
    :returns: ``'a bus, three people and two cars'``.
    """
    counts = Counter(names)
    return listing([article(k) if n == 1 else several(n, k) for k, n in counts.items()])


def sentence(text: str) -> str:
    """
    Make a sentence of words.

    :param text: without its full stop.
    :returns: the same, its first letter large, a full stop at the end.
    """
    text = text.strip()
    return f'{text[:1].upper()}{text[1:]}{"" if text.endswith((".", "?", "!")) else "."}'
