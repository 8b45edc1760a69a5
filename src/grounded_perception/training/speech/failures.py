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

"""Descriptions that nothing fits or several things do, and the choice among all kinds."""

from __future__ import annotations

from collections.abc import Callable

from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.imaging.colour import COLOURS
from grounded_perception.records import Quantity
from grounded_perception.training.speech import anchors, properties
from grounded_perception.training.speech.description import Description, Noun, Property
from grounded_perception.training.speech.naming import is_mass, mixable, name_of
from grounded_perception.training.speech.plans import Plans
from grounded_perception.training.speech.truth import TRUE


class AllPlans(Plans):
    """Draws descriptions of every kind."""

    def draw(self, kind: str) -> Description | None:
        """
        Draw a description.

        :param kind: one of :data:`~grounded_perception.training.scene.KINDS`.
        :returns: a description that may be of that kind; None when chance found none.
        """
        return _PLANS[kind](self)

    def _absent_class(self) -> Description | None:
        r, present = self._r, set(self._classes)
        name = r.choice(COCO_NAMES)
        if mixable(name) & present and r.random() < 0.7:
            return None
        noun = name_of(r, name)
        if noun.classes & present:
            return None
        chance = r.random()
        items: tuple[Property, ...] = ()
        if chance < 0.22:
            items = (properties.any_attribute(r, self._room, noun, r.choice(COLOURS)),)
        elif chance < 0.35:
            items = (properties.on_side(r.choice(('left', 'right', 'top', 'bottom'))),)
        elif chance < 0.5:
            anchor = anchors.describe(r, self._room, self._target(), is_certain=True)
            tie = anchor and anchors.any_tie(r, self._room, noun, anchor)
            items = (tie,) if tie else ()
        return self._missing(noun, items)

    def _missing(self, noun: Noun, items: tuple[Property, ...]) -> Description:
        """Ask for what is not there: for one, sometimes for any or all."""
        chance = self._r.random()
        is_free = not is_mass(noun.word) and bool(noun.word)
        is_free = is_free and all(item.choice is None for item in items)
        if is_free and chance < 0.12:
            return Description(noun, items, Quantity.ANY)
        if is_free and chance < 0.2:
            return Description(noun, items, Quantity.ALL)
        return Description(noun, items)

    def _absent_attribute(self) -> Description | None:
        r, target = self._r, self._target()
        chance = r.random()
        if chance < 0.08:
            return self._plural(is_wrong=True)
        noun = self._noun(target)
        if chance < 0.16:
            number = len(self._among(noun)) + r.choice((1, 1, 2))
            if not 3 <= number <= 6:
                return None
            return Description(noun, (properties.nth(number, r.choice(('left', 'right'))),))
        if chance < 0.36:  # each is true of some, both of none
            first = properties.attribute_of(r, self._room, target)
            rivals = list(self._among(noun))
            second = properties.attribute_of(r, self._room, r.choice(rivals)) if rivals else None
            if first is None or second is None or first.family == second.family != 'worn':
                return None
            if 'dressed' in (first.family, second.family) or first.values[0] == second.values[0]:
                return None
            return self._missing(noun, (first, second))
        said = r.choice(COLOURS)
        if chance < 0.75:  # the colour of something else that is there
            said = self._things[self._target()].colours[0]
        return self._missing(noun, (properties.any_attribute(r, self._room, noun, said),))

    def _absent_relation(self) -> Description | None:
        r, target = self._r, self._target()
        noun = self._noun(target)
        chance = r.random()
        if chance < 0.35:  # true of a thing of another name
            item = anchors.tie_of(r, self._room, self._target(), noun)
            return None if item is None else self._missing(noun, (item,))
        if chance < 0.43:  # to what is not there
            other = r.choice(COCO_NAMES)
            end = name_of(r, other, is_plain=True)
            if end.classes & {*self._classes, *noun.classes} or mixable(other) & {*self._classes}:
                return None
            anchor: Description | None = Description(end)
        else:
            anchor = anchors.describe(r, self._room, self._target(), is_certain=False)
        if anchor is None or anchor.noun.classes & noun.classes:
            return None
        tie = anchors.any_tie(r, self._room, noun, anchor)
        return None if tie is None else self._missing(noun, (tie,))

    def _ambiguous(self) -> Description | None:
        r, target = self._r, self._rivalled()
        chance = r.random()
        if chance < 0.07:
            return self._plural(is_wrong=True)
        noun = self._noun(target, 0.03 if chance > 0.5 else 0)
        among = self._among(noun)
        if len(among) < 2:
            return None
        item: Property | None
        if noun.is_person and chance < 0.7 and r.random() < 0.7:
            noun = name_of(r, 'person', is_neutral=True)  # "the man" may be the only man
        if chance < 0.45:
            return Description(noun)
        if chance < 0.72:
            item = properties.attribute_of(r, self._room, target)
        elif chance < 0.87:
            item = anchors.tie_of(r, self._room, target, noun)
        else:
            item = properties.on_side(r.choice(('left', 'right', 'top', 'bottom')))
        if item is None or (item.holds is not None and item.holds[target] != TRUE):
            return None
        return Description(noun, (item,))


_PLANS: dict[str, Callable[[AllPlans], Description | None]] = {
    'name': AllPlans._name,
    'attribute': AllPlans._attribute,
    'position': AllPlans._position,
    'ordinal': AllPlans._ordinal,
    'size': AllPlans._size,
    'depth': AllPlans._depth,
    'relation': AllPlans._relation,
    'two-hop': AllPlans._two_hop,
    'negation': AllPlans._negation,
    'plural': AllPlans._plural,
    'combined': AllPlans._combined,
    'absent class': AllPlans._absent_class,
    'absent attribute': AllPlans._absent_attribute,
    'absent relation': AllPlans._absent_relation,
    'ambiguous': AllPlans._ambiguous,
}
