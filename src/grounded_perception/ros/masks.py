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


"""Masks → what Nav2's semantic layers read: a picture of numbers, and the numbers' names."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from sensor_msgs.msg import Image
from std_msgs.msg import Header
from vision_msgs.msg import LabelInfo, VisionClass

#: What 0 stands for.
BACKGROUND = 'background'


def label_mask(header: Header, labels: NDArray[np.uint8]) -> Image:
    """
    Make ``~/label_mask``.

    :param header: of the source image.
    :param labels: uint8 ``(H, W)`` as of
        :meth:`~grounded_perception.segmenters.base.Masks.label_image`, 0 where nothing is.
    :returns: mono8, pixel for pixel over the source image.
    """
    height, width = labels.shape
    message = Image(header=header, height=height, width=width, encoding='mono8', step=width)
    # Assigning bytes goes through one memcpy; a numpy array would be copied element by element.
    message.data = np.ascontiguousarray(labels, np.uint8).tobytes()
    return message


def label_info(header: Header, ids: Mapping[str, int], threshold: float) -> LabelInfo:
    """
    Make ``~/label_info``; due whenever a label was given a number.

    :param header: of the source image.
    :param ids: label → number in [1, 255], see
        :class:`~grounded_perception.segmenters.labels.LabelIds`.
    :param threshold: lowest score of a region that is painted.
    :returns: every number with its name, 0 for the background among them.
    """
    message = LabelInfo(header=header, threshold=float(threshold))
    message.class_map = [
        VisionClass(class_id=number, class_name=name)
        for number, name in sorted([(0, BACKGROUND), *((n, label) for label, n in ids.items())])
    ]
    return message
