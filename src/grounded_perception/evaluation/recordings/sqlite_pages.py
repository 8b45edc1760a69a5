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
The rows of a bag's table ``messages`` in an sqlite3 file, found page by page.

Format: https://www.sqlite.org/fileformat2.html. A row's page and the pages that its data
overflows to are written about when the row is; the pages that lead to it, which a query begins
with, come much later and are what a cut file lacks.
"""

from __future__ import annotations

from collections.abc import Iterator
import struct
from typing import NamedTuple

from grounded_perception.evaluation.recordings.scanned import Broken, Source

MAGIC = b'SQLite format 3\0'
_LEAF = 0x0D
_LEAF_HEAD = 8
#: Bytes of an integer by its serial type; 8 and 9 are the numbers 0 and 1 themselves.
_INTEGERS = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8, 8: 0, 9: 0}


class Row(NamedTuple):
    """
    One message.

    :param number: of the row.
    :param topic: number of its topic.
    :param logged_ns: when it was recorded.
    :param at: where its data begins in the file.
    :param local: bytes of it there.
    :param size: bytes of it in all.
    :param overflow: the page where it goes on; 0 = nowhere.
    """

    number: int
    topic: int
    logged_ns: int
    at: int
    local: int
    size: int
    overflow: int


class Pages:
    """
    Pages of a database.

    :param source: the file.
    :raises Broken: when it is too short for a database.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        head = source.read(0, 100)
        if len(head) < 100:
            raise Broken('it is too short for a database')
        page, reserved = struct.unpack_from('>H2xB', head, 16)
        self._page: int = 65536 if page == 1 else page
        self._usable: int = self._page - reserved
        if self._page < 512 or self._usable < 480:
            raise Broken(f'a database has no pages of {self._page} bytes')
        #: Bytes that the file should have; 0 where it does not say.
        self.whole_size: int = self._page * struct.unpack_from('>I', head, 28)[0]

    def rows(self) -> Iterator[Row]:
        """Find the messages, in the order of the pages; what is no such row is passed over."""
        for begin in range(self._page, self._source.size, self._page):
            # An overflow page begins with the number of the next: its first byte is 0.
            if self._source.read(begin, 1) == bytes([_LEAF]):
                page = self._source.read(begin, self._page)
                (count,) = struct.unpack_from('>H', page.ljust(_LEAF_HEAD, b'\0'), 3)
                for index in range(count):
                    try:
                        yield self._row(page, begin, _LEAF_HEAD + 2 * index)
                    except (Broken, struct.error, IndexError):
                        continue

    def _row(self, page: bytes, begin: int, pointer: int) -> Row:
        (at,) = struct.unpack_from('>H', page, pointer)
        size, at = _varint(page, at)
        number, at = _varint(page, at)
        local = self._local(size)
        overflow = struct.unpack_from('>I', page, at + local)[0] if local < size else 0
        head, after = _varint(page, at)
        types = []
        while after < at + head:
            kind, after = _varint(page, after)
            types.append(kind)
        # id (which is the row's number), topic_id, timestamp, data
        is_message = len(types) == 4 and types[0] == 0 and types[3] >= 12 and not types[3] % 2
        if not is_message or not {types[1], types[2]} <= _INTEGERS.keys():
            raise Broken('it is no message')
        topic, after = _integer(page, after, types[1])
        logged_ns, after = _integer(page, after, types[2])
        used = after - at
        data = (types[3] - 12) // 2
        if data != size - used:
            raise Broken('it is no message')
        return Row(number, topic, logged_ns, begin + after, local - used, data, overflow)

    def _local(self, size: int) -> int:
        """Return how much of a row is on its own page."""
        if size <= self._usable - 35:
            return size
        least = (self._usable - 12) * 32 // 255 - 23
        most = least + (size - least) % (self._usable - 4)
        return most if most <= self._usable - 35 else least

    def data(self, row: Row) -> bytes:
        """
        Read a message.

        :param row: where it is.
        :returns: its bytes.
        :raises Broken: when a part of it is missing.
        """
        parts = [self._source.read(row.at, row.local)]
        left, page = row.size - row.local, row.overflow
        while left > 0:
            size = min(left, self._usable - 4)
            read = self._source.read((page - 1) * self._page, 4 + size) if page else b''
            if len(read) < 4 + size:
                raise Broken(f'the data of message {row.number} is cut off')
            parts.append(read[4:])
            page, left = int.from_bytes(read[:4], 'big'), left - size
        return b''.join(parts)


def _varint(page: bytes, at: int) -> tuple[int, int]:
    """Read an integer of 1 to 9 bytes; return it and where it ends."""
    value = 0
    for index in range(8):
        byte = page[at + index]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + index + 1
    return value << 8 | page[at + 8], at + 9


def _integer(page: bytes, at: int, kind: int) -> tuple[int, int]:
    """Read an integer of a row; return it and where it ends."""
    end = at + _INTEGERS[kind]
    value = kind - 8 if kind > 6 else int.from_bytes(page[at:end], 'big', signed=True)
    return value, end
