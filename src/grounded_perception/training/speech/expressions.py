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
Sentences about an invented scene, with their exact truth.

A kind is drawn, a description of that kind planned, its meaning worked out by rules with margins,
and what came out as planned is put in words. What people would quarrel about is thrown away.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from grounded_perception.records import Quantity, Status
from grounded_perception.training.scene import Expression, Scene
from grounded_perception.training.speech.description import Description, Meaning, Room
from grounded_perception.training.speech.failures import AllPlans
from grounded_perception.training.speech.naming import pick
from grounded_perception.training.speech.phrasing import Phraser
from grounded_perception.training.speech.slips import in_writing, misspell
from grounded_perception.training.speech.standing import PORTABLE
from grounded_perception.training.speech.truth import Facts
from grounded_perception.training.speech.wording import wording
import numpy as np

#: How often each kind is wanted.
WEIGHTS: Mapping[str, float] = {
    'name': 12, 'attribute': 17, 'position': 15, 'ordinal': 6, 'size': 5, 'depth': 5,
    'relation': 15, 'two-hop': 4, 'negation': 4, 'plural': 6, 'combined': 9,
    'absent class': 6, 'absent attribute': 2, 'absent relation': 2, 'ambiguous': 11,
}  # fmt: skip
_TRIES = 30
_TELEGRAM, _COMMAND = 0.42, 0.68
_DETAIL, _EACH, _TYPO = 0.1, 0.15, 0.045
#: Ambiguous sentences often say what would settle it, were it seen (see ``guesses``).
_AMBIGUOUS_DETAIL = 0.55
_MOBILE = frozenset(
    ('person', 'bicycle', 'car', 'motorcycle', 'bus', 'truck', 'dog', 'cat', 'horse', 'cow')
)
_ABSENT = {
    'absent class': 'class',
    'absent attribute': 'attribute',
    'absent relation': 'relation',
}


def expressions(
    scene: Scene,
    rng: np.random.Generator,
    count: int,
    weights: Mapping[str, float] = WEIGHTS,
) -> tuple[Expression, ...]:
    """
    Say sentences about a scene.

    :param scene: the scene.
    :param rng: chance; the same generator gives the same sentences.
    :param count: number of sentences.
    :param weights: how often each kind is wanted; a scene that does not support a kind gets
        others instead.
    :returns: ``count`` sentences; none for a scene without things.
    """
    if not scene.things:
        return ()
    r = Random(int(rng.integers(1 << 62)))
    room = Room(Facts(scene))
    plans = AllPlans(r, room)
    kinds, shares = list(weights), list(weights.values())
    found: list[Expression] = []
    for _ in range(count * 40):
        if len(found) == count:
            break
        (kind,) = r.choices(kinds, shares)
        for _ in range(_TRIES):
            description = plans.draw(kind)
            meaning = description and room.meaning(description)
            if description and meaning and _is_of_kind(kind, meaning):
                text = sentence(r, description, meaning.status)
                found.append(
                    Expression(text, meaning.meant, meaning.status, description.quantity, kind)
                )
                break
    return tuple(found)


def _is_of_kind(kind: str, meaning: Meaning) -> bool:
    if kind in _ABSENT:
        return meaning.status is Status.ABSENT and meaning.fails == _ABSENT[kind]
    if kind == 'ambiguous':
        return meaning.status is Status.AMBIGUOUS
    return meaning.status is Status.FOUND


def sentence(r: Random, description: Description, status: Status = Status.FOUND) -> str:
    """
    Say a description as a telegram, a noun phrase or a command.

    :param r: chance.
    :param description: what to say.
    :param status: what it comes to.
    :returns: the sentence, slips included.
    """
    chance = r.random()
    is_telegram = chance < _TELEGRAM
    is_many = description.quantity is Quantity.ALL
    is_each = is_many and not description.count and r.random() < _EACH
    detail = _AMBIGUOUS_DETAIL if status is Status.AMBIGUOUS else _DETAIL
    phraser = Phraser(r, is_telegram=is_telegram, is_each=is_each, detail=detail)
    text = phraser.phrase(description)
    if r.random() < _TYPO:
        text = misspell(r, text)  # before the wrapper: a slip there makes another request
    if chance > _COMMAND:
        text = _command(r, description, text, is_many=is_many and not is_each)
    return in_writing(r, text)


def _command(r: Random, description: Description, text: str, *, is_many: bool) -> str:
    tables, classes = wording()['wrappers'], description.noun.classes
    options = tables['any']
    if classes and classes <= PORTABLE and r.random() < 0.5:
        options = tables['load']
    elif classes and classes <= _MOBILE and r.random() < 0.15:
        options = tables['mobile']
    wrapper = pick(r, options)
    if is_many:
        wrapper = wrapper.replace('where is {}', 'where are {}').replace('{} is', '{} are')
    said = wrapper.format(text)
    if said[-1] != '?' and not said.endswith('please') and r.random() < 0.06:
        said = f'{said} {pick(r, wording()["tails"])}'
    return said
