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

"""Bags of ROS 2 and ROS 1."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from grounded_perception.errors import RecordingError
from grounded_perception.evaluation.recordings import topics
from grounded_perception.evaluation.recordings.base import Said, Shot, Stream
from grounded_perception.evaluation.recordings.digest import digest
from grounded_perception.evaluation.recordings.files import BagFiles
from grounded_perception.evaluation.recordings.messages import (
    LostShot,
    MessageShot,
    stamp_ns,
    Wire,
)
from grounded_perception.evaluation.recordings.packing import unpacked, ZSTD_MAGIC
from grounded_perception.evaluation.recordings.storage import merged, Message, StorageFile


@dataclass
class _Seen:
    """What one reading of the bag has met so far."""

    images: int = 0
    lost: int = 0
    unstamped: int = 0
    backwards: int = 0
    last_ns: int = -1
    #: Files that broke off while they were read, and what else went wrong.
    broken: list[str] = field(default_factory=list)

    def problems(self) -> Iterator[str]:
        yield from self.broken
        if self.lost:
            yield f'{self.lost} of {self.images} images cannot be read as messages'
        if self.unstamped:
            yield (
                f'{self.unstamped} of {self.images} images have no stamp: '
                'the time of recording stands for it'
            )
        if self.backwards:
            yield (
                f'{self.backwards} of {self.images} images are stamped earlier than the one '
                'before: they are kept in the order of recording'
            )


class BagRecording:
    """
    A bag of ROS 2 (mcap or sqlite3, also compressed or split) or of ROS 1.

    :param path: folder or file.
    :param image_topic: empty = found by type.
    :param command_topic: empty = found by name and type.
    :raises RecordingError: when it is no bag, or has no such topics.
    """

    def __init__(self, path: Path, image_topic: str = '', command_topic: str = '') -> None:
        self.path = path
        self._bag = BagFiles.open(path)
        try:
            self.streams = _streams(self._bag.files)
            image = topics.image_topic(self.streams, image_topic)
            command = topics.command_topic(self.streams, command_topic)
        except RecordingError as exc:
            found = f' ({"; ".join(self._opening_problems(""))})'.replace(' ()', '')
            self.close()
            raise RecordingError(f'bag {path}: {exc}{found}') from exc
        self.image_topic, self.count = image.topic, image.count
        self.command_topic = command.topic if command else ''
        self._image_type = image.type
        self._seen = _Seen()
        self._digest = ''
        defined = {each.type: each for file in self._bag.files for each in file.channels}
        self._wires = {
            is_ros1: Wire(is_ros1, defined)
            for is_ros1 in {file.is_ros1 for file in self._bag.files}
        }
        self._is_ros1 = self._bag.files[0].is_ros1

    @property
    def problems(self) -> tuple[str, ...]:
        """What was wrong with what was read so far, for people."""
        return (*self._opening_problems(self.image_topic), *self._seen.problems())

    def _opening_problems(self, topic: str) -> Iterator[str]:
        yield from self._bag.problems
        for file in self._bag.files:
            if file.problem:
                before = sum(each.count for each in file.channels if each.topic == topic)
                read = f': {before} images of {topic} before that are read' if topic else ''
                yield file.problem + read

    def items(self) -> Iterator[Shot | Said]:
        """
        Read images and commands in the order in which they were recorded.

        :returns: them; an image message that is damaged refuses to be decoded.
        :raises RecordingError: when not one image can be read.
        """
        self._seen = seen = _Seen()
        wire = self._wires[self._is_ros1]
        for message in self._messages({self.image_topic, self.command_topic} - {''}):
            if message.topic == self.image_topic and message.type == self._image_type:
                yield self._shot(message, wire, seen)
            elif message.topic == self.command_topic and message.type in topics.TEXT_TYPES:
                try:
                    text = wire.read(message).data
                except RecordingError as exc:
                    seen.broken.append(str(exc))
                else:
                    yield Said(text, message.logged_ns)
        if seen.images != self.count and not seen.broken:
            seen.broken.append(
                f'{seen.images} of the {self.count} images that the index tells of are there'
            )
        if not seen.images:
            raise RecordingError(
                f'bag {self.path}: no image of {self.image_topic} can be read: '
                f'{"; ".join(self.problems)}'
            )

    def _shot(self, message: Message, wire: Wire, seen: _Seen) -> Shot:
        index, logged_ns, topic = seen.images, message.logged_ns, message.topic
        seen.images += 1
        try:
            image = wire.read(message)
        except RecordingError as exc:
            seen.lost += 1
            return LostShot(index, logged_ns, logged_ns, '', '', topic, str(exc))
        stamp = stamp_ns(image)
        seen.unstamped += not stamp
        stamp = stamp or logged_ns
        seen.backwards += stamp < seen.last_ns
        seen.last_ns = stamp
        frame_id = image.header.frame_id
        return MessageShot(index, stamp, logged_ns, frame_id, '', topic, image)

    def detections(self, topic: str) -> Iterator[tuple[int, Any]]:
        """
        Read the ``vision_msgs/msg/Detection2DArray`` messages of a topic.

        :param topic: its name.
        :returns: each message with its stamp in nanoseconds (the time of recording where it has
            none), in the order of recording.
        :raises RecordingError: when the topic is not there or is of another type, or when a
            message is damaged.
        """
        try:
            stream = topics.named(self.streams, topic, topics.DETECTION_TYPES)
        except RecordingError as exc:
            raise RecordingError(f'bag {self.path}: {exc}') from exc
        return self._detections(stream)

    def _detections(self, stream: Stream) -> Iterator[tuple[int, Any]]:
        for logged_ns, message in self.messages(stream):
            yield stamp_ns(message) or logged_ns, message

    def messages(self, stream: Stream) -> Iterator[tuple[int, Any]]:
        """
        Read the messages of a topic.

        :param stream: the topic, one of :attr:`streams`.
        :returns: when each was recorded in nanoseconds, and the message, in that order.
        :raises RecordingError: when one is damaged.
        """
        wire = self._wires[self._is_ros1]
        for message in self._messages({stream.topic}):
            if message.type == stream.type:
                yield message.logged_ns, wire.read(message)

    def _messages(self, wanted: Collection[str]) -> Iterator[Message]:
        return merged(
            (file.start_ns, partial(self._of_file, file, wanted, self._seen))
            for file in self._bag.files
        )

    def _of_file(
        self, file: StorageFile, wanted: Collection[str], seen: _Seen
    ) -> Iterator[Message]:
        """Read one file up to its break; the files after it are read all the same."""
        messages, images = file.messages(wanted), 0
        while True:
            try:
                message = next(messages, None)
            except Exception as exc:  # whatever a reader stumbles on is the file's fault
                seen.broken.append(
                    f'{file.path.name} breaks off after {images} images of {self.image_topic} '
                    f'({exc})'
                )
                return
            if message is None:
                return
            images += message.topic == self.image_topic
            if not file.is_ros1 and message.data[:4] == ZSTD_MAGIC:
                # Compressed one by one; what is damaged is refused when it is deserialised.
                message = message._replace(data=unpacked(message.data, 'zstd')[0])
            yield message

    def digest(self) -> str:
        """Return the SHA-256 of the bag's files, hexadecimal."""
        self._digest = self._digest or digest(self._bag.paths, self.path.is_dir())
        return self._digest

    def close(self) -> None:
        """Close the files."""
        self._bag.close()


def _streams(files: Collection[StorageFile]) -> tuple[Stream, ...]:
    """Add up the topics of all files, by name."""
    counts: dict[tuple[str, str], int] = {}
    for file in files:
        for each in file.channels:
            counts[each.topic, each.type] = counts.get((each.topic, each.type), 0) + each.count
    return tuple(Stream(topic, name, count) for (topic, name), count in sorted(counts.items()))
