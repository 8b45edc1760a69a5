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
Masks without a network: GrabCut in each box, begun from what the colour descriptors believe.

See :mod:`grounded_perception.imaging.mask`; ``benchmarks/masks.py`` measures it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
import os

from grounded_perception.compute import Compute
from grounded_perception.imaging.mask import region_masks
from grounded_perception.records import Regions
from grounded_perception.segmenters.base import Masks
from grounded_perception.settings import check, setting
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Options:
    """
    Options of GrabCut.

    :raises SettingsError: when a value is not allowed.
    """

    rounds: int = setting(
        1,
        'Iterations of GrabCut; 0 = none, the smooth belief of the colour models alone: 20 times '
        'as fast and coarser.',
        low=0,
        high=10,
    )
    side_px: int = setting(
        96,
        'Longer side, in pixels, of what GrabCut works on; the time grows faster than the pixels.',
        low=24,
        high=640,
    )

    def __post_init__(self) -> None:
        check(self)


def load(options: Options, compute: Compute) -> GrabCutSegmenter:
    """
    Make a segmenter; there is nothing to load.

    :param options: see :class:`Options`.
    :param compute: how many threads share the regions of an image.
    :returns: a segmenter.
    """
    return GrabCutSegmenter(options, compute.threads or len(os.sched_getaffinity(0)))


class GrabCutSegmenter:
    """
    A :class:`~grounded_perception.segmenters.base.Segmenter` of any image; it repeats itself.

    :param options: see :class:`Options`.
    :param threads: how many regions are worked on at once.
    """

    def __init__(self, options: Options, threads: int) -> None:
        self._options = options
        self._pool = ThreadPoolExecutor(threads, 'grabcut') if threads > 1 else None

    def segment(self, rgb: NDArray[np.uint8], regions: Regions) -> Masks:
        """
        Find the pixels of every region; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param regions: N regions of this image.
        :returns: N masks in the same order.
        """
        boxes, crops = region_masks(
            rgb,
            regions.boxes_px,
            self._options.rounds,
            self._options.side_px,
            self._pool.map if self._pool else map,
        )
        return Masks((rgb.shape[0], rgb.shape[1]), boxes, crops)

    def close(self) -> None:
        """End its threads."""
        if self._pool:
            self._pool.shutdown()
