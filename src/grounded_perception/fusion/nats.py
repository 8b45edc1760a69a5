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

"""Evidence in nats: logarithms of how well something fits, never below a floor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Nats = NDArray[np.float64]

#: A fit below this says no more than this.
FLOOR = 0.03


def logs(fits: NDArray[np.floating]) -> Nats:
    """
    Return logarithms of fits.

    :param fits: in [0, 1] or above, where it is as good as 1.
    :returns: the same shape, in [log(:data:`FLOOR`), 0].
    """
    return np.asarray(np.log(np.minimum(np.maximum(fits, FLOOR), 1), dtype=np.float64))


def beside_best(
    degrees: NDArray[np.floating],
    named: NDArray[np.bool_],
    least: float,
    floor: float,
    as_good: float = 1.0,
) -> Nats:
    """
    Compare things by a degree: of those that are named the foremost is meant, others by less.

    :param degrees: ``(N,)`` in [0, 1].
    :param named: ``(N,)`` which of them are compared.
    :param least: where none of them has this degree, or any, it tells nothing.
    :param floor: having less than this share of the best degree tells no more.
    :param as_good: who has this share of the best degree is as likely.
    :returns: ``(N,)`` in [log(floor), 0].
    """
    best = degrees.max(where=named, initial=0)
    if not best or best < least:
        return np.zeros(len(degrees))
    shares = np.minimum(np.maximum(degrees / (as_good * best), floor), 1)
    return np.asarray(np.log(shares), np.float64)
