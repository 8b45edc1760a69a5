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

"""Perceptions → what goes in which field of the node's messages, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from grounded_perception.assistants.base import Answer, AnswerStatus
from grounded_perception.fusion.query import Query
from grounded_perception.records import Check, Grounding, Perception, Regions, Status

#: Levels of ``diagnostic_msgs/DiagnosticStatus``.
OK, WARN, ERROR = 0, 1, 2
#: The part of the node that speaks on ``~/query_state``.
QUERY = 'query'


class Detection(NamedTuple):
    """
    One ``vision_msgs/Detection2D``, upright, without a pose.

    :param x: of the middle, pixels of the original image.
    :param y: of the middle.
    :param width: in pixels.
    :param height: in pixels.
    :param hypotheses: ``class_id`` and ``score`` of each.
    """

    x: float
    y: float
    width: float
    height: float
    hypotheses: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class State:
    """
    One ``diagnostic_msgs/DiagnosticStatus`` of ``~/query_state``.

    :param level: :data:`OK`, :data:`WARN` or :data:`ERROR`.
    :param message: one sentence.
    :param values: details; :func:`pairs` makes texts of them.
    """

    level: int
    message: str
    values: Mapping[str, Any]


def entry_name(part: str) -> str:
    """
    Name an entry of diagnostics.

    :param part: of the node.
    :returns: ``name`` of the ``DiagnosticStatus``.
    """
    return f'grounded_perception: {part}'


def pairs(values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """
    Make texts of details.

    :param values: of an entry of diagnostics.
    :returns: key and value of each ``diagnostic_msgs/KeyValue``.
    """
    return [(key, str(value)) for key, value in values.items()]


def detections(regions: Regions) -> list[Detection]:
    """
    Fill ``~/detections``.

    :param regions: what to publish.
    :returns: boxes in original pixels, ``class_id`` the label, score always set.
    """
    return [
        _detection(box, ((label, score),))
        for box, score, label in zip(
            regions.boxes_px.tolist(), regions.scores.tolist(), regions.labels, strict=True
        )
    ]


def groundings(perception: Perception) -> list[Detection]:
    """
    Fill ``~/grounding``: every phrase's regions, best first.

    The first hypothesis is the phrase with the probability that it means the region, the second
    the detector's own label and score.

    :param perception: what was perceived.
    :returns: empty when everything asked for is absent.
    """
    regions = perception.candidates
    return [
        _detection(
            regions.boxes_px[i].tolist(),
            (
                (grounding.phrase.text, float(grounding.probabilities[i])),
                (regions.labels[i], float(regions.scores[i])),
            ),
        )
        for grounding in perception.groundings
        for i in grounding.indices
    ]


def _detection(box: list[float], hypotheses: tuple[tuple[str, float], ...]) -> Detection:
    x1, y1, x2, y2 = box
    return Detection((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1, hypotheses)


def query_state(
    query_id: int, command: str, query: Query | None, error: str = '', done: str = ''
) -> State:
    """
    Fill ``~/query_state`` for a command that was accepted, refused, cleared or done at once.

    :param query_id: counts commands since activation.
    :param command: the text as it came, cut.
    :param query: the command made ready; None where it was refused or cleared.
    :param error: why it was refused.
    :param done: what was done, where nothing is left to do.
    :returns: level OK, WARN where words were not understood, ERROR where refused.
    """
    complaints = query.not_understood if query else ()
    level = ERROR if error else OK
    if complaints:
        level = WARN
    state = 'PENDING' if query else 'CLEARED'
    if error or done:
        state = 'REFUSED' if error else 'DONE'
    values = {
        'query_id': query_id,
        'command': command,
        'intent': query.command.intent.value if query else '',
        'status': state,
        'answer': done,
        'read_by': query.read_by if query else '',
        'read_why': query.read_why if query else '',
        'not_understood': '; '.join(complaints),
        'error': error,
    }
    return State(level, error or state, values)


def answer(
    query_id: int, query: Query, perception: Perception, stamp_ns: int, latency_ms: float
) -> State:
    """
    Fill ``~/query_state`` for a frame that was grounded.

    :param query_id: which command.
    :param query: that command made ready.
    :param perception: its answer.
    :param stamp_ns: of the image from which it holds.
    :param latency_ms: stamp → now.
    :returns: level OK, WARN where words were not understood or the image is poor.
    """
    complaints = query.not_understood
    values: dict[str, Any] = {
        'query_id': query_id,
        'command': query.command.text,
        'intent': query.command.intent.value,
        'status': overall(perception.groundings).value,
        'not_understood': '; '.join(complaints),
        'error': '',
        'stamp': _stamp(stamp_ns),
        'latency_ms': f'{latency_ms:.1f}',
        'quality': perception.quality.verdict if perception.quality else '',
    }
    for n, grounding in enumerate(perception.groundings, start=1):
        labels = [perception.candidates.labels[i] for i in grounding.indices]
        values |= {
            f'phrase_{n}.text': grounding.phrase.text,
            f'phrase_{n}.status': grounding.status.value,
            f'phrase_{n}.score': f'{grounding.score:.3f}',
            f'phrase_{n}.margin': f'{grounding.margin:.3f}',
            f'phrase_{n}.label': ', '.join(dict.fromkeys(labels)),
            f'phrase_{n}.count': len(labels),
            f'phrase_{n}.reason': grounding.reason,
        }
        for m, check in enumerate(grounding.checks, start=1):
            values[f'phrase_{n}.check_{m}'] = _check(check)
    message = '; '.join(f'{g.phrase.text}: {g.status.value}' for g in perception.groundings)
    return State(WARN if complaints or values['quality'] else OK, message, values)


def answered(
    query_id: int, query: Query, answer: Answer, stamp_ns: int, latency_ms: float
) -> State:
    """
    Fill ``~/query_state`` for a question that was answered.

    :param query_id: which question.
    :param query: that question made ready.
    :param answer: what is said.
    :param stamp_ns: of the image that it was asked of.
    :param latency_ms: from the question's arrival to now.
    :returns: level OK, WARN where it cannot be told or words were not understood.
    """
    values = {
        'query_id': query_id,
        'command': query.command.text,
        'intent': query.command.intent.value,
        'status': answer.status.value,
        'answer': answer.text,
        'confidence': f'{answer.confidence:.3f}',
        'by': answer.by,
        'not_understood': '; '.join(query.not_understood),
        'error': '',
        'stamp': _stamp(stamp_ns),
        'latency_ms': f'{latency_ms:.1f}',
    }
    is_told = answer.status is AnswerStatus.ANSWERED and not query.not_understood
    return State(OK if is_told else WARN, answer.text, values)


def unanswered(query_id: int, query: Query, stamp_ns: int, error: str) -> State:
    """
    Fill ``~/query_state`` for a question that a model failed to answer.

    :param query_id: which question.
    :param query: that question made ready.
    :param stamp_ns: of the image that it was asked of.
    :param error: what went wrong.
    :returns: level ERROR.
    """
    values = {
        'query_id': query_id,
        'command': query.command.text,
        'intent': query.command.intent.value,
        'status': 'FAILED',
        'error': error,
        'stamp': _stamp(stamp_ns),
    }
    return State(ERROR, error, values)


def overall(answers: tuple[Grounding, ...]) -> Status:
    """
    Sum up the answers to a command's phrases.

    :param answers: at least one.
    :returns: FOUND if anything was found, else AMBIGUOUS if anything is, else ABSENT.
    """
    seen = {a.status for a in answers}
    return next(s for s in (Status.FOUND, Status.AMBIGUOUS, Status.ABSENT) if s in seen)


def _check(check: Check) -> str:
    """Write ``'red: 0.81 yes'``, or ``'shiny: not checked'``."""
    if check.holds is None:
        return f'{check.what}: not checked'
    return f'{check.what}: {check.value:.2f} {"yes" if check.holds else "no"}'


def _stamp(ns: int) -> str:
    """Write seconds with all nine digits."""
    return f'{ns // 1_000_000_000}.{ns % 1_000_000_000:09d}'
