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
How people of a role usually look: an umpire wears dark clothes, a catcher crouches.

It tells who is meant among people alike, and no more: an umpire in light blue is one, too.
"""

from __future__ import annotations

from grounded_perception.fusion.nats import beside_best, Nats
from grounded_perception.fusion.tokens import RegionTokens, TextTokens
from grounded_perception.imaging.colour import shown_as
from grounded_perception.language.clothes import look_of
from grounded_perception.pose_estimators.postures import chances, POSTURES
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

_GAIN = 1.0
#: See :func:`.nats.beside_best`.
_LEAST, _AS_GOOD, _FLOOR = 0.4, 0.85, 0.15


def usual(
    regions: RegionTokens, text: TextTokens, named: NDArray[np.bool_]
) -> tuple[str, Nats] | None:
    """
    Weigh looking as is usual, where no other look is said.

    :param regions: N region tokens.
    :param text: the phrase.
    :param named: ``(N,)`` which of them may be what it names.
    :returns: the look for people to read and nats ``(N,)``, 0 = as much as anybody; None where
        there is no usual look or nobody looks at people.
    """
    phrase = text.phrase
    look = look_of(phrase.noun)
    if not look or regions.persons is None or phrase.postures or phrase.colours:
        return None
    word = f'{look} as usual' if look in POSTURES else f'in {look} as usual'
    degree = _degree(regions, text, look)
    return word, _GAIN * beside_best(degree, named, _LEAST, _FLOOR, _AS_GOOD)


def _degree(regions: RegionTokens, text: TextTokens, look: str) -> Floats:
    """Return ``(N,)`` how far each region looks so, in [0, 1]; half of it where nobody can say."""
    assert regions.persons is not None
    belief = regions.belief(text.persons)
    if look in POSTURES:
        return chances(regions.persons.posture(look, belief), look)
    worn = regions.persons.colours('torso', belief) @ shown_as(look)
    return np.asarray(np.where(np.isnan(worn), _LEAST / 2, worn), np.float32)
