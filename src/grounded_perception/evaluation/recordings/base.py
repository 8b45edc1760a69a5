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

"""What is read from a recording, whatever it is stored in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from grounded_perception.records import Frame


@dataclass(frozen=True)
class Stream:
    """
    One topic of a recording.

    :param topic: its name; of a folder or film, the path.
    :param type: ``'sensor_msgs/msg/Image'`` and the like; ``'image'`` of a folder or film.
    :param count: messages on it; -1 where nobody has counted.
    """

    topic: str
    type: str
    count: int


@dataclass(frozen=True, eq=False)
class Shot:
    """
    One image of a recording, not yet decoded.

    :param index: on its topic, from 0.
    :param stamp_ns: of its exposure (the header's); of a film, its time in the film.
    :param logged_ns: when it was recorded.
    :param frame_id: of its header, may be empty.
    :param name: its file name in a folder; empty elsewhere.
    :param topic: that it came on.
    """

    index: int
    stamp_ns: int
    logged_ns: int
    frame_id: str
    name: str
    topic: str

    def decode(self) -> Frame:
        """
        Decode the image.

        :returns: RGB.
        :raises FrameError: when it cannot be used as it came.
        """
        raise NotImplementedError


@dataclass(frozen=True)
class Said:
    """
    One message on a recording's topic of commands.

    :param text: the sentence.
    :param logged_ns: when it was recorded.
    """

    text: str
    logged_ns: int


class Recording(Protocol):
    """An opened recording; used by one thread; :meth:`items` may be called again and again."""

    path: Path
    #: Every topic there is.
    streams: tuple[Stream, ...]
    #: The topic whose images are read.
    image_topic: str
    #: The topic whose commands are read; empty where there is none.
    command_topic: str
    #: Images on ``image_topic``; -1 where nobody has counted.
    count: int

    @property
    def problems(self) -> tuple[str, ...]:
        """What was wrong with what was read so far, for people: a break at its end, say."""
        ...

    def items(self) -> Iterator[Shot | Said]:
        """
        Read images and commands in the order in which they were recorded.

        A recording that breaks off ends there and says so in :attr:`problems`; memory does not
        grow with its length.

        :raises RecordingError: when nothing at all can be read.
        """
        ...

    def detections(self, topic: str) -> Iterator[tuple[int, Any]]:
        """
        Read the ``vision_msgs/msg/Detection2DArray`` messages of a topic: a truth in the bag.

        :param topic: its name.
        :returns: each message with its stamp in nanoseconds, in the order of recording.
        :raises RecordingError: when the topic is not there or is of another type.
        """
        ...

    def digest(self) -> str:
        """
        Return the SHA-256 of the recording's content, hexadecimal.

        Of one file its own; of a folder that of the names, sizes and bytes of the files that are
        read, in the order of reading. ``metadata.yaml``, which only repeats what the files hold,
        does not count.
        """
        ...

    def close(self) -> None:
        """Free it."""
        ...
