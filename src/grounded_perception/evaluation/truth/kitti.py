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
KITTI's ``label_2``: a text file for each image, a line of 15 fields for each object.

As the object benchmark's development kit describes
(https://www.cvlibs.net/datasets/kitti/eval_object.php): type, truncated, occluded, alpha, then
the box left, top, right, bottom in pixels from 0, then the 3D box, which is not read.
"""

from __future__ import annotations

from pathlib import Path

from grounded_perception.errors import TruthError
from grounded_perception.evaluation.truth.draft import Draft
from grounded_perception.evaluation.truth.files import lines_of, numbers

#: What KITTI labels wherever it is seen, all of it.
TYPES = ('Car', 'Van', 'Truck', 'Pedestrian', 'Person_sitting', 'Cyclist', 'Tram', 'Misc')
_IGNORED = 'DontCare'
_FIELDS = 15


def read(path: Path) -> Draft:
    """
    Read boxes.

    :param path: folder of the text files.
    :returns: an image for each file, by its number.
    :raises TruthError: naming the file and the line.
    """
    draft = Draft(path, 'kitti')
    types: set[str] = set()
    for file in sorted(path.glob('*.txt')):
        draft.image(file.stem, file)
        for where, line in lines_of(file, draft.text(file)):
            name, *rest = line.split()
            if len(rest) == _FIELDS:
                raise TruthError(f'{where}: 16 fields, the last a score: results, no truth')
            if len(rest) != _FIELDS - 1:
                raise TruthError(f'{where}: {_FIELDS} fields are wanted, got {len(rest) + 1}')
            values = numbers(rest, where)
            x1, y1, x2, y2 = values[3:7]
            ignored = name == _IGNORED
            draft.box(file.stem, (x1, y1, x2, y2), '' if ignored else name, where, ignored)
            types.add(name)
    if types <= {*TYPES, _IGNORED}:  # else others have borrowed the format for their own
        draft.declare(TYPES)
    return draft
