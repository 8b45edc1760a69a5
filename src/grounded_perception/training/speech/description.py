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

"""What a sentence says of a thing, and which things of a scene that means."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from grounded_perception.records import Quantity, Status
from grounded_perception.training.speech.choosing import Choice
from grounded_perception.training.speech.standing import DIRECTED, Standing
from grounded_perception.training.speech.truth import Facts, FALSE, negation, TRUE, Truth, UNCLEAR
import numpy as np

#: Of several that stand so, people mean the nearest when the next is this much farther off.
_FARTHER = 1.6


@dataclass(frozen=True)
class Noun:
    """
    A name.

    :param word: in the singular; empty when no name is said.
    :param classes: the classes that it covers; none for "thing", "one".
    :param is_person: whether people wear things under this name.
    """

    word: str
    classes: frozenset[str]
    is_person: bool = False


@dataclass(frozen=True)
class Property:
    """
    One thing said about the target.

    :param family: which wordings say it.
    :param values: what the wording needs to know ("red"; "2", "left").
    :param holds: for which things it is true, where it needs no comparison.
    :param choice: how it picks among things, where it compares.
    :param anchors: the other things that it mentions.
    :param is_negated: whether it says that this is not so; ``holds`` has it in already.
    """

    family: str
    values: tuple[str, ...]
    holds: Truth | None = None
    choice: Choice | None = None
    anchors: tuple[Description, ...] = ()
    is_negated: bool = False


@dataclass(frozen=True)
class Description:
    """
    All that is said about the target.

    :param noun: its name.
    :param properties: what tells it from others.
    :param quantity: how many are asked for.
    :param count: the number said, 0 = none.
    """

    noun: Noun
    properties: tuple[Property, ...] = ()
    quantity: Quantity = Quantity.ONE
    count: int = 0


@dataclass(frozen=True)
class Meaning:
    """
    What a description means.

    :param status: the answer.
    :param meant: the things that fit.
    :param fails: what nothing fits: ``'class'``, ``'attribute'``, ``'relation'`` or empty.
    """

    status: Status
    meant: tuple[int, ...]
    fails: str = ''


@dataclass
class Room:
    """
    A scene with all that was worked out about it.

    :param facts: what single things are like.
    """

    facts: Facts
    _fits: dict[int, tuple[Description, tuple[int, ...] | None]] = field(default_factory=dict)

    @cached_property
    def standing(self) -> Standing:
        """How things stand to each other."""
        return Standing(self.facts)

    def fitting(self, description: Description) -> tuple[int, ...] | None:
        """
        Find what fits a description, however many are asked for.

        :param description: the description.
        :returns: indices in order; None when people would quarrel.
        """
        levels = self.facts.named(description.noun.classes)
        choices = []
        for item in description.properties:
            if item.holds is not None:
                levels = np.minimum(levels, item.holds)
            elif item.choice is not None:
                choices.append(item.choice)
        if (levels == UNCLEAR).any():
            return None
        among = tuple(int(i) for i in np.flatnonzero(levels == TRUE))
        if not choices or not among:
            return among
        found = self._chosen(choices, among)
        if len(choices) > 1 and found != self._chosen(choices[::-1], among):
            return None  # "the left one of the large ones" is not "the large one of the left"
        return found

    def _chosen(self, choices: list[Choice], among: tuple[int, ...]) -> tuple[int, ...] | None:
        found: tuple[int, ...] | None = among
        for choice in choices:
            if not found:
                return found
            found = choice(self.facts, found)
        return found

    def tie(self, kind: str, anchor: Description) -> Truth | None:
        """
        Tell which things stand so to what an anchor means.

        :param kind: a standing.
        :param anchor: the description of the other thing.
        :returns: levels; None when the anchor is unclear. Left, right and the like need exactly
            one anchor, contact is true with any.
        """
        found = self.fitting(anchor)
        if found is None or (kind in DIRECTED and len(found) > 1):
            return None
        if not found:
            return np.full(len(self.facts), FALSE, np.uint8)
        return np.asarray(self.standing.of(kind)[:, found].max(axis=1), np.uint8)

    def meaning(self, description: Description) -> Meaning | None:
        """
        Work out the answer.

        :param description: what was said.
        :returns: the answer; None when people would quarrel about it.
        """
        found = self.fitting(description)
        if found is None:
            return None
        if not found:
            return self._absent(description)
        if description.quantity is Quantity.ALL:
            if description.count and len(found) > description.count:
                return Meaning(Status.AMBIGUOUS, found)
            if len(found) < description.count:
                return Meaning(Status.ABSENT, (), 'attribute')
            return Meaning(Status.FOUND, found)
        if len(found) == 1 or description.quantity is Quantity.ANY:
            return Meaning(Status.FOUND, found)
        return Meaning(Status.AMBIGUOUS, found) if self._alike(description, found) else None

    def _absent(self, description: Description) -> Meaning:
        levels = self.facts.named(description.noun.classes)
        if not levels.any():
            return Meaning(Status.ABSENT, (), 'class')
        ties = [item for item in description.properties if item.anchors]
        others = [item for item in description.properties if not item.anchors]
        without = Description(description.noun, tuple(others))
        is_tie = bool(ties) and self.fitting(without) != ()
        return Meaning(Status.ABSENT, (), 'relation' if is_tie else 'attribute')

    def _alike(self, description: Description, found: tuple[int, ...]) -> bool:
        """Say whether no one of several fits better: the nearest of all to the anchor would."""
        for item in description.properties:
            if not item.anchors or item.is_negated or item.values[0] in ('between', 'on', 'in'):
                continue
            anchors = self.fitting(item.anchors[0]) or ()
            gaps = sorted(0.2 + float(self.standing.gap[i, list(anchors)].min()) for i in found)
            if gaps[1] > _FARTHER * gaps[0]:
                return False
        return True


def denied(item: Property) -> Property:
    """
    Say the contrary.

    :param item: a property that needs no comparison.
    :returns: its negation.
    """
    assert item.holds is not None
    return Property(
        item.family, item.values, negation(item.holds), None, item.anchors, not item.is_negated
    )
