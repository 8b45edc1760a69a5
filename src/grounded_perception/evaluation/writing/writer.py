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

"""One bag with the answers to a recording, on the node's own topic names."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

import cv2
from grounded_perception.evaluation.writing import messages
from grounded_perception.fusion.query import Query
from grounded_perception.records import Perception
from grounded_perception.wire import bag, contents, topics
import numpy as np
from numpy.typing import NDArray

_JPEG_QUALITY = 88


class BagWriter:
    """
    Writes what the node would have published; as a context manager, all of it or nothing.

    Every message is logged at the time at which its image was: played beside the original, image
    and answer come together, however slow the machine was that evaluated, and two evaluations
    give the same bag. How long an answer took stands in it (``latency_ms``).

    :param folder: of the bag, see :class:`~grounded_perception.wire.bag.Bag`.
    :param node: full name of the node whose topics they are.
    :raises RecordingError: when it cannot be written.
    """

    def __init__(self, folder: Path, node: str = f'/{topics.NODE}') -> None:
        self._bag = bag.Bag(folder)
        self._node = node

    def __enter__(self) -> BagWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bag.__exit__(kind, value, trace)

    @property
    def counts(self) -> dict[str, int]:
        """Topic → number of messages written."""
        return self._bag.counts

    def frame(
        self,
        header_stamp_ns: int,
        frame_id: str,
        logged_ns: int,
        perception: Perception,
        query: Query | None = None,
        query_id: int = 0,
        latency_ms: float = float('nan'),
        annotated_rgb: NDArray[np.uint8] | None = None,
    ) -> None:
        """
        Write the answer to one image.

        :param header_stamp_ns: of the image's header.
        :param frame_id: of the image's header.
        :param logged_ns: when the image was recorded.
        :param perception: what was perceived in it.
        :param query: the command in force.
        :param query_id: its number.
        :param latency_ms: how long the answer took.
        :param annotated_rgb: uint8 ``(H, W, 3)`` RGB with the answer drawn in; None = left out.
        :raises RecordingError: when the disk is full or gone.
        """
        head = messages.header(header_stamp_ns, frame_id)
        found = contents.detections(perception.detections)
        self._write(topics.DETECTIONS, logged_ns, messages.array(head, found))
        if query and perception.groundings:
            meant = contents.groundings(perception)
            self._write(topics.GROUNDING, logged_ns, messages.array(head, meant))
            self.state(
                logged_ns,
                contents.answer(query_id, query, perception, header_stamp_ns, latency_ms),
            )
        if annotated_rgb is not None:
            bgr = cv2.cvtColor(annotated_rgb, cv2.COLOR_RGB2BGR)
            good, data = cv2.imencode('.jpg', bgr, [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
            assert good, 'OpenCV writes every 8-bit RGB image as JPEG'
            self._write(topics.ANNOTATED_JPEG, logged_ns, messages.jpeg(head, data.reshape(-1)))

    def state(self, logged_ns: int, state: contents.State) -> None:
        """
        Write a query state: what became of a command, or the answer to a question.

        :param logged_ns: when the command or the image was recorded.
        :param state: by one of the functions of :mod:`grounded_perception.wire.contents`.
        :raises RecordingError: when the disk is full or gone.
        """
        self._write(topics.QUERY_STATE, logged_ns, messages.status(state))

    def _write(self, topic: topics.Topic, logged_ns: int, message: Any) -> None:
        data = bag.typestore().serialize_cdr(message, topic.type)
        name = topic.of(self._node)
        self._bag.write(name, topic.type, logged_ns, data, [bag.offered_by_node(topic)])
