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
What people speak of, and whom they mean where the words leave it open.

People speak of what is large and in the middle more often than of what is small and aside. So of
the sentences that could be said about a scene, those about small things are said less often; and
where the point of a sentence cannot be seen ("the man who is sitting"), the truth is one of those
that fit, drawn by how much it stands out. The network learns how sure it can be.
"""

from __future__ import annotations

from dataclasses import replace

from grounded_perception.records import Phrase, Quantity, Status
from grounded_perception.training.scene import Expression, Scene
import numpy as np

#: How often such a sentence means one thing although several fit what can be checked.
_MEANS_ONE = 0.8
#: How often what stands out least is spoken of, for once that the most striking thing is.
_LEAST_SAID = 0.1
#: The same for sentences that mean nothing here: it keeps their share what the grammar says.
_ABSENT_SAID = 0.6


def is_said(expression: Expression, scene: Scene, rng: np.random.Generator) -> bool:
    """
    Say whether somebody would say this, rather than speak of something else.

    :param expression: a sentence.
    :param scene: what it is about.
    :param rng: chance.
    :returns: True more often the more what it means stands out.
    """
    if not expression.meant:
        return bool(rng.random() < _ABSENT_SAID)
    every = [_standing_out(scene, thing) for thing in range(len(scene.things))]
    share = max(every[thing] for thing in expression.meant) / max(every)
    return bool(rng.random() < _LEAST_SAID + (1 - _LEAST_SAID) * share)


def guessed(
    phrase: Phrase, expression: Expression, scene: Scene, rng: np.random.Generator
) -> Expression:
    """
    Let an ambiguous sentence with an unseen detail mean one thing.

    :param phrase: the sentence as understood.
    :param expression: the sentence.
    :param scene: what it is about.
    :param rng: chance.
    :returns: the same sentence, mostly meaning one thing; any other unchanged.
    """
    is_open = expression.status is Status.AMBIGUOUS and expression.quantity is Quantity.ONE
    if not (is_open and phrase.unchecked(looked=False)) or rng.random() > _MEANS_ONE:
        return expression
    weights = np.array([_standing_out(scene, thing) for thing in expression.meant])
    one = int(rng.choice(expression.meant, p=weights / weights.sum()))
    return replace(expression, meant=(one,), status=Status.FOUND)


def _standing_out(scene: Scene, thing: int) -> float:
    """Return how much a thing catches the eye, by its side and its distance from the middle."""
    x1, y1, x2, y2 = scene.things[thing].box
    side = ((x2 - x1) * (y2 - y1) / (scene.width * scene.height)) ** 0.5
    aside = np.hypot((x1 + x2) / scene.width - 1, (y1 + y2) / scene.height - 1)
    return float((side + 0.02) * np.exp(-aside / 2))
