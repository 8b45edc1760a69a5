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
Where in the image: "on the far left", "bottom right corner", "closest to the camera", "front".

A place says where the thing is in the picture; "left *of the bus*" ties it to another thing and
is not one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from grounded_perception.language.lexicon import (
    groups,
    may_be_noun,
    names_person,
    table,
    words,
)

_PREPOSITIONS = frozenset(
    ('on', 'at', 'to', 'in', 'from', 'toward', 'towards', 'near', 'by', 'along')
)
_DETERMINERS = frozenset(('the', 'your', 'our', 'my', 'a', 'this'))
_NEAREST = frozenset(('nearest', 'closest', 'nearer', 'closer'))
_FARTHEST = frozenset(('furthest', 'farthest', 'further', 'farther'))
#: Sides that are on a thing whatever it is: "on the left part of the pier".
_SHARES = frozenset(('part', 'portion', 'half', 'section'))
_SIDES = frozenset(('left', 'right', 'top', 'bottom'))
_BETWEEN_AXES = frozenset(('and', 'most', 'very', 'hand', 'far'))
#: "right behind the bus": here "right" says how, not where.
_AFTER_ADVERB = frozenset(
    ('behind', 'next', 'above', 'under', 'below', 'over', 'beside', 'beneath', 'underneath', 'by')
)


class Place(NamedTuple):
    """
    A place found among words.

    :param end: index one past its last word.
    :param axes: names of directions ("left", "top", "nearest", …); none when the words that
        were read say nothing.
    :param surface: whether what follows is the thing that this is a side of ("on the left side
        of the table").
    """

    end: int
    axes: tuple[str, ...]
    surface: bool = False


def find(tokens: Sequence[str], at: int) -> Place | None:
    """
    Read a place that starts at a word.

    :param tokens: lower-case words of a sentence.
    :param at: index of the first word.
    :returns: the place, or None when none starts here.
    """
    first = tokens[at]
    follows = tokens[at + 1] if at + 1 < len(tokens) else ''
    if first in ('right', 'left') and _is_adverb(follows, tokens, at):
        return Place(at + 1, ())
    if first == 'back' and (follows == 'to' or (at and tokens[at - 1] in ('their', 'his', 'her'))):
        return None
    return _read(tokens, at)


def combine(axes: Iterable[str]) -> str:
    """
    Make one position of all that was said.

    :param axes: directions in the order said.
    :returns: a key of :data:`grounded_perception.geometry.POSITIONS`, or ``''``. Depth together
        with a side becomes a corner, as near things are low in the image.
    """
    said = list(dict.fromkeys(axes))
    across = next((axis for axis in said if axis in ('left', 'right')), '')
    depths = {'nearest': 'bottom', 'farthest': 'top'}
    up = next((axis for axis in said if axis in ('top', 'bottom')), '')
    depth = next((axis for axis in said if axis in depths), '')
    if across:
        up = up or depths.get(depth, '')
        return f'{up} {across}'.strip()
    return up or depth or ('middle' if 'middle' in said else '')


def _is_adverb(follows: str, tokens: Sequence[str], at: int) -> bool:
    """Say whether "right" or "left" only strengthens the relation after it."""
    if at and tokens[at - 1] in ('the', 'far', 'on', 'to', 'top', 'bottom', 'upper', 'lower'):
        return False
    if follows == 'in':
        return tokens[at + 2 : at + 3] == ['front']
    return follows in _AFTER_ADVERB


