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
The lifecycle node: subscriptions, services, parameters and life cycle, nothing else.

The executor's thread only stores what comes; the worker's thread converts, perceives and
publishes (see ``session``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
import functools
import sys
import time
import traceback
from typing import Any

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from grounded_perception.assembly import build
from grounded_perception.errors import PerceptionError
from grounded_perception.pipeline import Pipeline
from grounded_perception.ros import monitor, qos, transport
from grounded_perception.ros.health import Health
from grounded_perception.ros.image_source import ImageSource
from grounded_perception.ros.images import choose_decoder
from grounded_perception.ros.leaving import Interrupts, is_end
from grounded_perception.ros.parameters import Parameters
from grounded_perception.ros.questions import Done
from grounded_perception.ros.session import age_ms, Arrival, Publishers, Session
from grounded_perception.ros.worker import Worker
from grounded_perception.wire import topics
import rclpy
from rclpy.clock import Clock, ClockType
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.lifecycle import LifecycleState, Node, TransitionCallbackReturn
from rclpy.task import Future
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import String
from std_srvs.srv import SetBool, Trigger
from vision_msgs.msg import Detection2DArray, LabelInfo

Transition = Callable[['PerceptionNode', LifecycleState], TransitionCallbackReturn]


def _loud(transition: Transition) -> Transition:
    """Show what a transition raises: rclpy turns it into ERROR without a word."""

    @functools.wraps(transition)
    def wrapped(self: PerceptionNode, state: LifecycleState) -> TransitionCallbackReturn:
        try:
            return transition(self, state)
        except Exception as exc:
            self.failure = f'{transition.__name__} raised {exc!r}'
            self.get_logger().fatal(f'{self.failure}\n{traceback.format_exc()}')
            raise

    return wrapped


class PerceptionNode(Node):
    """Camera images and text commands in, grounded detections out."""

    def __init__(self, **options: Any) -> None:
        super().__init__(topics.NODE, **options)
        self._pipeline: Pipeline | None = None
        self._declared = Parameters(self, lambda: self._pipeline is not None)
        self._declared.on_change = self._on_change
        self._health = Health()
        self._source: ImageSource | None = None
        self._session: Session | None = None
        self._worker: Worker[Arrival, str | bytes | Done] | None = None
        self._owned: list[Any] = []
        self._enabled = True
        self._last_served = 0.0
        #: What ended the worker's thread, if anything did: a bug, shown by whoever spins.
        self.crash: BaseException | None = None
        #: Why the last transition failed.
        self.failure = ''

    # Life cycle ------------------------------------------------------------------------------

    @_loud
    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Read the settings, load the models, create publishers and services."""
        begin = time.perf_counter()
        try:
            settings, options = self._declared.read()
            self.get_logger().info(f'loading {settings.detector}')
            self._pipeline = build(settings, options)
            self._declared.check = self._pipeline.check
            self._pipeline.warm_up()
        except PerceptionError as exc:
            self.failure = str(exc)
            self.get_logger().error(f'cannot configure: {exc}')
            return TransitionCallbackReturn.FAILURE
        self._decode, chosen = choose_decoder()
        self._outputs = Publishers(
            detections=self._output(Detection2DArray, topics.DETECTIONS, qos.RESULT),
            grounding=self._output(Detection2DArray, topics.GROUNDING, qos.RESULT),
            query_state=self._output(DiagnosticStatus, topics.QUERY_STATE, qos.STATE),
            annotated=self._output(Image, topics.ANNOTATED, qos.PICTURE),
            attention=self._output(Image, topics.ATTENTION, qos.PICTURE),
            answer=self._output(String, topics.ANSWER, qos.RESULT),
            label_mask=self._output(Image, topics.LABEL_MASK, qos.PICTURE),
            label_info=self._output(LabelInfo, topics.LABEL_INFO, qos.STATE),
        )
        self._diagnostics_out = self.create_publisher(
            DiagnosticArray, topics.DIAGNOSTICS, qos.DIAGNOSTICS
        )
        self._enabled = settings.start_enabled
        seconds = time.perf_counter() - begin
        self.get_logger().info(f'configured in {seconds:.1f} s; images by {chosen}')
        return TransitionCallbackReturn.SUCCESS

    @_loud
    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Start the worker, then listen."""
        assert self._pipeline is not None
        settings = self._declared.settings
        super().on_activate(state)
        self._health = Health()
        self._session = session = Session(
            self._pipeline, self._outputs, self._health, self._decode, self.get_logger()
        )
        self._worker = Worker(session.serve, session.take, self._on_crash)
        self._worker.start()
        if settings.default_command:
            self._worker.submit(settings.default_command)
        self._source = ImageSource(self, settings, self._on_image)
        self._owned = [
            self.create_subscription(
                String,
                topics.COMMAND,
                self._on_command,
                qos.COMMAND,
                qos_overriding_options=qos.overridable(),
            ),
            self.create_service(SetBool, '~/set_enabled', self._on_set_enabled),
            self.create_service(Trigger, '~/clear', self._on_clear),
            self.create_service(Trigger, '~/describe', self._on_describe),
            self.create_timer(
                settings.diagnostics_period_s,
                self._publish_diagnostics,
                clock=Clock(clock_type=ClockType.STEADY_TIME),  # a paused /clock is news, too
            ),
        ]
        self.get_logger().info(f'active: images on {self._source.topic}')
        return TransitionCallbackReturn.SUCCESS

    @_loud
    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Stop listening and working; keep the models."""
        self._stop()
        super().on_deactivate(state)
        return TransitionCallbackReturn.SUCCESS

    @_loud
    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Free models and publishers."""
        self._free()
        return TransitionCallbackReturn.SUCCESS

    @_loud
    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Free everything, whatever the state."""
        self._stop()
        self._free()
        return TransitionCallbackReturn.SUCCESS

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Return to unconfigured after a transition that raised."""
        return self.on_shutdown(state)

    def destroy_node(self) -> None:
        """Stop the worker before the node goes."""
        self._stop()
        self._free()
        super().destroy_node()

    def _output(self, kind: Any, topic: topics.Topic, profile: Any) -> Any:
        return self.create_lifecycle_publisher(
            kind, topic.private, profile, qos_overriding_options=qos.overridable()
        )

    def _stop(self) -> None:
        if self._source:
            self._source.close()
            self._source = None
        for owned in self._owned:
            for destroy in (self.destroy_subscription, self.destroy_service, self.destroy_timer):
                if destroy(owned):
                    break
        self._owned = []
        if self._worker:
            self._worker.stop()
            self._worker = None
        if self._session:
            self._session.close()
            self._session = None

    def _free(self) -> None:
        if self._pipeline:
            self._pipeline.close()
            self._pipeline = None
            for publisher in (*vars(self._outputs).values(), self._diagnostics_out):
                self.destroy_publisher(publisher)

    # What comes in; all of it in the executor's thread ----------------------------------------

    def _on_image(self, message: Image | CompressedImage) -> None:
        counts, settings, worker = self._health.counts, self._declared.settings, self._worker
        counts.received += 1
        age = age_ms(message, self.get_clock())
        now = time.perf_counter()
        if age != age:
            counts.zero_stamps += 1
        if not self._enabled or worker is None:
            counts.disabled += 1
        elif settings.max_image_age_s and age > settings.max_image_age_s * 1e3:
            counts.too_old += 1
        elif settings.max_rate_hz and now - self._last_served < 1 / settings.max_rate_hz:
            counts.throttled += 1
        else:
            self._last_served = now
            worker.offer(Arrival(message, now, age))

    def _on_command(self, message: String) -> None:
        if self._worker:
            self._worker.submit(message.data)

    def _on_set_enabled(self, request: Any, response: Any) -> Any:
        self._enabled = request.data
        response.success = True
        response.message = 'enabled' if request.data else 'disabled'
        return response

    def _on_clear(self, request: Any, response: Any) -> Any:
        if self._worker:
            self._worker.submit('clear')
        response.success = True
        response.message = 'the command is forgotten'
        return response

    async def _on_describe(self, request: Any, response: Any) -> Any:
        heard: Future = Future(executor=self.executor)

        def done(text: str, success: bool) -> None:
            heard.set_result((text, success))

        if self._worker:
            self._worker.submit(done)
            response.message, response.success = await heard
        return response

    def _on_change(self, settings: Any) -> None:
        if self._pipeline:
            self._pipeline.settings = settings

    def _on_crash(self, exc: BaseException) -> None:
        if not is_end(exc, self.context):
            self.crash = exc
        self.context.try_shutdown()  # wakes whoever spins

    def _publish_diagnostics(self) -> None:
        if self._source:
            self._source.follow_publishers()
            self._diagnostics_out.publish(monitor.report(self, self._source, self._health))


def main(argv: Sequence[str] | None = None, autostart: bool = False) -> int:
    """
    Run the node until it is told to stop.

    :param argv: ROS arguments; None = those of the process.
    :param autostart: configure and activate at once, for use without launch files.
    :returns: exit code: 0, or 1 when it could not start or ended by a fault.
    """
    transport.prefer_big_images()
    node, crash = None, None
    with Interrupts() as interrupts:
        rclpy.init(args=sys.argv if argv is None else ['perception_node', *argv])
        try:
            node = PerceptionNode()
            if autostart and not _started(node):
                return 1
            executor = SingleThreadedExecutor()
            executor.add_node(node)
            interrupts.leave_to_rclpy()
            executor.spin()
        except (KeyboardInterrupt, ExternalShutdownException):
            pass
        except Exception as exc:
            if not is_end(exc, rclpy.get_default_context()):
                raise
        finally:
            interrupts.leave_to_rclpy()
            if node is not None:
                crash = node.crash
                node.destroy_node()
            rclpy.try_shutdown()
    if crash is not None:
        raise crash
    return 0


def _started(node: PerceptionNode) -> bool:
    steps = (node.trigger_configure, node.trigger_activate)
    return all(step() == TransitionCallbackReturn.SUCCESS for step in steps)


if __name__ == '__main__':
    sys.exit(main())
