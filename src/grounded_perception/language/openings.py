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
"""How questions start, and the slips that people make there."""

from __future__ import annotations

from collections.abc import Sequence

from grounded_perception.language.lexicon import names_person, Table, Token, values, words
from grounded_perception.language.spelling import is_one_slip

_STARTS: dict[str, tuple[str, ...]] = {
    'count': (
        'how many', 'count', 'count the', 'what number of', 'what is the number of', 'number of',
        'the number of', 'tell me how many', 'do you know how many',
    ),
    'exists': (
        'is there', 'are there', 'was there', 'were there', 'do you see', 'did you see', 'see',
        'do you have', 'can see', 'have you seen', 'any', 'is any', 'are any', 'there is',
        'there are', 'does the picture show', 'does the image show', 'do you find', 'do you spot',
        'do you notice', 'do we have', 'tell me if there is', 'tell me if there are',
        'tell me whether there is', 'tell me whether there are', 'can i see', 'do i see',
    ),
    'colour': tuple(
        f'{start} {colour}{end}'
        for colour in ('colour', 'color', 'colours', 'colors')
        for start, ends in (
            ('what', ('', ' is', ' are', ' has', ' does', ' do', ' of')),
            ('which', ('', ' is', ' are', ' has', ' does', ' do')),
            ('what is the', (' of',)),
            ('tell me the', (' of',)),
            ('tell me what', ('', ' is', ' are')),
            ('tell me which', ('', ' is', ' are')),
            ('the', (' of',)),
        )
        for end in ends
    ),
    'where': (
        'where is', 'where are', 'where', 'where can i find', 'where do you see', 'find',
        'where is it', 'tell me where', 'tell me where is', 'on which side is', 'where was',
    ),
    'size': (
        'how big is', 'how big are', 'how large is', 'how large are', 'how small is',
        'what size is', 'what size are', 'what is the size of',
    ),
    'distance': (
        'how far', 'how near', 'how close', 'how distant', 'how high', 'how deep', 'how tall',
        'how long', 'how wide', 'how heavy', 'how fast',
    ),
    'who': ('who is', 'who are', 'who', 'who has', 'who wears', 'who stands', 'who do you see'),
    'which': ('which', 'which one', 'which of', 'tell me which', 'which is the', 'which one is'),
    'what': (
        'what is', 'what are', 'what', 'what kind of', 'what type of', 'what sort of', 'what do',
        'what does', 'tell me what', 'tell me what is', 'what do you see', 'what can you see',
        'what can i see', 'what else is', 'what things are', 'what objects are', 'what is visible',
        'what thing is', 'what object is',
    ),
    'check': (
        'is', 'are', 'was', 'were', 'does', 'do', 'did', 'has', 'have', 'tell me if',
        'tell me whether', 'do you think',
    ),
    'describe': ('describe', 'caption', 'tell me about', 'what about', 'describe to me'),
    'reason': ('why', 'when', 'how', 'whose', 'what time', 'what day', 'what year'),
}  # fmt: skip
#: How a question starts → the kind of reader that goes on.
OPENINGS = Table((start, kind) for kind, starts in _STARTS.items() for start in starts)

_FIRST = ('what', 'which', 'where', 'describe', 'there', 'count', 'does')
_SECOND = ('colour', 'color', 'many', 'there', 'kind')
_SHORT = {'hw': 'how', 'u': 'you', 'r': 'are', 'wats': 'what', 'whats': 'what', 'wheres': 'where'}
#: Words that a contracted "is" follows.
_ASKS = ('what', 'who', 'where', 'which', 'there', 'that', 'how', 'it', 'this')
_NAMES = ('name', 'owner', 'president', 'king', 'queen', 'i', 'you')


def respelt(tokens: Sequence[Token]) -> list[Token]:
    """
    Undo slips and contractions where a question starts: "wat colur", "what's", "hw meny".

    :param tokens: words of a question.
    :returns: the same with their first words as the lists have them.
    """
    made: list[Token] = []
    for at, token in enumerate(tokens):
        word = token.word
        if word in ('whats', 'wats', 'wheres', 'whos'):
            made.append(token._replace(word=_SHORT.get(word, 'who')))
            made.append(token._replace(word='is'))
            continue
        if word == "'s" and at and tokens[at - 1].word in _ASKS:
            word = 'is'
        elif word == "'re" and at and tokens[at - 1].word in _ASKS:
            word = 'are'
        elif at < 3:
            word = _SHORT.get(word) or _corrected(word, at, made)
        made.append(token._replace(word=word))
    return made


def _corrected(word: str, at: int, before: Sequence[Token]) -> str:
    """Return the opening word that a slip was meant to be, or the word itself."""
    is_known = word in values('numbers') or word in words('links') or len(word) < 3
    if is_known or word in words('determiners') or names_person(word):
        return word
    known = _FIRST if not at else _SECOND
    if at and before[-1].word not in ('what', 'which', 'how', 'is', 'are', 'the'):
        return word
    # in the middle of a sentence "meny" can only be "many" after "how"
    near = [other for other in known if other[0] == word[0] and is_one_slip(word, other)]
    if at and 'many' in near and before[-1].word != 'how':
        return word
    return near[0] if near else word


def unlike(noun: str) -> bool:
    """
    Say whether a noun asks for somebody's name rather than for somebody.

    :param noun: lower case.
    :returns: whether no picture tells.
    """
    return noun in _NAMES
