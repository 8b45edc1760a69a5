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
Rambling speech → :class:`grounded_perception.records.Command`, by a language model if one is set.

The grammar of :mod:`grounded_perception.language.command` reads every sentence first: it takes
microseconds and invents nothing. Only what it does not understand goes to the model, whose JSON
must keep every rule of the records and name nothing that was not said. Whatever goes wrong, the
grammar's reading holds, and it is said which reading holds and why.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
import threading

from grounded_perception.assistants.interpreting.backends import (
    Backend,
    ChatBackend,
    load_local,
)
from grounded_perception.assistants.interpreting.backends import (
    CHECKPOINT as CHECKPOINT,  # a module of this kind has one; see Family
)
from grounded_perception.assistants.interpreting.checking import read_command
from grounded_perception.assistants.interpreting.prompt import system_prompt, user_prompt
from grounded_perception.assistants.support.chat import ChatClient
from grounded_perception.assistants.support.limits import Background, Outcome
from grounded_perception.assistants.support.options import WriterOptions
from grounded_perception.compute import Compute
from grounded_perception.errors import CommandError, PerceptionError
from grounded_perception.language.command import clean
from grounded_perception.language.sentences import SentenceReader
from grounded_perception.records import Command, Intent, Phrase
from grounded_perception.settings import check, setting

GRAMMAR, MODEL = 'grammar', 'model'


@dataclass(frozen=True)
class Options(WriterOptions):
    """
    Options of the interpreter.

    :raises SettingsError: when a value is not allowed.
    """

    max_new_tokens: int = setting(400, 'Longest answer, in tokens.', low=16, high=4096)
    timeout_s: float = setting(
        5.0, "Most seconds for a sentence; then the grammar's reading holds.", low=0.1, high=600.0
    )
    backend: str = setting(
        'none',
        'What reads what the grammar does not understand: nothing, a chat endpoint (url, model), '
        'or a language model on this machine (checkpoint).',
        choices=('none', 'endpoint', 'local'),
    )
    url: str = setting('', 'Address of the server, such as http://localhost:8000/v1.')
    model: str = setting('', 'Name of the model on that server.')
    api_key_variable: str = setting(
        '', 'Name of the environment variable that holds the key; empty = no key.'
    )
    ask: str = setting(
        'unsure',
        'Which sentences the model reads: those that the grammar is unsure of, or all.',
        choices=('unsure', 'always'),
    )
    literal: bool = setting(
        True,
        'Whether what the model names must have been said; false = it may translate, and invent.',
    )
    cache: int = setting(256, 'Sentences whose reading is kept.', low=1, high=100000)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Interpretation:
    """
    How a sentence was understood.

    :param command: the command.
    :param by: ``'grammar'`` or ``'model'``.
    :param why: why that one, in a sentence.
    """

    command: Command
    by: str
    why: str


def load(
    options: Options, compute: Compute, max_chars: int, sentences: SentenceReader | None = None
) -> Interpreter:
    """
    Make an interpreter; a local model is loaded, a server is not asked yet.

    :param options: see :class:`Options`.
    :param compute: where a local model runs.
    :param max_chars: longest sentence accepted.
    :param sentences: reads sentences without a model; None = the grammar alone.
    :returns: the interpreter.
    :raises SettingsError: when the backend's settings cannot be used.
    :raises ModelMissing: when checkpoint, libraries or key are not there.
    :raises ModelCorrupt: when the checkpoint cannot be read.
    """
    backend: Backend | None = None
    if options.backend == 'endpoint':
        client = ChatClient(
            options.url, options.model, options.api_key_variable, options.timeout_s
        )
        backend = ChatBackend(client, options.max_new_tokens)
    elif options.backend == 'local':
        backend = load_local(options, compute)
    return Interpreter(backend, options, max_chars, sentences)


@dataclass(frozen=True)
class _Pending:
    ticket: int
    sentence: str
    grammar: Command | CommandError


