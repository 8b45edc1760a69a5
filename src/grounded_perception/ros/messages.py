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

"""Perceptions → ROS messages; every output header is the source image's, untouched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from diagnostic_msgs.msg import DiagnosticStatus, KeyValue
from grounded_perception.assistants.base import Answer
from grounded_perception.fusion.query import Query
from grounded_perception.records import Perception, Regions
from grounded_perception.wire import contents
import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import Image
from std_msgs.msg import Header
from vision_msgs.msg import Detection2D, Detection2DArray, ObjectHypothesisWithPose


def detections(header: Header, regions: Regions) -> Detection2DArray:
    """
    Make ``~/detections``: :func:`~grounded_perception.wire.contents.detections`.

    :param header: of the source image.
    :param regions: what to publish.
    :returns: the message.
    """
    return _array(header, contents.detections(regions))


def groundings(header: Header, perception: Perception) -> Detection2DArray:
    """
    Make ``~/grounding``: :func:`~grounded_perception.wire.contents.groundings`.

    :param header: of the source image.
    :param perception: what was perceived.
    :returns: the message.
    """
    return _array(header, contents.groundings(perception))


def _array(header: Header, found: list[contents.Detection]) -> Detection2DArray:
    message = Detection2DArray(header=header)
    message.detections = [_detection(header, one) for one in found]
    return message


def _detection(header: Header, found: contents.Detection) -> Detection2D:
    made = Detection2D(header=header)
    made.bbox.center.position.x = found.x
    made.bbox.center.position.y = found.y
    made.bbox.size_x = found.width
    made.bbox.size_y = found.height
    for name, score in found.hypotheses:
        result = ObjectHypothesisWithPose()
        result.hypothesis.class_id = name
        result.hypothesis.score = score
        made.results.append(result)
    return made


def query_state(
    query_id: int, command: str, query: Query | None, error: str = '', done: str = ''
) -> DiagnosticStatus:
    """
    Make ``~/query_state``: :func:`~grounded_perception.wire.contents.query_state`.

    :param query_id: counts commands since activation.
    :param command: the text as it came, cut.
    :param query: the command made ready; None where it was refused or cleared.
    :param error: why it was refused.
    :param done: what was done, where nothing is left to do.
    :returns: the message.
    """
    return _state(contents.query_state(query_id, command, query, error, done))


def answer(
    query_id: int, query: Query, perception: Perception, header: Header, latency_ms: float
) -> DiagnosticStatus:
    """
    Make ``~/query_state``: :func:`~grounded_perception.wire.contents.answer`.

    :param query_id: which command.
    :param query: that command made ready.
    :param perception: its answer.
    :param header: of the image from which it holds.
    :param latency_ms: stamp → now.
    :returns: the message.
    """
    return _state(contents.answer(query_id, query, perception, _ns(header), latency_ms))


def answered(
    query_id: int, query: Query, answer: Answer, header: Header, latency_ms: float
) -> DiagnosticStatus:
    """
    Make ``~/query_state``: :func:`~grounded_perception.wire.contents.answered`.

    :param query_id: which question.
    :param query: that question made ready.
    :param answer: what is said.
    :param header: of the image that it was asked of.
    :param latency_ms: from the question's arrival to now.
    :returns: the message.
    """
    return _state(contents.answered(query_id, query, answer, _ns(header), latency_ms))


def unanswered(query_id: int, query: Query, header: Header, error: str) -> DiagnosticStatus:
    """
    Make ``~/query_state``: :func:`~grounded_perception.wire.contents.unanswered`.

    :param query_id: which question.
    :param query: that question made ready.
    :param header: of the image that it was asked of.
    :param error: what went wrong.
    :returns: the message.
    """
    return _state(contents.unanswered(query_id, query, _ns(header), error))


def _ns(header: Header) -> int:
    return int(header.stamp.sec) * 1_000_000_000 + int(header.stamp.nanosec)


def _state(state: contents.State) -> DiagnosticStatus:
    return status(bytes([state.level]), contents.QUERY, state.message, state.values)


def status(level: bytes, part: str, message: str, values: Mapping[str, Any]) -> DiagnosticStatus:
    """
    Make one diagnostics entry.

    :param level: of ``diagnostic_msgs/DiagnosticStatus``.
    :param part: which part of the node.
    :param message: one sentence.
    :param values: details.
    :returns: the entry.
    """
    return DiagnosticStatus(
        level=level,
        name=contents.entry_name(part),
        message=message,
        values=[KeyValue(key=key, value=value) for key, value in contents.pairs(values)],
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
