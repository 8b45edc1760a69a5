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
From the words of a sentence to the pieces that each name one thing.

Wrappers are taken off ("could you please pick up … for me"), and lists are cut at commas and
"and", but not inside "black and white", "between A and B" or "salt and pepper".
"""

from __future__ import annotations

from collections.abc import Sequence

from grounded_perception.language import places
from grounded_perception.language.lexicon import (
    groups,
    may_be_noun,
    names_person,
    table,
    Token,
    values,
    words,
)

_SOFT = frozenset((',', '&', '/', 'and', 'or', 'then', 'plus'))
_HARD = frozenset((';', '.', '!', '?', ':'))
_WEARING = frozenset(('with', 'wearing', 'holding', 'carrying', 'has', 'having', 'in'))


def strip(tokens: Sequence[Token], name: str) -> Sequence[Token]:
    """
    Take entries of a list off the start, as long as one fits.

    :param tokens: words of a sentence.
    :param name: a list of the lexicon.
    :returns: the rest; all of it when nothing would be left.
    """
    said = [token.word for token in tokens]
    at = 0
    while at < len(said):
        size, _ = table(name).match(said, at)
        if not size and said[at] not in (',', '.', '!'):
            break
        at += size or 1
    return tokens[at:]


def strip_end(tokens: Sequence[Token], name: str) -> Sequence[Token]:
    """
    Take entries of a list off the end, as long as one fits.

    :param tokens: words of a sentence.
    :param name: a list of the lexicon.
    :returns: the rest, at least one token if there was one.
    """
    said = [token.word for token in tokens]
    end = len(said)
    is_shorter = True
    while is_shorter:
        is_shorter = False
        while end > 1 and said[end - 1] in _HARD | _SOFT:
            end -= 1
        for size in range(min(6, end - 1), 0, -1):
            if table(name).match(said[end - size : end], 0)[0] == size:
                end -= size
                is_shorter = True
                break
    return tokens[:end]


def unwrap(tokens: Sequence[Token]) -> Sequence[Token]:
    """
    Take politeness, verbs and what follows them off a piece.

    :param tokens: words of a piece.
    :returns: what names the thing; empty when nothing does.
    """
    tokens = strip_end(strip(tokens, 'polite'), 'tails')
    while True:
        said = [token.word for token in tokens]
        size = _wrapper(said)
        if not size:
            return tokens
        tokens = strip(tokens[size:], 'polite')


def _wrapper(said: Sequence[str]) -> int:
    """Return how many words at the start tell what to do and not with what."""
    size = _driving(said)
    if size:
        return size
    size, _ = table('verbs').match(said, 0)
    after = said[size] if size < len(said) else ''
    if size == 1 and said[0] in words('careful_verbs'):
        # "watch the dog" but "watch on the table"
        return 1 if after in words('determiners') or after in ('me', 'us', 'at', 'two') else 0
    if size and not (size == len(said) == 1 and may_be_noun(said[0])):
        while size < len(said) and said[size] in ('me', 'us', 'up', 'out', 'at', 'for', 'to'):
            size += 1
        return size
    if (size := _going(said)) and not names_person(said[0]):
        return size
    # no noun stands before an article: an unknown first word there is a verb
    articles = ('the', 'a', 'an', 'my', 'your')
    is_verb = len(said) > 2 and said[1] in articles and may_be_noun(said[0])
    # … unless a clause comes: "the bike the man is on"
    has_clause = any(word in ('is', 'are', 'was') for word in said[2:10])
    return 1 if is_verb and not has_clause and not names_person(said[0]) else 0


def _going(said: Sequence[str]) -> int:
    """Return how many words tell how to get to a thing ("ski after the", "taxi over to the")."""
    if len(said) < 4 or not may_be_noun(said[0]):
        return 0
    at = 1 + (said[1] in ('over', 'up', 'across', 'back', 'down', 'along'))
    is_way = said[at] in ('to', 'after', 'towards', 'toward')
    is_tie = table('relations').match(said, at)[0] or places.find(said, at)  # "to the left of"
    return at + 1 if is_way and not is_tie and said[at + 1] in words('determiners') else 0


def _driving(said: Sequence[str]) -> int:
    """Return how many words tell how to drive up to a thing ("turn left behind", "stop at")."""
    if len(said) < 3 or said[0] not in words('driving_verbs'):
        return 0
    at = 1
    while at < len(said) and (
        said[at] in words('manoeuvres') or said[at] in words('fillers') or said[at] == ','
    ):
        at += 1
    size = table('relations').match(said, at)[0] or (at < len(said) and said[at] in words('drift'))
    at += size
    # the last preposition may itself be a word of manoeuvres ("stop at the bus")
    is_tied = size > 0 or said[at - 1] in ('at', 'to', 'on', 'in', 'into')
    is_named = at < len(said) and (
        said[at] in words('determiners') or said[at] in words('colours') or may_be_noun(said[at])
    )
    return at if is_tied and is_named else 0


def joined(tokens: Sequence[Token]) -> Sequence[Token]:
    """
    Take the joints of afterthoughts out: "the bed, the one with the canopy" names one thing.

    :param tokens: words of a sentence.
    :returns: the same without ", the … one" where that goes on with what was named before.
    """
    said = [token.word for token in tokens]
    ends = {at: _afterthought(said, at) for at, word in enumerate(said) if word == ','}
    gone = {i for at, end in ends.items() if end for i in (at, at + 1, end)}
    return [token for i, token in enumerate(tokens) if i not in gone]


def _afterthought(said: Sequence[str], at: int) -> int:
    """Return where "one" stands in ", the grey one" after a comma; 0 when it is another thing."""
    end = at + 2
    while end < min(len(said), at + 6) and said[end] not in words('same_words'):
        if may_be_noun(said[end]) or said[end] in _SOFT | _HARD:
            return 0
        end += 1
    is_one = said[at + 1 : at + 2] == ['the'] and said[end : end + 1] in (['one'], ['ones'])
    if not is_one or not any(_names(word) for word in said[:at]):
        return 0
    colours = words('colours')
    is_other = any(w in colours for w in said[:at]) and any(w in colours for w in said[at:end])
    return 0 if is_other else end  # "the red car, the blue one" is two


def is_manoeuvre(tokens: Sequence[Token]) -> bool:
    """
    Say whether a piece only tells where to drive ("turn left", "take the next right").

    :param tokens: words of a piece.
    :returns: whether it names nothing.
    """
    return all(token.word in words('manoeuvres') for token in tokens)


def cut(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    """
    Cut a sentence into pieces that each name one thing.

    :param tokens: its words.
    :returns: the pieces in order, none empty.
    """
    said = [token.word for token in tokens]
    pieces, start, between = [], 0, False
    for at, word in enumerate(said):
        between = between or word in ('between', 'inbetween')
        if word in _HARD:
            is_cut = True
        elif word in _SOFT:
            is_cut = not between and _is_list(said, start, at)
            between = False
        else:
            continue
        if is_cut:
            pieces.append(tokens[start:at])
            start = at + 1
    pieces.append(tokens[start:])
    return [piece for piece in pieces if piece]


def _is_list(said: Sequence[str], start: int, at: int) -> bool:
    """Say whether a new thing is named after the mark at ``at``."""
    right = at + 1
    while right < len(said) and said[right] in words('fillers'):
        right += 1
    if right >= len(said) or said[right] in _SOFT:
        return False
    if at and table('binomials').match(said, at - 1)[0]:
        return False
    first = said[right]
    if _wrapper(said[right : right + 12]) or table('polite').match(said, right)[0]:
        return True
    left = _unwrapped(said[max(start, at - 40) : at])
    is_definite = first in ('the', 'all', 'every', 'each', 'my', 'your')
    if not any(_names(word) for word in left):
        # "the red and the blue car" is two, "black and white cat" one
        coloured = any(word in words('colours') for word in left)
        alike = any(word in words('same_words') or word in words('no_things') for word in left)
        return (coloured or alike) and is_definite
    noun = _noun_after(said, right)
    if not noun or not _starts_name(first):
        return False
    if said[at] == ',' and said[right + 1 : right + 2] in (['one'], ['other']):
        return False
    worn = [word for word in left if word in _WEARING]
    names = [word for word in left if _names(word)]
    if noun in words('clothing') and names[-1] in words('clothing') and not is_definite:
        return False  # "blue shirt and black shorts"
    is_garment = noun in words('clothing') or noun in words('parts') or noun in words('body_parts')
    if worn and not is_definite:
        return said[at] == ',' and not is_garment
    return not (is_garment and said[at] == ',' and not is_definite)


def _unwrapped(said: Sequence[str]) -> Sequence[str]:
    while size := table('polite').match(said, 0)[0] or _wrapper(said):
        said = said[size:]
    return said


def _names(word: str) -> bool:
    return may_be_noun(word) and word not in words('no_things')


def _starts_name(word: str) -> bool:
    starts = word in words('determiners') or word in values('numbers') or word in words('colours')
    described = word in words('sizes') or word in words('adjectives')
    return starts or described or word in groups('axes') or may_be_noun(word)


def _noun_after(said: Sequence[str], at: int) -> str:
    """Return the last word of the name that starts at a place, or nothing."""
    noun = ''
    for word in said[at : at + 8]:
        if _names(word):
            noun = word
        elif noun or word in _SOFT or word in _HARD or not _starts_name(word):
            break
    return noun
