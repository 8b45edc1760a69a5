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

"""Evidence of being the largest, the second from the left, the nearest of what is compared."""

from __future__ import annotations

from grounded_perception import geometry
from grounded_perception.fusion.tokens import RegionTokens
from grounded_perception.records import Floats, Phrase
import numpy as np
from numpy.typing import NDArray

_PLACE_GAIN = 6.0
_ORDINAL_GAIN = 3.0
_SIZE_GAIN = 2.0
#: A thing on the wrong side of the image's middle by more than this is not "on the left".
_PLACE_SLACK = 0.25

Nats = NDArray[np.float64]


def largest(regions: RegionTokens, rivals: NDArray[np.bool_], size: str) -> Nats:
    """
    Weigh being the largest or the smallest.

    :param regions: N region tokens.
    :param rivals: ``(N,)`` which of them are compared.
    :param size: ``'large'`` or ``'small'``.
    :returns: ``(N,)`` nats, at most 0.
    """
    log_area = regions.once(
        'log area', lambda: np.log(np.maximum(geometry.area(regions.boxes_px), 1))
    )
    signed = log_area if size == 'large' else -log_area
    return np.asarray(np.minimum(_SIZE_GAIN * _below_best(signed, rivals), 0), np.float64)


def _along(regions: RegionTokens, phrase: Phrase) -> Floats:
    where = phrase.position
    return regions.once(
        ('along', where),
        lambda: geometry.place(regions.boxes_px, regions.width, regions.height, where),
    )


def nth(regions: RegionTokens, rivals: NDArray[np.bool_], phrase: Phrase) -> Nats:
    """
    Weigh being the n-th.

    :param regions: N region tokens.
    :param rivals: ``(N,)`` which of them are counted.
    :param phrase: its ordinal and position.
    :returns: ``(N,)`` nats, at most 0.
    """
    along = _along(regions, phrase)
    rank = np.count_nonzero(rivals[None] & (along[None] > along[:, None]), axis=1) + 1
    return np.asarray(-_ORDINAL_GAIN * np.abs(rank - phrase.ordinal), np.float64)


def foremost(regions: RegionTokens, rivals: NDArray[np.bool_], phrase: Phrase) -> Nats:
    """
    Weigh lying where a position word points, farther than others.

    :param regions: N region tokens.
    :param rivals: ``(N,)`` which of them are compared.
    :param phrase: its position.
    :returns: ``(N,)`` nats, at most 0.
    """
    along = _along(regions, phrase)
    relative = _PLACE_GAIN * _below_best(along, rivals)
    absolute = _PLACE_GAIN * np.minimum(along + _PLACE_SLACK, 0)
    if phrase.position in ('nearest', 'farthest', 'middle'):
        absolute = np.zeros_like(absolute)  # these compare only
    return np.asarray(np.minimum(relative, 0) + absolute, np.float64)


def _below_best(values: Floats, rivals: NDArray[np.bool_]) -> Floats:
    """Return values minus the best rival's; 0 for all where there is no rival."""
    best = values[rivals].max() if rivals.any() else values
    return np.asarray(values - best, np.float32)
