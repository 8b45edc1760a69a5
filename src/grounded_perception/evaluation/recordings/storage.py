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

"""One file of a bag, whatever its format: what it says of itself, and its messages by time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
import heapq
from pathlib import Path
from typing import NamedTuple, Protocol


@dataclass(frozen=True)
class Channel:
    """
    One topic in one file.

    :param topic: its name.
    :param type: in the manner of ROS 2: ``'sensor_msgs/msg/Image'``.
    :param count: messages that can be read.
    :param definition: of the type, as the file holds it; may be empty.
    :param form: of the definition: ``'msg'``, ``'idl'`` or ``'none'``.
    """

    topic: str
    type: str
    count: int = 0
    definition: str = ''
    form: str = 'none'


class Message(NamedTuple):
    """
    One recorded message.

    :param topic: that it came on.
    :param type: of the message.
    :param logged_ns: when it was recorded.
    :param data: serialised.
    """

    topic: str
    type: str
    logged_ns: int
    data: bytes


class StorageFile(Protocol):
    """One opened file of a bag."""

    path: Path
    #: Whether messages are serialised as in ROS 1.
    is_ros1: bool
    channels: tuple[Channel, ...]
    #: Time of the first message.
    start_ns: int
    #: Where the file breaks off and why, for people; empty where it is whole.
    problem: str

    def messages(self, topics: Collection[str]) -> Iterator[Message]:
        """
        Read the messages of some topics, ordered by the time of recording.

        :param topics: their names.
        :raises Exception: whatever the reader stumbles on where the file is broken.
        """
        ...

    def close(self) -> None:
        """Free it."""
        ...


def merged(parts: Iterable[tuple[int, Callable[[], Iterator[Message]]]]) -> Iterator[Message]:
    """
    Merge parts by the time of recording; equal times keep the order of the parts.

    :param parts: time of the first message, and what opens the part: it is called when that time
        has come, so that only parts which overlap are open at once.
    :returns: all messages.
    """
    runs = (_run(start_ns, opened) for start_ns, opened in parts)
    for _, message in heapq.merge(*runs, key=lambda each: each[0]):
        if message is not None:
            yield message


def _run(
    start_ns: int, opened: Callable[[], Iterator[Message]]
) -> Iterator[tuple[int, Message | None]]:
    yield start_ns, None
    for message in opened():
        yield message.logged_ns, message
