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

"""One page of why: the answer, its reason, and small pictures of where each word looked."""

from __future__ import annotations

from collections.abc import Iterator
import math

import cv2
from grounded_perception.drawing.annotated import banner_line, STATUS_COLOURS
from grounded_perception.drawing.attention import heat_map
from grounded_perception.drawing.canvas import Canvas, Colour, GREY, Picture, WHITE
from grounded_perception.records import Floats, Grounding, Regions
import numpy as np

#: Words that point at nothing by themselves.
_FUNCTION_WORDS = frozenset({
    'a', 'an', 'and', 'are', 'at', 'by', 'find', 'from', 'in', 'is', 'it', 'its', 'me', 'of', 'on',
    'or', 'please', 'show', 'that', 'the', 'there', 'these', 'this', 'those', 'to', 'where',
    'which', 'who', 'with',
})  # fmt: skip
_MOST_WORDS = 6
#: Sides of a small picture, in pixels.
_LEAST_WIDTH, _MOST_WIDTH, _MOST_HEIGHT = 320, 480, 480
_GAP = 4
_PAPER = 24
_TEXT_HEIGHT = 480  # letters of the text are as large as on an image of this height


def attention_sheet(rgb: Picture, grounding: Grounding, candidates: Regions) -> Picture:
    """
    Draw an answer, its reason, and where up to six of its words looked.

    :param rgb: uint8 ``(H, W, 3)`` RGB; not written to.
    :param grounding: the answer.
    :param candidates: the regions that its attention is over.
    :returns: uint8 RGB, a new array; 320 to 1920 pixels wide whatever the image.
    """
    shown = list(_maps(grounding))
    columns = len(shown) if len(shown) <= 3 else math.ceil(len(shown) / 2)
    width = min(max(rgb.shape[1] // columns, _LEAST_WIDTH), _MOST_WIDTH)
    scale = min(width / rgb.shape[1], _MOST_HEIGHT / rgb.shape[0])
    # A strip of an image would be too thin to write on.
    size = (max(round(rgb.shape[1] * scale), 48), max(round(rgb.shape[0] * scale), 48))
    ratio = np.array([size[0] / rgb.shape[1], size[1] / rgb.shape[0]] * 2, np.float32)
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    regions = Regions.of_labels(candidates.boxes_px * ratio, candidates.scores, candidates.labels)
    panels = [
        heat_map(small, regions, shares, (caption, colour), () if n else grounding.indices)
        for n, (caption, shares, colour) in enumerate(shown)
    ]
    grid = _grid(panels, columns)
    return np.concatenate([_text(grounding, grid.shape[1]), grid])


def _maps(grounding: Grounding) -> Iterator[tuple[str, Floats, Colour]]:
    """Yield caption, share of each region and colour: of the answer, then of its words."""
    yield 'answer', grounding.probabilities, STATUS_COLOURS[grounding.status]
    words, weights = grounding.attention.words, grounding.attention.weights
    content = [w for w, word in enumerate(words) if word.lower() not in _FUNCTION_WORDS]
    # Where there are more, those that looked somewhere rather than everywhere tell the most.
    sharpest = sorted(content, key=lambda w: -float(weights[w].max(initial=0)))[:_MOST_WORDS]
    for w in sorted(sharpest):
        yield words[w], weights[w], WHITE if weights[w].any() else GREY


def _grid(panels: list[Picture], columns: int) -> Picture:
    height, width = panels[0].shape[:2]
    rows = math.ceil(len(panels) / columns)
    shape = (rows * (height + _GAP) - _GAP, columns * (width + _GAP) - _GAP, 3)
    grid = np.full(shape, _PAPER, np.uint8)
    for i, panel in enumerate(panels):
        y, x = i // columns * (height + _GAP), i % columns * (width + _GAP)
        grid[y : y + height, x : x + width] = panel
    return grid


def _text(grounding: Grounding, width: int) -> Picture:
    """Write phrase, verdict and reason on a strip as high as they need."""
    page = Canvas(np.full((_TEXT_HEIGHT, width, 3), _PAPER, np.uint8))
    phrase, verdict, colour = banner_line(grounding)
    end = page.paragraphs([(f'{verdict}  {phrase}', colour), (grounding.reason, WHITE)], 4)
    return page.image[:end]
