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
The embedded pose estimator: BlazePose GHUM full, run by OpenVINO on a CPU.

It sees the square around a person, and where that square shows half a body, is too large, too
small or stands askew to it (somebody lying), others that may fit better: V. Bazarevsky et al.,
"BlazePose: On-device Real-time Body Pose tracking", 2020, https://arxiv.org/abs/2006.10204.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import cv2
from grounded_perception.compute import compile_openvino, Compute, openvino_core
from grounded_perception.errors import ModelCorrupt, ModelFailed, ModelMissing
from grounded_perception.imaging.patches import clip
from grounded_perception.pose_estimators.base import Bodies, JOINTS
from grounded_perception.records import Floats
from grounded_perception.settings import check, setting
from grounded_perception.weights import file_hash, Source
import numpy as np
from numpy.typing import NDArray

WEIGHTS = Path(__file__).parent / 'weights' / 'pose_landmark_full.tflite'
#: Where the file comes from; it is kept beside this one, see its model card.
SOURCE = Source(
    name='BlazePose GHUM full',
    distribution='mediapipe',
    version='0.10.14',
    path='mediapipe/modules/pose_landmark/pose_landmark_full.tflite',
    sha256='e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f',
    licence='Apache-2.0',
)

#: Pixels of the square that it sees, and the landmarks that it finds.
_SIDE, _LANDMARKS, _WORLD = 256, 39, 33
#: Outputs of the graph: landmarks with visibility, whether anybody is there, landmarks in metres.
#: Its heat map and its mask are not asked for: a third of the time.
_OUTPUTS = ('Identity', 'Identity_1', 'Identity_4')
#: Which of its landmarks are the joints.
_ROWS = (0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
assert len(_ROWS) == len(JOINTS)
#: Landmarks between the hips and on the circle around the whole body, above its head.
_CENTRE, _RIM, _SHOULDERS = 33, 34, (11, 12)
#: The square's side by the circle's diameter, or by the longer side of a box.
_MARGIN = 1.25
#: A square that differs more from what fits (in radians, as a ratio of sides) is cut again.
_ASKEW, _MISFIT = 0.5, 1.5
#: A box wider than this by its height may hold somebody lying, the head on either side.
_FLAT, _LYING = 1.3, (-np.pi / 2, np.pi / 2)
#: Presence from which on no other square is tried.
_SURE = 0.8
#: A joint outside its person's box by more than this share of it is not seen.
_SLACK = 0.05


@dataclass(frozen=True)
class Options:
    """
    Options of the embedded pose estimator.

    :raises SettingsError: when a value is not allowed.
    """

    refine: bool = setting(
        True,
        'Whether people who lie, are half hidden or fill little of their box are looked at again, '
        'in a square that fits them better.',
    )

    def __post_init__(self) -> None:
        check(self)


class _Square(NamedTuple):
    """A square part of an image: centre and side in pixels, ``turn`` clockwise in radians."""

    x: float
    y: float
    side: float
    turn: float

    def to_image(self) -> Floats:
        """Return ``(2, 3)`` the map from the network's pixels to the image's."""
        scale = self.side / _SIDE
        cos, sin = scale * np.cos(self.turn), scale * np.sin(self.turn)
        half = _SIDE / 2
        return np.array(
            [
                [cos, -sin, self.x - half * cos + half * sin],
                [sin, cos, self.y - half * sin - half * cos],
            ],
            np.float32,
        )


def load(options: Options, compute: Compute) -> BlazePose:
    """
    Check the weights; they are loaded when somebody is looked at first.

    Most commands are about no person: until one is, neither memory nor a start is spent on it.

    :param options: see :class:`Options`.
    :param compute: in which arithmetic and on how many cores it runs.
    :returns: a pose estimator.
    :raises ModelMissing: when the weights are not there.
    :raises ModelCorrupt: when the weights are not the pinned ones.
    """
    check_weights()
    return BlazePose(lambda: compile_openvino(_graph(), compute).create_infer_request(), options)


def check_weights() -> None:
    """
    Check the file of the weights.

    :raises ModelMissing: when there is none.
    :raises ModelCorrupt: when it is not the pinned one.
    """
    if not WEIGHTS.is_file():
        raise ModelMissing(f'{WEIGHTS} is not there: install grounded_perception anew')
    if (got := file_hash(WEIGHTS)) != SOURCE.sha256:
        raise ModelCorrupt(
            f'{WEIGHTS} has SHA-256 {got[:12]}…, it must have {SOURCE.sha256[:12]}…: '
            'install grounded_perception anew'
        )


def _graph() -> Any:
    """Return the part of the graph that is needed, with uint8 RGB for its input."""
    from openvino import Model, preprocess, Type

    whole = openvino_core().read_model(WEIGHTS)
    needed = {r.input_value(0).get_any_name(): r for r in whole.get_results()}
    model = Model([needed[name] for name in _OUTPUTS], whole.get_parameters(), 'blazepose')
    steps = preprocess.PrePostProcessor(model)
    steps.input().tensor().set_element_type(Type.u8)
    steps.input().preprocess().convert_element_type(Type.f32).scale(255.0)
    return steps.build()


class BlazePose:
    """
    A :class:`~grounded_perception.pose_estimators.base.PoseEstimator`; made by :func:`load`.

    :param begin: loads the network and returns an OpenVINO inference request of it.
    :param options: see :class:`Options`.
    """

    def __init__(self, begin: Callable[[], Any], options: Options) -> None:
        self._begin = begin
        self._request: Any = None
        self._options = options

    def estimate(self, rgb: NDArray[np.uint8], boxes_px: Floats) -> Bodies:
        """
        Find the joints of the person in each box; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param boxes_px: ``(N, 4)`` float32 xyxy in its pixels.
        :returns: N people.
        :raises ModelMissing: when OpenVINO is not installed.
        :raises ModelFailed: when the network cannot be loaded, or raises.
        """
        if self._request is None:
            self._request = self._begin()
        boxes, valid = clip(np.asarray(boxes_px, np.float32).reshape(-1, 4), *rgb.shape[:2])
        n, joints = len(boxes), len(JOINTS)
        joints_px = np.zeros((n, joints, 2), np.float32)
        joints_m = np.full((n, joints, 3), np.nan, np.float32)
        visibility, presence = np.zeros((n, joints), np.float32), np.zeros(n, np.float32)
        for row in np.flatnonzero(valid):
            person = self._person(rgb, boxes[row])
            joints_px[row] = person.image[list(_ROWS)]
            joints_m[row] = person.metres[list(_ROWS)]
            inside = _inside(joints_px[row], boxes[row])
            visibility[row] = person.visibility[list(_ROWS)] * inside
            presence[row] = person.presence
        return Bodies(joints_px, joints_m, visibility, presence)

    def close(self) -> None:
        """Free the network."""
        self._request = None

    def _person(self, rgb: NDArray[np.uint8], box: Floats) -> _Person:
        likely, others = _squares(box, rgb.shape[0])
        if not self._options.refine:
            return self._look(rgb, likely[0], box)
        looks = [self._look(rgb, square, box) for square in likely]
        best = max(looks, key=lambda look: look.presence)
        for square in others:
            if best.presence < _SURE:
                best = max(best, self._look(rgb, square, box), key=lambda look: look.presence)
        better = best.fitting()
        ratio = better.side / best.square.side
        if not 1 / 3 < ratio < 3:
            return best  # nobody is that much larger or smaller than what the detector saw
        if abs(better.turn) < _ASKEW and 1 / _MISFIT < ratio < _MISFIT:
            return best
        return max(best, self._look(rgb, better, box), key=lambda look: look.presence)

    def _look(self, rgb: NDArray[np.uint8], square: _Square, box: Floats) -> _Person:
        to_image = square.to_image()
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        seen = cv2.warpAffine(rgb, to_image, (_SIDE, _SIDE), flags=how)
        try:
            self._request.infer({0: seen[None]}, share_inputs=True)
            marks, presence, world = (
                np.array(self._request.get_output_tensor(i).data) for i in range(len(_OUTPUTS))
            )
        except RuntimeError as exc:
            raise ModelFailed(f'{SOURCE.name} raised: {exc}') from exc
        marks, world = marks.reshape(_LANDMARKS, 5), world.reshape(-1, 3)[:_WORLD]
        turn = to_image[:, :2] / np.linalg.norm(to_image[:, 0])
        upright = world.copy()
        upright[:, :2] = world[:, :2] @ turn.T
        image = marks[:, :2] @ to_image[:, :2].T + to_image[:, 2]
        neck = image[list(_SHOULDERS)].mean(axis=0, keepdims=True)
        return _Person(
            square=square,
            image=image,
            metres=upright,
            # Both are logits: inside the image, and not hidden.
            visibility=1 / (1 + np.exp(-np.clip(marks[:, 3:5].min(axis=1), -30, 30))),
            # Who has the neck elsewhere is somebody else.
            presence=float(presence.ravel()[0]) if _inside(neck, box).all() else 0.0,
        )


def _squares(box: Floats, height: int) -> tuple[list[_Square], list[_Square]]:
    """
    Return squares in which the body may be as the network expects: upright, hips in the middle.

    :param box: ``(4,)`` xyxy; it holds all of a body, or its upper half, or something between.
    :param height: of the image.
    :returns: those to be looked at in any case, and those for when nobody is found in them.
    """
    x1, y1, x2, y2 = (float(value) for value in box)
    x, y, wide, high = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
    longer = max(wide, high)
    whole = _Square(x, y, _MARGIN * longer, 0.0)
    half = _Square(x, y2 - 0.05 * high, 2.2 * high, 0.0)
    large = _Square(x, y, 1.7 * longer, 0.0)
    if wide > _FLAT * high:  # whoever lies is seen in a square that lies as well
        return [whole, *(whole._replace(turn=turn) for turn in _LYING)], [half, large]
    if y2 >= (1 - _SLACK) * height:  # cut off by the image's edge
        return [whole, half], [large]
    return [whole], [half, large]


def _inside(points: Floats, box: Floats) -> NDArray[np.bool_]:
    """Say which points ``(J, 2)`` a box holds: legs under a table are guessed, not seen."""
    slack = _SLACK * (box[2:] - box[:2])
    return np.asarray(((points >= box[:2] - slack) & (points <= box[2:] + slack)).all(axis=1))


class _Person(NamedTuple):
    """What one look found: all landmarks in pixels and metres."""

    square: _Square
    image: Floats
    metres: Floats
    visibility: Floats
    presence: float

    def fitting(self) -> _Square:
        """Return the square that fits the body, its head above."""
        centre, rim = self.image[_CENTRE], self.image[_RIM]
        along = rim - centre
        turn = float(np.arctan2(along[0], -along[1]))
        side = 2 * _MARGIN * float(np.hypot(*along))
        return _Square(float(centre[0]), float(centre[1]), side, turn)
