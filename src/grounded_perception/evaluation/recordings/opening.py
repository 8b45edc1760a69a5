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

"""Opens whatever holds images: the one place that knows every kind of recording."""

from __future__ import annotations

import math
from pathlib import Path

from grounded_perception.errors import RecordingError
from grounded_perception.evaluation.recordings import film, folder
from grounded_perception.evaluation.recordings.bag import BagRecording
from grounded_perception.evaluation.recordings.base import Recording
from grounded_perception.evaluation.recordings.files import ENDINGS, is_bag


def kind_of(path: Path) -> str:
    """
    Tell what a path is, without opening it.

    :param path: file or folder.
    :returns: ``'bag'``, ``'film'``, ``'folder'`` (of images), ``'image'``, or empty: none of them.
    :raises RecordingError: when it cannot be looked at.
    """
    try:
        if not path.exists():
            return ''
        if is_bag(path):
            return 'bag'
    except OSError as exc:
        raise RecordingError(f'{path} cannot be read: {exc.strerror}') from exc
    if path.is_dir():
        return 'folder' if folder.images(path) else ''
    ending = path.suffix.lower()
    if ending in folder.ENDINGS:
        return 'image'
    return 'film' if ending in film.ENDINGS else ''


def open_recording(
    path: Path, image_topic: str = '', command_topic: str = '', rate_hz: float = 10.0
) -> Recording:
    """
    Open a bag, a folder of images, one image or a film.

    :param path: file or folder.
    :param image_topic: of a bag; empty = found by type.
    :param command_topic: of a bag; empty = the one named ``command``, if there is one.
    :param rate_hz: of a folder's images, and of a film that does not say its own.
    :returns: the recording; close it after use.
    :raises RecordingError: when it cannot be read; the text says why.
    """
    if not (math.isfinite(rate_hz) and rate_hz > 0):
        raise RecordingError(f'the rate must be above 0 Hz, got {rate_hz:g}')
    if not path.exists():
        raise RecordingError(f'{path} does not exist')
    kind = kind_of(path)
    if kind == 'bag':
        return BagRecording(path, image_topic, command_topic)
    if not kind:
        raise RecordingError(
            f'{path} is no recording; allowed: a bag (a folder with {", ".join(ENDINGS)}, or one '
            f'of these, or .bag), a folder of images or one ({", ".join(folder.ENDINGS)}), a film '
            f'({", ".join(film.ENDINGS)})'
        )
    if image_topic or command_topic:
        article = 'an' if kind == 'image' else 'a'
        raise RecordingError(
            f'{path} is {article} {kind} and has no topics, {image_topic or command_topic} was '
            'asked for'
        )
    if kind in ('folder', 'image'):
        return folder.FolderRecording(path, rate_hz)
    return film.FilmRecording(path, rate_hz)