class Interpreter:
    """
    Understands sentences; used from one thread.

    :param backend: the language model; None = the grammar alone.
    :param options: when it is asked and how long is waited.
    :param max_chars: longest sentence accepted.
    :param sentences: reads sentences without a model; None = the grammar alone.
    """

    def __init__(
        self,
        backend: Backend | None,
        options: Options,
        max_chars: int,
        sentences: SentenceReader | None = None,
    ) -> None:
        self._sentences = sentences or SentenceReader()
        self._backend = backend
        self._options = options
        self._max_chars = max_chars
        self._background: Background[Command] = Background()
        self._pending: _Pending | None = None
        #: Sentence → the model's reading, or why it was refused; shared with the thread.
        self._known: OrderedDict[str, Command | CommandError] = OrderedDict()
        self._lock = threading.Lock()

    def interpret(self, text: str | bytes) -> Interpretation:
        """
        Understand a sentence, waiting for the model as long as ``timeout_s`` says.

        :param text: what came; bytes must be UTF-8.
        :returns: the reading that holds.
        :raises CommandError: when neither grammar nor model can read it.
        """
        at_once = self.begin(text)
        if at_once is not None:
            return at_once
        pending, self._pending = self._pending, None
        assert pending is not None, 'begin() says that the model was asked'
        return self._settle(pending, self._background.wait(pending.ticket))

    def begin(self, text: str | bytes) -> Interpretation | None:
        """
        Begin to understand a sentence; never waits. What was begun before is dropped.

        :param text: what came; bytes must be UTF-8.
        :returns: the reading, where it is clear at once; None = ask :meth:`poll` for it.
        :raises CommandError: when it cannot be used, and no model can be asked.
        """
        self._pending = None
        sentence = clean(text, self._max_chars)
        grammar = self._by_grammar(sentence)
        if self._backend is None:
            return _grammars(grammar, 'no language model is set')
        if isinstance(grammar, Command) and grammar.intent is Intent.CLEAR:
            return _grammars(grammar, 'an order to stop waits for no model')
        if isinstance(grammar, Command) and self._options.ask == 'unsure' and _is_sure(grammar):
            return _grammars(grammar, 'the grammar understood every word')
        with self._lock:
            known = self._known.get(sentence)
            if known is not None:
                self._known.move_to_end(sentence)
        if known is not None:
            return _decided(grammar, known)
        backend = self._backend
        ticket = self._background.submit(
            lambda: self._ask(backend, sentence), self._options.timeout_s
        )
        self._pending = _Pending(ticket, sentence, grammar)
        return None

    def poll(self) -> Interpretation | None:
        """
        Take the reading of the sentence that was begun last; never waits.

        :returns: the reading, once; None when there is none yet, or nothing was begun.
        :raises CommandError: when neither grammar nor model could read it.
        """
        outcome = self._background.poll()
        pending = self._pending
        if pending is None or outcome is None or outcome.ticket != pending.ticket:
            return None
        self._pending = None
        return self._settle(pending, outcome)

    def close(self) -> None:
        """End the thread; nothing is interpreted afterwards."""
        self._background.close()
        self._backend = None

    def _by_grammar(self, sentence: str) -> Command | CommandError:
        try:
            return self._sentences.read(sentence, self._max_chars)
        except CommandError as exc:
            return exc

    def _ask(self, backend: Backend, sentence: str) -> Command:
        """Ask the model, in the thread; a reading that comes too late is still known next time."""
        reply = backend.complete(system_prompt(), user_prompt(sentence))
        known: Command | CommandError
        try:
            known = read_command(reply, sentence, self._options.literal)
        except CommandError as exc:
            known = exc
        with self._lock:
            self._known[sentence] = known
            while len(self._known) > self._options.cache:
                self._known.popitem(last=False)
        if isinstance(known, CommandError):
            raise known
        return known

    def _settle(self, pending: _Pending, outcome: Outcome[Command] | None) -> Interpretation:
        if outcome is None:
            return _grammars(pending.grammar, 'a newer sentence came first')
        if outcome.error is None and outcome.value is not None:
            return _decided(pending.grammar, outcome.value)
        if isinstance(outcome.error, CommandError):
            return _decided(pending.grammar, outcome.error)
        if outcome.error is not None and not isinstance(outcome.error, PerceptionError):
            raise outcome.error  # a bug, and shown as one
        return _grammars(pending.grammar, f'the model failed: {outcome.error}')


def _decided(grammar: Command | CommandError, model: Command | CommandError) -> Interpretation:
    """Take the model's reading, or the grammar's where that was refused."""
    if isinstance(model, CommandError):
        return _grammars(grammar, f"the model's answer was refused: {model}")
    unsure = 'the grammar was unsure of it'
    if isinstance(grammar, CommandError):
        unsure = f'the grammar could not read it ({grammar})'
    elif _is_sure(grammar):
        unsure = 'the model reads every sentence'
    return Interpretation(model, MODEL, unsure)


def _grammars(grammar: Command | CommandError, why: str) -> Interpretation:
    if isinstance(grammar, CommandError):
        raise CommandError(f'{grammar} ({why})')
    return Interpretation(grammar, GRAMMAR, why)


def _is_sure(command: Command) -> bool:
    """Say whether the grammar found a place for every word."""
    return all(_is_clear(phrase) for phrase in command.phrases)


def _is_clear(phrase: Phrase) -> bool:
    told = phrase.noun or phrase.colours or phrase.position or phrase.relations
    anchors = all(_is_clear(relation.anchor) for relation in phrase.relations)
    return bool(told) and not phrase.unresolved and anchors
