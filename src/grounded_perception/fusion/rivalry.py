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
Whom a superlative compares: "the second bird from the left" counts birds, not glimpses of them.

A detector that is asked for weak proposals too gives, beside five birds, a dozen parts and shadows
of birds. A person counts what plainly stands there.
"""

from __future__ import annotations

from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

#: Shares of the best rival's score below which a region counts for nothing, and from which on it
#: counts fully.
_NOTHING, _FULLY = 0.25, 0.5


def rivalry(doubles: NDArray[np.bool_], belief: Floats) -> Floats:
    """
    Say how far each region counts as a thing of its own kind.

    :param doubles: ``(N, N)`` which regions may be of one thing, see :func:`.doubles.doubles`.
    :param belief: ``(G, N)`` how much the detector believes in each as what each of G nouns names.
    :returns: ``(G, N)`` float32 in [0, 1]: little for what is far weaker than the best, 0 for what
        lies over a stronger one of them.
    """
    share = belief / np.maximum(belief.max(axis=1, initial=0, keepdims=True), 1e-6)
    plain = np.minimum(np.maximum((share - _NOTHING) / (_FULLY - _NOTHING), 0), 1)
    one, other = np.nonzero(doubles)
    if len(one):
        over = (belief[:, other] > belief[:, one]) & (plain[:, other] > 0)
        own = np.flatnonzero(np.diff(one, prepend=-1))
        plain[:, one[own]] *= ~np.logical_or.reduceat(over, own, axis=1)
    return np.asarray(plain, np.float32)
