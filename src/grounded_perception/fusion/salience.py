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
What people are likely to speak of among things alike: the large, the whitest, the plainly seen.

No network was told of it: it is added to what one says, as it is to the rest of the evidence.
"""

from __future__ import annotations

from grounded_perception import geometry
from grounded_perception.fusion.measures import coloured, whole_shares
from grounded_perception.fusion.nats import beside_best, Nats
from grounded_perception.fusion.tokens import RegionTokens, TextTokens
from grounded_perception.records import Floats, Quantity
import numpy as np
from numpy.typing import NDArray

#: 2 of 100 human sentences more are understood with the first (``benchmarks/ranking.py``). The
#: share of an image that a thing of no particular size has.
_SIZE_GAIN, _USUAL = 0.05, 0.05
#: Where no thing shows that share of a colour none shows most of it; below a share of the one that
#: does, less makes no difference.
_COLOUR_GAIN, _LEAST, _FLOOR = 1.0, 0.25, 0.2
#: Nobody speaks of what can hardly be made out; on photographs it often is nothing at all.
_CLEAR_GAIN = 1.0
#: "Next to the suitcase" is who stands closest to it.
_NEAR_GAIN = 1.0


def salience(regions: RegionTokens, text: TextTokens, named: NDArray[np.bool_]) -> Nats:
    """
    Weigh being what people speak of.

    :param regions: N region tokens.
    :param text: the phrase.
    :param named: ``(N,)`` which of them may be what it names.
    :returns: ``(N,)`` nats.
    """
    total = _large(regions, text)
    for part in coloured(regions, text):
        # A part, or what somebody wears, is measured where it is: that is enough.
        if not part.part and part.garment is None:
            # The whitest is the white one.
            shown = whole_shares(regions, part.colour)
            total = total + _COLOUR_GAIN * beside_best(shown, named, _LEAST, _FLOOR)
    return total


def _large(regions: RegionTokens, text: TextTokens) -> Nats:
    if text.phrase.size:
        return regions.once('no salience', lambda: np.zeros(len(regions)))

    def measure() -> Nats:
        share = geometry.area(regions.boxes_px) / max(regions.width * regions.height, 1)
        return np.asarray(_SIZE_GAIN * np.log(np.maximum(share, 1e-4) / _USUAL), np.float64)

    return regions.once('salience', measure)


def clearness(regions: RegionTokens, text: TextTokens, named: NDArray[np.bool_]) -> Nats:
    """
    Compare how plainly things are seen.

    It is no part of :func:`salience`, which counts for what a phrase leans on as well, and so
    reaches what networks were told of relations.

    :param regions: N region tokens.
    :param text: the phrase; who means all means those in the haze too.
    :param named: ``(N,)`` which of them may be what it names.
    :returns: ``(N,)`` nats, 0 for the plainest.
    """
    if text.phrase.quantity is Quantity.ALL:
        return np.zeros(len(regions))
    return _CLEAR_GAIN * beside_best(regions.scores.astype(np.float64), named, 0.0, _FLOOR)


def nearness(stands: Floats, named: NDArray[np.bool_]) -> Nats:
    """
    Compare how close things are to what they are said to be close to.

    :param stands: ``(N,)`` in [0, 1], how close each is.
    :param named: ``(N,)`` which of them may be what is named.
    :returns: ``(N,)`` nats, 0 for the closest.
    """
    return _NEAR_GAIN * beside_best(stands, named, _FLOOR, _FLOOR)
