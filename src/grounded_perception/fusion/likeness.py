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

"""What each region is, asked by the nouns of all sentences about an image at once."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

from grounded_perception.fusion.rivalry import rivalry
from grounded_perception.fusion.tokens import RegionTokens, TextTokens
from grounded_perception.records import Floats
import numpy as np

#: How much farther from a name a region is for every share that the detector believes in it less
#: than in what it believes most.
_LESSER = 0.6


class Likeness(NamedTuple):
    """
    How far N regions are what a noun means.

    :param near: ``(N,)`` float32 cosine of what each region is and of the closest class that the
        noun may mean; 1 where any thing will do.
    :param belief: ``(N,)`` float32 in [0, 1], the detector's, that a region is what is named.
    :param plain: ``(N,)`` float32 in [0, 1], how far superlatives count it, see :mod:`.rivalry`.
    """

    near: Floats
    belief: Floats
    plain: Floats


def likenesses(regions: RegionTokens, texts: Sequence[TextTokens]) -> list[Likeness]:
    """
    Compare regions with nouns; those that were compared before are remembered.

    :param regions: N region tokens.
    :param texts: B phrases.
    :returns: one for each phrase's own noun.
    """
    asked = {_key(text): text for text in texts}
    return regions.each_once(
        [_key(text) for text in texts],
        lambda missing: _compare(regions, [asked[key] for key in missing]),
    )


def _key(text: TextTokens) -> Hashable:
    return 'likeness', text.match.class_names, not text.phrase.noun


def _compare(regions: RegionTokens, texts: Sequence[TextTokens]) -> list[Likeness]:
    cosines = np.stack([_nearness(regions, text.semantics) for text in texts])
    belief = regions.beliefs([text.match.class_names for text in texts])
    top = regions.once('top', lambda: regions.posterior.max(axis=1, initial=1e-6))
    belief[[not text.phrase.noun for text in texts]] = top  # any thing will do
    # What may be two things lies between their names, and is as much the one as it ever can be.
    close = np.where(belief > 0, 1 - _LESSER * (1 - belief / top), 0)
    near = np.asarray(np.maximum(cosines, close), np.float32)
    plain = rivalry(regions.doubles(), belief)
    return [Likeness(*each) for each in zip(near, belief, plain, strict=True)]


def _nearness(regions: RegionTokens, vectors: Floats) -> Floats:
    # A noun at a time: NumPy's threads for all of them would fight with OpenVINO's.
    if not len(vectors):
        return np.ones(len(regions), np.float32)
    return np.asarray((regions.semantics @ vectors.T).max(axis=1), np.float32)
