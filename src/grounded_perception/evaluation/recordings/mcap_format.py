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
The mcap format as far as recovering messages needs it.

Format: https://mcap.dev/spec. A file is a row of records: a byte that says which, eight bytes of
length, content. Chunks hold schemas, channels and messages; so may the file itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import struct

from grounded_perception.evaluation.recordings.scanned import (
    Block,
    Broken,
    Declared,
    Logged,
    Source,
)
from grounded_perception.evaluation.recordings.storage import Channel
from grounded_perception.evaluation.recordings.whole import typed

MAGIC = b'\x89MCAP0\r\n'
_SCHEMA, _CHANNEL, _MESSAGE, _CHUNK, _DATA_END, _LAST = 0x03, 0x04, 0x05, 0x06, 0x0F, 0x0F
#: Operation codes from here on are free for others' use.
_PRIVATE = 0x80
_RECORD = struct.Struct('<BQ')
_TIMES = struct.Struct('<HIQQ')
#: Start, end, size, CRC and the length of the compression's name.
_CHUNK_HEAD = struct.Struct('<QQQII')
_NAMED = 64
#: Messages outside chunks are read so many bytes at a time.
_RUN = 1 << 20
_FORMS = {'ros2msg': 'msg', 'ros2idl': 'idl', 'omgidl': 'idl'}


def is_indexed(path: Path) -> bool:
    """
    Tell whether a file ends with the summary that readers begin with.

    :param path: the file.
    :returns: whether it has one.
    """
    with path.open('rb') as file:
        file.seek(0, 2)
        if file.tell() < 37 + len(MAGIC):
            return False
        file.seek(-37, 2)
        footer = file.read()
    return footer.endswith(MAGIC) and footer[0] == 0x02 and any(footer[9:17])


class McapFormat:
    """Records of one mcap file."""

    is_ros1 = False

    def __init__(self) -> None:
        self._schemas: dict[int, tuple[str, str, str]] = {}

    def blocks(self, source: Source) -> Iterator[Block]:
        """
        Find chunks, and runs of records outside chunks.

        :param source: the file.
        :raises Broken: where the file is not of this format, or has no proper end.
        """
        at = run = len(MAGIC)
        while True:
            head = source.read(at, _RECORD.size)
            if len(head) < _RECORD.size:
                break
            code, size = _RECORD.unpack(head)
            end = at + _RECORD.size + size
            is_loose = code in (_SCHEMA, _CHANNEL, _MESSAGE)
            if run < at and (not is_loose or at - run > _RUN):
                yield Block(run, at - run, '')
                run = at
            if not code or _LAST < code < _PRIVATE:
                raise Broken(f'there is no record of type {code}')
            if code == _DATA_END:
                if source.read(source.size - len(MAGIC), len(MAGIC)) != MAGIC:
                    raise Broken('its index is cut off, every message is there')
                return
            if code == _CHUNK:
                yield _chunk(source, at + _RECORD.size, end)
            elif end > source.size:
                break
            at = end
            run = run if is_loose else at
        if run < at <= source.size:
            yield Block(run, at - run, '')
        raise Broken('it was not closed: its end is missing')

    def entries(self, block: memoryview) -> Iterator[Declared | Logged]:
        """
        Read schemas, channels and messages.

        :param block: whole records; the last one may be cut.
        :raises Broken: where it is.
        """
        at = 0
        while at < len(block):
            code, size = _RECORD.unpack_from(block, at)
            at += _RECORD.size
            if at + size > len(block):
                raise Broken('a record is cut off')
            content = block[at : at + size]
            at += size
            if code == _MESSAGE:
                number, _, logged_ns, _ = _TIMES.unpack_from(content)
                yield Logged(number, logged_ns, content[_TIMES.size :])
            elif code == _CHANNEL:
                yield self._channel(content)
            elif code == _SCHEMA:
                (number,) = struct.unpack_from('<H', content)
                name, after = _text(content, 2)
                encoding, after = _text(content, after)
                text, _ = _text(content, after)
                self._schemas[number] = (name, _FORMS.get(encoding, 'none'), text)

    def _channel(self, content: memoryview) -> Declared:
        number, schema = struct.unpack_from('<HH', content)
        topic, after = _text(content, 4)
        encoding, _ = _text(content, after)
        name, form, text = self._schemas.get(schema, ('', 'none', ''))
        return Declared(number, Channel(topic, typed(name, encoding), 0, text, form))


def _chunk(source: Source, at: int, end: int) -> Block:
    """Find the compressed records in a chunk's content."""
    head = source.read(at, _CHUNK_HEAD.size + _NAMED)
    name_size = _CHUNK_HEAD.unpack_from(head)[-1]
    if name_size > _NAMED - 8:
        raise Broken('a chunk does not say how it is compressed')
    after = _CHUNK_HEAD.size + name_size
    compression = head[_CHUNK_HEAD.size : after].decode()
    (size,) = struct.unpack_from('<Q', head, after)
    if at + after + 8 + size != end:
        raise Broken('a chunk is not as long as it says')
    return Block(at + after + 8, size, compression)


def _text(content: memoryview, at: int) -> tuple[str, int]:
    """Read a text with its length before it; return it and where it ends."""
    (size,) = struct.unpack_from('<I', content, at)
    at += 4
    if at + size > len(content):
        raise Broken('a text is cut off')
    # A damaged schema of an encoding that is not text is of no concern.
    return bytes(content[at : at + size]).decode(errors='replace'), at + size
