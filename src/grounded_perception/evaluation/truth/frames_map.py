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
The file that says which image of a truth is where in a recording.

JSON, a list of objects: ``{"stamp_ns": 1700000000000000000, "image": "image_2/000000.png"}``, or
with ``"index"`` (of the image on its topic, from 0) for the stamp; more fields do no harm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from grounded_perception.errors import TruthError
from grounded_perception.evaluation.truth.files import (
    bytes_of,
    json_of,
    text_field,
    text_of,
    whole,
)
from grounded_perception.evaluation.truth.names import Names
from grounded_perception.evaluation.truth.records import Truth


@dataclass(frozen=True)
class Place:
    """
    Where an image is in a recording.

    :param image: its name, with or without folder and ending.
    :param stamp_ns: of its exposure; -1 = not said.
    :param index: on its topic, from 0; -1 = not said.
    """

    image: str
    stamp_ns: int
    index: int


def read_frames_map(path: Path) -> tuple[Place, ...]:
    """
    Read the file.

    :param path: of it.
    :returns: places, in its order.
    :raises TruthError: naming the row and what is wrong with it.
    """
    rows = json_of(path, text_of(path, bytes_of(path)))
    if not isinstance(rows, list) or not rows:
        raise TruthError(f'{path}: a list of objects with stamp_ns and image is wanted')
    places: dict[tuple[int, int], Place] = {}
    for i, row in enumerate(rows):
        where = f'{path}, row {i + 1}'
        image = text_field(row, 'image', where)
        stamp, index = (
            -1 if row.get(name) is None else whole(row[name], where, name)
            for name in ('stamp_ns', 'index')
        )
        if stamp < 0 and index < 0:
            raise TruthError(f"{where}: 'stamp_ns' or 'index' is wanted, from 0 on")
        if (stamp, index) in places:
            raise TruthError(f'{where}: two images at one place: {places[stamp, index].image}')
        places[stamp, index] = Place(image, stamp, index)
    return tuple(places.values())


def stamped(truth: Truth, places: tuple[Place, ...]) -> Truth:
    """
    Tell a truth where its images are.

    :param truth: whose images are named.
    :param places: of the images in a recording.
    :returns: the same, with stamps and numbers.
    :raises TruthError: when no image of it is among them, or one is there twice.
    """
    names = Names(dict.fromkeys((*truth.frames, *(s.key for s in truth.sentences))))
    found: dict[str, Place] = {}
    for place in places:
        key = names.find(place.image)
        if key in found:
            raise TruthError(f'the file of frames has the image {place.image!r} twice')
        if key:
            found[key] = place
    if not found:
        key = next(iter(truth.frames), '') or truth.sentences[0].key
        raise TruthError(
            f'{truth.path} is the truth of other images than the file of frames: {key!r} and '
            f'others there, {places[0].image!r} and others here'
        )
    frames = {
        key: replace(frame, stamp_ns=found[key].stamp_ns, index=found[key].index)
        if key in found
        else frame
        for key, frame in truth.frames.items()
    }
    return replace(truth, frames=frames)
