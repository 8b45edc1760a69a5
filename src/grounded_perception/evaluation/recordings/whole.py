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

"""A file of a bag that is whole, read by rosbags."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from grounded_perception.errors import ModelMissing
from grounded_perception.evaluation.recordings.storage import Channel, Message


class WholeFile:
    """
    A file that rosbags reads; each reading opens it anew.

    :param path: the file: ``.mcap``, ``.db3`` or, of ROS 1, any.
    :param is_ros1: whether it is a bag of ROS 1.
    :raises Exception: whatever rosbags stumbles on.
    """

    problem = ''

    def __init__(self, path: Path, is_ros1: bool) -> None:
        self.path = path
        self.is_ros1 = is_ros1
        with self._reader() as reader:
            self.start_ns = int(reader.start_time)
            self.channels = tuple(
                Channel(
                    each.topic,
                    _type(each),
                    each.msgcount,
                    each.msgdef.data,
                    each.msgdef.format.name.lower(),
                )
                for each in reader.connections
            )

    def messages(self, topics: Collection[str]) -> Iterator[Message]:
        """
        Read the messages of some topics, ordered by the time of recording.

        :param topics: their names.
        :raises Exception: whatever rosbags stumbles on where the file is broken.
        """
        with self._reader() as reader:
            wanted = [each for each in reader.connections if each.topic in topics]
            if not wanted:
                return
            for connection, logged_ns, data in reader.messages(wanted):
                yield Message(connection.topic, _type(connection), logged_ns, data)

    def close(self) -> None:
        """Nothing stays open."""

    def _reader(self) -> Any:
        try:
            if self.is_ros1:
                from rosbags.rosbag1 import Reader
            else:
                from rosbags.rosbag2 import Reader
        except ImportError as exc:
            raise ModelMissing(
                f'rosbags is not installed, which reads bags ({exc}); '
                f"fix: pip install 'grounded_perception[evaluate]'"
            ) from exc
        return Reader(self.path)


def _type(connection: Any) -> str:
    encoding = getattr(connection.ext, 'serialization_format', 'cdr')
    return typed(connection.msgtype, encoding)


def typed(name: str, encoding: str) -> str:
    """
    Name a type so that only messages which can be read have the plain name.

    :param name: of the type.
    :param encoding: of its messages.
    :returns: the name, with the encoding where it is not that of ROS 2.
    """
    return name if encoding == 'cdr' else f'{name} as {encoding}'
