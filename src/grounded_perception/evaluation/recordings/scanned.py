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
A file of a bag without its index: read from its beginning up to where it breaks off.

What was interrupted while it was recorded, or cut when it was copied, lacks the index at its end
that readers begin with. The messages before the break are all there: they are looked for once,
and then read in the order of their times like those of a whole file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from functools import partial
from pathlib import Path
import struct
from typing import NamedTuple, Protocol

from grounded_perception.evaluation.recordings.packing import unpacked
from grounded_perception.evaluation.recordings.storage import Channel, merged, Message


class Broken(Exception):
    """Bytes that are not what the format wants there; the text says what is wrong."""


class Declared(NamedTuple):
    """A channel's number and what it carries."""

    number: int
    channel: Channel


class Logged(NamedTuple):
    """A message: its channel, when it was recorded, and its bytes within the block."""

    number: int
    logged_ns: int
    data: memoryview


class Block(NamedTuple):
    """
    A stretch of the file that is read at once.

    :param at: its first byte.
    :param size: its bytes in the file.
    :param compression: as :func:`~.packing.unpacked` knows it.
    """

    at: int
    size: int
    compression: str


class Source:
    """
    A file that is read at any place.

    :param path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open('rb')
        self.size = path.stat().st_size

    def read(self, at: int, size: int) -> bytes:
        """Return bytes, fewer where the file ends before."""
        self._file.seek(at)
        return self._file.read(min(size, max(0, self.size - at)))

    def close(self) -> None:
        """Close the file."""
        self._file.close()


class Format(Protocol):
    """What a format of bags looks like from its beginning."""

    is_ros1: bool

    def blocks(self, source: Source) -> Iterator[Block]:
        """
        Find what holds messages; the last block may reach beyond the end of the file.

        :raises Broken: where the file is not of this format, or has no proper end.
        """
        ...

    def entries(self, block: memoryview) -> Iterator[Declared | Logged]:
        """
        Read an unpacked block.

        :raises Broken: where it is not of this format.
        """
        ...


class _Piece(NamedTuple):
    """Where a block is, and the times and channels of its messages."""

    block: Block
    start_ns: int
    numbers: frozenset[int]


class ScannedFile:
    """
    A file that is read from its beginning.

    :param path: the file.
    :param form: its format.
    :raises Broken: when there is not one message in it.
    """

    def __init__(self, path: Path, form: Format) -> None:
        self.path = path
        self.is_ros1 = form.is_ros1
        self.problem = ''
        self._form = form
        self._source = Source(path)
        self._declared: dict[int, Channel] = {}
        self._pieces: list[_Piece] = []
        self._scan()
        self.start_ns = min((each.start_ns for each in self._pieces), default=0)

    def _scan(self) -> None:
        counts: Counter[int] = Counter()
        at, size = 0, self._source.size
        try:
            for block in self._form.blocks(self._source):
                at = block.at
                why = self._scan_block(block, counts)
                if at + block.size > size:
                    at, why = size, 'the file ends in the middle of its data'
                if why:
                    raise Broken(why)
                at += block.size
        except (Broken, struct.error, ValueError) as exc:
            self.problem = f'{self.path.name} breaks off at byte {at} of {size} ({_why(exc)})'
        self.channels = tuple(
            Channel(each.topic, each.type, counts[number], each.definition, each.form)
            for number, each in self._declared.items()
        )
        if not counts:
            self.close()
            raise Broken(self.problem or 'it holds no messages')

    def _scan_block(self, block: Block, counts: Counter[int]) -> str:
        """Note what a block holds; return what is wrong with it, or nothing."""
        data, is_all = unpacked(self._source.read(block.at, block.size), block.compression)
        why = '' if is_all else 'compressed data is damaged'
        numbers, times = set(), []
        try:
            for entry in self._form.entries(memoryview(data)):
                if isinstance(entry, Declared):
                    self._declared.setdefault(entry.number, entry.channel)
                elif entry.number in self._declared:
                    counts[entry.number] += 1
                    numbers.add(entry.number)
                    times.append(entry.logged_ns)
        except (Broken, struct.error, ValueError) as exc:
            why = why or _why(exc)
        if times:
            self._pieces.append(_Piece(block, min(times), frozenset(numbers)))
        return why

    def messages(self, topics: Collection[str]) -> Iterator[Message]:
        """
        Read the messages of some topics, ordered by the time of recording.

        :param topics: their names.
        """
        wanted = {
            number: channel
            for number, channel in self._declared.items()
            if channel.topic in topics
        }
        return merged(
            (piece.start_ns, partial(self._load, piece.block, wanted))
            for piece in self._pieces
            if not piece.numbers.isdisjoint(wanted)
        )

    def _load(self, block: Block, wanted: dict[int, Channel]) -> Iterator[Message]:
        data, _ = unpacked(self._source.read(block.at, block.size), block.compression)
        found: list[Logged] = []
        try:
            for entry in self._form.entries(memoryview(data)):
                if isinstance(entry, Logged) and entry.number in wanted:
                    found.append(entry)
        except (Broken, struct.error, ValueError):
            pass  # said when the file was opened
        found.sort(key=lambda each: each.logged_ns)
        for number, logged_ns, content in found:
            channel = wanted[number]
            yield Message(channel.topic, channel.type, logged_ns, bytes(content))

    def close(self) -> None:
        """Close the file."""
        self._source.close()


def _why(exc: Exception) -> str:
    return 'a record is damaged' if isinstance(exc, struct.error) else str(exc)
