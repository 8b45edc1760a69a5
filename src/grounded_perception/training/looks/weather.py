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
What real light does to colours, beyond what is painted: shares fade into each other.

A yellow car at dusk shows 3 % of yellow, and is the yellow one all the same: it shows more than
its neighbours. Painted surfaces keep their colours far better than photographs do
(``benchmarks/descriptors.py``), so a network that learned from them alone would answer "absent".
"""

from __future__ import annotations

from dataclasses import replace

from grounded_perception.imaging.colour import KIN
from grounded_perception.imaging.descriptors import Descriptors
from grounded_perception.records import Floats
import numpy as np

#: Greatest share of a scene's colours that its light washes away, and of one region's.
_SCENE, _REGION = 0.6, 0.5
#: How often light moves a region's colours to their kin, and at least how far then.
_MOVED, _LEAST_MOVED = 0.25, 0.2
#: ``(11, 11)``: where each colour goes.
_TO_KIN: Floats = (KIN - np.eye(len(KIN), dtype=np.float32)) / (KIN.sum(1, keepdims=True) - 1)
#: Colours of shade, haze and background: black, white, gray and brown above all.
_SHADE = np.array([5, 2, 4, 0.3, 0.3, 0.3, 1, 1, 0.2, 0.2, 2.5], np.float32)


def weathered(descriptors: Descriptors, rng: np.random.Generator) -> Descriptors:
    """
    Wash colours out.

    :param descriptors: N regions of one scene.
    :param rng: chance.
    :returns: the same with colours and bands faded, rows still summing to 1.
    """
    n = len(descriptors)
    lost = 1 - (1 - _SCENE * rng.random() ** 1.5) * (1 - _REGION * rng.random(n) ** 2)
    moved = np.where(rng.random(n) < _MOVED, rng.uniform(_LEAST_MOVED, 1, n), 0)
    shade = rng.dirichlet(_SHADE * 0.5).astype(np.float32)

    def fade(shares: Floats) -> Floats:
        own = rng.dirichlet(_SHADE * 0.3, shares.shape[:-1]).astype(np.float32)
        amount = lost.reshape(n, *[1] * (shares.ndim - 1)).astype(np.float32)
        away = moved.reshape(amount.shape).astype(np.float32)
        shares = (1 - away) * shares + away * (shares @ _TO_KIN)
        faded = (1 - amount) * shares + amount * (shade + own) / 2
        return np.asarray(np.where(shares.sum(-1, keepdims=True) > 0, faded, 0), np.float32)

    return replace(descriptors, colours=fade(descriptors.colours), bands=fade(descriptors.bands))
