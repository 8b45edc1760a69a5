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
What people call things.

A name means what the runtime's own tables say it means: "man" is any person here, as the detector
cannot tell men from women, and "bike" is a bicycle or a motorcycle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
import importlib.resources
import json
from random import Random
from typing import Any

from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.language.concepts import Concepts, normalise
from grounded_perception.language.lexicon import groups, may_be_noun, words
from grounded_perception.training.speech.description import Noun

_RARE, _GROUP = 0.07, 0.07
_VOWELS = frozenset('aeiou')
_HISSES = ('s', 'x', 'z', 'ch', 'sh')


@dataclass(frozen=True)
class _Names:
    common: Mapping[str, tuple[Noun, ...]]
    rare: Mapping[str, tuple[Noun, ...]]
    groups: Mapping[str, tuple[Noun, ...]]


@cache
def _data() -> dict[str, Any]:
    path = importlib.resources.files('grounded_perception.training') / 'data' / 'names.json'
    found: dict[str, Any] = json.loads(path.read_text(encoding='utf-8'))
    return found


def pick(r: Random, options: Sequence[str]) -> str:
    """
    Draw a wording; lists have the usual first.

    :param r: chance.
    :param options: wordings.
    :returns: one of them.
    """
    return options[int(len(options) * r.random() ** 1.8)]


@cache
def _names() -> _Names:
    tables = Concepts(COCO_NAMES)

    def noun(word: str) -> Noun:
        classes = frozenset(tables.look_up(normalise(word)).class_names)
        return Noun(word, classes, classes == {'person'})

    common = {name: tuple(noun(word) for word in said) for name, said in _data()['common'].items()}
    for name, nouns in common.items():
        for found in nouns:
            assert name in found.classes, (name, found)
    rare: dict[str, list[Noun]] = {name: [] for name in COCO_NAMES}
    for term in tables.terms:
        found = noun(term)
        if len(found.classes) == 1 and _is_neutral(term):
            rare[next(iter(found.classes))].append(found)
    covering: dict[str, list[Noun]] = {name: [] for name in COCO_NAMES}
    for word in _data()['groups']:
        found = noun(word)
        for name in found.classes:
            covering[name].append(found)
    return _Names(
        common,
        {name: tuple(nouns) for name, nouns in rare.items()},
        {name: tuple(nouns) for name, nouns in covering.items()},
    )


def _is_neutral(term: str) -> bool:
    """Say whether a name describes nothing that a scene could contradict ("red light")."""
    told = (*groups('colours'), *groups('sizes'), *groups('axes'), *words('measures'))
    parts = term.split()
    is_singular = normalise(term) == term and not term.endswith('s')
    is_whole = not {'of', 'and'} & {*parts}
    return (
        is_singular
        and is_whole
        and may_be_noun(parts[-1])
        and not any(part in told for part in parts)
    )


def name_of(
    r: Random, class_name: str, *, is_plain: bool = False, is_neutral: bool = False
) -> Noun:
    """
    Draw a name for a thing.

    :param r: chance.
    :param class_name: its class.
    :param is_plain: whether names that cover several classes are left out.
    :param is_neutral: whether only the usual name of the class will do.
    :returns: the name.
    """
    names = _names()
    if is_neutral:
        return names.common[class_name][0]
    chance = r.random()
    if chance < _RARE and names.rare[class_name]:
        return r.choice(names.rare[class_name])
    if chance < _RARE + _GROUP and names.groups[class_name] and not is_plain:
        return r.choice(names.groups[class_name])
    common = names.common[class_name]
    found = common[int(len(common) * r.random() ** 2)]
    return common[0] if is_plain and len(found.classes) > 1 else found


def mixable(class_name: str) -> frozenset[str]:
    """
    Return the classes that people call by each other's name.

    :param class_name: a class.
    :returns: classes, without itself.
    """
    sets = (frozenset(names) for names in _data()['mixable'] if class_name in names)
    return frozenset().union(*sets) - {class_name}


def plural(word: str) -> str:
    """
    Return the plural of a name.

    :param word: a name in the singular.
    :returns: its plural.
    """
    irregular: Mapping[str, str] = _data()['plurals']
    head, _, last = word.rpartition(' ')
    if word in irregular:
        return irregular[word]
    if last in irregular:
        many = irregular[last]
    elif last.endswith('man') and last != 'human':
        many = last[:-3] + 'men'
    elif last.endswith(_HISSES):
        many = last + 'es'
    elif last.endswith('y') and last[-2:-1] not in _VOWELS:
        many = last[:-1] + 'ies'
    else:
        many = last + 's'
    return f'{head} {many}'.strip()


def is_mass(word: str) -> bool:
    """
    Say whether a name has no plural of its own form ("luggage").

    :param word: a name.
    :returns: whether one and several are called the same.
    """
    return plural(word) == word


def article(words_after: str) -> str:
    """
    Return "a" or "an".

    :param words_after: what follows.
    :returns: the article.
    """
    return 'an' if words_after[:1] in _VOWELS and not words_after.startswith('one') else 'a'
