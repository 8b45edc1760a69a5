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

"""The ``/diagnostics`` message: counts, latencies, verdicts."""

from __future__ import annotations

from dataclasses import asdict
import time

from diagnostic_msgs.msg import DiagnosticArray
from grounded_perception.ros import transport
from grounded_perception.ros.health import Health, Input
from grounded_perception.ros.image_source import ImageSource
from grounded_perception.ros.messages import status
from rclpy.lifecycle import Node


def report(node: Node, source: ImageSource, health: Health) -> DiagnosticArray:
    """
    Make the message.

    :param node: whose health it is.
    :param source: the image input.
    :param health: counts and latencies.
    :returns: three entries: the input, what its images are good for, and the work.
    """
    publishers = len(source.publishers())
    settings = source.settings
    silent = time.monotonic() - source.last_image
    seen = Input(
        topic=source.topic,
        publishers=publishers,
        seconds_since_image=silent,
        stale_after_s=settings.stale_after_s,
        lost=source.lost,
        incompatible_qos=source.incompatible_qos,
        subscription_reliable=source.reliable,
        profile=str(transport.profile_path()),
        others=() if publishers else source.other_topics(),
    )
    level, message = health.image_verdict(seen)
    values = {
        'topic': seen.topic,
        'publishers': publishers,
        'reliability': 'reliable' if source.reliable else 'best_effort',
        'lost on the way': source.lost,
        'seconds since image': f'{silent:.2f}',
    }
    array = DiagnosticArray()
    array.header.stamp = node.get_clock().now().to_msg()
    array.status.append(status(bytes([level]), 'image', message, values))
    level, message = health.quality_verdict()
    shown = asdict(health.quality) if health.quality else {}
    measured = {key: f'{value:.3f}' for key, value in shown.items() if isinstance(value, float)}
    array.status.append(status(bytes([level]), 'image quality', message, measured))
    level, message = health.work_verdict()
    figures = {
        f'{stage} ms p50/p95/p99': ' / '.join(f'{v:.1f}' for v in numbers)
        for stage, numbers in health.latencies.percentiles().items()
    }
    work = status(bytes([level]), 'perception', message, {**asdict(health.counts), **figures})
    array.status.append(work)
    for entry in array.status:
        entry.hardware_id = node.get_fully_qualified_name()
    return array
