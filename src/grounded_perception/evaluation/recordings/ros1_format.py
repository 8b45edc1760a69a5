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
Bags of ROS 1 as far as recovering messages needs it.

Format: http://wiki.ros.org/Bags/Format/2.0. A file is a row of records: a header of named fields
and data. Chunks hold connections and messages.
"""

from __future__ import annotations

from collections.abc import Iterator
import re
import struct

from grounded_perception.evaluation.recordings.scanned import (
    Block,
    Broken,
    Declared,
    Logged,
    Source,
)
from grounded_perception.evaluation.recordings.storage import Channel

MAGIC = b'#ROSBAG V2.0\n'
_MESSAGE, _BAG, _INDEX, _CHUNK, _CHUNK_INFO, _CONNECTION = 2, 3, 4, 5, 6, 7
#: No header is longer: that of a connection names a topic.
_MAX_HEADER = 1 << 16


class Ros1Format:
    """Records of one bag of ROS 1."""

    is_ros1 = True

    def blocks(self, source: Source) -> Iterator[Block]:
        """
        Find the chunks.

        :param source: the file.
        :raises Broken: where the file is not of this format, or has no proper end.
        """
        at, is_indexed = len(MAGIC), False
        while at < source.size:
            size = _length(source, at)
            if not 0 < size <= _MAX_HEADER:
                raise Broken('a record has no header')
            fields = _fields(memoryview(source.read(at + 4, size)))
            at += 4 + size
            size = _length(source, at)
            at += 4
            code = fields['op'][0]
            if code == _CHUNK:
                yield Block(at, size, bytes(fields['compression']).decode())
            elif code not in (_BAG, _INDEX, _CHUNK_INFO, _CONNECTION):
                raise Broken(f'there is no record of type {code} outside chunks')
            is_indexed = is_indexed or code == _CHUNK_INFO
            at += size
        if at > source.size or not is_indexed:
            raise Broken('it was not closed: its end is missing')

    def entries(self, block: memoryview) -> Iterator[Declared | Logged]:
        """
        Read connections and messages.

        :param block: whole records; the last one may be cut.
        :raises Broken: where it is.
        """
        at = 0
        while at < len(block):
            header, at = _sized(block, at)
            data, at = _sized(block, at)
            fields = _fields(header)
            code = fields['op'][0]
            if code == _MESSAGE:
                seconds, nanoseconds = struct.unpack('<II', fields['time'])
                logged_ns = seconds * 1_000_000_000 + nanoseconds
                yield Logged(_number(fields), logged_ns, data)
            elif code == _CONNECTION:
                about = _fields(data)
                package, _, name = _text(about['type']).rpartition('/')
                channel = Channel(
                    # As rosbags names it.
                    re.sub('/+', '/', _text(fields['topic'])).rstrip('/'),
                    f'{package}/msg/{name}',
                    0,
                    _text(about['message_definition']),
                    'msg',
                )
                yield Declared(_number(fields), channel)


def _length(source: Source, at: int) -> int:
    read = source.read(at, 4)
    if len(read) < 4:
        raise Broken('the file ends in the middle of a record')
    return int.from_bytes(read, 'little')


def _number(fields: dict[str, memoryview]) -> int:
    return int(struct.unpack('<I', fields['conn'])[0])


def _text(value: memoryview) -> str:
    return bytes(value).decode(errors='replace')


def _sized(block: memoryview, at: int) -> tuple[memoryview, int]:
    """Read bytes with their length before them; return them and where they end."""
    (size,) = struct.unpack_from('<I', block, at)
    at += 4
    if at + size > len(block):
        raise Broken('a record is cut off')
    return block[at : at + size], at + size


class _Fields(dict[str, memoryview]):
    """Named fields of a record."""

    def __missing__(self, key: str) -> memoryview:
        raise Broken(f'a record lacks {key}')


def _fields(header: memoryview) -> dict[str, memoryview]:
    fields, at = _Fields(), 0
    while at < len(header):
        field, at = _sized(header, at)
        name, equals, _ = bytes(field[:64]).partition(b'=')
        if not equals:
            raise Broken('a field of a record has no name')
        fields[name.decode()] = field[len(name) + 1 :]
    return fields
