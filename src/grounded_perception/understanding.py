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

"""Sentences made ready for the pipeline, by the grammar or by a language model."""

from __future__ import annotations

from dataclasses import replace

from grounded_perception.assistants.interpreter import Interpretation, Interpreter
from grounded_perception.errors import CommandError
from grounded_perception.exemplars.answering import Shown
from grounded_perception.fusion.query import Query
from grounded_perception.fusion.tokens import described, text_tokens, Words
from grounded_perception.language.command import clean
from grounded_perception.language.questions import read_question
from grounded_perception.language.sentences import SentenceReader
from grounded_perception.language.showing import showing
from grounded_perception.records import Command, Intent


class Reader:
    """
    Makes queries of sentences; used from one thread.

    :param words: resolves and embeds nouns.
    :param interpreter: reads sentences with a language model; closed by :meth:`close`; None =
        ``sentences`` does.
    :param sentences: reads sentences without one.
    :param may_ask: whether there is an assistant that answers questions.
    :param shown: what was shown; None = nothing can be.
    """

    def __init__(
        self,
        words: Words,
        interpreter: Interpreter | None,
        sentences: SentenceReader,
        *,
        may_ask: bool,
        shown: Shown | None,
    ) -> None:
        self._words = words
        self._interpreter = interpreter
        self._sentences = sentences
        self._may_ask = may_ask
        self._shown = shown

    def understand(self, text: str | bytes, max_chars: int) -> Query:
        """
        Make a command ready, waiting for a language model where one reads it.

        :param text: the sentence; bytes must be UTF-8.
        :param max_chars: longest one accepted.
        :returns: the query.
        :raises CommandError: when it cannot be used as it came.
        """
        if shown := self._of_looks(text, max_chars):
            return shown
        if self._interpreter is None:
            return self._ready(self._sentences.read(text, max_chars))
        return self._interpreted(self._interpreter.interpret(text))

    def begin(self, text: str | bytes, max_chars: int) -> Query | None:
        """
        Begin to make a command ready; never waits for a language model.

        :param text: the sentence; bytes must be UTF-8.
        :param max_chars: longest one accepted.
        :returns: the query; None = a language model reads it, ask :meth:`poll`.
        :raises CommandError: when it cannot be used as it came.
        """
        if self._interpreter is None:
            return self.understand(text, max_chars)
        if shown := self._of_looks(text, max_chars):
            return shown
        read = self._interpreter.begin(text)
        return self._interpreted(read) if read else None

    def poll(self) -> Query | None:
        """
        Take the command that was begun last; never waits.

        :returns: the query, once; None where there is none yet.
        :raises CommandError: when neither grammar nor model can read it.
        """
        read = self._interpreter.poll() if self._interpreter else None
        return self._interpreted(read) if read else None

    def question(self, text: str, max_chars: int) -> Query:
        """
        Make a question ready, whatever kind of command it might be as well.

        :param text: the question; empty = describe the image.
        :param max_chars: longest one accepted.
        :returns: the query.
        :raises CommandError: when there is no assistant.
        """
        if not self._may_ask:
            raise CommandError(
                f'{text or "describe"!r} asks for words, and the setting assistant is none: '
                'name what to look for ("find the red car")'
            )
        asked = read_question(text, max_chars).phrases
        command = Command(text or Intent.DESCRIBE.value, Intent.ASK if text else Intent.DESCRIBE)
        return Query(command, (), tuple(described(p, self._words) for p in asked))

    def close(self) -> None:
        """Free the language model."""
        if self._interpreter:
            self._interpreter.close()

    def _of_looks(self, text: str | bytes, max_chars: int) -> Query | None:
        """Read what is about things without a name; None for everything else."""
        command = showing(clean(text, max_chars))
        if command is None:
            return None
        if command.intent is Intent.LIKE:
            # Whatever was never shown is a word like any other: "something like a car".
            known = self._shown.names if self._shown else ()
            return Query(command, ()) if command.phrases[0].noun in known else None
        if self._shown is None:
            raise CommandError(
                f'{command.text!r} is about looks, and the setting classifier is none: '
                'with classifier: efficientnet, or detector: owlvit or owlv2, things can be '
                'remembered and found again'
            )
        return Query(command, ())

    def _interpreted(self, read: Interpretation) -> Query:
        return replace(self._ready(read.command), read_by=read.by, read_why=read.why)

    def _ready(self, command: Command) -> Query:
        if command.intent in (Intent.DESCRIBE, Intent.ASK):
            return self.question(command.text, len(command.text))
        return Query(command, tuple(text_tokens(p, self._words) for p in command.phrases))
