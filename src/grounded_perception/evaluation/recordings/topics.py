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

"""Which topics of a bag are meant, by name or by type."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from grounded_perception.errors import RecordingError
from grounded_perception.evaluation.recordings.base import Stream

RAW = 'sensor_msgs/msg/Image'
COMPRESSED = 'sensor_msgs/msg/CompressedImage'
IMAGE_TYPES = (RAW, COMPRESSED)
TEXT_TYPES = ('std_msgs/msg/String',)
DETECTION_TYPES = ('vision_msgs/msg/Detection2DArray',)


def image_topic(streams: Sequence[Stream], name: str = '') -> Stream:
    """
    Find the topic of the camera's images.

    :param streams: every topic there is.
    :param name: of the topic; empty = the one with most messages, raw before compressed where one
        camera has both with as many, else the first by name; topics of depth are left out.
    :returns: the topic.
    :raises RecordingError: when there is none, or it holds nothing.
    """
    if name:
        found = named(streams, name, IMAGE_TYPES)
        if not found.count:
            raise RecordingError(f'topic {found.topic} holds no images; {_listing(streams)}')
        return found
    if not any(each.count for each in streams):
        raise RecordingError(f'it holds no messages; {_listing(streams)}')
    images = [each for each in streams if each.type in IMAGE_TYPES and each.count]
    if not images:
        raise RecordingError(
            f'it holds no images: a topic must be of type {" or ".join(IMAGE_TYPES)}; '
            f'{_listing(streams)}'
        )
    # Depth images differ in their encoding only, which is not known before reading.
    colour = [each for each in images if 'depth' not in each.topic.lower()]
    if not colour:
        raise RecordingError(
            f'all its images are on topics of depth; name the topic if one of them is meant; '
            f'{_listing(streams)}'
        )
    first = min(colour, key=lambda each: (-each.count, each.topic))
    same = first.topic.removesuffix('/compressed') + '/'
    raw = (
        each
        for each in sorted(colour, key=lambda each: each.topic)
        if each.type == RAW and each.count == first.count and f'{each.topic}/'.startswith(same)
    )
    return first if first.type == RAW else next(raw, first)


def command_topic(streams: Sequence[Stream], name: str = '') -> Stream | None:
    """
    Find the topic of the text commands.

    :param streams: every topic there is.
    :param name: of the topic; empty = one whose last part is ``command``, most messages first.
    :returns: the topic; None where none is named and there is none.
    :raises RecordingError: when the named one is not there or is no text.
    """
    if name:
        return named(streams, name, TEXT_TYPES)
    found = [
        each
        for each in streams
        if each.type in TEXT_TYPES and each.topic.rpartition('/')[2] == 'command'
    ]
    return min(found, key=lambda each: (-each.count, each.topic), default=None)


def named(streams: Sequence[Stream], name: str, types: Collection[str]) -> Stream:
    """
    Find a topic by its name.

    :param streams: every topic there is.
    :param name: with or without the leading slash.
    :param types: that it may be of.
    :returns: the topic.
    :raises RecordingError: when it is not there or is of another type.
    """
    found = [each for each in streams if each.topic.lstrip('/') == name.lstrip('/')]
    if not found:
        raise RecordingError(f'there is no topic {name}; {_listing(streams)}')
    fitting = [each for each in found if each.type in types]
    if not fitting:
        raise RecordingError(
            f'topic {name} is of type {found[0].type}, it must be {" or ".join(types)}; '
            f'{_listing(streams)}'
        )
    return fitting[0]


def _listing(streams: Sequence[Stream]) -> str:
    listed = ', '.join(f'{each.topic} ({each.type}, {each.count})' for each in streams)
    return f'topics there are: {listed}' if listed else 'it has no topics'
