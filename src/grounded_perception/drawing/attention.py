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

"""Where the words of a phrase looked, as heat over the image."""

from __future__ import annotations

import cv2
from grounded_perception.drawing.annotated import banner_line
from grounded_perception.drawing.canvas import Canvas, GREY, Picture, WHITE
from grounded_perception.errors import SettingsError
from grounded_perception.records import Floats, Grounding, Regions
import numpy as np

#: A region with less of the attention than this gets no box in its picture.
_LEAST_SHARE = 0.05
_HEAT_SIDE = 160


def attention_map(
    rgb: Picture, grounding: Grounding, candidates: Regions, word: str | None = None
) -> Picture:
    """
    Draw where the words of a phrase looked.

    :param rgb: uint8 ``(H, W, 3)`` RGB; not written to.
    :param grounding: the answer whose attention is drawn.
    :param candidates: the regions that its attention is over.
    :param word: one of ``grounding.attention.words``; None = the mean over all of them.
    :returns: uint8 ``(H, W, 3)`` RGB, a new array.
    :raises SettingsError: when the phrase has no such word.
    """
    words, weights = grounding.attention.words, grounding.attention.weights
    if word is not None and word not in words:
        raise SettingsError(f'word must be one of {", ".join(words)}, got {word!r}')
    rows = [i for i, w in enumerate(words) if w == word or (word is None and weights[i].any())]
    shares = weights[rows].mean(axis=0) if rows else np.zeros(len(candidates), np.float32)
    canvas = Canvas(_overlay(rgb, _heat(rgb.shape[0], rgb.shape[1], candidates, shares)))
    seen = [i for i in np.argsort(-shares, kind='stable') if shares[i] >= _LEAST_SHARE]
    for i in reversed(seen):
        canvas.outline(candidates.boxes_px[i], WHITE, bold=False)
    canvas.banner([banner_line(grounding)])
    canvas.legend([(w, WHITE if i in rows else GREY) for i, w in enumerate(words)])
    for i in seen:
        text = f'{candidates.labels[i]} {shares[i]:.2f}'
        canvas.label(candidates.boxes_px[i], text, WHITE)
    return canvas.image


def _heat(height: int, width: int, regions: Regions, shares: Floats) -> Floats:
    """Return ``(H, W)`` in [0, 1]: a bump in every box, as high as its share of the best one."""
    scale = min(1.0, _HEAT_SIDE / max(height, width))
    h, w = max(1, round(height * scale)), max(1, round(width * scale))
    y, x = np.mgrid[0.5:h, 0.5:w].astype(np.float32) / np.float32(scale)
    heat = np.zeros((h, w), np.float32)
    best = max(float(shares.max(initial=0)), 1e-6)
    for (x1, y1, x2, y2), share in zip(regions.boxes_px, shares, strict=True):
        rx, ry = max((x2 - x1) / 2, 1.0), max((y2 - y1) / 2, 1.0)
        distance = ((x - (x1 + x2) / 2) / rx) ** 2 + ((y - (y1 + y2) / 2) / ry) ** 2
        heat = np.maximum(heat, share / best * np.exp(-distance))
    return np.asarray(cv2.resize(heat, (width, height), interpolation=cv2.INTER_LINEAR))


def _overlay(rgb: Picture, heat: Floats) -> Picture:
    """Lay heat over a pale copy of the image."""
    gray = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)
    pale = cv2.cvtColor(cv2.convertScaleAbs(gray, alpha=0.6), cv2.COLOR_GRAY2RGB)
    levels = cv2.convertScaleAbs(heat, alpha=255)
    warm = cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_TURBO), cv2.COLOR_BGR2RGB)
    alpha = 0.55 * np.minimum(heat * 1.5, 1)
    return np.asarray(cv2.blendLinear(warm, pale, alpha, 1 - alpha), np.uint8)
