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
What can be said of a scene's regions: which fit a phrase, and how sure that is.

Kinds of things are believed as far as the detector's scores have proved right; what else a phrase
asks is looked up on the pixels and boxes. "The X" goes through the fusion.
"""

from __future__ import annotations

from functools import cached_property

from grounded_perception import geometry
from grounded_perception.assistants.base import Scene
from grounded_perception.assistants.composing import colouring
from grounded_perception.imaging.colour import BANDS
from grounded_perception.imaging.descriptors import Descriptors
from grounded_perception.language.vocabulary import Match
from grounded_perception.records import Floats, Phrase, Quantity, Status
import numpy as np
from numpy.typing import NDArray

#: Detector scores, as shares of the threshold of detections, and how often a class that is seen
#: so well is truly in the picture: measured on 90 photographs with the embedded detector.
_SCORES = (0.0, 0.5, 0.75, 1.0, 1.25, 1.6, 2.25, 2.5)
_PROVED = (0.06, 0.2, 0.4, 0.55, 0.65, 0.88, 0.96, 0.98)
#: What is seen better than this share of the threshold is counted, ...
_COUNTED = 0.75
#: ... what is seen better than this is "perhaps" one.
_PERHAPS = 0.55
#: One of several is "the" one unless another is this share as plain, by score and side.
_PLAINLY = 0.5
#: A degree from which on something holds.
_HOLDS = 0.5
#: How far from an even chance a posture is told, and how often it is then right: measured on 103
#: people by ``benchmarks/bodies.py``.
_TELLING, _TOLD = 0.1, 0.75
#: How far from the middle a thing is on a side, see :func:`grounded_perception.geometry.place`.
_ASIDE = 0.12


class Sight:
    """
    One image as the composed assistant sees it.

    :param rgb: uint8 ``(H, W, 3)`` RGB.
    :param scene: what was perceived in it.
    """

    def __init__(self, rgb: NDArray[np.uint8], scene: Scene) -> None:
        self.rgb = rgb
        self.scene = scene
        self.boxes: Floats = scene.regions.boxes_px
        self.labels = scene.regions.labels
        self.scores: Floats = scene.regions.scores

    @cached_property
    def descriptors(self) -> Descriptors:
        """Classical descriptors of the regions."""
        return self.scene.describe()

    @property
    def certain(self) -> list[int]:
        """Regions that are certain, best first."""
        return [int(i) for i in np.flatnonzero(self.scores >= self.scene.threshold)]

    @property
    def perhaps(self) -> list[int]:
        """Regions that are perhaps something, best first, and nothing certain."""
        low = _COUNTED * self.scene.threshold
        return [
            int(i)
            for i in np.flatnonzero((self.scores >= low) & (self.scores < self.scene.threshold))
        ]

    def proved(self, score: float) -> float:
        """
        Turn a detector's score into a probability.

        :param score: in [0, 1].
        :returns: how often what is seen so well is there.
        """
        return float(np.interp(score / max(self.scene.threshold, 1e-6), _SCORES, _PROVED))

    def meant(self, phrase: Phrase) -> Match:
        """
        Say how the name in a phrase is understood.

        :param phrase: the phrase.
        :returns: the match.
        """
        return self.scene.resolve(phrase.noun)

    def named(self, phrase: Phrase) -> Floats:
        """
        Say how well each region is seen as what a phrase names.

        :param phrase: the phrase.
        :returns: ``(N,)`` float32, the detector's score, 0 for other kinds.
        """
        if not phrase.noun:
            return self.scores
        classes = set(self.meant(phrase).class_names)
        of_kind = np.array([label in classes for label in self.labels], bool)
        return np.asarray(np.where(of_kind, self.scores, 0), np.float32)

    def fitting(self, phrase: Phrase, floor: float = _COUNTED) -> list[int]:
        """
        Find every region that fits a phrase.

        :param phrase: the phrase.
        :param floor: least score of what is found, as a share of the threshold.
        :returns: their indices, the best seen first.
        """
        named = self.named(phrase)
        fits = named >= floor * self.scene.threshold
        for index in np.flatnonzero(fits):
            holds = self.holds(phrase, int(index))
            fits[index] = holds or (holds is None and floor < _COUNTED)
        found = np.flatnonzero(fits)
        if not len(found):
            return []
        if phrase.ordinal or phrase.size or phrase.position in ('nearest', 'farthest'):
            return [self._foremost(phrase, found)]
        return [int(i) for i in found[np.argsort(-named[found], kind='stable')]]

    def perhaps_fitting(self, phrase: Phrase) -> list[int]:
        """
        Find what may fit a phrase besides what does.

        :param phrase: the phrase.
        :returns: indices, the best seen first.
        """
        sure = set(self.fitting(phrase))
        return [i for i in self.fitting(phrase, _PERHAPS) if i not in sure]

    def holds(self, phrase: Phrase, index: int) -> bool | None:
        """
        Check what a phrase says besides the name; superlatives are left out.

        :param phrase: the phrase.
        :param index: of a region.
        :returns: whether all of it holds; None where some of it cannot be told.
        """
        found: list[bool | None] = [self.coloured(index, c, phrase)[0] for c in phrase.colours]
        found += [self.holding(index, posture)[0] for posture in phrase.postures]
        for colour in phrase.without_colours:
            has, _ = self.coloured(index, colour)
            found.append(None if has is None else not has)
        compares = phrase.ordinal or phrase.position in ('', 'nearest', 'farthest')
        if not compares and phrase.position in geometry.POSITIONS:
            found.append(self.placed(index, phrase.position))
        for relation in phrase.relations:
            found.append(self.related(index, relation.kind, relation.anchor)[0] >= _HOLDS)
        if False in found:
            return False
        return None if None in found else True

    def coloured(
        self, index: int, colour: str, phrase: Phrase | None = None
    ) -> tuple[bool | None, float]:
        """
        Say whether a region has a colour, or wears it.

        :param index: of the region.
        :param colour: one of :data:`.imaging.colour.COLOURS`.
        :param phrase: that says so, and of what; None = of the whole.
        :returns: yes, no or open, and how sure that is.
        """
        for garment in phrase.garments if phrase else ():
            worn = self.worn(index, garment.zone) if colour in garment.colours else None
            if worn is not None:
                return colouring.verdict(worn, np.zeros((BANDS, len(worn)), np.float32), colour)
        described = self.descriptors
        return colouring.verdict(described.colours[index], described.bands[index], colour)

    def worn(self, index: int, zone: str) -> Floats | None:
        """
        Measure the colours that a person wears.

        :param index: of its region.
        :param zone: one of :data:`grounded_perception.pose_estimators.worn.ZONES`.
        :returns: ``(11,)`` shares; None where it cannot be seen or nobody looks.
        """
        if self.scene.people is None:
            return None
        shares = self.scene.people().colours(zone)[index]
        return None if np.isnan(shares).any() else shares

    def holding(self, index: int, posture: str) -> tuple[bool | None, float]:
        """
        Say whether a person holds itself in a way.

        :param index: of its region.
        :param posture: one of :data:`grounded_perception.pose_estimators.postures.POSTURES`.
        :returns: yes, no or open, and how sure that is.
        """
        if self.scene.people is None:
            return None, 0.0
        degree = float(self.scene.people().posture(posture)[index])
        if abs(degree - 0.5) < _TELLING:
            return None, 0.0
        return degree > 0.5, _TOLD

    def placed(self, index: int, position: str) -> bool:
        """
        Say whether a region lies where a position word points.

        :param index: of the region.
        :param position: one of :data:`grounded_perception.geometry.POSITIONS` that compares
            nothing.
        :returns: whether it does.
        """
        where = geometry.place(
            self.boxes[index][None], self.scene.width, self.scene.height, position
        )
        return bool(where[0] > (0.3 if position == 'middle' else _ASIDE))

    def related(self, index: int, kind: str, anchor: Phrase) -> tuple[float, int]:
        """
        Measure how a region stands to what a phrase names.

        :param index: of the region.
        :param kind: one of :data:`grounded_perception.geometry.RELATIONS`.
        :param anchor: the other thing.
        :returns: degree in [0, 1] and the index of the other; (0, -1) where there is none.
        """
        others = [i for i in self.the(anchor) if i != index]
        if not others:
            return 0.0, -1
        degrees = geometry.RELATIONS[kind](self.boxes[index][None], self.boxes[others])[0]
        best = int(np.argmax(degrees))
        return float(degrees[best]), others[best]

    def the(self, phrase: Phrase) -> list[int]:
        """
        Find what "the X" means.

        :param phrase: the phrase.
        :returns: what fits; where a description fits nothing by itself, what the fusion takes
            it for; best first.
        """
        found = self.fitting(phrase)
        plain = not (phrase.colours or phrase.position or phrase.size or phrase.relations)
        if plain and phrase.quantity is not Quantity.ALL:
            found = self._prominent(found)
        if len(found) == 1 or not len(self.scores):
            return found
        if plain and found:
            return found
        if not self.meant(phrase).class_names:
            return found
        answer = self.scene.ground(phrase)
        if answer.status is Status.FOUND:
            least = _COUNTED * self.scene.threshold
            return [int(i) for i in answer.indices if self.scores[i] >= least]
        return found

    def _prominent(self, found: list[int]) -> list[int]:
        """Drop what nobody means by "the car" where a far plainer one stands."""
        plain = self.scores * np.sqrt(geometry.area(self.boxes))
        best = max((float(plain[i]) for i in found), default=0.0)
        return [i for i in found if plain[i] >= _PLAINLY * best]

    def doubles(self, index: int, other: int) -> bool:
        """
        Say whether two regions may be one thing under two boxes.

        :param index: of one.
        :param other: of the other.
        :returns: whether they overlap that much.
        """
        return bool(geometry.iou(self.boxes[index][None], self.boxes[other][None])[0, 0] > 0.6)

    def _foremost(self, phrase: Phrase, among: NDArray[np.intp]) -> int:
        """Return the one that a superlative means."""
        boxes = self.boxes[among]
        if phrase.ordinal and phrase.position in geometry.POSITIONS:
            along = geometry.place(boxes, self.scene.width, self.scene.height, phrase.position)
            order = np.argsort(-along, kind='stable')
            return int(among[order[min(phrase.ordinal, len(order)) - 1]])
        if phrase.size:
            area = geometry.area(boxes)
            return int(among[np.argmax(area if phrase.size == 'large' else -area)])
        where = phrase.position if phrase.position in geometry.POSITIONS else 'nearest'
        along = geometry.place(boxes, self.scene.width, self.scene.height, where)
        return int(among[np.argmax(along)])
