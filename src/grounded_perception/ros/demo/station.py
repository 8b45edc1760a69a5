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
The demo's own ROS node: sends commands, turns stages of the life cycle, collects answers.

Nothing runs in the background: whoever waits spins, so every wait has a deadline and sees at
once when a child process ended.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
import time
from typing import Any, TypeVar

from diagnostic_msgs.msg import DiagnosticStatus
from grounded_perception.errors import PerceptionError
from grounded_perception.ros import qos
from grounded_perception.ros.demo.answers import (
    Answer,
    IN_WORDS,
    in_words,
    joined,
    stamp_ns,
    stamp_of,
    values_of,
)
from grounded_perception.wire import topics
from lifecycle_msgs.srv import ChangeState
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import HistoryPolicy, QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image
from std_msgs.msg import String
from std_srvs.srv import Trigger
from vision_msgs.msg import Detection2DArray

IMAGE_TOPIC = '/camera/image_raw'
COMMAND_TOPIC = f'/{topics.COMMAND}'
NODE = f'/{topics.NODE}'
_SPIN_S = 0.05
_SETTLE_S = 0.3
_FRAMES_KEPT = 24
#: Deep enough that no answer is lost while a picture is being coded.
_READER = QoSProfile(
    history=HistoryPolicy.KEEP_LAST, depth=100, reliability=ReliabilityPolicy.RELIABLE
)
_PICTURE_READER = QoSProfile(
    history=HistoryPolicy.KEEP_LAST, depth=4, reliability=ReliabilityPolicy.RELIABLE
)
T = TypeVar('T')


class TimedOut(PerceptionError):
    """What was waited for did not happen in time."""


class Recent(OrderedDict[int, T]):
    """The last few things, by stamp."""

    def keep(self, stamp: int, thing: T) -> None:
        """
        Remember one, forget the oldest.

        :param stamp: nanoseconds.
        :param thing: what.
        """
        self[stamp] = thing
        while len(self) > _FRAMES_KEPT:
            self.popitem(last=False)


