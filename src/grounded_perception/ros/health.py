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

"""What the node knows of its own health: counts, latencies, and verdicts that name a fix."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from grounded_perception.records import Quality
import numpy as np

OK, WARN, ERROR, STALE = 0, 1, 2, 3  # as in diagnostic_msgs/DiagnosticStatus
_WINDOW = 300


class Latencies:
    """The last few hundred milliseconds figures of each stage."""

    def __init__(self) -> None:
        self._stages: dict[str, deque[float]] = {}

    def add(self, figures: Mapping[str, float]) -> None:
        """
        Remember one frame's figures.

        :param figures: stage → milliseconds.
        """
        for stage, value in figures.items():
            self._stages.setdefault(stage, deque(maxlen=_WINDOW)).append(value)

    def percentiles(self) -> dict[str, tuple[float, float, float]]:
        """Return stage → (p50, p95, p99) in milliseconds."""
        return {
            stage: tuple(float(v) for v in np.percentile(list(values), (50, 95, 99)))  # type: ignore[misc]
            for stage, values in self._stages.items()
        }


@dataclass
class Counts:
    """What came and went since activation; each is written by one thread, read by any."""

    received: int = 0
    served: int = 0
    replaced: int = 0
    too_old: int = 0
    throttled: int = 0
    disabled: int = 0
    refused: int = 0
    failed: int = 0
    commands: int = 0
    commands_refused: int = 0
    zero_stamps: int = 0


@dataclass(frozen=True)
class Input:
    """
    What is known of the image topic when a verdict is made.

    :param topic: its full name.
    :param publishers: how many there are.
    :param seconds_since_image: time since the last image came, or since activation.
    :param stale_after_s: the setting.
    :param lost: images that the middleware knows it lost.
    :param incompatible_qos: name of the policy that does not match, or empty.
    :param subscription_reliable: what the subscription asks for.
    :param profile: path of the profile that carries them.
    :param others: image topics that others publish.
    """

    topic: str
    publishers: int
    seconds_since_image: float
    stale_after_s: float
    lost: int
    incompatible_qos: str
    subscription_reliable: bool
    profile: str
    others: tuple[str, ...]


def _transport_fix(source: Input) -> str:
    """Say what carries images that the default transport loses."""
    reliable = '' if source.subscription_reliable else ', set image_reliability to reliable'
    return (
        'the default Fast DDS transport loses big images; start the camera driver with '
        f'FASTRTPS_DEFAULT_PROFILES_FILE={source.profile}{reliable}, or use '
        'image_transport: compressed'
    )


@dataclass
class Health:
    """Everything a diagnostics message is made of."""

    counts: Counts = field(default_factory=Counts)
    latencies: Latencies = field(default_factory=Latencies)
    last_error: str = ''
    errors_reported: int = 0
    quality: Quality | None = None  # of the last image that was served

    def image_verdict(self, source: Input) -> tuple[int, str]:
        """
        Judge the image input.

        :param source: what is known of it.
        :returns: level and one sentence that names the fix.
        """
        if source.seconds_since_image <= source.stale_after_s:
            if self.counts.zero_stamps:
                return WARN, (
                    f'{self.counts.zero_stamps} images came with a zero stamp: latency cannot be '
                    'measured and nothing can be synchronised; let the camera driver fill '
                    'header.stamp'
                )
            if source.lost > self.counts.received:
                return WARN, (
                    f'{source.lost} images of {source.topic} were lost on the way, '
                    f'{self.counts.received} arrived: {_transport_fix(source)}'
                )
            return OK, f'images arrive on {source.topic}'
        if not source.publishers:
            hint = f'; images are published on {", ".join(source.others)}' if source.others else ''
            return ERROR, (
                f'nobody publishes {source.topic}{hint}: start the camera, or remap '
                'image:=/your/topic'
            )
        if source.incompatible_qos:
            return ERROR, (
                f'a publisher of {source.topic} offers an incompatible '
                f'{source.incompatible_qos}: set image_reliability to best_effort, or override '
                f'qos_overrides.{source.topic}.subscription.*'
            )
        waited = f'{source.seconds_since_image:.1f} s'
        if self.counts.received:
            return ERROR, f'the camera on {source.topic} stopped: no image for {waited}'
        return ERROR, (
            f'{source.topic} has {source.publishers} publisher(s) but no image arrived in '
            f'{waited}: {_transport_fix(source)}'
        )

    def work_verdict(self) -> tuple[int, str]:
        """
        Judge the perception itself since the last verdict.

        :returns: level and one sentence.
        """
        troubles = self.counts.refused + self.counts.failed
        if troubles > self.errors_reported:
            fresh, self.errors_reported = troubles - self.errors_reported, troubles
            return ERROR, f'{fresh} images could not be used: {self.last_error}'
        return OK, f'{self.counts.served} images served'

    def quality_verdict(self) -> tuple[int, str]:
        """
        Judge what the last image is good for.

        :returns: level and one sentence; OK without a word more where it is good enough.
        """
        if self.quality is None:
            return OK, 'no image served yet'
        if self.quality.usable:
            return OK, 'images are good enough'
        return WARN, f'{self.quality.verdict}: {self.quality.reason}'
