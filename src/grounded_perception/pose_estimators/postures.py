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
How people hold themselves, told from their joints.

Directions are taken in space where the estimator knows it, else in the image: who sits facing the
camera has thighs that are short in the image and level in space. The limits were chosen on the
people of ``benchmarks/bodies.py``, which are too few to choose finely: what a posture says of a
person is weak evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from grounded_perception.pose_estimators.base import Bodies, JOINTS
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

_SIDES = ('left', 'right')


def degrees(bodies: Bodies, posture: str) -> Floats:
    """
    Say how far people hold themselves in a way.

    :param bodies: N people.
    :param posture: one of :data:`POSTURES`.
    :returns: ``(N,)`` float32 in [0, 1]; .5 where it cannot be told.
    """
    if not len(bodies):
        return np.zeros(0, np.float32)
    asked = POSTURES[posture]
    sure = asked.trust * np.clip(2 * bodies.presence * bodies.seen(asked.joints), 0, 1)
    return np.asarray(0.5 + (asked.degree(bodies) - 0.5) * sure, np.float32)


def _standing(bodies: Bodies) -> Floats:
    return _least(_rising(_thighs(bodies), 0.72, 0.06), _falling(_tilt(bodies), 60, 8))


def _sitting(bodies: Bodies) -> Floats:
    folded = _least(_crouching(bodies), bodies.seen(_both('ankle')))
    upright = _falling(_tilt(bodies), 65, 6)
    return _least(_falling(_thighs(bodies), 0.72, 0.06), upright, 1 - folded)


def _crouching(bodies: Bodies) -> Floats:
    low = _falling(_height_of_hips(bodies), 0.88, 0.05)
    upright = _falling(_tilt(bodies), 65, 6)
    return _least(_falling(_thighs(bodies), 0.72, 0.06), upright, low)


def _bending(bodies: Bodies) -> Floats:
    return _least(_rising(_tilt(bodies), 42, 5), _rising(_thighs(bodies), 0.72, 0.06))


def _lying(bodies: Bodies) -> Floats:
    """Tell whether a body is longer than high, from the shoulders to the feet."""
    across = np.abs(_middle(bodies, _both('ankle')) - _middle(bodies, _both('shoulder')))
    along = np.degrees(np.arctan2(across[:, 0], np.maximum(across[:, 1], 1e-6)))
    return _least(_rising(along, 60, 6), _rising(_tilt(bodies), 50, 6))


def _raising(bodies: Bodies) -> Floats:
    """Tell whether the higher wrist is above the shoulders, by a part of the torso's length."""
    wrists = np.min([bodies.between([f'{side}_wrist'])[:, 1] for side in _SIDES], axis=0)
    rise = bodies.between(_both('shoulder'))[:, 1] - wrists
    return _rising(_by_torso(bodies, rise), 0.32, 0.04)


def _facing_us(bodies: Bodies) -> Floats:
    return _rising(_turn(bodies), 0.5, 0.1)


def _facing_away(bodies: Bodies) -> Floats:
    return _rising(-_turn(bodies), 0.5, 0.1)


_LEGS = ('left_hip', 'right_hip', 'left_knee', 'right_knee')
_FEET = ('left_knee', 'right_knee', 'left_ankle', 'right_ankle')
_TORSO = ('left_shoulder', 'right_shoulder', 'left_hip', 'right_hip')
_SHOULDERS = ('left_shoulder', 'right_shoulder')
_WRISTS = ('left_wrist', 'right_wrist')


class Posture(NamedTuple):
    """
    A way to hold oneself.

    :param joints: those that show it.
    :param degree: how it is told.
    :param trust: how far that can be trusted, in [0, 1]: who runs has a thigh as level as who
        sits, but nobody lies who is higher than wide.
    :param share: of the people that somebody may mean, those who hold themselves so.
    """

    joints: Sequence[str]
    degree: Callable[[Bodies], Floats]
    trust: float
    share: float


