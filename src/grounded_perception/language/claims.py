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
"Is the man next to the dog wearing red?": where the thing ends and what is asked of it begins.

The shortest end of the words that can be said of a thing is the claim, provided that what stands
before it is complete.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from grounded_perception.language import places
from grounded_perception.language.clothes import garment
from grounded_perception.language.lexicon import (
    groups,
    is_participle,
    may_be_noun,
    table,
    Token,
    words,
)
from grounded_perception.language.phrase import read
from grounded_perception.records import Phrase, Relation

_HAVING = ('have', 'has', 'hold', 'carry', 'own', 'with')
_DRESS = ('wear', 'wearing')
_RIDE = ('ride', 'riding')
_IDLE = ('and', 'or', 'not', 'really', 'all', 'in', 'colour', 'color', 'mostly')


class Parts(NamedTuple):
    """
    A statement in two parts.

    :param subject: words of the thing.
    :param claim: words of what is said of it.
    """

    subject: Sequence[Token]
    claim: Sequence[Token]


def split(tokens: Sequence[Token]) -> Parts | None:
    """
    Cut a statement in two.

    :param tokens: its words, without the verb that it starts with.
    :returns: both parts; None where it is all one thing.
    """
    said = [token.word for token in tokens]
    for start in range(len(said) - 1, 0, -1):
        if said[start] in (*_HAVING, *_DRESS, *_RIDE) and _is_complete(said[:start]):
            return Parts(tokens[:start], tokens[start:])
    for start in range(len(said) - 1, 0, -1):
        if _is_inside_name(said, start):
            continue
        if _is_complete(said[:start]) and _opens(said, start):
            return Parts(tokens[:start], tokens[start:])
    return None


def claim(text: str, parts: Parts) -> Phrase | None:
    """
    Read what is said of a thing.

    :param text: the sentence that the tokens' places refer to.
    :param parts: from :func:`split`.
    :returns: a phrase without a noun, or with the noun that the thing is said to be; None when
        nothing here can check it.
    """
    tokens, said = parts.claim, [token.word for token in parts.claim]
    verb = said[0] if said[0] in (*_HAVING, *_DRESS, *_RIDE) else ''
    colours = tuple(dict.fromkeys(groups('colours')[w] for w in said if w in groups('colours')))
    if verb and len(said) == 1:
        return None
    worn = words('clothing') | words('body_parts')
    if verb in (*_DRESS, *_HAVING) and any(word in worn for word in said):
        # what is worn has no box of its own, but it shows its colour
        garments = tuple(filter(None, (garment(said, i) for i in range(len(said)))))
        made = Phrase(_cut(text, tokens), '', colours=colours, garments=garments)
        return made if colours else None
    if verb in _DRESS and colours:
        return Phrase(_cut(text, tokens), '', colours=colours)
    if verb:
        kind = 'on' if verb in _RIDE else 'next to'
        anchor = read(text, tokens[1:])
        told = bool(anchor.noun or anchor.colours)
        made = Phrase(_cut(text, tokens), '', relations=(Relation(kind, anchor),))
        return made if told else None
    found = read(text, tokens)
    if found.unresolved or not (
        found.noun
        or found.colours
        or found.without_colours
        or found.position
        or found.size
        or found.relations
        or found.postures
    ):
        return None
    is_named = said[0] in ('a', 'an') or (said[0] == 'not' and 'a' in said)
    if found.noun and not is_named:
        return None
    # "is it big" is not "is it the biggest"
    return None if found.size and said[0] != 'the' else found


def _cut(text: str, tokens: Sequence[Token]) -> str:
    return text[tokens[0].start : tokens[-1].end]


def _is_complete(said: Sequence[str]) -> bool:
    """Say whether words name a thing and do not stop in the middle."""
    last = said[-1]
    if any(table('compounds').match(said, at)[0] == len(said) - at for at in range(len(said))):
        return True
    is_open = last in words('no_things') or last in ('one', 'left', 'right')
    return (may_be_noun(last) and not _describes(last)) or (is_open and len(said) > 1)


def _is_inside_name(said: Sequence[str], start: int) -> bool:
    """Say whether a cut would go through "traffic light"."""
    reach = range(max(start - 3, 0), start)
    return any(at + table('compounds').match(said, at)[0] > start for at in reach)


def _opens(said: Sequence[str], start: int) -> bool:
    """Say whether the words from a place on can be said of a thing."""
    rest, word = said[start:], said[start]
    if word in groups('colours'):
        return all(w in groups('colours') or w in _IDLE or _modifies(w) for w in rest)
    if word in ('a', 'an'):
        return len(rest) > 1
    if table('body_postures').match(said, start)[0] == len(rest):
        return True
    if word == 'the':
        return len(rest) > 1 and (rest[1] in groups('axes') or rest[1] in groups('sizes'))
    if (place := places.find(said, start)) and place.axes and not place.surface:
        return place.end == len(said)
    if table('relations').match(said, start)[0]:
        return len(rest) > table('relations').match(said, start)[0]
    return len(rest) == 1 and (_describes(word) or word in groups('sizes'))


def _describes(word: str) -> bool:
    return word in words('adjectives') or is_participle(word)


def _modifies(word: str) -> bool:
    return word in words('colour_modifiers') or word in words('fillers')
