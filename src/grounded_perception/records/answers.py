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

"""What a sentence means in an image, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from grounded_perception.records.images import Quality
from grounded_perception.records.regions import Floats, Regions
from grounded_perception.records.sentences import Phrase


class Status(Enum):
    """The three honest answers."""

    FOUND = 'FOUND'
    AMBIGUOUS = 'AMBIGUOUS'
    ABSENT = 'ABSENT'


@dataclass(frozen=True, eq=False)
class Attention:
    """
    Which word looked at which region.

    :param words: W words or word groups of the phrase.
    :param weights: ``(W, N)`` float32, each row sums to 1 (or is 0 where nothing fits).
    """

    words: tuple[str, ...]
    weights: Floats


@dataclass(frozen=True)
class Check:
    """
    One thing that a phrase asks, looked up on one region.

    :param what: what is asked, for people: ``'is a car'``, ``'red'``, ``'left of the bus'``.
    :param kind: ``'noun'``, ``'colour'``, ``'without'``, ``'size'``, ``'place'``, ``'ordinal'``,
        ``'relation'``, or ``'word'`` for a word that nothing here can check.
    :param value: how well the region fits, in [0, 1]; 0 where it could not be checked.
    :param holds: whether that is enough; None where it could not be checked.
    """

    what: str
    kind: str
    value: float
    holds: bool | None


@dataclass(frozen=True, eq=False)
class Grounding:
    """
    What a phrase means in one image.

    :param phrase: what was asked for.
    :param status: the answer.
    :param indices: the candidates that answer, best first: those meant when FOUND, the candidates
        when AMBIGUOUS, none when ABSENT.
    :param probabilities: ``(N,)`` float32: that a region is the one that is meant, or, where
        every fitting one is meant, that it fits.
    :param none_probability: probability that no region is meant; where one is meant, it and
        ``probabilities`` sum to 1, or to less where the image is too poor to tell.
    :param margin: best probability minus the next one (none included), in [0, 1].
    :param reason: one sentence for people.
    :param attention: per-word attention over the regions.
    :param checks: everything asked, looked up on the best answer, or, when ABSENT, on the region
        that comes nearest; only what could not be checked where there is no region.
    """

    phrase: Phrase
    status: Status
    indices: tuple[int, ...]
    probabilities: Floats
    none_probability: float
    margin: float
    reason: str
    attention: Attention
    checks: tuple[Check, ...] = ()

    @property
    def score(self) -> float:
        """Probability of the best answer; of absence when ABSENT."""
        if self.status is Status.ABSENT:
            return self.none_probability
        return float(self.probabilities[self.indices[0]])


@dataclass(frozen=True, eq=False)
class Perception:
    """
    All that was perceived in one frame.

    :param detections: regions good enough to publish, best score first.
    :param candidates: the regions that grounding considered, one for each thing.
    :param groundings: one for each phrase of the command, their indices into ``candidates``;
        empty without a command.
    :param timings_ms: stage name → milliseconds.
    :param quality: what the image is good for; None where nobody looked.
    """

    detections: Regions
    candidates: Regions
    groundings: tuple[Grounding, ...]
    timings_ms: Mapping[str, float]
    quality: Quality | None = None