#: What can be told, by the names that people read.
POSTURES: dict[str, Posture] = {
    'standing': Posture(_LEGS, _standing, 0.7, 0.6),
    'sitting': Posture(_LEGS, _sitting, 0.7, 0.35),
    'crouching': Posture(_FEET, _crouching, 0.7, 0.25),
    'bending over': Posture(_TORSO, _bending, 0.7, 0.25),
    'lying': Posture(_TORSO, _lying, 0.94, 0.15),
    'raising an arm': Posture(_WRISTS, _raising, 0.94, 0.2),
    'facing us': Posture(_SHOULDERS, _facing_us, 0.8, 0.5),
    'facing away': Posture(_SHOULDERS, _facing_away, 0.8, 0.3),
}


def chances(degree: Floats, posture: str) -> Floats:
    """
    Weigh what was seen against how common a posture is.

    :param degree: ``(N,)`` of :func:`degrees`.
    :param posture: one of :data:`POSTURES`.
    :returns: ``(N,)`` float32 probabilities, its share where nothing could be told (Bayes).
    """
    share = POSTURES[posture].share
    yes, no = degree * share, (1 - degree) * (1 - share)
    return np.asarray(yes / np.maximum(yes + no, 1e-6), np.float32)


def _both(joint: str) -> list[str]:
    return [f'{side}_{joint}' for side in _SIDES]


def _points(bodies: Bodies, names: Sequence[str]) -> Floats:
    """Return ``(N, J, 3)`` in space, or in the image with no depth."""
    rows = [JOINTS.index(name) for name in names]
    flat = np.pad(bodies.joints_px[:, rows], ((0, 0), (0, 0), (0, 1)))
    space = bodies.joints_m[:, rows]
    return np.asarray(np.where(np.isnan(space), flat, space), np.float32)


def _middle(bodies: Bodies, names: Sequence[str]) -> Floats:
    return np.asarray(_points(bodies, names).mean(axis=1), np.float32)


def _thighs(bodies: Bodies) -> Floats:
    """Return ``(N,)`` how far down the steeper thigh points: 1 = straight down, 0 = level."""
    downs = []
    for side in _SIDES:
        thigh = _middle(bodies, [f'{side}_knee']) - _middle(bodies, [f'{side}_hip'])
        downs.append(thigh[:, 1] / np.maximum(np.linalg.norm(thigh, axis=1), 1e-6))
    return np.asarray(np.max(downs, axis=0), np.float32)


def _turn(bodies: Bodies) -> Floats:
    """Return ``(N,)`` 1 where the left shoulder is on the image's right, facing us; -1 = away."""
    line = _middle(bodies, ['left_shoulder']) - _middle(bodies, ['right_shoulder'])
    return np.asarray(line[:, 0] / np.maximum(np.linalg.norm(line, axis=1), 1e-6), np.float32)


def _tilt(bodies: Bodies) -> Floats:
    """Return ``(N,)`` degrees of the torso from upright."""
    torso = _middle(bodies, _both('shoulder')) - _middle(bodies, _both('hip'))
    flat = np.linalg.norm(torso[:, [0, 2]], axis=1)
    return np.asarray(np.degrees(np.arctan2(flat, -torso[:, 1])), np.float32)


def _height_of_hips(bodies: Bodies) -> Floats:
    """Return ``(N,)`` how far the hips are above the lower foot, by the torso's length."""
    feet = np.max([bodies.between([f'{side}_ankle'])[:, 1] for side in _SIDES], axis=0)
    return _by_torso(bodies, feet - bodies.between(_both('hip'))[:, 1])


def _by_torso(bodies: Bodies, lengths: NDArray[np.floating]) -> Floats:
    """Divide lengths in the image, ``(N,)`` pixels, by that of the torso."""
    return np.asarray(lengths / bodies.torso(), np.float32)


def _rising(values: Floats, limit: float, softness: float) -> Floats:
    steps = np.clip((values - limit) / softness, -30, 30)
    return np.asarray(1 / (1 + np.exp(-steps)), np.float32)


def _falling(values: Floats, limit: float, softness: float) -> Floats:
    return 1 - _rising(values, limit, softness)


def _least(*degrees: Floats) -> Floats:
    """Say how far all of some things hold."""
    return np.asarray(np.minimum.reduce(degrees), np.float32)
