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

"""What a question asks, taken apart."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from grounded_perception.records import Phrase


class Kind(Enum):
    """What a question wants to know."""

    DESCRIBE = 'describe'  # what is there at all
    COUNT = 'count'  # how many
    EXISTS = 'exists'  # whether there is one
    COLOUR = 'colour'  # which colour
    CHECK = 'check'  # whether something holds of a thing
    WHAT = 'what'  # what kind of thing is there
    WHERE = 'where'  # where it is
    WHICH = 'which'  # which of several things
    SIZE = 'size'  # how large it is
    POSTURE = 'posture'  # what a person does with its body
    CLOTHES = 'clothes'  # what a person wears
    COMPARE = 'compare'  # which of two is more so
    UNKNOWN = 'unknown'  # nothing that can be answered here


@dataclass(frozen=True)
class Question:
    """
    A question, taken apart as far as grammar goes.

    :param text: the question, cleaned.
    :param kind: what it wants to know.
    :param subject: the thing asked about; None where none is named.
    :param claim: what ``CHECK`` asks about the subject: a colour, a place, a name, ties.
    :param other: what ``COMPARE`` compares the subject with.
    :param measure: what ``COMPARE`` compares: ``'large'``, ``'small'``, ``'nearest'``,
        ``'farthest'``, ``'left'``, ``'right'``, ``'more'`` or ``'fewer'`` things.
    :param also: further things that ``COUNT`` or ``EXISTS`` asks for ("cars and trucks").
    :param is_choice: whether one of the things is to be chosen ("a dog or a cat").
    :param part: the garment or part of the subject whose colour is asked, or empty.
    :param trouble: why it cannot be answered, as the end of a sentence that begins "because".
    """

    text: str
    kind: Kind
    subject: Phrase | None = None
    claim: Phrase | None = None
    other: Phrase | None = None
    measure: str = ''
    also: tuple[Phrase, ...] = ()
    is_choice: bool = False
    part: str = ''
    trouble: str = ''

    @property
    def phrases(self) -> tuple[Phrase, ...]:
        """Every thing that is named."""
        return tuple(filter(None, (self.subject, self.claim, self.other))) + self.also


#: Said by whoever does not know what to make of a question.
NO_QUESTION = (
    'I understand English questions about which things are here, how many, where, and of '
    'which colour'
)
