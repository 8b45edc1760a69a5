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

"""The sets of a run: to learn from, to measure on, to calibrate on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from grounded_perception.training.examples import Example
from grounded_perception.training.shipping.card import INVENTED
from grounded_perception.training.tuning.own import (
    ENOUGH,
    look,
    mixed,
    OwnExamples,
    OwnPictures,
    sentences,
)
import numpy as np

#: Makes the examples of so many scenes, of a seed.
Make = Callable[[int, int], list[Example]]
#: Scenes held out are this part of those learned from, within limits.
_HELD_OUT, _FEWEST, _MOST = 20, 48, 2000


@dataclass(frozen=True)
class HeldOut:
    """
    What nothing is learned from.

    :param validation: to measure on.
    :param calibration: to fit the temperature on.
    :param measured: what validation shows, in words.
    """

    validation: list[Example]
    calibration: list[Example]
    measured: str = INVENTED


def seeds(seed: int) -> tuple[int, int]:
    """
    Draw the seeds of two sets that share neither scene nor surface.

    :param seed: of the run.
    :returns: of what is learned from, of what is held out.
    """
    first, second = np.random.SeedSequence(seed).generate_state(2)
    return int(first), int(second)


def look_at(own: OwnPictures | None, say: Callable[[str], None]) -> OwnExamples | None:
    """
    Look at one's own pictures, and say so where too few are held out.

    :param own: where they are; None = there are none.
    :param say: told what begins.
    :returns: examples, or None.
    """
    found = look(own, say) if own else None
    if found and not found.enough:
        say(
            f'Held-out sentences of your own: {sentences(found.held_out)}, fewer than {ENOUGH}; '
            'the answers are measured and calibrated on invented scenes.'
        )
    return found


def to_learn(
    make: Make, scenes: int, seed: int, own: OwnExamples | None, say: Callable[[str], None]
) -> list[Example]:
    """
    Make what is learned from.

    :param make: invents.
    :param scenes: how many.
    :param seed: of the run.
    :param own: one's own examples, or none.
    :param say: told what begins.
    :returns: examples.
    """
    say(f'inventing {scenes} scenes')
    examples = make(scenes, seeds(seed)[0])
    if own:
        invented = sentences(examples)
        examples, times = mixed(examples, own.learned)
        share = 1 - invented / sentences(examples)
        say(f'Your own sentences, {times} times each, are {share:.0%} of what is learned from.')
    return examples


def to_judge(make: Make, scenes: int, seed: int, own: OwnExamples | None) -> HeldOut:
    """
    Make what is held out.

    :param make: invents.
    :param scenes: how many are learned from.
    :param seed: of the run.
    :param own: one's own examples, or none.
    :returns: one's own sentences where there are enough; they then serve for both.
    """
    if own and own.enough:
        pictures = f'{len(own.held_out)} pictures of {own.name}'
        return HeldOut(own.held_out, own.held_out, pictures)
    count = min(max(scenes // _HELD_OUT, _FEWEST), _MOST)
    every = make(2 * count, seeds(seed)[1])
    return HeldOut(every[::2], every[1::2])
