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
The demo's bag: an mcap file of what was on the wire, readable by rosbag2 and rosbags.

Every detection, grounding, query state and command is recorded as it came. Images are recorded
for the frames that are shown, as JPEG on ``<image topic>/compressed``: raw they would be a
hundred times larger.
"""

from __future__ import annotations

import importlib
from pathlib import Path
import re
import shutil
from types import TracebackType
from typing import Any

from grounded_perception.errors import PerceptionError
from rclpy.serialization import serialize_message
from rosbags.highlevel import AnyReader
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import get_types_from_msg, get_typestore, Stores

_MCAP_SUPPORT = 9
_PRIMITIVE = {'double': 'float64', 'float': 'float32', 'boolean': 'bool', 'octet': 'byte'}
_SEQUENCE = re.compile(r'sequence<([^,>]+)(?:, *(\d+))?>')


class BagFailed(PerceptionError):
    """A bag cannot be written, or does not hold what was written."""


def type_name(kind: Any) -> str:
    """
    Return the name of a message type.

    :param kind: message class.
    :returns: for instance ``std_msgs/msg/String``.
    """
    return f'{kind.__module__.split(".")[0]}/msg/{kind.__name__}'


def definition(kind: Any) -> str:
    """
    Write a message's definition from its class, so that no ``.msg`` file is needed.

    :param kind: message class.
    :returns: text of a ``.msg`` file; constants and defaults are left out.
    """
    fields = kind.get_fields_and_field_types()
    return '\n'.join(f'{_in_msg_form(text)} {name}' for name, text in fields.items())


def _in_msg_form(text: str) -> str:
    if sequence := _SEQUENCE.fullmatch(text):
        bound = f'<={sequence[2]}' if sequence[2] else ''
        return f'{_in_msg_form(sequence[1])}[{bound}]'
    base, bracket, size = text.partition('[')
    return _PRIMITIVE.get(base, base) + bracket + size


class Recorder:
    """
    Writes one bag.

    :param folder: the bag's folder; a bag that lies there is replaced.
    :raises BagFailed: when it cannot be made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._typestore = get_typestore(Stores.ROS2_JAZZY)
        self._connections: dict[str, Any] = {}
        self._counts: dict[str, int] = {}
        strange = [
            path
            for path in (folder.iterdir() if folder.is_dir() else ())
            if path.suffix != '.mcap' and path.name != 'metadata.yaml'
        ]
        if strange:
            raise BagFailed(f'{folder} holds {strange[0].name}, which no bag has: it is kept')
        try:
            shutil.rmtree(folder, ignore_errors=True)
            self._writer = Writer(folder, version=_MCAP_SUPPORT, storage_plugin=StoragePlugin.MCAP)
            self._writer.open()
        except OSError as exc:
            raise BagFailed(f'{folder} cannot be written: {exc.strerror}') from exc

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._writer.close()

    def write(self, topic: str, message: Any, time_ns: int) -> None:
        """
        Record a message.

        :param topic: full name.
        :param message: rclpy message.
        :param time_ns: when it came.
        """
        if topic not in self._connections:
            name = self._registered(type(message))
            self._connections[topic] = self._writer.add_connection(
                topic, name, typestore=self._typestore
            )
        self._writer.write(self._connections[topic], time_ns, serialize_message(message))
        self._counts[topic] = self._counts.get(topic, 0) + 1

    def verify(self) -> dict[str, int]:
        """
        Read the closed bag back, every message decoded.

        :returns: topic → number of messages.
        :raises BagFailed: when it differs from what was written.
        """
        read: dict[str, int] = {}
        try:
            with AnyReader([self._folder]) as reader:
                for connection, _, data in reader.messages():
                    reader.deserialize(data, connection.msgtype)
                    read[connection.topic] = read.get(connection.topic, 0) + 1
        except Exception as exc:
            # Whatever a reader stumbles on is the bag's fault.
            raise BagFailed(f'the bag {self._folder} cannot be read back: {exc!r}') from exc
        if read != self._counts:
            raise BagFailed(f'the bag holds {read}, written were {self._counts}')
        return read

    def _registered(self, kind: Any) -> str:
        """Make a type and those inside it known to the bag library."""
        name = type_name(kind)
        if name not in self._typestore.types:
            for text in kind.get_fields_and_field_types().values():
                inner = re.search(r'(\w+)/(\w+)', text)
                if inner:
                    package = importlib.import_module(f'{inner[1]}.msg')
                    self._registered(getattr(package, inner[2]))
            self._typestore.register(get_types_from_msg(definition(kind), name))
        return name
