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

"""Perceptions → messages; every output header is the source image's, untouched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue
from grounded_perception.assistants.base import Answer, AnswerStatus
from grounded_perception.fusion.query import Query
from grounded_perception.records import Check, Grounding, Perception, Regions, Status
import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import Image
from std_msgs.msg import Header
from vision_msgs.msg import Detection2D, Detection2DArray, ObjectHypothesisWithPose


def detections(header: Header, regions: Regions) -> Detection2DArray:
    """
    Make ``~/detections``.

    :param header: of the source image.
    :param regions: what to publish.
    :returns: boxes in original pixels, ``class_id`` the label, score always set.
    """
    message = Detection2DArray(header=header)
    for box, score, label in zip(
        regions.boxes_px.tolist(), regions.scores.tolist(), regions.labels, strict=True
    ):
        message.detections.append(_detection(header, box, ((label, score),)))
    return message


def groundings(header: Header, perception: Perception) -> Detection2DArray:
    """
    Make ``~/grounding``: every phrase's regions, best first.

    The first hypothesis is the phrase with the probability that it means the region, the second
    the detector's own label and score.

    :param header: of the source image.
    :param perception: what was perceived.
    :returns: empty when everything asked for is absent.
    """
    message = Detection2DArray(header=header)
    regions = perception.candidates
    for grounding in perception.groundings:
        for i in grounding.indices:
            hypotheses = (
                (grounding.phrase.text, float(grounding.probabilities[i])),
                (regions.labels[i], float(regions.scores[i])),
            )
            message.detections.append(_detection(header, regions.boxes_px[i].tolist(), hypotheses))
    return message


def _detection(
    header: Header, box: list[float], hypotheses: tuple[tuple[str, float], ...]
) -> Detection2D:
    x1, y1, x2, y2 = box
    made = Detection2D(header=header)
    made.bbox.center.position.x = (x1 + x2) / 2
    made.bbox.center.position.y = (y1 + y2) / 2
    made.bbox.size_x = x2 - x1
    made.bbox.size_y = y2 - y1
    for name, score in hypotheses:
        result = ObjectHypothesisWithPose()
        result.hypothesis.class_id = name
        result.hypothesis.score = score
        made.results.append(result)
    return made


def query_state(
    query_id: int, command: str, query: Query | None, error: str = '', done: str = ''
) -> DiagnosticStatus:
    """
    Make ``~/query_state`` for a command that was accepted, refused, cleared or done at once.

    :param query_id: counts commands since activation.
    :param command: the text as it came, cut.
    :param query: the command made ready; None where it was refused or cleared.
    :param error: why it was refused.
    :param done: what was done, where nothing is left to do.
    :returns: level OK, WARN where words were not understood, ERROR where refused.
    """
    complaints = query.not_understood if query else ()
    level = DiagnosticStatus.ERROR if error else DiagnosticStatus.OK
    if complaints:
        level = DiagnosticStatus.WARN
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
    return status(level, 'query', error or state, values)


def answer(
    query_id: int, query: Query, perception: Perception, header: Header, latency_ms: float
) -> DiagnosticStatus:
    """
    Make ``~/query_state`` for a frame that was grounded.

    :param query_id: which command.
    :param query: that command made ready.
    :param perception: its answer.
    :param header: of the image from which it holds.
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
        'stamp': f'{header.stamp.sec}.{header.stamp.nanosec:09d}',
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
    doubtful = complaints or values['quality']
    level = DiagnosticStatus.WARN if doubtful else DiagnosticStatus.OK
    return status(level, 'query', message, values)


def answered(
    query_id: int, query: Query, answer: Answer, header: Header, latency_ms: float
) -> DiagnosticStatus:
    """
    Make ``~/query_state`` for a question that was answered.

    :param query_id: which question.
    :param query: that question made ready.
    :param answer: what is said.
    :param header: of the image that it was asked of.
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
        'stamp': f'{header.stamp.sec}.{header.stamp.nanosec:09d}',
        'latency_ms': f'{latency_ms:.1f}',
    }
    is_told = answer.status is AnswerStatus.ANSWERED and not query.not_understood
    level = DiagnosticStatus.OK if is_told else DiagnosticStatus.WARN
    return status(level, 'query', answer.text, values)


def unanswered(query_id: int, query: Query, header: Header, error: str) -> DiagnosticStatus:
    """
    Make ``~/query_state`` for a question that a model failed to answer.

    :param query_id: which question.
    :param query: that question made ready.
    :param header: of the image that it was asked of.
    :param error: what went wrong.
    :returns: level ERROR.
    """
    values = {
        'query_id': query_id,
        'command': query.command.text,
        'intent': query.command.intent.value,
        'status': 'FAILED',
        'error': error,
        'stamp': f'{header.stamp.sec}.{header.stamp.nanosec:09d}',
    }
    return status(DiagnosticStatus.ERROR, 'query', error, values)


def _check(check: Check) -> str:
    """Write ``'red: 0.81 yes'``, or ``'shiny: not checked'``."""
    if check.holds is None:
        return f'{check.what}: not checked'
    return f'{check.what}: {check.value:.2f} {"yes" if check.holds else "no"}'


def overall(answers: tuple[Grounding, ...]) -> Status:
    """
    Sum up the answers to a command's phrases.

    :param answers: at least one.
    :returns: FOUND if anything was found, else AMBIGUOUS if anything is, else ABSENT.
    """
    seen = {a.status for a in answers}
    return next(s for s in (Status.FOUND, Status.AMBIGUOUS, Status.ABSENT) if s in seen)


def status(level: bytes, name: str, message: str, values: Mapping[str, Any]) -> DiagnosticStatus:
    """
    Make one diagnostics entry.

    :param level: of ``diagnostic_msgs/DiagnosticStatus``.
    :param name: which part of the node.
    :param message: one sentence.
    :param values: details.
    :returns: the entry.
    """
    pairs = [KeyValue(key=key, value=str(value)) for key, value in values.items()]
    return DiagnosticStatus(
        level=level, name=f'grounded_perception: {name}', message=message, values=pairs
    )


def picture(header: Header, rgb: NDArray[np.uint8]) -> Image:
    """
    Make an image message.

    :param header: of the source image.
    :param rgb: uint8 ``(H, W, 3)`` RGB.
    :returns: rgb8.
    """
    height, width = rgb.shape[:2]
    message = Image(header=header, height=height, width=width, encoding='rgb8', step=3 * width)
    # Assigning bytes goes through one memcpy; a numpy array would be copied element by element.
    message.data = np.ascontiguousarray(rgb).tobytes()
    return message
