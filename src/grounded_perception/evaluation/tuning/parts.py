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

"""Frames cut into parts: what is chosen on all but one is tried on that one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

#: Parts, as cross-validation mostly has: Kohavi 1995, A Study of Cross-Validation and Bootstrap.
PARTS = 5
#: Stretches of neighbours in a part.
_STRETCHES = 8

Frames = NDArray[np.bool_]


def turns(within: Frames, seed: int) -> Iterator[tuple[Frames, Frames]]:
    """
    Cut frames into parts, and let each be the one that things are tried on.

    Neighbours stay together: frames of a film are alike, and what was chosen on one of them is
    not tried on the next.

    :param within: ``(F,)`` which frames there are.
    :param seed: the same one cuts the same way.
    :returns: for each part, ``(F,)`` which frames to choose on, and which to try on.
    """
    frames = np.flatnonzero(within)
    stretches = min(PARTS * _STRETCHES, len(frames))
    stretch = np.arange(len(frames)) * stretches // max(len(frames), 1)
    part_of = np.random.default_rng(seed).permutation(stretches) % PARTS
    for part in range(min(PARTS, stretches)):
        tried = np.zeros_like(within)
        tried[frames[part_of[stretch] == part]] = True
        yield within & ~tried, tried
