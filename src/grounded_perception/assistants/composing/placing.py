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
"""Where a thing is, in words: the third of the image, and what stands beside it."""

from __future__ import annotations

from grounded_perception import geometry
from grounded_perception.records import Floats
import numpy as np

_ROWS = ('top', '', 'bottom')
_COLUMNS = ('left', '', 'right')
#: Boxes that fill more than this of a side are in no third of it.
_WIDE = 0.75
#: Degree from which on a relation is worth telling.
_PLAIN = 0.6
#: A thing that is told as a neighbour must be seen as large as this share of the thing itself.
_LANDMARK = 0.25


def spot(box: Floats, width: int, height: int) -> str:
    """
    Name the part of the image where a box lies.

    :param box: ``(4,)`` xyxy in pixels.
    :param width: of the image in pixels.
    :param height: of the image in pixels.
    :returns: ``'at the bottom left'``, ``'on the right'``, ``'at the top'``, ``'in the middle'``,
        or ``'all over the image'``.
    """
    x, y = (box[0] + box[2]) / 2 / width, (box[1] + box[3]) / 2 / height
    wide = (box[2] - box[0]) / width > _WIDE
    tall = (box[3] - box[1]) / height > _WIDE
    row = '' if tall else _ROWS[min(int(y * 3), 2)]
    column = '' if wide else _COLUMNS[min(int(x * 3), 2)]
    if row:
        return f'at the {row} {column}'.strip()
    if column:
        return f'on the {column}'
    return 'all over the image' if wide and tall else 'in the middle'


def share(box: Floats, width: int, height: int) -> str:
    """
    Say how much of the image a box covers.

    :param box: ``(4,)`` xyxy in pixels.
    :param width: of the image in pixels.
    :param height: of the image in pixels.
    :returns: ``'about 12 % of the image'``.
    """
    part = 100 * float(geometry.area(box[None])[0]) / (width * height)
    if part < 1:
        return 'less than 1 % of the image'
    return f'about {round(part, -1) if part >= 20 else round(part):.0f} % of the image'


def neighbour(boxes: Floats, index: int, landmarks: list[int]) -> tuple[str, int] | None:
    """
    Find what a thing can be told by: what it stands on, or the largest thing next to it.

    :param boxes: ``(N, 4)`` xyxy in pixels.
    :param index: of the thing.
    :param landmarks: indices that may be told.
    :returns: ``'on'``, ``'in'`` or ``'next to'`` and the index of the other; None where nothing
        is near.
    """
    own, area = boxes[index][None], geometry.area(boxes)
    others = [i for i in landmarks if i != index and area[i] >= _LANDMARK * area[index]]
    best: tuple[float, str, int] | None = None
    for i in sorted(others, key=lambda i: -area[i]):
        other = boxes[i][None]
        overlap = float(geometry.iou(own, other)[0, 0])
        if overlap > 0.6:
            continue  # the same thing under another name
        near = float(geometry.RELATIONS['next to'](own, other)[0, 0])
        inside = float(geometry.RELATIONS['in'](own, other)[0, 0])
        if near >= _PLAIN and inside < 0.5 and (best is None or near > best[0] + 0.2):
            best = (near, 'next to', i)
    return (best[1], best[2]) if best else None


def supports(name: str, other: str) -> bool:
    """
    Say whether a thing can lie on another, as far as names tell.

    :param name: of the thing on top.
    :param other: of the thing below.
    :returns: whether "on" is likely where the boxes stand so.
    """
    furniture = ('dining table', 'couch', 'bed', 'bench', 'chair')
    vehicles = ('bicycle', 'motorcycle', 'skateboard', 'surfboard', 'snowboard', 'horse')
    large = (*furniture, 'car', 'bus', 'truck', 'train', 'boat', 'airplane', 'refrigerator')
    if other == 'dining table':
        return name not in (*large, 'person')
    if other in furniture:
        return name in (
            'person',
            'cat',
            'dog',
            'teddy bear',
            'book',
            'laptop',
            'handbag',
            'remote',
        )
    return other in vehicles and name == 'person'


def rests_on(boxes: Floats, index: int, other: int) -> float:
    """
    Measure how far one thing rests on another.

    :param boxes: ``(N, 4)`` xyxy in pixels.
    :param index: of the upper thing.
    :param other: of the lower thing.
    :returns: degree in [0, 1].
    """
    return float(geometry.RELATIONS['on'](boxes[index][None], boxes[other][None])[0, 0])


def distinct_spots(boxes: Floats, width: int, height: int) -> list[str]:
    """
    Name places that tell several things apart.

    :param boxes: ``(M, 4)`` xyxy in pixels.
    :param width: of the image in pixels.
    :param height: of the image in pixels.
    :returns: for each a place; from left to right where the thirds do not tell them apart.
    """
    spots = [spot(box, width, height) for box in boxes]
    if len(set(spots)) == len(spots):
        return spots
    rank = np.argsort(np.argsort(geometry.centres(boxes)[:, 0], kind='stable'))
    ends = {0: 'on the left', len(boxes) - 1: 'on the right'}
    if len(boxes) == 3:
        ends[1] = 'in between'
    names = ('second', 'third', 'fourth', 'fifth', 'sixth', 'seventh', 'eighth')
    return [
        ends.get(int(r), f'{names[min(int(r) - 1, len(names) - 1)]} from the left') for r in rank
    ]
