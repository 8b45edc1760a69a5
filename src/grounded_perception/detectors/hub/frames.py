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

"""How big an image is when a network sees it: the arithmetic of transformers, to the pixel."""

from __future__ import annotations

from collections.abc import Mapping


def fit(size: Mapping[str, int], height: int, width: int, multiple: int = 1) -> tuple[int, int]:
    """
    Say how big an image becomes.

    :param size: ``height`` and ``width``; or ``shortest_edge`` and, if any, ``longest_edge``; or
        ``max_height`` and ``max_width``; empty = as it is.
    :param height: rows of the image.
    :param width: columns of the image.
    :param multiple: sides are cut down to a multiple of this.
    :returns: rows and columns, at least ``multiple`` each.
    """
    if 'height' in size:
        rows, columns = size['height'], size['width']
    elif 'shortest_edge' in size:
        rows, columns = _by_edges(size['shortest_edge'], size.get('longest_edge'), height, width)
    elif size:
        scale = min(size['max_height'] / height, size['max_width'] / width)
        rows, columns = int(height * scale), int(width * scale)
    else:
        rows, columns = height, width
    # An image a thousand times as wide as high would have no row left.
    return tuple(max(side - side % multiple, multiple) for side in (rows, columns))  # type: ignore[return-value]


def _by_edges(shortest: int, longest: int | None, height: int, width: int) -> tuple[int, int]:
    """Bring the shorter side to ``shortest``, or to less where the longer would grow too long."""
    low, high = min(height, width), max(height, width)
    edge = float(shortest)
    if longest is not None and high / low * shortest > longest:
        edge = longest * low / high
    short = round(edge)
    if short == low:
        return height, width
    # The longer side is cut off, not rounded, and from the edge before it was rounded.
    long = int(edge * high / low)
    return (long, short) if width < height else (short, long)
