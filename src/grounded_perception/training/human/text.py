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

"""What people truly said of boxes in pictures that are not here: RefCOCO's sentences."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
import gzip
import json
from pathlib import Path
from typing import Any

from grounded_perception.imaging.colour import COLOURS
from grounded_perception.records import Floats
from grounded_perception.training.reading import phrase_of
import numpy as np

#: Longer side of a COCO image, and the most common shorter ones.
_LONG, _SHORT, _OTHER_SHORT = 640, 480, 427
#: Every fifth image is for tables only.
_HELD_OUT = 5
#: What a sentence tells apart by, from the weak parse; then those with several and with none.
_PARTS = ('color', 'size', 'abs_location', 'relation')
KINDS = (*_PARTS, 'several', 'name only')


@dataclass(frozen=True)
class Said:
    """
    One sentence about one region.

    :param text: as it was typed.
    :param region: index of the region that is meant.
    :param categories: what the weak parse takes for the name of the thing.
    :param colours: basic colour terms that it gives the region.
    :param kind: one of :data:`KINDS`.
    :param source: name of the file that it comes from.
    """

    text: str
    region: int
    categories: tuple[str, ...]
    colours: tuple[str, ...]
    kind: str
    source: str


@dataclass(frozen=True, eq=False)
class HumanScene:
    """
    One picture that is not here.

    :param image_id: its id in COCO.
    :param width: in pixels, guessed.
    :param height: in pixels, guessed.
    :param boxes_px: ``(N, 4)`` float32 xyxy of the things that somebody spoke of.
    :param said: what was said of them.
    """

    image_id: int
    width: int
    height: int
    boxes_px: Floats
    said: tuple[Said, ...]

    @property
    def is_held_out(self) -> bool:
        """Whether it is for tables, never for training."""
        return self.image_id % _HELD_OUT == 0


def read(*paths: Path) -> list[HumanScene]:
    """
    Read sentences; those of several files about one picture become one scene.

    :param paths: JSON lines, gzipped, with image_id, expression, bbox_xywh and parse.
    :returns: scenes, by image id.
    """
    rows: dict[int, list[tuple[str, dict[str, Any]]]] = defaultdict(list)
    for path in paths:
        with gzip.open(path, 'rt', encoding='utf-8') as stream:
            for line in stream:
                row = json.loads(line)
                rows[row['image_id']].append((path.name.split('.')[0], row))
    return [_scene(image_id, rows[image_id]) for image_id in sorted(rows)]


def _scene(image_id: int, rows: list[tuple[str, dict[str, Any]]]) -> HumanScene:
    places = {box: i for i, box in enumerate(dict.fromkeys(_box(row) for _, row in rows))}
    boxes = np.array(list(places), np.float32)
    boxes[:, 2:] += boxes[:, :2]
    said = tuple(
        Said(
            text=row['expression'],
            region=places[_box(row)],
            categories=tuple(row['parse']['category']),
            colours=_colours(row),
            kind=kind_of(row['parse']),
            source=source,
        )
        for source, row in rows
    )
    width, height = guess_size(*boxes[:, 2:].max(axis=0))
    return HumanScene(image_id, width, height, boxes, said)


def _box(row: dict[str, Any]) -> tuple[float, ...]:
    return tuple(row['bbox_xywh'])


def guess_size(right: float, bottom: float) -> tuple[int, int]:
    """
    Guess the size of a COCO image from how far its boxes reach.

    :param right: greatest x.
    :param bottom: greatest y.
    :returns: width and height.
    """
    is_upright = bottom > _SHORT + 1 and bottom > right
    across = right if is_upright else bottom
    # boxes that end where the second most common size ends say so
    ends = _OTHER_SHORT - 6 < across <= _OTHER_SHORT + 1
    short = _OTHER_SHORT + 1 if ends else max(_SHORT, int(np.ceil(across)))
    return (short, _LONG) if is_upright else (_LONG, short)


def kind_of(parsed: dict[str, Any]) -> str:
    """
    Say what a sentence tells its thing apart by.

    :param parsed: the weak parse.
    :returns: one of :data:`KINDS`.
    """
    parts = [part for part in _PARTS if parsed.get(part)]
    if len(parts) > 1:
        return 'several'
    return parts[0] if parts else 'name only'


def _colours(row: dict[str, Any]) -> tuple[str, ...]:
    """Return the colours that a sentence gives what it means, by either parse."""
    weak = {colour for colour in row['parse']['color'] if colour in COLOURS}
    phrase = phrase_of(row['expression'])
    return tuple(sorted(weak.union(phrase.colours if phrase else ())))
