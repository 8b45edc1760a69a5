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

"""Answers as they came over the wire: a query state joined with the boxes of the same frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grounded_perception.wire.detected import detected

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class PhraseAnswer:
    """
    The answer to one phrase.

    :param text: its words.
    :param status: FOUND, AMBIGUOUS or ABSENT.
    :param score: probability of the answer.
    :param label: the detector's words for what was found.
    :param reason: one sentence.
    :param boxes: ``x1 y1 x2 y2`` in pixels, best first.
    """

    text: str
    status: str
    score: float
    label: str
    reason: str
    boxes: tuple[Box, ...]


#: Statuses that end a command without boxes.
IN_WORDS = ('REFUSED', 'CLEARED', 'ANSWERED', 'CANNOT_TELL', 'FAILED', 'DONE')


@dataclass(frozen=True)
class Answer:
    """
    What the node said of a command in one frame, or why it refused the command.

    :param query_id: counts commands.
    :param command: the sentence as the node understood it.
    :param status: overall status; one of :data:`IN_WORDS` where no box answers.
    :param phrases: one for each phrase; none where no box answers.
    :param note: what was not understood, why it was refused, or the answer in words.
    :param stamp_ns: of the image from which it holds; 0 without a frame.
    :param latency_ms: image stamp → answer received here; NaN without a frame.
    """

    query_id: int
    command: str
    status: str
    phrases: tuple[PhraseAnswer, ...]
    note: str
    stamp_ns: int
    latency_ms: float

    @property
    def statuses(self) -> tuple[str, ...]:
        """Status of each phrase."""
        return tuple(phrase.status for phrase in self.phrases)


def stamp_ns(stamp: Any) -> int:
    """
    Turn a stamp into a number.

    :param stamp: builtin_interfaces/Time.
    :returns: nanoseconds.
    """
    return int(stamp.sec) * 1_000_000_000 + int(stamp.nanosec)


def values_of(state: Any) -> dict[str, str]:
    """
    Read a query state.

    :param state: diagnostic_msgs/DiagnosticStatus.
    :returns: its values.
    """
    return {pair.key: pair.value for pair in state.values}


def stamp_of(values: Mapping[str, str]) -> int:
    """
    Return the stamp of the frame that a query state speaks of.

    :param values: of the query state.
    :returns: nanoseconds; 0 where it speaks of a command only.
    """
    seconds, _, rest = values.get('stamp', '').partition('.')
    return int(seconds) * 1_000_000_000 + int(rest) if seconds else 0


def in_words(values: Mapping[str, str]) -> Answer:
    """
    Make the answer to a question, or to a command that no frame answers.

    :param values: of the query state.
    :returns: an answer without phrases.
    """
    return Answer(
        query_id=int(values['query_id']),
        command=values['command'],
        status=values['status'],
        phrases=(),
        note=values['error'] or values.get('answer', ''),
        stamp_ns=stamp_of(values),
        latency_ms=float(values.get('latency_ms', 'nan')),
    )


def joined(values: Mapping[str, str], grounding: Any, received_ns: int) -> Answer:
    """
    Join a query state with the grounding of the same frame.

    :param values: of the query state.
    :param grounding: vision_msgs/Detection2DArray.
    :param received_ns: when the later of both came.
    :returns: the answer.
    """
    boxes: dict[str, list[Box]] = {}
    for found in detected(grounding):
        x1, y1, x2, y2 = map(round, found.box_px)
        boxes.setdefault(found.first[0], []).append((x1, y1, x2, y2))
    phrases: list[PhraseAnswer] = []
    while text := values.get(f'phrase_{len(phrases) + 1}.text'):
        prefix = f'phrase_{len(phrases) + 1}.'
        phrases.append(
            PhraseAnswer(
                text=text,
                status=values[f'{prefix}status'],
                score=float(values[f'{prefix}score']),
                label=values[f'{prefix}label'],
                reason=values[f'{prefix}reason'],
                boxes=tuple(boxes.get(text, ())),
            )
        )
    stamp = stamp_of(values)
    return Answer(
        query_id=int(values['query_id']),
        command=values['command'],
        status=values['status'],
        phrases=tuple(phrases),
        note=values['not_understood'],
        stamp_ns=stamp,
        latency_ms=(received_ns - stamp) / 1e6,
    )
