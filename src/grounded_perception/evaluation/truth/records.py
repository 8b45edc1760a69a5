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

"""What is really in the images: plain data, whatever file or topic it was read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class TrueFrame:
    """
    What is really in one image.

    :param key: the image's name in the truth: a file name, a stamp, a number.
    :param boxes_px: ``(N, 4)`` float32 xyxy in pixels.
    :param labels: N class names, in the detector's words.
    :param ignored: ``(N,)`` bool: neither finding nor missing it counts (crowds, "DontCare").
    :param areas_px: ``(N,)`` float32 square pixels of the objects, by which COCO sorts small from
        large; of the boxes where the truth has no outlines.
    :param track_ids: ``(N,)`` int64, the same object in other frames; -1 where not known.
    :param stamp_ns: of the image; -1 where the truth has none.
    :param index: of the image in its recording, from 0; -1 where the truth has none.
    """

    key: str
    boxes_px: Floats
    labels: tuple[str, ...]
    ignored: NDArray[np.bool_]
    areas_px: Floats
    track_ids: NDArray[np.int64]
    stamp_ns: int = -1
    index: int = -1

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class TrueSentence:
    """
    A sentence about one image, and what it means there.

    :param key: the image's name, as in :class:`TrueFrame`.
    :param number: of the sentence in its file, from 0.
    :param expression: the sentence.
    :param status: ``'FOUND'``, ``'ABSENT'`` or ``'AMBIGUOUS'``.
    :param box_px: xyxy of the thing that is meant; None unless FOUND.
    :param kinds: what it turns on: ``'colour'``, ``'position'``, ``'relation'``, ...
    """

    key: str
    number: int
    expression: str
    status: str
    box_px: tuple[float, float, float, float] | None = None
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Truth:
    """
    A set of truths.

    :param path: where it was read from.
    :param form: ``'coco'``, ``'yolo'``, ``'kitti'``, ``'voc'``, ``'expressions'``, ``'mot'`` or
        ``'bag'``.
    :param digest: SHA-256 of what was read, hexadecimal.
    :param frames: by key.
    :param sentences: all of them, in the file's order.
    :param class_names: every class that the truth is complete for, in the detector's words: a
        detection of another class is not counted as false.
    :param mapping: the truth's own class name → the detector's word; ``''`` = left out.
    :param has_boxes: whether detections can be judged by it.
    :param has_tracks: whether it tells which object is which over time.
    :param problems: what was left out of it and why, for people.
    """

    path: str
    form: str
    digest: str
    frames: Mapping[str, TrueFrame]
    sentences: tuple[TrueSentence, ...] = ()
    class_names: tuple[str, ...] = ()
    mapping: Mapping[str, str] = field(default_factory=dict)
    has_boxes: bool = True
    has_tracks: bool = False
    problems: tuple[str, ...] = ()
