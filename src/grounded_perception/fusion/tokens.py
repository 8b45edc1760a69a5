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
Regions and phrases as tokens.

A region's semantics lie in the space of the text encoder: the mean of its class names'
embeddings, weighted by the detector's posterior. A noun lies where the classes lie that it was
understood as. So the fusion does not care which detector proposed a region.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast, Protocol, TypeVar

from grounded_perception import geometry
from grounded_perception.fusion.doubles import doubles
from grounded_perception.fusion.persons import Persons
from grounded_perception.imaging.descriptors import describe, Descriptors
from grounded_perception.language.clothes import grown, look_of
from grounded_perception.language.encoder import TokenEmbeddings
from grounded_perception.language.vocabulary import Match
from grounded_perception.pose_estimators.base import PoseEstimator
from grounded_perception.records import Floats, Frame, Phrase, Regions
import numpy as np
from numpy.typing import NDArray

#: Classes kept of a region's posterior: beyond the third there is noise.
_TOP_CLASSES = 3

T = TypeVar('T')


class Words(Protocol):
    """What tokens need of a vocabulary."""

    def resolve(self, noun: str) -> Match:
        """
        Find the classes that a noun means.

        :param noun: singular, lower case; empty = any thing.
        :returns: how it was understood.
        """
        ...

    def embed(self, texts: Sequence[str]) -> Floats:
        """
        Embed nouns, remembering them.

        :param texts: M nouns.
        :returns: ``(M, D)`` float32, rows of length 1.
        """
        ...

    def tokens(self, text: str) -> TokenEmbeddings:
        """
        Embed a phrase word by word.

        :param text: the phrase.
        :returns: its words.
        """
        ...


@dataclass(frozen=True, eq=False)
class RegionTokens:
    """
    The regions of one image as the fusion sees them.

    :param semantics: ``(N, D)`` unit vectors in the text encoder's space.
    :param names: K class names.
    :param posterior: ``(N, K)`` what the detector believes, its top classes only, 0 elsewhere.
    :param descriptors: N rows of classical descriptors.
    :param scores: ``(N,)`` detector scores.
    :param boxes_px: ``(N, 4)`` xyxy.
    :param width: image width in pixels.
    :param height: image height in pixels.
    :param persons: looks at people; None = nobody does.
    """

    semantics: Floats
    names: tuple[str, ...]
    posterior: Floats
    descriptors: Descriptors
    scores: Floats
    boxes_px: Floats
    width: int
    height: int
    persons: Persons | None = None
    _memory: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False)

    def __len__(self) -> int:
        return len(self.scores)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """
        Return what several sentences about the image ask for, made once for all of them.

        :param key: names it.
        :param make: makes it; what it returns must not be changed.
        :returns: it.
        """
        if key not in self._memory:
            self._memory[key] = make()
        return cast(T, self._memory[key])

    def each_once(
        self, keys: Sequence[Hashable], make: Callable[[list[Hashable]], Sequence[T]]
    ) -> list[T]:
        """
        Return several things that sentences ask for, those that are new made in one go.

        :param keys: name them.
        :param make: makes those that it is given the names of, in their order.
        :returns: all of them, in the order of the names.
        """
        missing = [key for key in dict.fromkeys(keys) if key not in self._memory]
        if missing:
            self._memory.update(zip(missing, make(missing), strict=True))
        return [cast(T, self._memory[key]) for key in keys]

    def belief(self, class_names: Sequence[str]) -> Floats:
        """
        Say how much the detector believes that each region is of one of these classes.

        :param class_names: names; those that the detector does not know count for nothing.
        :returns: ``(N,)`` float32 in [0, 1], not normalised.
        """
        asked = tuple(class_names)
        return self.once(('belief', asked), lambda: self.beliefs([asked])[0])

    def beliefs(self, groups: Sequence[Sequence[str]]) -> Floats:
        """
        Say the same for several groups of classes.

        :param groups: G times the names of classes.
        :returns: ``(G, N)``.
        """
        place = self.once('places', lambda: {name: k for k, name in enumerate(self.names)})
        # Nobody believes in a class that is not known: it stands behind the others.
        unknown = len(place)
        columns = [[unknown, *(place.get(name, unknown) for name in names)] for names in groups]
        first = np.cumsum([0, *map(len, columns[:-1])])
        believed = self.once(
            'believed',
            lambda: np.concatenate([self.posterior.T, np.zeros((1, len(self)), np.float32)]),
        )
        every = believed[[k for each in columns for k in each]]
        return np.asarray(np.maximum.reduceat(every, first, axis=0), np.float32)

    def related(self, kind: str) -> Floats:
        """
        Measure a relation between all pairs.

        :param kind: one of :data:`grounded_perception.geometry.RELATIONS`.
        :returns: ``(N, N)`` float32 in [0, 1]: row i stands so to column j; 0 to itself.
        """

        def make() -> Floats:
            degrees = geometry.RELATIONS[kind](self.boxes_px, self.boxes_px)
            np.fill_diagonal(degrees, 0)
            return degrees

        return self.once(('related', kind), make)

    def before(self, weights: Floats) -> Floats:
        """
        Count what comes before each region, as superlatives do.

        :param weights: ``(B, N)`` how much each region counts.
        :returns: ``(B, 7, N)`` float32, sums over the regions that lie more to the left, the
            right, the top, the bottom; are larger, smaller; are nearer.
        """

        def make() -> tuple[NDArray[np.intp], NDArray[np.intp]]:
            x, y = geometry.centres(self.boxes_px).T
            size = geometry.area(self.boxes_px)
            near = geometry.place(self.boxes_px, self.width, self.height, 'nearest')
            first = np.stack([-x, x, -y, y, size, -size, near])
            ahead = np.count_nonzero(first[:, None] > first[:, :, None], axis=2)
            return np.argsort(-first, axis=1, kind='stable'), ahead

        # Sorted and added up, not multiplied by N × N comparisons: NumPy's threads for that would
        # fight with OpenVINO's.
        order, ahead = self.once('orders', make)
        sums = np.zeros((len(weights), len(order), len(self) + 1), np.float32)
        np.cumsum(weights[:, order], axis=2, out=sums[:, :, 1:])
        return np.asarray(np.take_along_axis(sums, ahead[None], axis=2), np.float32)

    def doubles(self) -> NDArray[np.bool_]:
        """
        Say which regions may be one thing under two boxes.

        :returns: ``(N, N)``, symmetric, true on the diagonal.
        """
        return self.once('doubles', lambda: doubles(self.boxes_px))


