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

"""Where a word looked: heat over the image."""

from __future__ import annotations

import cv2
from grounded_perception.drawing.canvas import Canvas, Colour, Picture, WHITE
from grounded_perception.records import Floats, Regions
import numpy as np

#: A region with less of the attention than this gets no box in its picture.
_LEAST_SHARE = 0.05
_HEAT_SIDE = 160


def heat_map(
    rgb: Picture,
    regions: Regions,
    shares: Floats,
    caption: tuple[str, Colour],
    answers: tuple[int, ...] = (),
) -> Picture:
    """
    Draw how shares of something are spread over regions.

    :param rgb: uint8 ``(H, W, 3)`` RGB; not written to.
    :param regions: N regions.
    :param shares: ``(N,)`` in [0, 1].
    :param caption: its text and colour.
    :param answers: regions to be outlined in the caption's colour.
    :returns: uint8 ``(H, W, 3)`` RGB, a new array.
    """
    canvas = Canvas(_overlay(rgb, _heat(rgb.shape[0], rgb.shape[1], regions, shares)))
    seen = [i for i in np.argsort(-shares, kind='stable') if shares[i] >= _LEAST_SHARE]
    for i in reversed(seen):
        canvas.outline(regions.boxes_px[i], WHITE, bold=False)
    for i in answers:
        canvas.outline(regions.boxes_px[i], caption[1], bold=True)
    canvas.banner([('', *caption)])
    for n, i in enumerate(seen):
        text = f'{regions.labels[i]} {shares[i]:.2f}'
        colour = caption[1] if i in answers else WHITE
        canvas.label(regions.boxes_px[i], text, colour, optional=n > 0)
    return canvas.image


def _heat(height: int, width: int, regions: Regions, shares: Floats) -> Floats:
    """Return ``(H, W)`` in [0, 1]: the sum of a bump in every box, as high as its share."""
    scale = min(1.0, _HEAT_SIDE / max(height, width))
    h, w = max(1, round(height * scale)), max(1, round(width * scale))
    x = np.arange(0.5, w, dtype=np.float32) / np.float32(scale)
    y = np.arange(0.5, h, dtype=np.float32) / np.float32(scale)
    middle = (regions.boxes_px[:, :2] + regions.boxes_px[:, 2:]) / 2
    radius = np.maximum((regions.boxes_px[:, 2:] - regions.boxes_px[:, :2]) / 2, 1.0)
    columns = _bump(np.asarray((x - middle[:, :1]) / radius[:, :1], np.float32))
    rows = _bump(np.asarray((y - middle[:, 1:]) / radius[:, 1:], np.float32))
    heat = (rows * shares[:, None]).T @ columns
    heat = np.asarray(heat / max(float(heat.max(initial=0)), 1e-6), np.float32)
    return np.asarray(cv2.resize(heat, (width, height), interpolation=cv2.INTER_LINEAR))


def _bump(distance: Floats) -> Floats:
    """Return heights of a bump by the distance from its middle in radii."""
    # The fourth power fills a box and ends at its rim, where a bell would run out of it. Cut
    # before products become denormal: those are a hundred times slower.
    return np.asarray(np.exp(-np.minimum(np.square(np.square(distance)), 30)), np.float32)


def _overlay(rgb: Picture, heat: Floats) -> Picture:
    """Lay heat over a pale copy of the image."""
    gray = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)
    pale = cv2.cvtColor(cv2.convertScaleAbs(gray, alpha=0.6), cv2.COLOR_GRAY2RGB)
    levels = cv2.convertScaleAbs(heat, alpha=255)
    warm = cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_TURBO), cv2.COLOR_BGR2RGB)
    alpha = 0.55 * np.minimum(heat * 1.5, 1)
    return np.asarray(cv2.blendLinear(warm, pale, alpha, 1 - alpha), np.uint8)
