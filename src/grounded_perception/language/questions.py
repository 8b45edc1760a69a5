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
A question → what is asked of which things.

How it starts tells the kind; what is left names things, read by
:mod:`grounded_perception.language.phrase`. Nothing here fails: what makes no sense becomes
``Kind.UNKNOWN`` with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from grounded_perception.errors import CommandError
from grounded_perception.language import claims, segments
from grounded_perception.language.asked import Kind, NO_QUESTION, Question
from grounded_perception.language.command import clean
from grounded_perception.language.lexicon import groups, Table, table, Token, tokenize, words
from grounded_perception.language.openings import OPENINGS, respelt, unlike
from grounded_perception.language.phrase import read
from grounded_perception.records import Phrase, Quantity, Relation

_MEASURES = Table(
    [(word, 'large') for word in ('bigger', 'larger', 'taller', 'greater', 'longer', 'wider')]
    + [(word, 'small') for word in ('smaller', 'shorter', 'tinier')]
    + [(word, 'nearest') for word in ('closer', 'nearer', 'closer to me', 'closer to us')]
    + [(word, 'farthest') for word in ('farther', 'further', 'farther away', 'further away')]
    + [('further left', 'left'), ('more to the left', 'left'), ('further to the left', 'left')]
    + [('further right', 'right'), ('more to the right', 'right')]
)
_POSSESSIVES = ("'s", 'his', 'her', 'their', 'its')
#: "What is the man holding": what such words say of where the thing is.
_HELD = {
    'holding': 'next to', 'carrying': 'next to', 'riding': 'under', 'touching': 'next to',
    'pushing': 'next to', 'pulling': 'next to', 'using': 'next to', 'eating': 'next to',
    'watching': 'next to',
}  # fmt: skip
_DOING = ('doing', 'saying', 'thinking', 'called', 'wearing', 'for', 'happening', 'feeling')
_PRONOUNS = ('he', 'she', 'they')
_OF_PEOPLE = {'doing': Kind.POSTURE, 'wearing': Kind.CLOTHES}


def read_question(text: str | bytes, max_chars: int = 500) -> Question:
    """
    Understand a question as far as grammar goes.

    :param text: what came; bytes must be UTF-8; blank = describe.
    :param max_chars: most characters that are read.
    :returns: the question: there is always one.
    """
    if not text.strip():
        return Question('', Kind.DESCRIBE)
    try:
        cleaned = clean(text, max_chars)
    except CommandError as exc:
        return Question('', Kind.UNKNOWN, trouble=str(exc))
    tokens = respelt(segments.strip(respelt(tokenize(cleaned)), 'polite'))
    while tokens and tokens[-1].word in ('?', '!', '.', ',', ';', ':'):
        tokens = tokens[:-1]
    said = [token.word for token in tokens]
    if not any(word.isalnum() for word in said):
        return Question(cleaned, Kind.UNKNOWN, trouble=NO_QUESTION)
    if _is_description(said):
        return Question(cleaned, Kind.DESCRIBE)
    size, kind = OPENINGS.match(said, 0)
    if not size:
        return _unknown(cleaned)
    return _READERS[kind](cleaned, tokens[size:])


def _is_description(said: Sequence[str]) -> bool:
    """Say whether the whole scene is asked for."""
    size, _ = table('describe_starts').match(said, 0)
    if not size and said[:2] != ['what', 'is']:
        return False
    idle = words('scene_words') | words('determiners') | words('links') | words('fillers')
    idle = idle - {'front'} | {
        'in',
        'of',
        'on',
        'to',
        'at',
        'the',
        'me',
        'us',
        'all',
        'out',
        'briefly',
        'detail',
    }
    rest = said[size or 2 :]
    if said[0] == 'what' and {'it', 'that', 'this'} & set(rest[:1]) and len(rest) < 2:
        return False  # "what is that" points at a thing
    return all(word in idle for word in rest)


def _unknown(text: str, trouble: str = NO_QUESTION) -> Question:
    return Question(text, Kind.UNKNOWN, trouble=trouble)


