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

"""How properties are said: the words that stand before a name, and those that follow it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
import importlib.resources
import json
from random import Random
from typing import Any, NamedTuple

from grounded_perception.training.speech.description import Property
from grounded_perception.training.speech.naming import article, pick


class Said(NamedTuple):
    """
    A property in words.

    :param pre: words before the name.
    :param post: words after it.
    :param is_head: whether ``pre`` can stand for the name ("red shirt").
    """

    pre: str = ''
    post: str = ''
    is_head: bool = False


@cache
def wording() -> dict[str, Any]:
    """Return the tables of ``data/wording.json``."""
    path = importlib.resources.files('grounded_perception.training') / 'data' / 'wording.json'
    found: dict[str, Any] = json.loads(path.read_text(encoding='utf-8'))
    return found


def colour_word(r: Random, *colours: str) -> str:
    """
    Draw words for a colour, or for several.

    :param r: chance.
    :param colours: basic colour terms.
    :returns: "navy", "black and white".
    """
    if len(colours) > 1:
        return ' and '.join(colours)
    return pick(r, wording()['shades'][colours[0]])


def say(r: Random, item: Property, *, is_telegram: bool, is_before: bool = False) -> Said:
    """
    Say a property that mentions no other thing.

    :param r: chance.
    :param item: the property.
    :param is_telegram: whether in telegraphic style.
    :param is_before: whether places and colours must be said before the name.
    :returns: its words.
    """
    if item.family in ('colour', 'texture', 'except'):
        return _looks(r, item, is_telegram=is_telegram, is_before=is_before)
    if item.family in ('worn', 'dressed', 'worn texture'):
        return _clothes(r, item, is_telegram=is_telegram)
    if item.family == 'nth':
        return _nth(r, item, is_telegram=is_telegram)
    if item.family == 'last':
        return Said('last')
    table: Mapping[str, list[str]] = wording()[item.family][' '.join(item.values)]
    if is_before or 'post' not in table or r.random() < 0.5:
        return Said(pick(r, table['pre']))
    return Said(post=pick(r, table['tele' if is_telegram else 'post']))


def _looks(r: Random, item: Property, *, is_telegram: bool, is_before: bool) -> Said:
    if item.family == 'texture':
        word = pick(r, wording()['textures'][item.values[0]])
        if word == 'stripes':
            return Said(post='with stripes')
    else:
        word = colour_word(r, *item.values)
    if item.family == 'except':
        return _except(r, item)
    if item.is_negated:
        if is_telegram:
            return Said(post=r.choice((f'not {word}', f'not the {word} one', f'non {word}')))
        return Said(
            post=f'{r.choice(("that is not", "which is not", "that is not", "not"))} {word}'
        )
    if not is_before and r.random() < (0.06 if is_telegram else 0.1):
        return Said(post=word if is_telegram else f'{r.choice(("that is", "which is"))} {word}')
    return Said(word)


def _except(r: Random, item: Property) -> Said:
    left, number = item.values
    word = r.choice(('except', 'but', 'except', 'except for', 'other than'))
    return Said(post=f'{word} the {colour_word(r, left)} {"one" if number == "1" else "ones"}')


def _clothes(r: Random, item: Property, *, is_telegram: bool) -> Said:
    if item.family == 'dressed':
        return _dressed(r, item, is_telegram=is_telegram)
    tables = wording()
    if item.family == 'worn texture':
        garment = pick(r, tables['garments']['top'][:8])
        look = pick(r, tables['textures'][item.values[0]])
        look = 'striped' if look == 'stripes' else look
        many = False
    else:
        part, colour = item.values
        garment = pick(r, tables['garments'][part])
        look = colour_word(r, colour) if colour else ''
        many = part == 'legs' and garment != 'skirt'
    what = f'{look} {garment}'.strip()
    if item.is_negated:
        no = r.choice(('without', 'not wearing', 'without', 'who is not wearing', 'with no'))
        bare = many or no == 'with no' or is_telegram
        return Said(post=f'{no} {what if bare else f"{article(what)} {what}"}')
    if is_telegram:
        if look and r.random() < 0.45:
            return Said(pre=what, is_head=True)
        return Said(
            post=f'{pick(r, ("", "in", "with", "wearing")) if look else "with"} {what}'.strip()
        )
    link = pick(r, ('in', 'wearing', 'with', 'in', 'dressed in', 'who is wearing', 'that has'))
    if not look:
        link = pick(r, ('with', 'wearing', 'who is wearing'))
    if many:
        return Said(post=f'{link} {pick(r, ("", "the", ""))} {what}'.replace('  ', ' '))
    return Said(post=f'{link} {pick(r, (article(what), "the", ""))} {what}'.replace('  ', ' '))


def _dressed(r: Random, item: Property, *, is_telegram: bool) -> Said:
    word = colour_word(r, item.values[0])
    if item.is_negated:
        return Said(post=f'{r.choice(("not in", "not wearing", "not dressed in"))} {word}')
    links = ('in', 'wearing', 'all in') if is_telegram else ('in', 'wearing', 'dressed in')
    return Said(post=f'{pick(r, links)} {word}')


def _nth(r: Random, item: Property, *, is_telegram: bool) -> Said:
    number, side = int(item.values[0]), item.values[1]
    tables = wording()
    is_short = r.random() < (0.4 if is_telegram else 0.1)
    word = tables['short ordinals' if is_short else 'ordinals'][number]
    the = '' if is_telegram and r.random() < 0.6 else 'the '
    starts = ['from', 'from', 'from', 'in from'] if number > 1 else ['from', 'on', 'on']
    return Said(word, f'{r.choice(starts)} {the}{side}')
