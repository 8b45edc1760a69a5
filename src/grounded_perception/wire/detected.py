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
``vision_msgs/Detection2DArray`` → plain values: the one place that knows how it is read.

Messages are taken as they are, whatever library decoded them. In vision_msgs 4 a result has
``hypothesis.class_id`` and a centre ``position``; before, both lay one level higher.
"""

from __future__ import annotations

from collections.abc import Callable
import math
from typing import Any, NamedTuple, NoReturn

from grounded_perception.errors import RecordingError


class Detected(NamedTuple):
    """
    One ``vision_msgs/Detection2D``.

    :param box_px: xyxy; a box that is turned is taken as if it were upright.
    :param hypotheses: class and score of each, in the message's order, which vision_msgs leaves
        open; on ``~/grounding`` the first is the phrase (:func:`~.contents.groundings`).
    :param track: which object it is over time; empty where it is not told.
    """

    box_px: tuple[float, float, float, float]
    hypotheses: tuple[tuple[str, float], ...] = ()
    track: str = ''

    @property
    def first(self) -> tuple[str, float]:
        """The first hypothesis; no class and the score 0 where there is none."""
        return next(iter(self.hypotheses), ('', 0.0))

    @property
    def best(self) -> tuple[str, float]:
        """The hypothesis with the highest score, what the thing is taken for; as :attr:`first`."""
        return max(self.hypotheses, key=lambda each: each[1], default=('', 0.0))


def _refuse(error: RecordingError) -> NoReturn:
    raise error


def detected(
    message: Any, refuse: Callable[[RecordingError], None] = _refuse
) -> tuple[Detected, ...]:
    """
    Read an array of detections.

    :param message: with the fields of ``vision_msgs/Detection2DArray``.
    :param refuse: told of each detection that is none, which is left out: a number that is not
        finite, a size below 0, a field that is not there. It may raise, and does if not given.
    :returns: the others, in the message's order.
    :raises RecordingError: when it is another message.
    """
    found = []
    for number, each in enumerate(_of(message, 'detections')):
        try:
            found.append(_detected(each))
        except RecordingError as exc:
            refuse(RecordingError(f'detection {number}: {exc}'))
    return tuple(found)


def _detected(given: Any) -> Detected:
    box, guesses = _of(given, 'bbox'), [_guess(each) for each in _of(given, 'results')]
    center = _of(box, 'center')
    center = getattr(center, 'position', center)
    x, y = (_number(center, name) for name in 'xy')
    width, height = (_number(box, name) for name in ('size_x', 'size_y'))
    if width < 0 or height < 0:
        raise RecordingError(f'a box is {width:g} wide and {height:g} high')
    track = getattr(given, 'id', '') or getattr(given, 'tracking_id', '')
    corners = x - width / 2, y - height / 2, x + width / 2, y + height / 2
    return Detected(corners, tuple(guesses), str(track))


def _guess(result: Any) -> tuple[str, float]:
    guess = getattr(result, 'hypothesis', result)
    name = _of(guess, 'class_id' if hasattr(guess, 'class_id') else 'id')
    return str(name).strip(), _number(guess, 'score')


def _number(given: Any, name: str) -> float:
    value = _of(given, name)
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError) as exc:
        raise RecordingError(f'{name} is a number, got {value!r}') from exc
    if not math.isfinite(number):
        raise RecordingError(f'{name} is a finite number, got {number}')
    return number


def _of(given: Any, name: str) -> Any:
    try:
        return getattr(given, name)
    except AttributeError:
        raise RecordingError(
            f'no field {name!r} in {type(given).__name__}; '
            'vision_msgs/msg/Detection2DArray is wanted'
        ) from None
