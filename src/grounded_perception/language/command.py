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
A sentence → :class:`grounded_perception.records.Command`.

Cleaning, then the intent from how the sentence starts, then the things that it names: wrappers
("could you please go to") are taken off, lists are cut, each piece is read by
:mod:`grounded_perception.language.phrase`. Whatever comes, the only exception is CommandError.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
import unicodedata

from grounded_perception.errors import CommandError
from grounded_perception.language import segments
from grounded_perception.language.lexicon import singular, table, Token, tokenize, words
from grounded_perception.language.phrase import read
from grounded_perception.records import Command, Intent, Phrase

#: Control, format (zero width, direction), surrogate, private and unassigned characters.
_INVISIBLE = ('Cc', 'Cf', 'Cs', 'Co', 'Cn')


def clean(text: str | bytes, max_chars: int) -> str:
    """
    Make a command safe to read: Unicode NFKC, nothing invisible, single blanks.

    :param text: what came; bytes must be UTF-8.
    :param max_chars: most characters accepted.
    :returns: at least one and at most ``max_chars`` visible characters.
    :raises CommandError: saying what came and what is allowed.
    """
    if len(text) > max_chars * (4 if isinstance(text, bytes) else 1):
        unit = 'bytes' if isinstance(text, bytes) else 'characters'
        raise CommandError(
            f'a command may have {max_chars} characters at most, got {len(text)} {unit}'
        )
    if isinstance(text, bytes):
        try:
            text = text.decode('utf-8')
        except UnicodeDecodeError as exc:
            raise CommandError(
                f'a command must be UTF-8 text, got byte 0x{exc.object[exc.start]:02x} '
                f'at position {exc.start}'
            ) from exc
    visible = ''.join(
        (' ' if char.isspace() else '') if unicodedata.category(char) in _INVISIBLE else char
        for char in text
    )
    cleaned = ' '.join(unicodedata.normalize('NFKC', visible).split())
    if len(cleaned) > max_chars:
        raise CommandError(
            f'a command may have {max_chars} characters at most, got {len(cleaned)} characters'
        )
    if not cleaned:
        raise CommandError(f'a command must have a word, got {len(text)} blank characters')
    return cleaned


def parse(text: str | bytes, max_chars: int, name: tuple[int, int] | None = None) -> Command:
    """
    Understand a sentence as far as grammar goes.

    :param text: what came; bytes must be UTF-8.
    :param max_chars: most characters accepted.
    :param name: where in the cleaned text the name of the thing meant begins and ends, if that is
        known.
    :returns: the command.
    :raises CommandError: when it cannot be used as it came, or names nothing to look for.
    """
    cleaned = clean(text, max_chars)
    tokens = segments.strip(tokenize(cleaned), 'polite')
    intent, rest = _intent(tokens, cleaned.endswith('?'))
    if intent is Intent.CLEAR:
        return Command(cleaned, intent)
    phrases = _phrases(cleaned, rest, name)
    if intent is Intent.FIND and not phrases:
        raise CommandError(f'no thing to look for in {_short(cleaned)!r}')
    return Command(cleaned, intent, phrases)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + '…'


def _intent(tokens: Sequence[Token], is_question: bool) -> tuple[Intent, Sequence[Token]]:
    """Return what is wanted, and the tokens that are left to name things."""
    said = [token.word for token in tokens]
    plain = [word for word in said if word not in ('!', '.', ',', '?', 'please')]
    if table('clear_alone').match(plain, 0)[0] == len(plain) > 0:
        return Intent.CLEAR, ()
    if table('clear_starts').match(said, 0)[0]:
        return Intent.CLEAR, ()
    size, _ = table('describe_starts').match(said, 0)
    if size:
        things = [t for t in tokens[size:] if t.word not in words('scene_words')]
        idle = words('determiners') | words('links') | words('fillers') | words('separators')
        prepositions = ('in', 'of', 'on', 'to', 'at')
        named = [t for t in things if t.word not in idle and t.word not in prepositions]
        return Intent.DESCRIBE, tokens[size:] if named else ()
    is_search = table('verbs').match(said, 0)[0]
    size, _ = table('ask_drop').match(said, 0)
    if size and not is_search:
        rest = segments.strip(tokens[size:], 'ask_drop')
        return Intent.ASK, segments.strip_end(rest, 'ask_tails')
    if is_question and not is_search and len(said) > 3 and any(w in ('is', 'are') for w in said):
        return Intent.ASK, tokens
    return Intent.FIND, tokens


def _phrases(
    text: str, tokens: Sequence[Token], name: tuple[int, int] | None
) -> tuple[Phrase, ...]:
    pieces = segments.cut(segments.joined(tokens))
    stripped = [segments.unwrap(piece) for piece in pieces]
    named = [
        piece
        for piece in stripped
        if piece and (len(stripped) == 1 or not segments.is_manoeuvre(piece))
    ]
    found = [read(text, piece, name) for piece in named]
    telling = [phrase for phrase in found if _tells(phrase)]
    # "find the dog and follow it": "it" is not another thing
    telling = telling or [phrase for phrase in found if _is_open(phrase)][:1]
    telling = telling or [_named(phrase) for phrase in found if phrase.unresolved][:1]
    shared: list[Phrase] = []
    for i, phrase in enumerate(telling):
        follower = telling[i + 1] if i + 1 < len(telling) else None
        if follower and not phrase.noun and phrase.colours and not _is_open(phrase):
            phrase = replace(phrase, noun=follower.noun)  # "the red and the blue car"
        elif phrase.postures and not (phrase.noun or _is_open(phrase)):
            phrase = replace(phrase, noun='person')  # "standing on the left"
        if not any(phrase.text.lower() == other.text.lower() for other in shared):
            shared.append(phrase)
    return tuple(shared)


def _named(phrase: Phrase) -> Phrase:
    """Take the last word that describes for the name, where nothing else is one ("tabby")."""
    *described, name = ' '.join(phrase.unresolved).split()
    rest = (' '.join(described),) if described else ()
    return replace(phrase, noun=singular(name), unresolved=rest)


def _tells(phrase: Phrase) -> bool:
    """Say whether a phrase tells some things from others."""
    described = phrase.colours or phrase.without_colours or phrase.position or phrase.size
    return bool(phrase.noun or described or phrase.relations or phrase.postures or phrase.parts)


def _is_open(phrase: Phrase) -> bool:
    """Say whether a phrase names any thing at all ("something", "it")."""
    return any(token.word in words('no_things') for token in tokenize(phrase.text))
