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
Regions cut out of an image to small patches of one size, all together.

A patch holds its box and a margin of what surrounds it. Large boxes are read from a reduced image
(an image pyramid: Burt and Adelson, The Laplacian Pyramid as a Compact Image Code, 1983), so a
region costs the same whatever its size.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

#: Patch pixels along a side of the box.
INNER = 32
#: Patch pixels of context around it.
MARGIN = 4
#: Patch pixels along a side, context included.
SIDE = INNER + 2 * MARGIN
#: Where the box lies in a patch, along either axis.
BOX = slice(MARGIN, MARGIN + INNER)
# A patch pixel covers at most this many pixels of the level it is read from: bilinear sampling
# skips none of them.
_MAX_STEP = 2.0
_MAX_LEVELS = 6


@dataclass(frozen=True, eq=False)
class Patches:
    """
    N regions, each stretched to ``SIDE`` x ``SIDE`` pixels.

    :param rgb: ``(N, SIDE, SIDE, 3)`` uint8; beyond the image its border goes on.
    :param inside: ``(N, SIDE, SIDE)`` whether a pixel lies in the image.
    :param step: ``(N, 2)`` image pixels that a patch pixel covers along x and y.
    :param valid: ``(N,)`` whether a box holds any pixel of the image; the other rows are black.
    """

    rgb: NDArray[np.uint8]
    inside: NDArray[np.bool_]
    step: Floats
    valid: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.rgb)


def clip(boxes: Floats, height: int, width: int) -> tuple[Floats, NDArray[np.bool_]]:
    """
    Keep the part of boxes that lies in an image.

    :param boxes: ``(N, 4)`` xyxy in pixels, any values.
    :param height: rows of the image.
    :param width: columns.
    :returns: ``(N, 4)`` boxes of at least one pixel, and ``(N,)`` whether each truly holds one.
    """
    finite = np.asarray(np.isfinite(boxes).all(axis=1), np.bool_)
    whole = np.where(finite[:, None], boxes, 0)
    most = np.array([width, height], np.float32)
    first = np.clip(np.floor(whole[:, :2]), 0, most)
    last = np.clip(np.ceil(whole[:, 2:]), 0, most)
    positive = (whole[:, 2:] > whole[:, :2]).all(axis=1)
    valid = np.asarray(finite & positive & (last > first).all(axis=1), np.bool_)
    first = np.minimum(first, most - 1)
    last = np.maximum(last, first + 1)
    return np.concatenate([first, last], axis=1).astype(np.float32), valid


def cut(rgb: NDArray[np.uint8], boxes: Floats) -> Patches:
    """
    Cut regions out of an image.

    :param rgb: uint8 ``(H, W, 3)`` RGB.
    :param boxes: ``(N, 4)`` xyxy in its pixels.
    :returns: N patches.
    """
    height, width = rgb.shape[:2]
    inner, valid = clip(boxes, height, width)
    step = np.asarray((inner[:, 2:] - inner[:, :2]) / INNER, np.float32)
    offsets = np.arange(SIDE, dtype=np.float32) + np.float32(0.5 - MARGIN)
    # Continuous coordinates, 0 being the outer corner of the first pixel.
    xs = inner[:, :1] + step[:, :1] * offsets
    ys = inner[:, 1:2] + step[:, 1:] * offsets
    patches = np.zeros((len(boxes), SIDE, SIDE, 3), np.uint8)
    wanted = np.ceil(np.log2(np.maximum(step.max(axis=1, initial=1) / _MAX_STEP, 1)))
    levels = np.minimum(wanted.astype(int), _MAX_LEVELS)
    level = rgb
    for depth in range(int(levels[valid].max(initial=-1)) + 1):
        if depth:
            half = (max(level.shape[1] // 2, 1), max(level.shape[0] // 2, 1))
            level = np.asarray(cv2.resize(level, half, interpolation=cv2.INTER_AREA), np.uint8)
        rows = np.flatnonzero(valid & (levels == depth))
        if len(rows):
            patches[rows] = _sample(
                level, xs[rows] * (level.shape[1] / width), ys[rows] * (level.shape[0] / height)
            )
    inside = ((ys >= 0) & (ys < height))[:, :, None] & ((xs >= 0) & (xs < width))[:, None, :]
    return Patches(patches, inside & valid[:, None, None], step, valid)


def _sample(level: NDArray[np.uint8], xs: Floats, ys: Floats) -> NDArray[np.uint8]:
    """Read ``(M, SIDE, SIDE, 3)`` at continuous coordinates ``(M, SIDE)`` in a single call."""
    shape = (len(xs), SIDE, SIDE)
    columns = np.broadcast_to((xs - 0.5).astype(np.float32)[:, None, :], shape)
    lines = np.broadcast_to((ys - 0.5).astype(np.float32)[:, :, None], shape)
    sampled = np.empty((*shape, 3), np.uint8)
    # remap takes at most 32767 rows.
    batch = 32767 // SIDE
    for start in range(0, len(xs), batch):
        part = slice(start, start + batch)
        sampled[part] = cv2.remap(
            level,
            columns[part].reshape(-1, SIDE),
            lines[part].reshape(-1, SIDE),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ).reshape(-1, SIDE, SIDE, 3)
    return sampled


def smooth(stack: Floats, radius: int) -> Floats:
    """
    Average every patch over a square neighbourhood, no patch reaching into the next.

    :param stack: ``(N, S, S)`` float32.
    :param radius: half the side of the square, in patch pixels.
    :returns: the same shape.
    """
    count, height, width = stack.shape
    if not count:
        return stack
    padded = np.empty((count, height + 2 * radius, width), np.float32)
    padded[:, radius : radius + height] = stack
    padded[:, :radius] = stack[:, :1]
    padded[:, radius + height :] = stack[:, -1:]
    side = 2 * radius + 1
    blurred = cv2.blur(padded.reshape(-1, width), (side, side), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.float32).reshape(padded.shape)[:, radius : radius + height]


def colour_codes(rgb: NDArray[np.uint8]) -> NDArray[np.intp]:
    """
    Give numbers to the colours of pixels: 5 bits a channel, an index into tables of 32·32·32 rows.

    :param rgb: ``(..., 3)`` uint8.
    :returns: ``(...)`` indices.
    """
    if not rgb.size:
        return np.zeros(rgb.shape[:-1], np.intp)
    # OpenCV's 16-bit colours are just this: red in the highest of 15 bits.
    packed = cv2.cvtColor(rgb.reshape(1, -1, 3), cv2.COLOR_RGB2BGR555)
    return np.asarray(packed.view(np.uint16).reshape(rgb.shape[:-1]), np.intp)
