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

"""What the network learns from: sentences about one image as arrays, with their truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from grounded_perception.fusion.inputs import Inputs
from grounded_perception.records import Floats, Status
import numpy as np
from numpy.typing import NDArray

#: What ``Example.status`` counts.
STATUSES = (Status.FOUND, Status.AMBIGUOUS, Status.ABSENT)


@dataclass(frozen=True, eq=False)
class Example:
    """
    B sentences about one image with N regions, and their truth.

    :param inputs: what the network takes; may be float16 to save memory.
    :param target: ``(B, N + 1)`` float32, probability that each region is the one that is meant,
        the last that none is; rows sum to 1.
    :param member: ``(B, N)`` float32, 1 = the region fits the sentence.
    :param status: ``(B,)`` index of the true answer in FOUND, AMBIGUOUS, ABSENT.
    :param kinds: B kinds of sentence, for tables.
    """

    inputs: Inputs
    target: Floats
    member: Floats
    status: NDArray[np.int64]
    kinds: tuple[str, ...]


def packed(
    arrays: Inputs,
    target: Floats,
    member: Floats,
    statuses: Sequence[Status],
    kinds: Sequence[str],
) -> Example:
    """
    Make an example in half precision: training data has to fit into memory.

    :param arrays: what the network takes.
    :param target: see :class:`Example`.
    :param member: see :class:`Example`.
    :param statuses: B true answers.
    :param kinds: B kinds of sentence.
    :returns: the example.
    """
    half = Inputs(
        arrays.regions.astype(np.float16),
        arrays.boxes,
        arrays.text.astype(np.float16),
        arrays.text_mask,
        arrays.evidence.astype(np.float16),
    )
    numbers = np.array([STATUSES.index(status) for status in statuses], np.int64)
    return Example(half, target, member, numbers, tuple(kinds))
