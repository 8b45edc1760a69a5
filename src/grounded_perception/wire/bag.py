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
Bags: an mcap file and its description, readable by rosbag2 from Humble on, Foxglove, rosbags.

The layout is that of rosbag2's format version 8, the newest that Humble reads, too; the mcap
file's chunks are compressed, which every reader of mcap undoes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from importlib import resources
import os
from pathlib import Path
import shutil
from types import TracebackType
from typing import Any

from grounded_perception.errors import RecordingError
from grounded_perception.wire.topics import Topic
from rosbags.highlevel import AnyReader
from rosbags.interfaces import (
    Qos,
    QosDurability,
    QosHistory,
    QosLiveliness,
    QosReliability,
    QosTime,
)
from rosbags.rosbag2 import (
    CompressionFormat,
    CompressionMode,
    StoragePlugin,
    Writer,
    WriterError,
)
from rosbags.typesys import get_types_from_msg, get_typestore, Stores

_VERSION = 8
#: In the description of every bag that is written here.
_MARK = ('written_by', 'grounded_perception.wire')
#: What DDS means by "never".
_NEVER = QosTime(9223372036, 854775807)


@cache
def typestore() -> Any:
    """Return the message types of ROS 2, those of ``vision_msgs`` detections among them."""
    store = get_typestore(Stores.ROS2_JAZZY)
    text = resources.files(__package__).joinpath('vision_msgs.txt').read_text(encoding='utf-8')
    store.register(get_types_from_msg(text, 'vision_msgs/msg/Detection2DArray'))
    return store


class Bag:
    """
    Writes one bag, which appears under its name when it is whole.

    Until then it lies in ``<folder>.part`` beside it; what a run that was killed left there is
    removed by the next one.

    :param folder: the bag's folder; a bag that was written here is replaced at the end.
    :raises RecordingError: when it cannot be made, or something lies there that was not written
        here.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self._part = self.folder.with_name(f'{self.folder.name}.part')
        _check_replaceable(self.folder)
        #: Topic → number of messages written.
        self.counts: dict[str, int] = {}
        self._connections: dict[str, Any] = {}
        try:
            # The folder in it has the bag's own name, as the mcap file is named after it.
            shutil.rmtree(self._part / self.folder.name, ignore_errors=True)
            self._writer = Writer(
                self._part / self.folder.name, version=_VERSION, storage_plugin=StoragePlugin.MCAP
            )
            self._writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)
            self._writer.set_custom_data(*_MARK)
            self._writer.open()
        except (OSError, WriterError) as exc:
            raise _cannot_write(self.folder, exc) from exc

    def __enter__(self) -> Bag:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def write(
        self, name: str, msgtype: str, time_ns: int, data: bytes, offered: Sequence[Qos] = ()
    ) -> None:
        """
        Write a message.

        :param name: full name of its topic.
        :param msgtype: known to :func:`typestore`, for instance ``std_msgs/msg/String``.
        :param time_ns: when it was recorded.
        :param data: it, in CDR.
        :param offered: how it was published, see :func:`offered_by_node`.
        :raises RecordingError: when the disk is full or gone.
        """
        try:
            if name not in self._connections:
                self._connections[name] = self._writer.add_connection(
                    name,
                    msgtype,
                    typestore=typestore(),
                    offered_qos_profiles=offered,
                )
            self._writer.write(self._connections[name], time_ns, data)
        except OSError as exc:
            raise _cannot_write(self.folder, exc) from exc
        self.counts[name] = self.counts.get(name, 0) + 1

    def close(self) -> None:
        """
        Finish the bag and give it its name.

        :raises RecordingError: when the disk is full or gone; nothing is under the name then but
            what was there before.
        """
        try:
            self._writer.close()
            if self.folder.is_dir():
                shutil.rmtree(self.folder)
            os.replace(self._writer.path, self.folder)
        except OSError as exc:
            raise _cannot_write(self.folder, exc) from exc
        finally:
            self.discard()

    def discard(self) -> None:
        """Give up what has not got its name yet."""
        self._writer.abort()
        shutil.rmtree(self._writer.path, ignore_errors=True)
        with suppress(OSError):  # whatever else lies there is not ours
            self._part.rmdir()


def join(parts: Sequence[Path], folder: Path) -> None:
    """
    Put bags one behind the other.

    :param parts: written here, in their order.
    :param folder: the whole, see :class:`Bag`.
    :raises RecordingError: when one cannot be read, or the whole cannot be written.
    """
    with Bag(folder) as bag:
        for part in parts:
            with _reading(part) as reader:
                for connection, time_ns, data in reader.messages():
                    offered = connection.ext.offered_qos_profiles
                    bag.write(connection.topic, connection.msgtype, time_ns, data, offered)


def messages(folder: Path) -> Iterator[tuple[str, int, Any]]:
    """
    Read a bag's messages with the definitions that lie in it.

    :param folder: the bag.
    :returns: topic, time of recording in nanoseconds and message, in the order of these times.
    :raises RecordingError: when it is damaged.
    """
    with _reading(folder) as reader:
        for connection, time_ns, data in reader.messages():
            yield connection.topic, time_ns, reader.deserialize(data, connection.msgtype)


@contextmanager
def _reading(folder: Path) -> Iterator[AnyReader]:
    try:
        with AnyReader([folder]) as reader:
            yield reader
    except RecordingError:
        raise
    except Exception as exc:
        # Whatever a reader stumbles on is the bag's fault.
        raise RecordingError(f'the bag {folder} cannot be read back: {exc!r}') from exc


def verify(folder: Path, counts: dict[str, int]) -> None:
    """
    Read a bag, every message decoded.

    :param folder: the bag.
    :param counts: topic → number of messages that it must hold.
    :raises RecordingError: when it does not.
    """
    read = dict(Counter(topic for topic, _, _ in messages(folder)))
    if read != counts:
        raise RecordingError(f'the bag {folder} holds {read}, written were {counts}')


def _check_replaceable(folder: Path) -> None:
    """Refuse to remove what this package has not written: somebody's recording is precious."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise RecordingError(f'{folder} is a file, a bag is a folder: choose another name')
    for path in folder.iterdir():
        if path.suffix != '.mcap' and path.name != 'metadata.yaml':
            raise RecordingError(
                f'{folder} holds {path.name}, which no bag has: it is kept, choose another name'
            )
        if _MARK[1] not in _metadata(folder):
            raise RecordingError(
                f'{folder} was not written by this package: it is kept, choose another name'
            )


def _metadata(folder: Path) -> str:
    try:
        return (folder / 'metadata.yaml').read_text(encoding='utf-8', errors='replace')
    except OSError:
        return ''


def _cannot_write(folder: Path, exc: OSError | WriterError) -> RecordingError:
    return RecordingError(f'the bag {folder} cannot be written: {exc}')


def offered_by_node(topic: Topic) -> Qos:
    """
    Describe how the node publishes, so that ``ros2 bag play`` does the same.

    :param topic: one of the node's.
    :returns: reliable, the last few kept.
    """
    return Qos(
        QosHistory.KEEP_LAST,
        topic.depth,
        QosReliability.RELIABLE,
        QosDurability.TRANSIENT_LOCAL if topic.latched else QosDurability.VOLATILE,
        _NEVER,
        _NEVER,
        QosLiveliness.AUTOMATIC,
        _NEVER,
        False,
    )
