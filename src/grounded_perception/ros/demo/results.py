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

"""What the demo leaves behind: one entry for each scene, and the figures of the whole run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from grounded_perception.ros.demo.answers import Answer
from grounded_perception.ros.demo.scenes import Scene
import numpy as np


@dataclass
class Entry:
    """
    One scene as it went.

    :param scene: what was shown and asked.
    :param name: of the picture.
    :param answer: the answer that is shown; None if it was lost.
    :param pictures: file names of annotated pictures, relative to the output folder.
    :param frames: frames answered while it was watched.
    :param found: those with something found.
    """

    scene: Scene
    name: str
    answer: Answer | None = None
    pictures: list[str] = field(default_factory=list)
    frames: int = 0
    found: int = 0

    @property
    def is_as_expected(self) -> bool:
        """Whether a person would say the same, as far as the script knows."""
        if not self.scene.expected or self.answer is None:
            return True
        return self.answer.statuses == self.scene.expected


@dataclass(frozen=True)
class Figures:
    """
    Figures of a run.

    :param frames: answered.
    :param seconds: from the first answered frame to the last.
    :param p50_ms: median of image stamp → answer received.
    :param p95_ms: 95th percentile of it.
    :param dropped: frames that were published in that time and not answered.
    """

    frames: int
    seconds: float
    p50_ms: float
    p95_ms: float
    dropped: int

    @property
    def rate_hz(self) -> float:
        """Answers a second."""
        return (self.frames - 1) / self.seconds if self.seconds > 0 else 0.0

    def __str__(self) -> str:
        return (
            f'{self.frames} frames answered in {self.seconds:.1f} s ({self.rate_hz:.1f} Hz), '
            f'{self.dropped} not answered; latency p50 {self.p50_ms:.0f} ms, '
            f'p95 {self.p95_ms:.0f} ms (image stamp → answer received)'
        )


def figures(answers: Sequence[Answer], published: set[int]) -> Figures | None:
    """
    Sum up a run.

    :param answers: all that came.
    :param published: stamps of all images that were seen, in nanoseconds.
    :returns: None where no frame was answered.
    """
    answered = {answer.stamp_ns: answer.latency_ms for answer in answers if answer.stamp_ns}
    if not answered:
        return None
    first, last = min(answered), max(answered)
    missed = {stamp for stamp in published if first <= stamp <= last} - set(answered)
    p50, p95 = np.percentile(list(answered.values()), (50, 95))
    return Figures(len(answered), (last - first) / 1e9, float(p50), float(p95), len(missed))
