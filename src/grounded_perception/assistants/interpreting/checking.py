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
A language model's JSON → :class:`grounded_perception.records.Command`, or every rule it breaks.

The rules are those of the records, and that nothing may be in it that was not said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from grounded_perception.assistants.interpreting.prompt import SIZES
from grounded_perception.assistants.interpreting.said import Said
from grounded_perception.assistants.parsing.found import shorten
from grounded_perception.assistants.parsing.json_text import values
from grounded_perception.errors import CommandError
from grounded_perception.geometry import POSITIONS, RELATIONS
from grounded_perception.imaging.colour import COLOURS
from grounded_perception.language.concepts import normalise
from grounded_perception.language.lexicon import names_person, table, tokenize
from grounded_perception.records import Command, Intent, Phrase, Quantity, Relation

MAX_PHRASES, MAX_DEPTH, MAX_NUMBER = 8, 4, 99
_MAX_TEXT = 200
_SHOWN = 4
_COMMAND_KEYS = ('intent', 'phrases')
_PHRASE_KEYS = (
    'text', 'noun', 'colours', 'without_colours', 'position', 'ordinal', 'size', 'relations',
    'quantity', 'count', 'unresolved',
)  # fmt: skip


def read_command(reply: str, sentence: str, literal: bool = True) -> Command:
    """
    Read what a model answered.

    :param reply: all that it wrote; thoughts, words and code fences around the JSON are skipped.
    :param sentence: what was said, cleaned.
    :param literal: whether names, colours, places and numbers must have been said.
    :returns: the command.
    :raises CommandError: naming every rule that is broken (the first few), and where.
    """
    found, problems = values(reply.rpartition('</think>')[2])
    if problems:
        raise CommandError(f'{problems[0]}: {shorten(reply)}')
    objects = [value for value in found if isinstance(value, Mapping)]
    if len(objects) != 1:
        raise CommandError(f'one JSON object is needed, got {len(objects)} in {shorten(reply)}')
    checker = _Checker(Said(sentence) if literal else None)
    command = checker.command(objects[0], sentence)
    if checker.broken or command is None:
        shown = '; '.join(checker.broken[:_SHOWN])
        more = len(checker.broken) - _SHOWN
        raise CommandError(shown + (f'; and {more} more' if more > 0 else ''))
    return command


def _with_postures(phrase: Phrase) -> Phrase:
    """Take from the words that nothing checks those that a look at the person can."""
    if phrase.noun and not names_person(phrase.noun.split()[-1]):
        return phrase
    held = {text: posture for text in phrase.unresolved if (posture := _posture(text))}
    return replace(
        phrase,
        postures=tuple(dict.fromkeys(held.values())),
        unresolved=tuple(text for text in phrase.unresolved if text not in held),
    )


def _posture(text: str) -> str:
    said = [token.word for token in tokenize(text)]
    size, posture = table('body_postures').match(said, 0)
    return posture if size == len(said) else ''


