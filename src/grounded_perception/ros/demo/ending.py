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

"""Ctrl-C while messages come in: heard between two of them, so that none is torn."""

from __future__ import annotations

from collections.abc import Sequence
import signal
from types import FrameType


class Ending:
    """
    Hears the first signal when it is asked; the second one is heard at once.

    Raised wherever the program is, KeyboardInterrupt would tear a message that is being recorded,
    or leave rclpy with a callback that was begun.
    """

    def __init__(self) -> None:
        self._asked = False

    def listen(self, numbers: Sequence[int]) -> None:
        """
        Take signals from now on; from the main thread.

        :param numbers: of them.
        """
        for number in numbers:
            signal.signal(number, self._ask)

    def heed(self) -> None:
        """
        Look whether somebody asked for an end.

        :raises KeyboardInterrupt: when somebody did.
        """
        if self._asked:
            raise KeyboardInterrupt

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.heed()
        self._asked = True
