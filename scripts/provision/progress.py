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

"""The lines that the user sees: `[3/7] ROS 2 Jazzy from PyPI wheels … 16 s`."""

from __future__ import annotations

from collections.abc import Callable
import time
from typing import TextIO


class Progress:
    """
    Counts steps and times them. Plain text, no colour and no cursor movement.

    :param total: number of steps.
    :param out: where the lines go.
    :param clock: seconds, monotonic.
    """

    def __init__(
        self, total: int, out: TextIO, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._total, self._out, self._clock = total, out, clock
        self._number = 0
        self._begun = 0.0

    def begin(self, title: str) -> None:
        """
        Open the line of the next step.

        :param title: what the step does.
        """
        self._number += 1
        self._begun = self._clock()
        self._out.write(f'[{self._number}/{self._total}] {title} … ')
        self._out.flush()

    def ready(self) -> None:
        """Close the line of a step that had nothing to do."""
        self._out.write('ready\n')
        self._out.flush()

    def took(self) -> None:
        """Close the line with the seconds the step took."""
        self._out.write(f'{self._clock() - self._begun:.0f} s\n')
        self._out.flush()

    def broke(self) -> None:
        """End the line of a step that failed, so that the reason starts a new one."""
        self._out.write('failed\n')
        self._out.flush()
