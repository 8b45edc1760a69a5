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
Attention of words over regions, softmax(I·Tᵀ/√D), with a *none* token beside the regions.

Every descriptive word of a phrase is a text token t; every region a token x of the same space
``[semantics | colour evidence | place | size]``. Their scaled dot product is the evidence, in
nats, that the word fits the region; the region's logit is the sum over the words (independent
evidence adds up), a relation adds the evidence of its best anchor, and softmax over regions and
*none* gives the probabilities. Nothing here is trained: it is the baseline that the trained
network is measured against, and answers where no weights are.
"""

from __future__ import annotations

from collections.abc import Sequence

from grounded_perception.fusion.base import Fused
from grounded_perception.fusion.evidence import Evidence
from grounded_perception.fusion.gathering import gather
from grounded_perception.fusion.nats import Nats
from grounded_perception.fusion.tokens import RegionTokens, TextTokens
from grounded_perception.records import Attention
import numpy as np


class WordAttention:
    """The untrained :class:`.base.Fusion`."""

    def fuse(self, regions: RegionTokens, texts: Sequence[TextTokens]) -> tuple[Fused, ...]:
        """
        Decide how well each region answers each phrase; see the protocol.

        :param regions: N region tokens.
        :param texts: B phrases.
        :returns: B results.
        """
        return tuple(_fused(found) for found in gather(regions, texts))


def _fused(found: Evidence) -> Fused:
    every = np.exp(found.answer)
    some = len(found.scores)
    weights = np.stack([_softmax(row) for row in found.rows]) if some else found.rows
    return Fused(
        probabilities=np.asarray(every[:-1], np.float32),
        none_probability=float(every[-1]),
        member=np.asarray(found.member, np.float32),
        attention=Attention(found.words, np.asarray(weights, np.float32)),
        evidence=found,
    )


def _softmax(logits: Nats) -> Nats:
    weights = np.exp(logits - logits.max())
    return np.asarray(weights / weights.sum(), np.float64)
