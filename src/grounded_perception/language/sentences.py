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
"""A sentence as it came → a command: what it is about, found first, then read by the grammar."""

from __future__ import annotations

from dataclasses import replace

from grounded_perception.errors import CommandError
from grounded_perception.language.command import clean, parse
from grounded_perception.language.concepts import is_everyday
from grounded_perception.language.focus import Focus
from grounded_perception.language.lexicon import words
from grounded_perception.records import Command, Intent, Phrase, Quantity


class SentenceReader:
    """
    Reads sentences; used from one thread.

    :param focus: finds the words that describe what is meant; None = the grammar alone.
    """

    def __init__(self, focus: Focus | None = None) -> None:
        self._focus = focus

    def read(self, text: str | bytes, max_chars: int) -> Command:
        """
        Understand a sentence.

        :param text: what came; bytes must be UTF-8.
        :param max_chars: most characters accepted.
        :returns: the command.
        :raises CommandError: when it cannot be used as it came, or names nothing to look for.
        :raises ModelFailed: when the text encoder fails.
        """
        if self._focus is None:
            return parse(text, max_chars)
        sentence = clean(text, max_chars)
        plain: Command | CommandError
        try:
            plain = parse(sentence, max_chars)
        except CommandError as exc:
            plain = exc
        # Questions and orders to stop are known by how they begin, and no thing of a list is lost.
        if isinstance(plain, Command) and (plain.intent is not Intent.FIND or _is_list(plain)):
            return plain
        found = self._focus.read(sentence)
        try:
            told = parse(found.text, max_chars, found.name)
        except CommandError:
            told = None
        if told is None or told.intent is not Intent.FIND:
            if isinstance(plain, CommandError):
                raise plain
            return plain
        return replace(told, text=sentence)


def _is_list(command: Command) -> bool:
    """Say whether several things are named, and nothing was said that is not understood."""
    return len(command.phrases) > 1 and all(map(_is_thing, command.phrases))


def _is_thing(phrase: Phrase) -> bool:
    """Say whether a phrase surely names a thing: by an article, or by an everyday name."""
    has_article = phrase.text.lower().split()[0] in words('determiners')
    return (
        bool(phrase.noun)
        and not phrase.unresolved
        and (has_article or phrase.quantity is Quantity.ALL or is_everyday(phrase.noun))
    )
