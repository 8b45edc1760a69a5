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
One activation of the node: from images and commands to published perceptions.

Everything here runs in the worker's thread. It holds the query in force; the node around it owns
subscriptions, services and life cycle.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import time
from typing import Any

from grounded_perception import drawing
from grounded_perception.errors import CommandError, PerceptionError
from grounded_perception.fusion.memory import Memory
from grounded_perception.fusion.query import Query
from grounded_perception.pipeline import Pipeline
from grounded_perception.records import Frame, Intent, Perception
from grounded_perception.ros import masks, messages
from grounded_perception.ros.health import Health
from grounded_perception.ros.images import Decoder, to_frame
from grounded_perception.ros.questions import Done, Questions
from grounded_perception.segmenters.labels import LabelIds
from rclpy.clock import Clock
from rclpy.impl.rcutils_logger import RcutilsLogger
from rclpy.time import Time
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import String

_SHOWN_CHARS = 200


@dataclass(frozen=True)
class Publishers:
    """The node's outputs."""

    detections: Any
    grounding: Any
    query_state: Any
    annotated: Any
    attention: Any
    answer: Any
    label_mask: Any
    label_info: Any


@dataclass(frozen=True)
class Arrival:
    """An image message with the times that latency is counted from."""

    message: Image | CompressedImage
    received: float  # time.perf_counter() in seconds
    age_ms: float  # now - header.stamp on arrival; NaN where the stamp is zero