def _phrase(text: str, tokens: Sequence[Token]) -> Phrase | None:
    """Read what is left of a question; None when it names nothing."""
    tokens = segments.strip_end(segments.unwrap(tokens), 'ask_tails')
    while tokens and tokens[0].word == 'of':  # "how many of the cars"
        tokens = tokens[1:]
    if not tokens:
        return None
    found = read(text, tokens)
    tells = found.noun or found.colours or found.position or found.size or found.relations
    is_open = any(token.word in words('no_things') for token in tokens)
    describes = found.without_colours or found.postures
    return found if tells or is_open or describes else None


def _about(kind: Kind) -> Callable[[str, Sequence[Token]], Question]:
    """Make a reader of questions that name one thing and ask for one property of it."""

    def make(text: str, tokens: Sequence[Token]) -> Question:
        subject = _phrase(text, tokens)
        return Question(text, kind, subject) if subject else _unknown(text)

    return make


def _count(text: str, tokens: Sequence[Token]) -> Question:
    said = [token.word for token in tokens]
    if said[:1] in (['times'], ['years'], ['metres'], ['meters'], ['hours']):
        return _unknown(text, f'{said[0]} cannot be counted in one picture')
    asked = [
        replace(phrase, quantity=Quantity.ALL, count=0)
        for phrase in (_phrase(text, piece) for piece in segments.cut(tokens))
        if phrase
    ]
    if not asked:
        return _unknown(text)
    return Question(text, Kind.COUNT, asked[0], also=tuple(asked[1:]))


def _exists(text: str, tokens: Sequence[Token]) -> Question:
    said = [token.word for token in tokens]
    if said[:1] in (['more'], ['fewer'], ['less']) and 'than' in said:
        return _compared(text, tokens[1:], 'more' if said[0] == 'more' else 'fewer')
    asked = [
        phrase if phrase.quantity is Quantity.ALL else replace(phrase, quantity=Quantity.ANY)
        for phrase in (_phrase(text, piece) for piece in segments.cut(tokens))
        if phrase
    ]
    if not asked:
        return _unknown(text)
    return Question(text, Kind.EXISTS, asked[0], also=tuple(asked[1:]), is_choice='or' in said)


def _compared(text: str, tokens: Sequence[Token], measure: str, mark: str = 'than') -> Question:
    """Read two things with a word between them."""
    said = [token.word for token in tokens]
    at = said.index(mark)
    subject, other = (_phrase(text, part) for part in (tokens[:at], tokens[at + 1 :]))
    if subject is None or other is None:
        return _unknown(text)
    return Question(
        text, Kind.COMPARE, subject, other=other, measure=measure, is_choice=mark == 'or'
    )


def _colour(text: str, tokens: Sequence[Token]) -> Question:
    tokens = segments.strip_end(tokens, 'ask_tails')
    said = [token.word for token in tokens]
    if said[-1:] in (['is'], ['are'], ['have'], ['has']):
        tokens, said = tokens[:-1], said[:-1]
    worn = next((i for i, w in enumerate(said) if w in words('clothing') | {'hair'}), None)
    if worn is None:
        return _about(Kind.COLOUR)(text, tokens)
    owner = [token for token in tokens[:worn] if token.word not in _POSSESSIVES]
    if worn + 2 < len(said) and said[worn + 1] in ('of', 'worn', 'on', 'that'):
        owner = list(tokens[worn + 2 :])  # "the shirt of the man"
    elif worn + 2 < len(said) and said[worn + 1] in ('is', 'are', 'does', 'do'):
        rest = tokens[worn + 2 :]  # "what colour shirt is the man wearing"
        owner = [token for token in rest if token.word not in ('wearing', 'wear')]
    elif "'s" not in said[:worn]:
        owner = []
    subject = _phrase(text, owner) or Phrase('the person', 'person')
    return Question(text, Kind.COLOUR, subject, part=said[worn])


