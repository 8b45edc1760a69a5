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
The demo's bag: what was on the wire, readable by rosbag2 and rosbags.

Every detection, grounding, query state and command is recorded as it came. Images are recorded
for the frames that are shown, as JPEG on ``<image topic>/compressed``: raw they would be a
hundred times larger.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

from grounded_perception.wire.bag import Bag, verify
from rclpy.serialization import serialize_message


def type_name(kind: Any) -> str:
    """
    Return the name of a message type.

    :param kind: message class.
    :returns: for instance ``std_msgs/msg/String``.
    """
    return f'{kind.__module__.split(".")[0]}/msg/{kind.__name__}'


class Recorder:
    """
    Writes one bag; what came before an interruption is kept.

    :param folder: the bag's folder; a bag that lies there is replaced.
    :raises RecordingError: when it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self._bag = Bag(folder)

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bag.close()

    def write(self, topic: str, message: Any, time_ns: int) -> None:
        """
        Record a message.

        :param topic: full name.
        :param message: rclpy message.
        :param time_ns: when it came.
        """
        self._bag.write(topic, type_name(type(message)), time_ns, serialize_message(message))

    def verify(self) -> dict[str, int]:
        """
        Read the closed bag back, every message decoded.

        :returns: topic → number of messages.
        :raises RecordingError: when it differs from what was written.
        """
        verify(self._bag.folder, self._bag.counts)
        return self._bag.counts
