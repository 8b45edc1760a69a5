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

"""The seam of the fusion: tokens in, probabilities and attention out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from grounded_perception.fusion.evidence import Evidence
from grounded_perception.fusion.tokens import RegionTokens, TextTokens
from grounded_perception.records import Attention, Floats


@dataclass(frozen=True, eq=False)
class Fused:
    """
    What the fusion makes of one phrase and the regions of one image.

    :param probabilities: ``(N,)`` float32.
    :param none_probability: probability that none of them is meant; all sum to 1.
    :param member: ``(N,)`` float32, probability that a region fits whatever else is there:
        what counts where several are meant.
    :param attention: per-word attention.
    :param evidence: what the grammar's checks say: the reasons for people.
    """

    probabilities: Floats
    none_probability: float
    member: Floats
    attention: Attention
    evidence: Evidence


class Fusion(Protocol):
    """Fuses the tokens of an image with those of phrases."""

    def fuse(self, regions: RegionTokens, texts: Sequence[TextTokens]) -> tuple[Fused, ...]:
        """
        Decide how well each region answers each phrase, all phrases in one pass.

        :param regions: N region tokens.
        :param texts: B phrases.
        :returns: B results.
        """
        ...
