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
Questions that wait for an image, and their answers.

Each is asked of the first image that comes after it, and answered once. A quick assistant answers
in the thread that perceives; any other has a thread of its own, so that detections do not wait.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
import time
from typing import Any

from grounded_perception.assistants.base import Answer
from grounded_perception.assistants.support.limits import Background, Outcome
from grounded_perception.errors import ModelFailed, PerceptionError
from grounded_perception.fusion.query import Query
from grounded_perception.pipeline import Pipeline
from grounded_perception.records import Frame
from grounded_perception.ros import messages
from std_msgs.msg import Header, String

#: Told the answer's text, and whether there is one.
Done = Callable[[str, bool], None]


@dataclass(frozen=True)
class Asked:
    """
    A question that waits.

    :param query_id: its number.
    :param query: the question made ready.
    :param done: told how it ended, besides the topics; None = nobody.
    :param since: ``time.perf_counter()`` when it came.
    """

    query_id: int
    query: Query
    done: Done | None
    since: float


class Questions:
    """
    Holds and answers questions; but for :meth:`close`, used from the worker's thread.

    :param pipeline: answers.
    :param answer: publisher of ``~/answer``.
    :param query_state: publisher of ``~/query_state``.
    """

    def __init__(self, pipeline: Pipeline, answer: Any, query_state: Any) -> None:
        self._pipeline = pipeline
        self._answer_out = answer
        self._state_out = query_state
        self._waiting: deque[Asked] = deque()
        self._background: Background[Answer] = Background(self._ended)
        self._running: tuple[Asked, Header] | None = None

    def add(self, query_id: int, query: Query, done: Done | None = None) -> None:
        """
        Let a question wait for the next image.

        :param query_id: its number.
        :param query: the question made ready.
        :param done: told how it ended.
        """
        self._waiting.append(Asked(query_id, query, done, time.perf_counter()))

    def serve(self, header: Header, frame: Frame) -> None:
        """
        Ask everything that waits of an image.

        :param header: of the image's message.
        :param frame: the image.
        :raises PerceptionError: when a model fails; that question is answered with the error.
        """
        while self._waiting and not self._background.is_busy:
            asked = self._waiting.popleft()
            try:
                perception = self._pipeline.perceive(frame, asked.query)
                answer = partial(self._pipeline.answer, frame, asked.query, perception)
                if self._pipeline.answers_at_once:
                    self._publish(asked, header, answer())
                else:
                    self._running = asked, header
                    limit = self._pipeline.settings.assistant_timeout_s
                    self._background.submit(answer, limit)
            except PerceptionError as exc:
                self._fail(asked, header, exc)
                raise

    def close(self) -> None:
        """Give up what still waits, and say so to whoever asked."""
        self._background.close()
        unanswered = [self._running[0]] if self._running else []
        for asked in (*unanswered, *self._waiting):
            if asked.done:
                asked.done('the node was deactivated before there was an answer', False)

    def _ended(self, outcome: Outcome[Answer]) -> None:
        """Publish what the background thread made of a question; in that thread."""
        assert self._running is not None
        (asked, header), self._running = self._running, None
        if outcome.value is not None:
            self._publish(asked, header, outcome.value)
        else:
            self._fail(asked, header, outcome.error or ModelFailed('no answer came'))

    def _publish(self, asked: Asked, header: Header, answer: Answer) -> None:
        self._answer_out.publish(String(data=answer.text))
        took_ms = (time.perf_counter() - asked.since) * 1e3
        self._state_out.publish(
            messages.answered(asked.query_id, asked.query, answer, header, took_ms)
        )
        if asked.done:
            asked.done(answer.text, True)

    def _fail(self, asked: Asked, header: Header, exc: Exception) -> None:
        self._state_out.publish(messages.unanswered(asked.query_id, asked.query, header, str(exc)))
        if asked.done:
            asked.done(str(exc), False)
