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

"""The seam between what puts a picture into words and everything else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from grounded_perception.imaging.descriptors import Descriptors
from grounded_perception.language.vocabulary import Match
from grounded_perception.records import Floats, Grounding, Phrase, Quality, Regions
import numpy as np
from numpy.typing import NDArray


class AnswerStatus(Enum):
    """Whether there is an answer."""

    ANSWERED = 'ANSWERED'
    CANNOT_TELL = 'CANNOT_TELL'


@dataclass(frozen=True)
class Answer:
    """
    What is said about one image.

    :param text: a few plain sentences; why not, where it cannot be told.
    :param status: whether that is an answer.
    :param confidence: that it is right, in [0, 1]; 0 where it cannot be told.
    :param boxes: indices of the candidate regions that it rests on, the most important first, so
        that they can be shown.
    :param by: name of the assistant.
    :raises ValueError: when the confidence is not in [0, 1], or nothing is said.
    """

    text: str
    status: AnswerStatus
    confidence: float
    boxes: tuple[int, ...]
    by: str

    def __post_init__(self) -> None:
        if not 0 <= self.confidence <= 1:
            raise ValueError(f'confidence must be in [0, 1], got {self.confidence}')
        if not self.text.strip():
            raise ValueError('an answer must say something, got no word')


class People(Protocol):
    """Looks at the candidates that are people."""

    def posture(self, name: str) -> Floats:
        """
        Say how far candidates hold themselves in a way.

        :param name: one of :data:`grounded_perception.pose_estimators.postures.POSTURES`.
        :returns: ``(N,)`` float32 in [0, 1]; .5 where it cannot be told.
        """
        ...

    def colours(self, zone: str) -> Floats:
        """
        Measure the colours of what candidates wear.

        :param zone: one of :data:`grounded_perception.pose_estimators.worn.ZONES`.
        :returns: ``(N, 11)`` float32 shares; NaN where it cannot be seen.
        """
        ...


@dataclass(frozen=True, eq=False)
class Scene:
    """
    What was perceived in the image, and how to ask for more of it.

    Nothing here is computed before it is asked for.

    :param width: of the image in pixels.
    :param height: of the image in pixels.
    :param regions: the N candidates, one for each thing, best score first.
    :param ground: says what a phrase means in this image, its indices into ``regions``.
    :param resolve: says how a noun is understood.
    :param describe: returns the N candidates' classical descriptors.
    :param quality: what the image is good for; None where nobody looked.
    :param threshold: detector score from which on a region is called certain, in [0, 1].
    :param people: looks at the candidates that are people; None where nobody does.
    """

    width: int
    height: int
    regions: Regions
    ground: Callable[[Phrase | str], Grounding]
    resolve: Callable[[str], Match]
    describe: Callable[[], Descriptors]
    quality: Quality | None = None
    threshold: float = 0.4
    people: Callable[[], People] | None = None


class Assistant(Protocol):
    """
    Answers questions about images, and describes them; used from one thread.

    One whose attribute ``is_quick`` is true answers within a frame's time. Any other is asked in
    a thread beside the one that perceives, and must not call :attr:`Scene.ground`.
    """

    def answer(self, rgb: NDArray[np.uint8], question: str, seen: Scene) -> Answer:
        """
        Answer a question.

        :param rgb: uint8 ``(H, W, 3)`` RGB; never written to.
        :param question: what was asked, any text; empty = describe the image.
        :param seen: what was perceived in it.
        :returns: the answer; what cannot be answered is no error, but said.
        :raises ModelFailed: when a network raises.
        """
        ...

    def describe(self, rgb: NDArray[np.uint8], seen: Scene) -> Answer:
        """
        Describe an image.

        :param rgb: uint8 ``(H, W, 3)`` RGB; never written to.
        :param seen: what was perceived in it.
        :returns: the description.
        :raises ModelFailed: when a network raises.
        """
        ...

    def close(self) -> None:
        """Free what it holds; it is not used afterwards."""
        ...
