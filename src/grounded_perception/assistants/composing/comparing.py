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

"""Which of two things is larger, nearer, or further to a side."""

from __future__ import annotations

from collections.abc import Callable

from grounded_perception import geometry
from grounded_perception.assistants.composing.counting import more
from grounded_perception.assistants.composing.replies import called, cannot, Reply, the, unknown
from grounded_perception.assistants.composing.sight import Sight
from grounded_perception.assistants.composing.telling import missing
from grounded_perception.assistants.composing.wording import sentence
from grounded_perception.language.asked import Question
import numpy as np

#: How much larger (or nearer) one thing must be to be called so.
_LARGER, _NEARER = 1.15, 0.05


def compare(sight: Sight, question: Question) -> Reply:
    """
    Compare two things.

    :param sight: what is seen.
    :param question: of kind ``COMPARE``.
    :returns: yes or no, as far as the image shows.
    """
    subject, other, measure = question.subject, question.other, question.measure
    if measure in ('more', 'fewer'):
        return more(sight, question)
    if subject is None or other is None:
        return cannot('two things are needed to compare')
    if refused := unknown(sight, subject, other):
        return refused
    ours, theirs = sight.the(subject), sight.the(other)
    if not ours or not theirs:
        return missing(sight, other if ours else subject)
    a, b = ours[0], theirs[0] if theirs[0] != ours[0] else theirs[-1]
    if a == b:
        return cannot(f'I see only one {called(sight, subject)}', ours)
    lead, slack, word, hint = _MEASURES[measure](sight, a, b)
    if abs(lead) < slack:
        return cannot(
            f'{the(sight, subject)} and {the(sight, other)} are too much alike to tell', (a, b)
        )
    several = 0.8 if len(ours) > 1 or len(theirs) > 1 else 1.0
    sure = min(0.6 + abs(lead), 0.9) * several
    first, second = the(sight, subject), the(sight, other)
    if question.is_choice:
        winner = first if lead > 0 else second
        return Reply(sentence(f'{winner} is {word}{hint}'), sure, (a, b))
    text = f'Yes, {first} is {word} than {second}' if lead > 0 else f'No, {second} is {word}'
    return Reply(sentence(text + hint), sure, (a, b))


_Measured = tuple[float, float, str, str]


def _areas(sign: int, word: str) -> Callable[[Sight, int, int], _Measured]:
    def lead(sight: Sight, a: int, b: int) -> _Measured:
        area = np.maximum(geometry.area(sight.boxes[[a, b]]), 1)
        slack = float(np.log(_LARGER))
        return sign * float(np.log(area[0] / area[1])), slack, word, ' as it appears in the image'

    return lead


def _along(position: str, word: str) -> Callable[[Sight, int, int], _Measured]:
    def lead(sight: Sight, a: int, b: int) -> _Measured:
        width, height = sight.scene.width, sight.scene.height
        along = geometry.place(sight.boxes[[a, b]], width, height, position)
        hint = ', judged by the image alone' if position in ('nearest', 'farthest') else ''
        return float(along[0] - along[1]), _NEARER, word, hint

    return lead


_MEASURES: dict[str, Callable[[Sight, int, int], _Measured]] = {
    'large': _areas(1, 'larger'),
    'small': _areas(-1, 'smaller'),
    'nearest': _along('nearest', 'closer'),
    'farthest': _along('farthest', 'farther away'),
    'left': _along('left', 'further left'),
    'right': _along('right', 'further right'),
}