class Station:
    """
    Sends and collects.

    :param on_message: called with topic, message and time for all that is to be recorded.
    :param on_answer: called with every answer.
    :param check: called while waiting; raises when waiting is in vain.
    """

    def __init__(
        self,
        on_message: Callable[[str, Any, int], None],
        on_answer: Callable[[Answer], None],
        check: Callable[[], None],
    ) -> None:
        self._on_message, self._on_answer, self._check = on_message, on_answer, check
        self._node = Node('demo')
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self._node)
        self._commands = self._node.create_publisher(String, COMMAND_TOPIC, qos.COMMAND)
        self._change = self._node.create_client(ChangeState, f'{NODE}/change_state')
        self._next = self._node.create_client(Trigger, '/image_player/next')
        self.frames: Recent[Image] = Recent()
        self.annotated: Recent[Image] = Recent()
        self.frame_stamps: set[int] = set()
        self.answers: list[Answer] = []
        self._states: Recent[dict[str, str]] = Recent()
        self._groundings: Recent[Detection2DArray] = Recent()
        self._listen(Image, IMAGE_TOPIC, _PICTURE_READER, self._on_frame)
        self._listen(Image, topics.ANNOTATED.of(NODE), _PICTURE_READER, self._on_annotated)
        self._listen(Detection2DArray, topics.DETECTIONS.of(NODE), _READER, self._record_only)
        self._listen(Detection2DArray, topics.GROUNDING.of(NODE), _READER, self._on_grounding)
        self._listen(DiagnosticStatus, topics.QUERY_STATE.of(NODE), _READER, self._on_state)

    def close(self) -> None:
        """Leave the graph."""
        self._executor.shutdown()
        self._node.destroy_node()

    def _listen(
        self, kind: Any, topic: str, profile: QoSProfile, then: Callable[[str, Any, int], None]
    ) -> None:
        def take(message: Any) -> None:
            then(topic, message, self.now_ns())

        self._node.create_subscription(kind, topic, take, profile)

    def now_ns(self) -> int:
        """Return the time of this node's clock in nanoseconds."""
        return int(self._node.get_clock().now().nanoseconds)

    # What comes in ---------------------------------------------------------------------------

    def _record_only(self, topic: str, message: Any, now_ns: int) -> None:
        self._on_message(topic, message, now_ns)

    def _on_frame(self, topic: str, message: Any, now_ns: int) -> None:
        stamp = stamp_ns(message.header.stamp)
        self.frames.keep(stamp, message)
        self.frame_stamps.add(stamp)

    def _on_annotated(self, topic: str, message: Any, now_ns: int) -> None:
        self.annotated.keep(stamp_ns(message.header.stamp), message)

    def _on_grounding(self, topic: str, message: Any, now_ns: int) -> None:
        self._on_message(topic, message, now_ns)
        stamp = stamp_ns(message.header.stamp)
        self._groundings.keep(stamp, message)
        self._join(stamp, now_ns)

    def _on_state(self, topic: str, message: Any, now_ns: int) -> None:
        self._on_message(topic, message, now_ns)
        values = values_of(message)
        if values.get('status') in IN_WORDS:
            self._take(in_words(values))
        elif stamp := stamp_of(values):
            self._states.keep(stamp, values)
            self._join(stamp, now_ns)

    def _join(self, stamp: int, now_ns: int) -> None:
        if stamp in self._states and stamp in self._groundings:
            self._take(joined(self._states.pop(stamp), self._groundings.pop(stamp), now_ns))

    def _take(self, answer: Answer) -> None:
        self.answers.append(answer)
        self._on_answer(answer)

    # Waiting ---------------------------------------------------------------------------------

    def wait(self, what: str, condition: Callable[[], T | None], deadline_s: float) -> T:
        """
        Spin until something is there.

        :param what: words for the error.
        :param condition: returns it, or something false.
        :param deadline_s: longest wait, in seconds.
        :returns: what the condition returned.
        :raises TimedOut: when it did not come in time.
        """
        end = time.monotonic() + deadline_s
        while not (result := condition()):
            self._check()
            if time.monotonic() >= end:
                raise TimedOut(f'{what} did not come within {deadline_s:g} s')
            self._executor.spin_once(timeout_sec=_SPIN_S)
        return result

    def watch(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """
        Spin for some time.

        :param seconds: how long.
        :param until: ends it earlier.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end and not until():
            self._check()
            self._executor.spin_once(timeout_sec=_SPIN_S)

    # What goes out ---------------------------------------------------------------------------

    def _call(self, client: Any, request: Any, what: str, deadline_s: float) -> Any:
        begin = time.monotonic()
        self.wait(f'the service for {what}', client.service_is_ready, deadline_s)
        # Ready means that we see the server; it may see us a moment later, and a fast answer to
        # somebody it does not see yet is lost.
        settled = time.monotonic() + _SETTLE_S
        self.wait('discovery both ways', lambda: time.monotonic() > settled, deadline_s)
        future = client.call_async(request)
        left = deadline_s - (time.monotonic() - begin)
        self.wait(what, future.done, max(left, 1.0))
        return future.result()

    def transition(self, transition_id: int, what: str, deadline_s: float) -> bool:
        """
        Turn a stage of the node's life cycle.

        :param transition_id: of lifecycle_msgs/Transition.
        :param what: its name.
        :param deadline_s: longest wait, in seconds.
        :returns: whether the node did it.
        :raises TimedOut: when it did not answer in time.
        """
        request = ChangeState.Request()
        request.transition.id = transition_id
        return bool(self._call(self._change, request, what, deadline_s).success)

    def show_next(self, deadline_s: float) -> int:
        """
        Let the player show its next source.

        :param deadline_s: longest wait, in seconds.
        :returns: time after which every frame shows the new source, in nanoseconds.
        :raises TimedOut: when it did not answer in time.
        """
        self._call(self._next, Trigger.Request(), 'the next picture', deadline_s)
        return self.now_ns()

    def is_heard(self) -> bool:
        """Return whether the node listens to commands and its results are heard here."""
        talks = (topics.QUERY_STATE, topics.GROUNDING, topics.ANNOTATED)
        return self._commands.get_subscription_count() > 0 and all(
            self._node.count_publishers(topic)
            for topic in (*(talk.of(NODE) for talk in talks), IMAGE_TOPIC)
        )

    def send(self, command: str) -> None:
        """
        Publish a command, as anybody may.

        :param command: the sentence.
        """
        message = String(data=command)
        self._on_message(COMMAND_TOPIC, message, self.now_ns())
        self._commands.publish(message)
