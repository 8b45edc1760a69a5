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
Answers composed from what was perceived: no further network, nothing to install.

It knows what the detector knows, says so where that is not enough, and never guesses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from grounded_perception.assistants.base import Answer, AnswerStatus, Scene
from grounded_perception.assistants.composing import (
    comparing,
    counting,
    holding,
    naming,
    telling,
)
from grounded_perception.assistants.composing.description import describe
from grounded_perception.assistants.composing.replies import cannot, Reply
from grounded_perception.assistants.composing.sight import Sight
from grounded_perception.compute import Compute
from grounded_perception.fusion.doubt import trust
from grounded_perception.language.asked import Kind, Question
from grounded_perception.language.questions import read_question
from grounded_perception.settings import check, setting
import numpy as np
from numpy.typing import NDArray

NAME = 'composed'
_read = lru_cache(maxsize=64)(read_question)

_ANSWERS: dict[Kind, Callable[[Sight, Question], Reply]] = {
    Kind.COUNT: counting.count,
    Kind.EXISTS: counting.exists,
    Kind.COLOUR: telling.colour,
    Kind.CHECK: telling.check,
    Kind.SIZE: telling.size,
    Kind.POSTURE: holding.posture,
    Kind.CLOTHES: holding.clothes,
    Kind.COMPARE: comparing.compare,
    Kind.WHAT: naming.what,
    Kind.WHICH: naming.which,
    Kind.WHERE: naming.where,
}


@dataclass(frozen=True)
class Options:
    """
    How the composed assistant answers.

    :raises SettingsError: when a value is not allowed.
    """

    max_question_chars: int = setting(
        500, 'Longest question that is read, in characters.', low=1, high=10000
    )

    def __post_init__(self) -> None:
        check(self)


class ComposedAssistant:
    """
    An :class:`~grounded_perception.assistants.base.Assistant` without a network of its own.

    :param options: see :class:`Options`.
    """

    #: No network runs: it answers within a frame's time.
    is_quick = True

    def __init__(self, options: Options | None = None) -> None:
        self._options = options or Options()

    def answer(self, rgb: NDArray[np.uint8], question: str, seen: Scene) -> Answer:
        """
        Answer a question; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param question: what was asked; empty = describe the image.
        :param seen: what was perceived in it.
        :returns: the answer.
        """
        asked = _read(question, self._options.max_question_chars)
        sight = Sight(rgb, seen)
        if asked.kind is Kind.UNKNOWN:
            return _signed(cannot(asked.trouble), seen)
        if seen.quality is not None and not trust(seen.quality):
            return _signed(cannot(seen.quality.reason), seen)
        if asked.kind is Kind.DESCRIBE:
            return _signed(describe(sight), seen)
        return _signed(_ANSWERS[asked.kind](sight, asked), seen)

    def describe(self, rgb: NDArray[np.uint8], seen: Scene) -> Answer:
        """
        Describe an image; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param seen: what was perceived in it.
        :returns: the description.
        """
        return self.answer(rgb, '', seen)

    def close(self) -> None:
        """Do nothing: there is nothing to free."""


def load(options: Options, compute: Compute) -> ComposedAssistant:
    """
    Make the assistant.

    :param options: see :class:`Options`.
    :param compute: not used, there is no network.
    :returns: the assistant.
    """
    return ComposedAssistant(options)


def _signed(reply: Reply, seen: Scene) -> Answer:
    """Make an answer of a reply, hedged where the image is poor."""
    share = trust(seen.quality) if seen.quality is not None else 1.0
    told = reply.confidence > 0
    text = reply.text
    if seen.quality is not None and 0 < share < 1 and told:
        text = f'{text} But {seen.quality.reason}, so this is not certain.'
    status = AnswerStatus.ANSWERED if told else AnswerStatus.CANNOT_TELL
    confidence = min(max(reply.confidence * share, 0.0), 1.0)
    return Answer(text, status, confidence, reply.boxes, NAME)
