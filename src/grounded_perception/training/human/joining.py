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

"""Regions, sentences, and which regions each sentence means → an example."""

from __future__ import annotations

from collections.abc import Sequence

from grounded_perception.fusion.gathering import gather
from grounded_perception.fusion.inputs import inputs
from grounded_perception.fusion.tokens import RegionTokens, TextTokens
from grounded_perception.records import Status
from grounded_perception.training.examples import Example, packed
import numpy as np


def joined(
    regions: RegionTokens,
    texts: Sequence[TextTokens],
    meant: Sequence[Sequence[int]],
    kinds: Sequence[str],
) -> Example:
    """
    Join regions and sentences to arrays.

    :param regions: N region tokens.
    :param texts: B phrases that ask for one thing.
    :param meant: for each the indices of the regions that fit: one, none (ABSENT), or several
        (AMBIGUOUS).
    :param kinds: B kinds of sentences.
    :returns: the example, in half precision to save memory.
    """
    target = np.zeros((len(texts), len(regions) + 1), np.float32)
    for row, fitting in zip(target, meant, strict=True):
        row[list(fitting) or [-1]] = 1 / max(len(fitting), 1)
    found = [(Status.ABSENT, Status.FOUND, Status.AMBIGUOUS)[min(len(m), 2)] for m in meant]
    arrays = inputs(regions, texts, gather(regions, texts))
    return packed(arrays, target, np.asarray(target[:, :-1] > 0, np.float32), found, kinds)