@dataclass(frozen=True, eq=False)
class TextTokens:
    """
    One phrase as the fusion sees it; made once for a command, not for every frame.

    :param phrase: the phrase.
    :param match: how its noun was understood.
    :param semantics: ``(M, D)`` unit vectors, one for each class that the noun may mean; M = 0
        where the noun was not understood, or any thing will do.
    :param anchors: the tokens of ``phrase.relations``' anchors, in their order.
    :param words: the phrase word by word; None for an anchor, whose words are the whole's.
    :param persons: the classes that may be the person whose posture or clothes the phrase
        describes; none where it describes neither.
    :param holders: the classes that may be the person in whose hand something is said to be; none
        where nothing is.
    """

    phrase: Phrase
    match: Match
    semantics: Floats
    anchors: tuple[TextTokens, ...]
    words: TokenEmbeddings | None = None
    persons: tuple[str, ...] = ()
    holders: tuple[str, ...] = ()

    @property
    def ties_are_known(self) -> bool:
        """Whether everything that the phrase leans on is something that regions can be."""
        return all(anchor.match.class_names for anchor in self.anchors)


def region_tokens(
    frame: Frame, regions: Regions, words: Words, estimator: PoseEstimator | None = None
) -> RegionTokens:
    """
    Make tokens of regions.

    :param frame: the image.
    :param regions: N proposals in it.
    :param words: embeds class names.
    :param estimator: finds people's joints; None = nobody looks at people.
    :returns: N tokens.
    """
    described = describe(frame.rgb, regions.boxes_px)
    tokens = tokens_of(regions, described, (frame.width, frame.height), words)
    if estimator is None:
        return tokens
    return replace(tokens, persons=Persons(estimator, frame.rgb, regions.boxes_px))


def tokens_of(
    regions: Regions, descriptors: Descriptors, size: tuple[int, int], words: Words
) -> RegionTokens:
    """
    Make tokens of regions that are described already.

    :param regions: N proposals.
    :param descriptors: their descriptors.
    :param size: width and height of the image in pixels.
    :param words: embeds class names.
    :returns: N tokens.
    """
    names, posterior = _top(regions)
    own = words.embed(regions.labels)
    mean = posterior @ words.embed(names) + 1e-6 * own if names else own
    norm = np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), np.finfo(np.float32).tiny)
    return RegionTokens(
        semantics=np.asarray(mean / norm, np.float32),
        names=names,
        posterior=posterior,
        descriptors=descriptors,
        scores=regions.scores,
        boxes_px=regions.boxes_px,
        width=size[0],
        height=size[1],
    )


def text_tokens(phrase: Phrase, words: Words) -> TextTokens:
    """
    Make tokens of a phrase and, through its relations, of what it leans on.

    :param phrase: the phrase.
    :param words: resolves and embeds nouns.
    :returns: its tokens.
    """
    return described(phrase, words, words.tokens(phrase.text))


def described(
    phrase: Phrase, words: Words, embeddings: TokenEmbeddings | None = None
) -> TextTokens:
    """
    Make tokens of a phrase whose words are embedded already, or need not be.

    :param phrase: the phrase.
    :param words: resolves and embeds nouns.
    :param embeddings: its words.
    :returns: its tokens.
    """
    match = words.resolve(phrase.noun)
    classes = match.class_names if phrase.noun else ()
    anchors = tuple(described(relation.anchor, words) for relation in phrase.relations)
    persons: tuple[str, ...] = ()
    if _describes_person(phrase):
        persons = classes or words.resolve('person').class_names
    holders: tuple[str, ...] = ()
    if any(relation.by_hand for relation in phrase.relations):
        holders = words.resolve('person').class_names
    return TextTokens(phrase, match, words.embed(classes), anchors, embeddings, persons, holders)


def _describes_person(phrase: Phrase) -> bool:
    """Say whether whom it names must be looked at: posture, clothes, hair, a role's usual look."""
    described = phrase.postures or phrase.garments or any(map(grown, phrase.parts))
    return bool(described or look_of(phrase.noun))


def _top(regions: Regions) -> tuple[tuple[str, ...], Floats]:
    """Return class names and the posterior's greatest values; the label's score where none is."""
    if not regions.names:
        names = tuple(dict.fromkeys(regions.labels))
        only = np.zeros((len(regions), len(names)), np.float32)
        for row, (label, score) in enumerate(zip(regions.labels, regions.scores, strict=True)):
            only[row, names.index(label)] = score
        return names, only
    weights = regions.posterior.copy()
    if weights.shape[1] > _TOP_CLASSES and len(regions):
        least = np.partition(weights, -_TOP_CLASSES, axis=1)[:, -_TOP_CLASSES, None]
        weights[weights < least] = 0
    return regions.names, weights
