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

"""Recorded messages → images, texts and detections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grounded_perception.errors import FrameError, RecordingError
from grounded_perception.evaluation.recordings.base import Shot
from grounded_perception.evaluation.recordings.storage import Channel, Message
from grounded_perception.imaging.decode import decode_compressed, decode_message
from grounded_perception.records import Frame


@dataclass(frozen=True, eq=False)
class MessageShot(Shot):
    """
    An image message; its bytes stay as they were recorded until it is decoded.

    :param message: of type Image or CompressedImage.
    """

    message: Any

    def decode(self) -> Frame:
        """
        Decode the image.

        :returns: RGB; shares memory with the message where it is plain rgb8.
        :raises FrameError: when it cannot be used as it came.
        """
        message = self.message
        if hasattr(message, 'encoding'):
            rgb = decode_message(message)
        else:
            rgb = decode_compressed(message.data)
        return Frame(rgb, self.stamp_ns, self.frame_id)


@dataclass(frozen=True, eq=False)
class LostShot(Shot):
    """
    An image message that is there but cannot be read.

    :param why: it cannot.
    """

    why: str

    def decode(self) -> Frame:
        """
        Refuse.

        :raises FrameError: always.
        """
        raise FrameError(self.why)


class Wire:
    """
    Deserialises messages of one bag.

    :param is_ros1: whether they are serialised as in ROS 1.
    :param definitions: type → the channel that defines it in the bag; it goes before ours.
    """

    def __init__(self, is_ros1: bool, definitions: Mapping[str, Channel] | None = None) -> None:
        from rosbags.typesys import get_typestore, Stores

        self._is_ros1 = is_ros1
        self._store = get_typestore(Stores.ROS1_NOETIC if is_ros1 else Stores.ROS2_JAZZY)
        self._stores: dict[str, Any] = {}
        self._definitions = definitions or {}

    def read(self, message: Message) -> Any:
        """
        Deserialise.

        :param message: of a type of ``sensor_msgs``, ``std_msgs``, or of detections.
        :returns: an object with the message's fields; arrays share its memory.
        :raises RecordingError: when it is not what its type says.
        """
        store = self._store_of(message.type)
        read = store.deserialize_ros1 if self._is_ros1 else store.deserialize_cdr
        try:
            return read(message.data, message.type)
        except Exception as exc:  # whatever the generated reader stumbles on
            raise RecordingError(
                f'a message of {message.topic}, {len(message.data)} bytes recorded at '
                f'{message.logged_ns} ns, is not a {message.type}: {exc!r}'
            ) from exc

    def _store_of(self, name: str) -> Any:
        """Return what knows a type, by the bag's own definition where it is not fixed."""
        if not name.startswith('vision_msgs/'):
            return self._store
        if name not in self._stores:
            self._stores[name] = self._defined(self._definitions.get(name))
        return self._stores[name]

    def _defined(self, channel: Channel | None) -> Any:
        from rosbags.typesys import get_types_from_idl, get_types_from_msg, get_typestore, Stores

        if channel is not None and channel.definition:
            store = get_typestore(Stores.EMPTY)
            try:
                if channel.form == 'msg':
                    store.register(get_types_from_msg(channel.definition, channel.type))
                else:
                    for text in _idl_files(channel.definition):
                        store.register(get_types_from_idl(text))
                # Asking for the type looks up whatever it is made of.
                store.get_msgdef(channel.type)
                return store
            except Exception:  # not one that rosbags understands: ours is the last resort
                pass
        from grounded_perception.wire.bag import typestore

        return self._store if self._is_ros1 else typestore()


def _idl_files(text: str) -> list[str]:
    """Take apart the IDL files that a bag holds in one text."""
    rule = '=' * 80 + '\n'
    if not text.startswith(f'{rule}IDL: '):
        return [text]
    return [each.partition('\n')[2] for each in text.split(rule)[1:]]


def stamp_ns(message: Any) -> int:
    """
    Return a message's stamp.

    :param message: with a header.
    :returns: nanoseconds; 0 = none.
    """
    stamp = message.header.stamp
    return int(stamp.sec) * 1_000_000_000 + int(stamp.nanosec)