class Session:
    """
    Serves frames and commands with one pipeline.

    :param pipeline: perceives.
    :param out: publishers.
    :param health: counts and latencies.
    :param decode: converts raw images.
    :param logger: the node's logger.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        out: Publishers,
        health: Health,
        decode: Decoder,
        logger: RcutilsLogger,
    ) -> None:
        self._pipeline = pipeline
        self._out = out
        self._health = health
        self._decode = decode
        self._logger = logger
        self._query: Query | None = None
        self._query_id = 0
        #: Of the query in force: a command that is refused or asks counts, too.
        self._in_force = 0
        self._memory = Memory()
        self._last: tuple[Frame, Perception] | None = None
        #: What a language model still reads: as shown, and who waits for it.
        self._reading: tuple[str, Done | None] | None = None
        self._questions = Questions(pipeline, out.answer, out.query_state)
        self._label_ids = LabelIds(pipeline.names)
        self._told_labels = False

    def take(self, task: str | bytes | Done) -> None:
        """
        Take what came between two images.

        :param task: a command, or whoever wants to hear a description.
        """
        if callable(task):
            self.take_command('describe', task)
        else:
            self.take_command(task)

    def take_command(self, text: str | bytes, done: Done | None = None) -> None:
        """
        Make a command the one in force, ask a question, or refuse it; all of it is published.

        :param text: the sentence as it came.
        :param done: told how a question ended.
        """
        self._query_id += 1
        self._health.counts.commands += 1
        shown = text if isinstance(text, str) else text.decode('utf-8', 'backslashreplace')
        shown = shown[:_SHOWN_CHARS].encode('utf-8', 'replace').decode()
        self._reading = shown, done
        longest = self._pipeline.settings.max_command_chars
        self._read(lambda: self._pipeline.reader.begin(text, longest))

    def _read(self, attempt: Callable[[], Query | None]) -> None:
        """Put the newest command in force, or ask it, once it is read."""
        assert self._reading is not None
        shown, done = self._reading
        error, query = '', None
        try:
            query = attempt()
            if query is None:
                return  # a language model is at it: the next image asks again
        except CommandError as exc:
            error = str(exc)
            self._health.counts.commands_refused += 1
            self._logger.warning(f'command refused: {error}')
            if done:
                done(error, False)
        self._reading = None
        if query and query.command.intent is Intent.CLEAR:
            query = None
        if query and query.command.intent is Intent.REMEMBER:
            self._remember(query, shown)
            return
        if query and query.is_question:
            self._questions.add(self._query_id, query, done)
        elif not error:  # a refused command leaves the one in force alone
            self._query, self._in_force = query, self._query_id
        state = messages.query_state(self._query_id, shown, query, error)
        self._out.query_state.publish(state)
        for complaint in query.not_understood if query else ():
            self._logger.warning(complaint)

    def _remember(self, query: Query, shown: str) -> None:
        """Keep what the last image showed; the command in force holds."""
        error, told = '', ''
        try:
            if self._last is None:
                raise CommandError('nothing was seen yet that could be remembered')
            told = self._pipeline.remember(self._last[0], query, self._last[1])
        except PerceptionError as exc:
            error = str(exc)
            self._health.counts.commands_refused += 1
            self._logger.warning(f'command refused: {error}')
        if told:
            self._out.answer.publish(String(data=told))
        state = messages.query_state(self._query_id, shown, query, error, told)
        self._out.query_state.publish(state)

    def serve(self, arrival: Arrival, dropped: int) -> None:
        """
        Perceive one image and publish what was found; a bad one is counted and reported.

        :param arrival: the newest image.
        :param dropped: how many older ones it replaced.
        """
        health = self._health
        health.counts.replaced += dropped
        if self._reading:
            self._read(self._pipeline.reader.poll)
        begin = time.perf_counter()
        try:
            frame = to_frame(arrival.message, self._decode)
        except PerceptionError as exc:
            health.counts.refused += 1
            self._report(exc)
            return
        converted = time.perf_counter()
        query = self._query
        try:
            perception = self._pipeline.perceive(frame, query, self._memory)
        except PerceptionError as exc:
            health.counts.failed += 1
            self._report(exc)
            return
        self._last = frame, perception
        figures = {
            'wait': (begin - arrival.received) * 1e3,
            'convert': (converted - begin) * 1e3,
            **perception.timings_ms,
        }
        self._publish(arrival, frame, query, perception, figures)
        try:
            self._publish_masks(arrival.message.header, frame, perception)
            self._questions.serve(arrival.message.header, frame)
        except PerceptionError as exc:
            health.counts.failed += 1
            self._report(exc)

    def close(self) -> None:
        """Give up what still waits, and say so to whoever asked."""
        if self._reading and self._reading[1]:
            self._reading[1]('the node was deactivated before it was understood', False)
        self._questions.close()

    def _publish(
        self,
        arrival: Arrival,
        frame: Frame,
        query: Query | None,
        perception: Perception,
        figures: dict[str, float],
    ) -> None:
        header, out = arrival.message.header, self._out
        begin = time.perf_counter()
        out.detections.publish(messages.detections(header, perception.detections))
        figures['publish'] = (time.perf_counter() - begin) * 1e3
        if header.stamp.sec or header.stamp.nanosec:
            figures['total'] = arrival.age_ms + (time.perf_counter() - arrival.received) * 1e3
        self._health.counts.served += 1
        self._health.quality = perception.quality
        self._health.latencies.add(figures)
        if query and perception.groundings:
            out.grounding.publish(messages.groundings(header, perception))
            latency = figures.get('total', float('nan'))
            state = messages.answer(self._in_force, query, perception, header, latency)
            out.query_state.publish(state)
        self._publish_pictures(header, frame, perception)

    def _publish_pictures(self, header: Any, frame: Frame, perception: Perception) -> None:
        """Draw only what somebody looks at."""
        if self._out.annotated.get_subscription_count():
            drawn = drawing.annotate(frame.rgb, perception)
            self._out.annotated.publish(messages.picture(header, drawn))
        worded = [g for g in perception.groundings if g.attention.words]
        if worded and self._out.attention.get_subscription_count():
            first = worded[0]
            drawn = drawing.attention_sheet(frame.rgb, first, perception.candidates)
            self._out.attention.publish(messages.picture(header, drawn))

    def _publish_masks(self, header: Any, frame: Frame, perception: Perception) -> None:
        """Find the pixels of the detections while somebody wants them."""
        if not self._pipeline.has_masks or not self._out.label_mask.get_subscription_count():
            return
        known = len(self._label_ids.known)
        found = perception.detections
        ids = self._label_ids.of(found.labels)
        labels = self._pipeline.segment(frame, found).label_image(ids)
        if len(self._label_ids.known) > known or not self._told_labels:
            threshold = self._pipeline.settings.threshold
            info = masks.label_info(header, self._label_ids.known, threshold)
            self._out.label_info.publish(info)
            self._told_labels = True
        self._out.label_mask.publish(masks.label_mask(header, labels))
        if complaint := self._label_ids.complaint:
            self._logger.warning(complaint, throttle_duration_sec=60.0)

    def _report(self, exc: PerceptionError) -> None:
        self._health.last_error = str(exc)
        self._logger.warning(f'image not used: {exc}', throttle_duration_sec=5.0)


def age_ms(message: Image | CompressedImage, clock: Clock) -> float:
    """
    Measure how old an image is.

    :param message: stamped by the camera.
    :param clock: the node's.
    :returns: milliseconds; NaN where the stamp is zero.
    """
    stamp = message.header.stamp
    if not (stamp.sec or stamp.nanosec):
        return float('nan')
    then = Time.from_msg(stamp, clock_type=clock.clock_type)
    return float((clock.now() - then).nanoseconds) / 1e6
