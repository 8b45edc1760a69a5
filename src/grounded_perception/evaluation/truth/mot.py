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
MOTChallenge's ``gt.txt``: a line for each box of each frame, with the object's number over time.

As Milan et al. 2016 (https://arxiv.org/abs/1603.00831) describe: frame, object, left, top, width,
height, whether it counts, then class and visibility; in 2015's form (ten fields) a 3D place
instead, everything being a pedestrian. Frames, objects and pixels count from 1.
"""

from __future__ import annotations

from configparser import ConfigParser, Error
from pathlib import Path

from grounded_perception.errors import TruthError
from grounded_perception.evaluation.truth.draft import Box, Draft
from grounded_perception.evaluation.truth.files import lines_of, numbers, whole

CLASSES = {
    1: 'pedestrian', 2: 'person on vehicle', 3: 'car', 4: 'bicycle', 5: 'motorbike',
    6: 'non-motorised vehicle', 7: 'static person', 8: 'distractor', 9: 'occluder',
    10: 'occluder on the ground', 11: 'full occluder', 12: 'reflection', 13: 'crowd',
}  # fmt: skip
_LEAST, _CLASS_FIELDS, _MOST = 7, 9, 10


def read(path: Path) -> Draft:
    """
    Read tracks.

    :param path: of ``gt.txt``; a ``seqinfo.ini`` in the folder above tells the number of frames.
    :returns: every frame up to the last, also those where nobody is, by six-digit numbers as the
        images are called.
    :raises TruthError: naming the file and the line.
    """
    draft = Draft(path, 'mot')
    draft.has_tracks = True
    rows: list[tuple[str, int, int, Box, bool, str]] = []
    seen: set[tuple[int, int]] = set()
    for where, line in lines_of(path, draft.text(path)):
        row = _row(where, line)
        if row[1:3] in seen:
            raise TruthError(f'{where}: object {row[2]} is in frame {row[1]} twice')
        seen.add(row[1:3])
        rows.append(row)
    if not rows:
        raise TruthError(f'{path}: not one line')
    length = max(_length(draft, path), *(row[1] for row in rows))
    for frame in range(1, length + 1):
        draft.image(f'{frame:06d}', path, index=frame - 1)
    for where, frame, track, box, counts, name in rows:
        draft.box(f'{frame:06d}', box, name, where, ignored=not counts, track=track)
    return draft


def _row(where: str, line: str) -> tuple[str, int, int, Box, bool, str]:
    """Return where a line is, its frame, object, box, whether it counts, and its class."""
    fields = [field.strip() for field in line.rstrip(',').split(',')]
    if not _LEAST <= len(fields) <= _MOST:
        raise TruthError(
            f'{where}: {_LEAST} to {_MOST} fields with commas between are wanted, '
            f'got {len(fields)}'
        )
    frame = whole(fields[0], where, 'a frame')
    track = whole(fields[1], where, 'an object')
    if frame < 1:
        raise TruthError(f'{where}: frames count from 1, got {frame}')
    if track < 0:
        raise TruthError(f'{where}: the object is {track}: detections, no truth')
    x, y, width, height, counts = numbers(fields[2:7], where)
    number = whole(fields[7], where, 'a class') if len(fields) in (8, _CLASS_FIELDS) else 1
    if number not in CLASSES:
        if number != -1:
            raise TruthError(f'{where}: the class {number} is not one of 1 to {max(CLASSES)}')
        number = 1
    box = (x - 1, y - 1, x - 1 + width, y - 1 + height)
    return where, frame, track, box, counts != 0, CLASSES[number]


def _length(draft: Draft, path: Path) -> int:
    """Return the number of frames by ``seqinfo.ini``, which is beside the folder ``gt``."""
    file = path.absolute().parent.parent / 'seqinfo.ini'
    if path.absolute().parent.name != 'gt' or not file.is_file():
        return 0
    parser = ConfigParser(interpolation=None)
    try:
        parser.read_string(draft.text(file))
        given = parser.get('Sequence', 'seqLength')
    except Error as exc:
        raise TruthError(f'{file}: {exc}') from exc
    return whole(given, file, 'seqLength')
