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
The values that travel between the rooms: frozen, shapes and dtypes checked when made.

Boxes are ``xyxy`` in pixels of the original image: x right, y down, (0, 0) the outer corner of
the first pixel, x2/y2 exclusive. Colours are RGB. Times are integer nanoseconds of the clock
that stamped the image.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from grounded_perception.errors import CommandError, FrameError, ModelFailed
import numpy as np
from numpy.typing import NDArray

#: Box array ``(N, 4)`` float32 xyxy, or score array ``(N,)`` float32.
Floats = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Frame:
    """
    One image with its origin.

    :param rgb: uint8 ``(H, W, 3)``, RGB, any strides; never written to.
    :param stamp_ns: time of exposure in nanoseconds.
    :param frame_id: coordinate frame of the camera (REP-103 optical frame), may be empty.
    :raises FrameError: when shape or dtype differ, or a side is zero.
    """

    rgb: NDArray[np.uint8]
    stamp_ns: int = 0
    frame_id: str = ''

    def __post_init__(self) -> None:
        if self.rgb.dtype != np.uint8 or self.rgb.ndim != 3 or self.rgb.shape[2] != 3:
            raise FrameError(
                f'an image must be uint8 (H, W, 3), got {self.rgb.dtype} {self.rgb.shape}'
            )
        if 0 in self.rgb.shape:
            raise FrameError(f'an image must have pixels, got {self.width} x {self.height}')

    @property
    def height(self) -> int:
        """Rows."""
        return int(self.rgb.shape[0])

    @property
    def width(self) -> int:
        """Columns."""
        return int(self.rgb.shape[1])


class Quantity(Enum):
    """How many things a phrase asks for."""

    ONE = 'one'  # "the car", "car": one thing is meant
    ANY = 'any'  # "a dog": one thing, and any that fits will do
    ALL = 'all'  # "cars", "all chairs": every one


@dataclass(frozen=True)
class Relation:
    """
    What ties the target of a phrase to another thing.

    :param kind: one of :data:`grounded_perception.geometry.RELATIONS`.
    :param anchor: the other thing.
    """

    kind: str
    anchor: Phrase


@dataclass(frozen=True)
class Phrase:
    """
    One thing that a command asks for, taken apart.

    :param text: the words as said, command wrapper removed ("the red car left of the bus").
    :param noun: the head with its modifiers that belong to its name, singular, lower case
        ("traffic light", "car"); empty when only "thing", "object", … was said.
    :param colours: basic colour terms that describe the target ("red").
    :param without_colours: basic colour terms that the target must not have.
    :param position: one of :data:`grounded_perception.geometry.POSITIONS`, or empty.
    :param ordinal: 0 = none; ``n`` = the n-th counted along ``position``'s direction.
    :param size: ``'large'``, ``'small'`` or empty.
    :param relations: ties to other things, all of which must hold.
    :param quantity: whether one or every one is meant.
    :param count: the number said ("the two people"), 0 = none.
    :param unresolved: words that describe the target and that nothing here can check.
    """

    text: str
    noun: str
    colours: tuple[str, ...] = ()
    without_colours: tuple[str, ...] = ()
    position: str = ''
    ordinal: int = 0
    size: str = ''
    relations: tuple[Relation, ...] = ()
    quantity: Quantity = Quantity.ONE
    count: int = 0
    unresolved: tuple[str, ...] = ()


class Intent(Enum):
    """What a command wants done."""

    FIND = 'find'  # ground the phrases
    DESCRIBE = 'describe'  # caption the scene
    ASK = 'ask'  # answer a question
    CLEAR = 'clear'  # forget the command


@dataclass(frozen=True)
class Command:
    """
    A sentence, understood as far as grammar goes.

    :param text: the sentence, cleaned of control characters and surplus blanks.
    :param intent: what it wants.
    :param phrases: the things it names, in the order said; at least one for ``FIND``.
    :raises CommandError: when nothing is asked for.
    """

    text: str
    intent: Intent = Intent.FIND
    phrases: tuple[Phrase, ...] = ()

    def __post_init__(self) -> None:
        if self.intent is Intent.FIND and not self.phrases:
            raise CommandError(f'no thing to look for in {self.text!r}')


@dataclass(frozen=True, eq=False)
class Regions:
    """
    What a detector proposes in one image.

    :param boxes_px: ``(N, 4)`` float32 xyxy in pixels of the original image, inside it.
    :param scores: ``(N,)`` float32 in [0, 1], finite.
    :param labels: N words of the detector's vocabulary.
    :param names: the K words that the columns of ``posterior`` stand for.
    :param posterior: ``(N, K)`` float32, what the detector believes of each region besides its
        label; the rows need not sum to 1. ``K = 0`` where a detector tells nothing but a label.
    :raises ModelFailed: when they disagree, or a value is not finite: the detector is at fault.
    """

    boxes_px: Floats
    scores: Floats
    labels: tuple[str, ...]
    names: tuple[str, ...]
    posterior: Floats

    def __post_init__(self) -> None:
        n, k = len(self.labels), len(self.names)
        shapes = (self.boxes_px.shape, self.scores.shape, self.posterior.shape)
        if shapes != ((n, 4), (n,), (n, k)):
            raise ModelFailed(
                f'{n} labels and {k} names need boxes ({n}, 4), scores ({n},) and posterior '
                f'({n}, {k}), got {shapes[0]}, {shapes[1]} and {shapes[2]}'
            )
        if not all(np.isfinite(a).all() for a in (self.boxes_px, self.scores, self.posterior)):
            raise ModelFailed('boxes, scores and posterior must be finite')

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, keep: NDArray[np.intp] | NDArray[np.bool_]) -> Regions:
        """
        Pick some of the regions.

        :param keep: indices, or a boolean mask of length N.
        :returns: the regions in that order.
        """
        index = np.flatnonzero(keep) if keep.dtype == np.bool_ else keep
        labels = tuple(self.labels[i] for i in index)
        return Regions(
            self.boxes_px[index], self.scores[index], labels, self.names, self.posterior[index]
        )

    @staticmethod
    def of_labels(boxes_px: Floats, scores: Floats, labels: tuple[str, ...]) -> Regions:
        """
        Make regions of a detector that tells nothing but a label.

        :param boxes_px: ``(N, 4)`` float32 xyxy.
        :param scores: ``(N,)`` float32.
        :param labels: N words.
        :returns: the regions, with ``K = 0``.
        """
        return Regions(boxes_px, scores, labels, (), np.zeros((len(labels), 0), np.float32))

    @staticmethod
    def empty() -> Regions:
        """Return no region at all."""
        return Regions.of_labels(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), ())


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
        ``probabilities`` sum to 1.
    :param margin: best probability minus the next one (none included), in [0, 1].
    :param reason: one sentence for people.
    :param attention: per-word attention over the regions.
    """

    phrase: Phrase
    status: Status
    indices: tuple[int, ...]
    probabilities: Floats
    none_probability: float
    margin: float
    reason: str
    attention: Attention

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
    """

    detections: Regions
    candidates: Regions
    groundings: tuple[Grounding, ...]
    timings_ms: Mapping[str, float]
