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
Boxes and where they are: pure functions on arrays.

All boxes are ``xyxy`` in pixels, x right, y down. Image sides are ``(width, height)``.
"""

from __future__ import annotations

from collections.abc import Callable

from grounded_perception.records import Floats
import numpy as np


def clip(boxes: Floats, width: int, height: int) -> Floats:
    """
    Cut boxes at the borders of the image.

    :param boxes: ``(N, 4)`` xyxy.
    :param width: image width in pixels.
    :param height: image height in pixels.
    :returns: ``(N, 4)`` float32; a box outside becomes empty, none becomes negative.
    """
    limits = np.array([width, height, width, height], np.float32)
    return np.clip(boxes, 0, limits).astype(np.float32, copy=False)


def area(boxes: Floats) -> Floats:
    """
    Compute areas.

    :param boxes: ``(N, 4)`` xyxy.
    :returns: ``(N,)`` square pixels, 0 for inverted boxes.
    """
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    return np.asarray(sides[:, 0] * sides[:, 1], np.float32)


def intersection(a: Floats, b: Floats) -> Floats:
    """
    Compute pairwise intersection areas.

    :param a: ``(N, 4)`` xyxy.
    :param b: ``(M, 4)`` xyxy.
    :returns: ``(N, M)`` square pixels.
    """
    across, along = (np.maximum(_overlap(a, b, axis), 0) for axis in (0, 1))
    return np.asarray(across * along, np.float32)


def _overlap(a: Floats, b: Floats, axis: int) -> Floats:
    """Return ``(N, M)`` by how much boxes overlap along an axis; negative = a gap."""
    # An axis at a time: NumPy is slow where the innermost dimension is 2.
    low = np.maximum.outer(a[:, axis], b[:, axis])
    high = np.minimum.outer(a[:, axis + 2], b[:, axis + 2])
    return np.asarray(high - low, np.float32)


def iou(a: Floats, b: Floats) -> Floats:
    """
    Compute pairwise intersection over union.

    :param a: ``(N, 4)`` xyxy.
    :param b: ``(M, 4)`` xyxy.
    :returns: ``(N, M)`` in [0, 1]; 0 where both boxes are empty.
    """
    inter = intersection(a, b)
    union = area(a)[:, None] + area(b)[None, :] - inter
    return np.asarray(inter / np.maximum(union, np.finfo(np.float32).tiny), np.float32)


def centres(boxes: Floats) -> Floats:
    """
    Compute box centres.

    :param boxes: ``(N, 4)`` xyxy.
    :returns: ``(N, 2)`` x, y.
    """
    return np.asarray((boxes[:, :2] + boxes[:, 2:]) / 2, np.float32)


#: Unit direction in the image that each position word points along; ``middle`` and depth words
#: have no direction of their own. Depth is the bottom edge: a camera over flat ground sees near
#: things lower in the image.
POSITIONS: dict[str, tuple[float, float]] = {
    'left': (-1.0, 0.0),
    'right': (1.0, 0.0),
    'top': (0.0, -1.0),
    'bottom': (0.0, 1.0),
    'middle': (0.0, 0.0),
    'nearest': (0.0, 0.0),
    'farthest': (0.0, 0.0),
    'top left': (-0.7071, -0.7071),
    'top right': (0.7071, -0.7071),
    'bottom left': (-0.7071, 0.7071),
    'bottom right': (0.7071, 0.7071),
}


def place(boxes: Floats, width: int, height: int, position: str) -> Floats:
    """
    Measure how far along a position word each box lies.

    :param boxes: ``(N, 4)`` xyxy.
    :param width: image width in pixels.
    :param height: image height in pixels.
    :param position: a key of :data:`POSITIONS`.
    :returns: ``(N,)`` about -1 (opposite border) to 1 (at the border, or at the very middle).
    """
    half = np.array([width / 2, height / 2], np.float32)
    offset = centres(boxes) / half - 1
    if position == 'middle':
        return np.asarray(1 - 2 * np.hypot(offset[:, 0], offset[:, 1] / 2), np.float32)
    if position in ('nearest', 'farthest'):
        bottom = boxes[:, 3] / height
        size = np.sqrt(area(boxes) / (width * height))
        near = bottom + 2 * size - 1
        return np.asarray(near if position == 'nearest' else -near, np.float32)
    return np.asarray(offset @ np.array(POSITIONS[position], np.float32), np.float32)


def _soft(x: Floats, scale: float) -> Floats:
    """Turn a signed distance into a degree in (0, 1) that is .5 at zero."""
    return np.asarray(1 / (1 + np.exp(-np.clip(x / scale, -30, 30))), np.float32)


def _beside(a: Floats, b: Floats) -> Floats:
    """Measure closeness: 1 when touching, falling with the gap in units of the boxes' size."""
    across, along = (np.minimum(_overlap(a, b, axis), 0) for axis in (0, 1))
    size = np.add.outer(np.sqrt(np.maximum(area(a), 1)), np.sqrt(np.maximum(area(b), 1)))
    gap = np.sqrt(across * across + along * along)
    return np.asarray(np.exp(-2 * gap / size), np.float32)


