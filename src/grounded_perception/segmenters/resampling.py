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


"""From the coarse maps in which networks answer to pixels of the image."""

from __future__ import annotations

from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray


def sampled(coarse: Floats, box: tuple[int, int, int, int], steps: tuple[float, float]) -> Floats:
    """
    Read a coarse map at the pixels of a box, bilinearly.

    :param coarse: ``(h, w)`` float32, laid over the image from its upper left corner.
    :param box: xyxy in whole pixels of the image, the last ones excluded, not empty.
    :param steps: cells of the map that an image pixel covers along x and y.
    :returns: ``(y2 - y1, x2 - x1)`` float32.
    """
    x1, y1, x2, y2 = box
    columns = _weights(x1, x2, steps[0], coarse.shape[1])
    rows = _weights(y1, y2, steps[1], coarse.shape[0])
    top, bottom, down = rows
    left, right, across = columns
    # First the few columns of the map along y, then all pixels along x.
    stretched = coarse[top] * (1 - down)[:, None] + coarse[bottom] * down[:, None]
    return np.asarray(stretched[:, left] * (1 - across) + stretched[:, right] * across, np.float32)


def _weights(
    first: int, last: int, step: float, cells: int
) -> tuple[NDArray[np.intp], NDArray[np.intp], Floats]:
    """Return, for pixels along an axis, the cells on either side and the share of the later."""
    # Pixels and cells have their values at their middles.
    at = np.clip((np.arange(first, last, dtype=np.float64) + 0.5) * step - 0.5, 0, cells - 1)
    before = np.floor(at).astype(np.intp)
    after = np.minimum(before + 1, cells - 1)
    return before, after, (at - before).astype(np.float32)
