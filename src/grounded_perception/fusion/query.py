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

"""A command made ready for the fusion, once for all frames."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from grounded_perception.fusion.tokens import TextTokens
from grounded_perception.records import Command, Intent


@dataclass(frozen=True, eq=False)
class Query:
    """
    A command made ready: parsed, its nouns resolved and embedded, once for all frames.

    :param command: the sentence.
    :param phrases: tokens of each of its phrases; none where it is a question.
    :param asked: tokens of what a question asks about.
    :param read_by: ``'grammar'`` or ``'model'``.
    :param read_why: why by that one; empty where nothing else could read it.
    """

    command: Command
    phrases: tuple[TextTokens, ...]
    asked: tuple[TextTokens, ...] = ()
    read_by: str = 'grammar'
    read_why: str = ''

    @property
    def is_question(self) -> bool:
        """Whether words are asked for: an answer, or a description."""
        return self.command.intent in (Intent.ASK, Intent.DESCRIBE)

    @property
    def nouns(self) -> tuple[str, ...]:
        """The nouns of targets and anchors, each once: what an open detector looks for."""
        return nouns_of(self.phrases + self.asked)

    @property
    def not_understood(self) -> tuple[str, ...]:
        """Sentences that say which words cannot be used, and why."""
        return tuple(line for text in self.phrases for line in _complaints(text))


def nouns_of(texts: Iterable[TextTokens]) -> tuple[str, ...]:
    """
    List the nouns of targets and anchors.

    :param texts: phrases.
    :returns: each noun once, in the order said.
    """
    return tuple(dict.fromkeys(noun for text in texts for noun in _nouns(text)))


def _nouns(text: TextTokens) -> tuple[str, ...]:
    own = (text.phrase.noun,) if text.phrase.noun else ()
    return own + tuple(noun for anchor in text.anchors for noun in _nouns(anchor))


def _complaints(text: TextTokens) -> tuple[str, ...]:
    own = () if text.match.class_names else (text.match.reason,)
    words = tuple(
        f'{word!r} describes something that this version cannot check'
        for word in text.phrase.unresolved
    )
    return own + words + tuple(line for a in text.anchors for line in _complaints(a))