def _what(text: str, tokens: Sequence[Token]) -> Question:
    if not tokens:
        return _unknown(text)
    said = [token.word for token in tokens]
    if said[-1] in _OF_PEOPLE and len(said) > 1:
        pronoun = Phrase('the person', 'person') if said[0] in _PRONOUNS else None
        if person := _phrase(text, tokens[:-1]) or pronoun:
            return Question(text, _OF_PEOPLE[said[-1]], person)
    if said[-1] in _DOING:
        return _unknown(text, f'{said[-1]!r} asks for more than kinds, places and colours')
    if said[-1] in _HELD and len(said) > 1:
        holder = _phrase(text, tokens[:-1])
        if holder is None:
            return _unknown(text)
        relation = Relation(_HELD[said[-1]], holder)
        return Question(
            text, Kind.WHAT, Phrase(text, '', relations=(relation,), quantity=Quantity.ALL)
        )
    subject = _phrase(text, tokens)
    if subject is None:
        is_pointing = said[0] in ('that', 'this', 'it', 'these', 'those')
        return Question(text, Kind.WHAT, Phrase(text, '')) if is_pointing else _unknown(text)
    return Question(text, Kind.WHAT, subject)


def _who(text: str, tokens: Sequence[Token]) -> Question:
    subject = _phrase(text, tokens)
    if subject is None:
        said = {token.word for token in tokens}
        if (
            said - words('scene_words') - {'it', 'that', 'there', 'this', 'in', 'the'}
            or 'you' in said
        ):
            return _unknown(text)
        subject = Phrase('anybody', '')
    if not subject.noun:
        subject = replace(subject, noun='person')
    if unlike(subject.noun):
        return _unknown(text, 'people are not recognised here, only seen')
    return Question(text, Kind.WHICH, replace(subject, quantity=Quantity.ALL))


def _which(text: str, tokens: Sequence[Token]) -> Question:
    said = [token.word for token in tokens]
    if said[:1] == ['is'] and 'or' in said:
        size, measure = _MEASURES.match(said, 1)
        if size:
            rest = [token for token in tokens[1 + size :] if token.word not in (',', ':')]
            return _compared(text, rest, measure, 'or')
    return _about(Kind.WHICH)(text, tokens)


def _check(text: str, tokens: Sequence[Token]) -> Question:
    tokens = segments.strip_end(tokens, 'ask_tails')
    said = [token.word for token in tokens]
    if 'than' in said:
        at = said.index('than')
        for start in range(max(at - 4, 1), at):
            size, measure = _MEASURES.match(said, start)
            if size and start + size == at:
                return _compared(text, [*tokens[:start], *tokens[at:]], measure)
        return _unknown(text, f'{said[at - 1]!r} cannot be measured in one picture')
    if said[:1] in (['it'], ['this'], ['that'], ['these'], ['those']) and len(said) > 1:
        describes = said[1] in groups('colours') or said[1] in groups('sizes')
        if describes or said[1] in words('determiners'):
            return _exists(text, tokens[1:])  # "is that a dog?"
        return _unknown(text)
    parts = claims.split(tokens)
    if parts is None:
        is_indefinite = bool(said) and said[0] in words('indefinite')
        found = _phrase(text, tokens)
        if found is None or (found.unresolved and not is_indefinite):
            loose = ' '.join(found.unresolved) if found else ''
            return _unknown(text, f'{loose!r} cannot be checked here' if loose else NO_QUESTION)
        return _exists(text, tokens)
    if said[0] in ('a', 'an', 'any', 'some', *words('persons_of_no_things')):
        return _exists(text, tokens)  # "is a dog on the couch?"
    subject = _phrase(text, parts.subject)
    if subject is None:
        return _unknown(text)
    claim = claims.claim(text, parts)
    if claim is None:
        asked = ' '.join(token.word for token in parts.claim)
        return _unknown(text, f'{asked!r} cannot be checked here')
    return Question(text, Kind.CHECK, subject, claim)


def _describe(text: str, tokens: Sequence[Token]) -> Question:
    if subject := _phrase(text, tokens):
        return Question(text, Kind.WHERE, subject)
    return Question(text, Kind.DESCRIBE)


_READERS: dict[str, Callable[[str, Sequence[Token]], Question]] = {
    'count': _count,
    'exists': _exists,
    'colour': _colour,
    'where': _about(Kind.WHERE),
    'size': _about(Kind.SIZE),
    'who': _who,
    'which': _which,
    'what': _what,
    'check': _check,
    'describe': _describe,
    'distance': lambda text, _: _unknown(text, 'distances need depth, which a picture lacks'),
    'reason': lambda text, _: _unknown(text, 'a picture does not show why or when'),
}
