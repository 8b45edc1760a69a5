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

"""What a bag holds beside a camera's images: its calibration and depth, found by their names."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
import math
from typing import Any

from grounded_perception.errors import FrameError, RecordingError
from grounded_perception.evaluation.recordings.bag import BagRecording
from grounded_perception.evaluation.recordings.base import Recording, Stream
from grounded_perception.evaluation.recordings.depth import encoding_of, metres
from grounded_perception.evaluation.recordings.topics import IMAGE_TYPES
import numpy as np

Json = dict[str, Any]
INFO_TYPE = 'sensor_msgs/msg/CameraInfo'
#: What image_transport puts behind the name of the image's topic.
_TRANSPORTS = ('compressed', 'compressedDepth')


@dataclass(frozen=True)
class Companions:
    """
    What belongs to a camera.

    :param camera: its calibration; None where none was recorded.
    :param depth: what is known of each topic of its depth.
    :param problems: what does not fit together, sentences for people.
    """

    camera: Json | None = None
    depth: list[Json] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def info_topic(streams: Sequence[Stream], image: str) -> Stream | None:
    """
    Find a camera's ``camera_info`` where image_transport has it: beside the image's topic.

    :param streams: every topic there is.
    :param image: topic of the images, ``/camera/image_raw`` or ``/camera/image_raw/compressed``.
    :returns: the topic; None where there is none.
    """
    wanted = [f'{_above(each)}/camera_info' for each in (_base(image), image)]
    found = {each.topic: each for each in streams if each.type == INFO_TYPE and each.count}
    return next((found[name] for name in wanted if name in found), None)


def depth_topics(streams: Sequence[Stream], image: str) -> list[Stream]:
    """
    Find the topics of a camera's depth.

    :param streams: every topic there is.
    :param image: topic of the images.
    :returns: topics of images named ``depth`` in the camera's namespace (``/camera/depth`` of
        ``/camera/image_raw``) or beside it (of ``/camera/color/image_raw``).
    """
    camera = _above(_base(image)).lower()
    device = _above(camera)

    def belongs(name: str) -> bool:
        inside = bool(camera) and name.startswith(f'{camera}/') and 'depth' in name[len(camera) :]
        beside = name.startswith(f'{device}/') and 'depth' in name[len(device) :].split('/')[1]
        return inside or beside

    return [
        each
        for each in streams
        if each.type in IMAGE_TYPES and each.count and each.topic != image
        if belongs(each.topic.lower())
    ]


def companions(recording: Recording, sizes: Mapping[tuple[int, int], int]) -> Companions:
    """
    Read what belongs to the camera whose images were answered.

    :param recording: opened; a folder or a film has nothing.
    :param sizes: width and height of its images → how many were so; empty where not known.
    :returns: ``camera``: ``topic``, ``count``, ``frame_id``, ``width``, ``height`` (of the images
        that it speaks of), ``model``, ``D``, ``K`` and ``fits_images``, null where that is not
        known. ``depth``, of the first image of each topic: ``topic``, ``images``, ``encoding``,
        ``width``, ``height``, ``valid_share``, ``nearest_m``, ``farthest_m``, and ``problem``,
        why it cannot be read, or empty.
    """
    if not isinstance(recording, BagRecording):
        return Companions()
    image, streams = recording.image_topic, recording.streams
    told = Companions(depth=[_depth(recording, each) for each in depth_topics(streams, image)])
    info = info_topic(streams, image)
    if info is None:
        return told
    try:
        first = _first(recording, info)
        spoken_of = {_size(first)}
        if set(sizes) - spoken_of:  # a camera that crops says so message by message
            spoken_of |= {_size(message) for _, message in recording.messages(info)}
    except RecordingError as exc:
        return Companions(None, told.depth, [str(exc)])
    known = {size for size in spoken_of if all(size)}  # a driver without calibration tells none
    strange = [size for size in sizes if known and size not in known]
    fits = not strange if sizes and known else None
    return Companions(
        {**_camera(first, info), 'fits_images': fits},
        told.depth,
        [
            f'{info.topic} is of images of {_listed(known)} pixels, {sizes[size]} of '
            f'{sum(sizes.values())} images are {_listed({size})}'
            for size in strange
        ],
    )


def _camera(message: Any, info: Stream) -> Json:
    def values(name: str) -> list[float | None]:
        # In ROS 1 the name is a capital; what is not a number cannot be told as JSON.
        given = getattr(message, name if hasattr(message, name) else name.upper())
        return [float(each) if math.isfinite(each) else None for each in given]

    width, height = _size(message)
    return {
        'topic': info.topic,
        'count': info.count,
        'frame_id': message.header.frame_id,
        'width': width,
        'height': height,
        'model': message.distortion_model,
        'D': values('d'),
        'K': values('k'),
    }


def _size(info: Any) -> tuple[int, int]:
    """Return width and height of the images that a CameraInfo speaks of; zeros = not told."""
    roi = info.roi
    width = (roi.width or info.width) // max(info.binning_x, 1)
    height = (roi.height or info.height) // max(info.binning_y, 1)
    return int(width), int(height)


def _listed(sizes: Collection[tuple[int, int]]) -> str:
    return ' or '.join(f'{width} x {height}' for width, height in sorted(sizes))


def _first(recording: BagRecording, stream: Stream) -> Any:
    for _, message in recording.messages(stream):
        return message
    raise RecordingError(f'no message of {stream.topic} can be read')


def _depth(recording: BagRecording, stream: Stream) -> Json:
    told: Json = {'topic': stream.topic, 'images': stream.count, 'encoding': '', 'problem': ''}
    told |= dict.fromkeys(('width', 'height', 'valid_share', 'nearest_m', 'farthest_m'))
    try:
        message = _first(recording, stream)
        told['encoding'] = encoding_of(message)
        depth = metres(message)
    except (RecordingError, FrameError) as exc:
        return {**told, 'problem': str(exc)}
    there = depth[np.isfinite(depth)]
    told |= {'width': depth.shape[1], 'height': depth.shape[0]}
    told['valid_share'] = round(there.size / depth.size, 4)
    if there.size:
        told['nearest_m'], told['farthest_m'] = (
            round(float(each), 3) for each in (there.min(), there.max())
        )
    return told


def _base(image: str) -> str:
    """Return the name that a publisher of images was given, without that of its transport."""
    above, _, last = image.rpartition('/')
    return above if last in _TRANSPORTS else image


def _above(topic: str) -> str:
    return topic.rpartition('/')[0]
