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

"""A bag of answers, read back frame by frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from grounded_perception.evaluation.results import Boxes
from grounded_perception.evaluation.writing.messages import boxes_of
from grounded_perception.wire import bag, topics


@dataclass(frozen=True, eq=False)
class Written:
    """
    The answer to one image, as it stands in a bag.

    :param stamp_ns: of the image's header.
    :param frame_id: of the image's header.
    :param logged_ns: when it was recorded.
    :param detections: what was detected.
    :param grounding: what was meant, the phrases as labels; None without a command.
    :param state: the values of its query state; empty without a command.
    :param jpeg: the picture with the answer drawn in; empty where there is none.
    """

    stamp_ns: int
    frame_id: str
    logged_ns: int
    detections: Boxes
    grounding: Boxes | None = None
    state: Mapping[str, str] = field(default_factory=dict)
    jpeg: bytes = b''


def read(folder: Path, node: str = f'/{topics.NODE}') -> Iterator[Written]:
    """
    Read what :class:`~grounded_perception.evaluation.writing.writer.BagWriter` wrote.

    :param folder: the bag.
    :param node: full name of the node whose topics they are.
    :returns: one for each image, in the order of their recording; states of commands, which
        speak of no image, are passed over.
    :raises RecordingError: when the bag is damaged.
    """
    frame: Written | None = None
    for topic, logged_ns, message in bag.messages(folder):
        if topic == topics.DETECTIONS.of(node):
            if frame:
                yield frame
            stamp = message.header.stamp
            frame = Written(
                stamp_ns=stamp.sec * 1_000_000_000 + stamp.nanosec,
                frame_id=message.header.frame_id,
                logged_ns=logged_ns,
                detections=boxes_of(message),
            )
        elif frame is None:
            continue
        elif topic == topics.GROUNDING.of(node):
            frame = replace(frame, grounding=boxes_of(message))
        elif topic == topics.QUERY_STATE.of(node):
            values = {pair.key: pair.value for pair in message.values}
            if 'stamp' in values:
                frame = replace(frame, state=values)
        elif topic == topics.ANNOTATED_JPEG.of(node):
            frame = replace(frame, jpeg=message.data.tobytes())
    if frame:
        yield frame