def _read(tokens: Sequence[str], at: int) -> Place | None:
    count, known = len(tokens), groups('axes')
    if tokens[at : at + 2] == ['close', 'to'] and (end := _viewer(tokens, at + 2)):
        return Place(end, ('nearest',))
    i = at
    is_prepositional = tokens[i] in _PREPOSITIONS
    if is_prepositional:
        i += 1
    has_article = is_prepositional and i < count and tokens[i] in _DETERMINERS
    i += has_article
    adverbs = i
    while i < count and tokens[i] in words('axis_adverbs') and tokens[i] not in _superlatives():
        i += 1
    if i < count and tokens[i] in _FARTHEST and (side := _side_after(tokens, i + 1)):
        i = side  # "furthest to the left" is no depth
    is_far = 'far' in tokens[adverbs:i]
    axes: list[str] = []
    start = i
    while i < count:
        if tokens[i] in known:
            axes.append(known[tokens[i]])
        elif not (axes and tokens[i] in _BETWEEN_AXES and _axis_next(tokens, i)):
            break
        i += 1
    if not axes:
        if is_prepositional and i == adverbs and (end := _viewer(tokens, i)):
            # "near us" is a place; "in the picture" says nothing; "on the screen" is a tie
            near = tokens[at] in ('near', 'by')
            if tokens[end - 1] == 'screen':
                return None
            return Place(end, ('nearest',) if near else ())
        if is_far and not is_prepositional and _noun_next(tokens, i):
            return Place(i, ('farthest',))
        return None
    if tokens[i - 1] in _NEAREST and i < count and tokens[i] == 'to':
        return _nearest_to(tokens, i, axes)
    if tokens[i - 1] in _NEAREST and (end := _viewer(tokens, i)):
        return Place(end, tuple(axes))  # "nearest us"
    if tokens[i - 1] in _NEAREST and tokens[i : i + 1] and tokens[i] in _DETERMINERS:
        return None  # "nearest the door" is a tie
    sides = i
    while i < count and tokens[i] in words('side_nouns'):
        i += 1
    has_side = i > sides
    if i < count and tokens[i] in ('of', 'from'):
        end = _viewer(tokens, i + 1)
        if end:
            return Place(end, tuple(axes))
        if tokens[i] == 'of':
            may_be = is_prepositional and (has_side or is_far)
            return _side_of(tokens, i, axes) if may_be else None
    is_noun_next = _noun_next(tokens, i) and not has_side
    if table('compounds').match(tokens, start)[0]:
        return None  # "by the front door"
    if is_prepositional and is_noun_next and axes[-1:] != ['nearest']:
        # "on the left chair" is on a chair; "on left man" is sloppy for "man on left"
        is_person = names_person(tokens[i]) or tokens[i] in words('clothing')
        if (has_article or not is_person) and tokens[at] != 'from':
            return None
    return Place(max(i, start + 1), tuple(axes))


def _side_after(tokens: Sequence[str], i: int) -> int:
    """Return where a side is named ("left", "to the left", "from the right"), or 0."""
    if tokens[i : i + 1] and tokens[i] in ('to', 'on', 'from', 'towards', 'toward'):
        i += 1
        i += tokens[i : i + 1] == ['the']
    return i if i < len(tokens) and groups('axes').get(tokens[i]) in _SIDES else 0


def _superlatives() -> frozenset[str]:
    return frozenset(('furthest', 'farthest'))


def _axis_next(tokens: Sequence[str], i: int) -> bool:
    return i + 1 < len(tokens) and tokens[i + 1] in groups('axes')


def _noun_next(tokens: Sequence[str], i: int) -> bool:
    return i < len(tokens) and may_be_noun(tokens[i])


def _viewer(tokens: Sequence[str], i: int) -> int:
    """Return the index after "the image", "us", "the camera", …; 0 when it is something else."""
    count = len(tokens)
    while i < count and tokens[i] in _DETERMINERS:
        i += 1
    if i < count and (tokens[i] in words('image_words') or tokens[i] in words('self_words')):
        return i + 1
    return 0


def _nearest_to(tokens: Sequence[str], i: int, axes: list[str]) -> Place | None:
    """Read what follows "closest": the viewer, a border, or (no place) another thing."""
    end = _viewer(tokens, i + 1)
    if end:
        return Place(end, tuple(axes))
    border = _read(tokens, i)
    if border is not None:
        return Place(border.end, border.axes)
    return None


def _side_of(tokens: Sequence[str], i: int, axes: list[str]) -> Place | None:
    """Read "… side of the table": a place on a surface, or (no place) beside a thing."""
    j = i + 1
    while j < len(tokens) and tokens[j] in words('determiners'):
        j += 1
    if j < len(tokens) and tokens[j] in words('groups'):
        return Place(j + 1, tuple(axes))  # "at the far left of the group"
    if j < len(tokens) and (tokens[j] in words('surfaces') or tokens[i - 1] in _SHARES):
        return Place(i + 1, tuple(axes), surface=True)
    return None
