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

"""A sentence, taken apart as far as grammar goes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from grounded_perception.errors import CommandError


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
    :param by_hand: whether one of the two is said to have the other in a hand ("holding", "the
        bat swung by"), as far as a hand can.
    :param is_near: whether it says that they are close together: of things alike the closest is
        meant.
    """

    kind: str
    anchor: Phrase
    by_hand: bool = False
    is_near: bool = False


@dataclass(frozen=True)
class Garment:
    """
    Something that a person wears, and the colours that it is said to have.

    :param name: as said ("cap").
    :param zone: where it is worn: ``'head'``, ``'torso'``, ``'legs'`` or ``'feet'``.
    :param colours: basic colour terms, at least one.
    """

    name: str
    zone: str
    colours: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """
    A part of a thing, and the colours that it is said to have.

    :param name: as said ("ribbon").
    :param colours: basic colour terms, at least one.
    """

    name: str
    colours: tuple[str, ...]


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
    :param postures: how the person that is meant holds itself ("sitting"), names of
        :data:`grounded_perception.pose_estimators.postures.POSTURES`.
    :param garments: what the person wears; its colours are in ``colours`` as well.
    :param parts: what the thing shows somewhere ("with the green ribbon").
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
    postures: tuple[str, ...] = ()
    garments: tuple[Garment, ...] = ()
    parts: tuple[Part, ...] = ()
    unresolved: tuple[str, ...] = ()

    def unchecked(self, *, looked: bool) -> tuple[str, ...]:
        """
        List what is said of the target that nothing here checks.

        :param looked: whether somebody looks at people.
        :returns: words as said, names of postures.
        """
        if looked:
            return self.unresolved
        return (*self.unresolved, *self.postures, *(worn.name for worn in self.garments))


class Intent(Enum):
    """What a command wants done."""

    FIND = 'find'  # ground the phrases
    DESCRIBE = 'describe'  # caption the scene
    ASK = 'ask'  # answer a question
    CLEAR = 'clear'  # forget the command
    LIKE = 'like'  # find what looks like what was shown
    REMEMBER = 'remember'  # keep what was found last under a name


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
