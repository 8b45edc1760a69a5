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

"""Sentences read as the node reads them before it asks its fusion."""

from __future__ import annotations

from functools import lru_cache

from grounded_perception.errors import CommandError
from grounded_perception.fusion.tokens import described, TextTokens, Words
from grounded_perception.language.command import parse
from grounded_perception.records import Intent, Phrase

_MAX_CHARS = 500


@lru_cache(maxsize=1 << 15)
def phrase_of(text: str) -> Phrase | None:
    """
    Read a sentence as the node does.

    :param text: the sentence.
    :returns: the thing that it names; None where the node would not ask for exactly one thing.
    """
    try:
        command = parse(text, _MAX_CHARS)
    except CommandError:
        return None
    if command.intent is not Intent.FIND or len(command.phrases) != 1:
        return None
    return command.phrases[0]


def tokens_of(text: str, words: Words) -> TextTokens | None:
    """
    Read a sentence and resolve its nouns; its words are not embedded yet.

    :param text: the sentence.
    :param words: resolves nouns.
    :returns: its tokens; None where the node would not ask the fusion.
    """
    phrase = phrase_of(text)
    tokens = described(phrase, words) if phrase else None
    return tokens if tokens and tokens.match.class_names else None