class _Checker:
    """Builds the records and gathers what is wrong, each with its place."""

    def __init__(self, said: Said | None) -> None:
        self._said = said
        self.broken: list[str] = []

    def command(self, value: Mapping[str, Any], sentence: str) -> Command | None:
        self._keys(value, _COMMAND_KEYS, ('intent', 'phrases'), 'the command')
        intent = self._choice(value, 'intent', [i.value for i in Intent], '')
        listed = self._list(value, 'phrases', '')
        if len(listed) > MAX_PHRASES:
            self.broken.append(f'phrases may have {MAX_PHRASES} entries, got {len(listed)}')
        phrases = [
            self._phrase(part, f'phrases[{i}]', 1) for i, part in enumerate(listed[:MAX_PHRASES])
        ]
        if intent == Intent.FIND.value and not listed:
            self.broken.append('phrases must name a thing when intent is find, got none')
        if intent == Intent.CLEAR.value and listed:
            self.broken.append('phrases must be empty when intent is clear')
        if self.broken:
            return None
        return Command(sentence, Intent(intent), tuple(p for p in phrases if p is not None))

    def _phrase(self, value: Any, at: str, depth: int) -> Phrase | None:
        if not isinstance(value, Mapping):
            self.broken.append(f'{at} must be an object, got {shorten(str(value), 30)}')
            return None
        self._keys(value, _PHRASE_KEYS, ('text', 'noun'), at)
        before = len(self.broken)
        noun = normalise(self._text(value, 'noun', at))
        position = self._choice(value, 'position', ['', *POSITIONS], at)
        phrase = Phrase(
            text=self._text(value, 'text', at),
            noun=noun,
            colours=self._colours(value, 'colours', at),
            without_colours=self._colours(value, 'without_colours', at),
            position=position,
            ordinal=self._number(value, 'ordinal', at),
            size=self._choice(value, 'size', ['', *SIZES], at),
            relations=self._relations(value, at, depth),
            quantity=self._quantity(value, at),
            count=self._number(value, 'count', at),
            unresolved=self._texts(value, 'unresolved', at),
        )
        if len(self.broken) > before:
            return None
        self._whole(phrase, at)
        if self._said is not None:
            self._only_said(phrase, at, self._said)
        return _with_postures(phrase)

    def _whole(self, phrase: Phrase, at: str) -> None:
        """Check what the fields of a phrase must be together."""
        if not phrase.text:
            self.broken.append(f'{at}.text must not be empty')
        if phrase.ordinal and not phrase.position:
            self.broken.append(f'{at}.ordinal {phrase.ordinal} needs a position to count from')
        both = set(phrase.colours) & set(phrase.without_colours)
        if both:
            self.broken.append(f'{at}.colours and without_colours both have {sorted(both)[0]}')
        told = phrase.noun or phrase.colours or phrase.without_colours or phrase.position
        if not (told or phrase.size or phrase.relations):
            self.broken.append(f'{at} names and describes nothing')

    def _only_said(self, phrase: Phrase, at: str, said: Said) -> None:
        """Check that nothing was invented."""
        invented = []
        if not said.has_noun(phrase.noun):
            invented.append(f'noun {shorten(phrase.noun, 30)}')
        if not all(said.has_text(text) for text in (phrase.text, *phrase.unresolved)):
            invented.append(f'text {shorten(phrase.text)}')
        for colour in (*phrase.colours, *phrase.without_colours):
            if not said.has_of_group('colours', colour):
                invented.append(f'colour {colour}')
        if phrase.size and not said.has_of_group('sizes', phrase.size):
            invented.append(f'size {phrase.size}')
        for axis in phrase.position.split():
            if not said.has_of_group('axes', axis):
                invented.append(f'position {axis}')
        for number in {phrase.ordinal, phrase.count} - {0}:
            if not said.has_number(number):
                invented.append(f'number {number}')
        self.broken += [f'{at}: {what} was not said' for what in invented]

    def _relations(self, value: Mapping[str, Any], at: str, depth: int) -> tuple[Relation, ...]:
        made = []
        for i, part in enumerate(self._list(value, 'relations', at)):
            here = f'{at}.relations[{i}]'
            if depth >= MAX_DEPTH:
                self.broken.append(f'{here} is nested deeper than {MAX_DEPTH} levels')
            elif not isinstance(part, Mapping):
                self.broken.append(f'{here} must be an object, got {shorten(str(part), 30)}')
            elif self._keys(part, ('kind', 'anchor'), ('kind', 'anchor'), here):
                kind = self._choice(part, 'kind', list(RELATIONS), here)
                anchor = self._phrase(part['anchor'], f'{here}.anchor', depth + 1)
                if anchor is not None:
                    made.append(Relation(kind, anchor))
        return tuple(made)

    def _quantity(self, value: Mapping[str, Any], at: str) -> Quantity:
        allowed = [q.value for q in Quantity]
        chosen = self._choice({'quantity': 'one', **value}, 'quantity', allowed, at)
        return Quantity(chosen) if chosen in allowed else Quantity.ONE

    def _colours(self, value: Mapping[str, Any], key: str, at: str) -> tuple[str, ...]:
        found = self._texts(value, key, at)
        for colour in found:
            if colour not in COLOURS:
                self.broken.append(
                    f'{at}.{key} must be of {", ".join(COLOURS)}, got {shorten(colour, 30)}'
                )
        return tuple(dict.fromkeys(found))

    def _keys(
        self, value: Mapping[str, Any], allowed: Sequence[str], needed: Sequence[str], at: str
    ) -> bool:
        unknown = [key for key in value if key not in allowed]
        missing = [key for key in needed if key not in value]
        if unknown:
            self.broken.append(
                f'{at} may have {", ".join(allowed)}, got {shorten(str(unknown[0]), 30)}'
            )
        if missing:
            self.broken.append(f'{at} must have {", ".join(missing)}')
        return not missing

    def _choice(self, value: Mapping[str, Any], key: str, allowed: Sequence[str], at: str) -> str:
        chosen = value.get(key, '')
        if isinstance(chosen, str) and chosen in allowed:
            return chosen
        if key in value:
            names = ', '.join(name or '""' for name in allowed)
            where = f'{at}.{key}' if at else key
            self.broken.append(f'{where} must be one of {names}, got {shorten(str(chosen), 30)}')
        return ''

    def _text(self, value: Mapping[str, Any], key: str, at: str) -> str:
        text = value.get(key, '')
        if not isinstance(text, str) or len(text) > _MAX_TEXT:
            self.broken.append(
                f'{at}.{key} must be a text of {_MAX_TEXT} characters at most, '
                f'got {shorten(str(text), 30)}'
            )
            return ''
        return ' '.join(text.split())

    def _texts(self, value: Mapping[str, Any], key: str, at: str) -> tuple[str, ...]:
        found = self._list(value, key, at)
        if len(found) > MAX_PHRASES or not all(isinstance(part, str) for part in found):
            self.broken.append(f'{at}.{key} must be {MAX_PHRASES} texts at most')
            return ()
        return tuple(' '.join(part[:_MAX_TEXT].split()) for part in found)

    def _list(self, value: Mapping[str, Any], key: str, at: str) -> list[Any]:
        found = value.get(key, [])
        if isinstance(found, list):
            return found
        where = f'{at}.{key}' if at else key
        self.broken.append(f'{where} must be a list, got {shorten(str(found), 30)}')
        return []

    def _number(self, value: Mapping[str, Any], key: str, at: str) -> int:
        number = value.get(key, 0)
        if type(number) is int and 0 <= number <= MAX_NUMBER:
            return number
        self.broken.append(
            f'{at}.{key} must be a whole number from 0 to {MAX_NUMBER}, '
            f'got {shorten(str(number), 30)}'
        )
        return 0