def _delta(a: Floats, b: Floats, axis: int) -> Floats:
    """Measure centre of a minus centre of b along an axis, in mean box sides."""
    ca, cb = centres(a)[:, axis], centres(b)[:, axis]
    sa, sb = a[:, 2 + axis] - a[:, axis], b[:, 2 + axis] - b[:, axis]
    side = np.maximum((sa[:, None] + sb[None, :]) / 2, 1)
    return np.asarray((ca[:, None] - cb[None, :]) / side, np.float32)


def _covered(a: Floats, b: Floats) -> Floats:
    """Measure the share of a that lies inside b."""
    return np.asarray(intersection(a, b) / np.maximum(area(a), 1)[:, None], np.float32)


def _on(a: Floats, b: Floats) -> Floats:
    """Measure a resting on b: a's foot inside b's columns and rows, a not below b."""
    share = np.clip(_overlap(a, b, 0) / np.maximum(a[:, 2] - a[:, 0], 1)[:, None], 0, 1)
    foot = a[:, None, 3]
    height = np.maximum(b[:, 3] - b[:, 1], 1)[None, :]
    inside = _soft((foot - b[None, :, 1]) / height + 0.15, 0.05)
    inside = inside * _soft((b[None, :, 3] - foot) / height + 0.15, 0.05)
    return np.asarray(share * inside * _soft(0.2 - _delta(a, b, 1), 0.1), np.float32)


#: Relation word → degree in [0, 1] that the box in row i stands so to the box in column j, each
#: a function of boxes ``(N, 4)`` and ``(M, 4)`` → ``(N, M)``. Left and right are the viewer's.
RELATIONS: dict[str, Callable[[Floats, Floats], Floats]] = {
    'left of': lambda a, b: _soft(-_delta(a, b, 0) - 0.3, 0.15),
    'right of': lambda a, b: _soft(_delta(a, b, 0) - 0.3, 0.15),
    'above': lambda a, b: _soft(-_delta(a, b, 1) - 0.3, 0.15),
    'below': lambda a, b: _soft(_delta(a, b, 1) - 0.3, 0.15),
    'on': _on,
    'under': lambda a, b: _on(b, a).T,
    'in': _covered,
    'next to': _beside,
    'in front of': lambda a, b: _soft(_depth(a, b), 0.1) * _beside(a, b),
    'behind': lambda a, b: _soft(-_depth(a, b), 0.1) * _beside(a, b),
}


def _depth(a: Floats, b: Floats) -> Floats:
    """Measure how much nearer a is than b by the foot of the box, in mean box heights."""
    ha, hb = a[:, 3] - a[:, 1], b[:, 3] - b[:, 1]
    side = np.maximum((ha[:, None] + hb[None, :]) / 2, 1)
    return np.asarray((a[:, None, 3] - b[None, :, 3]) / side, np.float32)
