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

"""The node's messages as the bag library has them; content by ``wire.contents``, as the node's."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from types import SimpleNamespace
from typing import Any

from grounded_perception.evaluation.results import Boxes
from grounded_perception.wire.bag import typestore
from grounded_perception.wire.contents import Detection, entry_name, pairs, QUERY, State
from grounded_perception.wire.detected import detected
import numpy as np
from numpy.typing import NDArray

_KINDS = (
    'builtin_interfaces/msg/Time', 'std_msgs/msg/Header', 'std_msgs/msg/String',
    'geometry_msgs/msg/Point', 'geometry_msgs/msg/Quaternion', 'geometry_msgs/msg/Pose',
    'geometry_msgs/msg/PoseWithCovariance', 'sensor_msgs/msg/CompressedImage',
    'diagnostic_msgs/msg/DiagnosticStatus', 'diagnostic_msgs/msg/KeyValue',
    'vision_msgs/msg/Point2D', 'vision_msgs/msg/Pose2D', 'vision_msgs/msg/BoundingBox2D',
    'vision_msgs/msg/ObjectHypothesis', 'vision_msgs/msg/ObjectHypothesisWithPose',
    'vision_msgs/msg/Detection2D', 'vision_msgs/msg/Detection2DArray',
)  # fmt: skip


@cache
def _kinds() -> SimpleNamespace:
    """Return the message classes by their short names, and the pose that nobody knows."""
    types = typestore().types
    kinds = SimpleNamespace(**{name.split('/')[-1]: types[name] for name in _KINDS})
    pose = kinds.Pose(
        position=kinds.Point(0.0, 0.0, 0.0), orientation=kinds.Quaternion(0.0, 0.0, 0.0, 1.0)
    )
    kinds.no_pose = kinds.PoseWithCovariance(pose=pose, covariance=np.zeros(36))
    return kinds


def header(stamp_ns: int, frame_id: str) -> Any:
    """
    Make a header.

    :param stamp_ns: of the source image.
    :param frame_id: of the source image.
    :returns: std_msgs/Header.
    """
    kinds = _kinds()
    sec, nanosec = divmod(stamp_ns, 1_000_000_000)
    return kinds.Header(stamp=kinds.Time(sec=sec, nanosec=nanosec), frame_id=frame_id)


def array(head: Any, found: Sequence[Detection]) -> Any:
    """
    Make ``~/detections`` or ``~/grounding``.

    :param head: of the source image.
    :param found: its detections.
    :returns: vision_msgs/Detection2DArray.
    """
    return _kinds().Detection2DArray(header=head, detections=[_detection(head, d) for d in found])


def _detection(head: Any, found: Detection) -> Any:
    kinds = _kinds()
    center = kinds.Pose2D(position=kinds.Point2D(x=found.x, y=found.y), theta=0.0)
    return kinds.Detection2D(
        header=head,
        results=[
            kinds.ObjectHypothesisWithPose(
                hypothesis=kinds.ObjectHypothesis(class_id=name, score=score), pose=kinds.no_pose
            )
            for name, score in found.hypotheses
        ],
        bbox=kinds.BoundingBox2D(center=center, size_x=found.width, size_y=found.height),
        id='',
    )


def status(state: State) -> Any:
    """
    Make ``~/query_state``.

    :param state: what it says.
    :returns: diagnostic_msgs/DiagnosticStatus.
    """
    kinds = _kinds()
    return kinds.DiagnosticStatus(
        level=state.level,
        name=entry_name(QUERY),
        message=state.message,
        hardware_id='',
        values=[kinds.KeyValue(key=key, value=value) for key, value in pairs(state.values)],
    )


def jpeg(head: Any, data: NDArray[np.uint8]) -> Any:
    """
    Make ``~/annotated/compressed``.

    :param head: of the source image.
    :param data: a JPEG file's bytes, uint8 ``(N,)``.
    :returns: sensor_msgs/CompressedImage, of an image that was rgb8.
    """
    return _kinds().CompressedImage(header=head, format='rgb8; jpeg compressed bgr8', data=data)


def boxes_of(message: Any) -> Boxes:
    """
    Read detections.

    :param message: vision_msgs/Detection2DArray of any origin; of a detection's hypotheses the
        first counts, one without any has no label and the score 0.
    :returns: them, best first.
    :raises RecordingError: naming the detection that is none.
    """
    found = detected(message)
    return Boxes.of(
        np.array([each.box_px for each in found], np.float32).reshape(-1, 4),
        np.array([each.first[1] for each in found], np.float32),
        tuple(each.first[0] for each in found),
    )
