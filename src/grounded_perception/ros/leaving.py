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

"""Ctrl-C of a node: heard once, and in order."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType

from rclpy._rclpy_pybind11 import RCLError
from rclpy.context import Context


def is_end(error: BaseException, context: Context) -> bool:
    """
    Tell whether an error says only that a context was shut down in the middle of a call.

    :param error: any.
    :param context: in which it was raised.
    """
    return isinstance(error, RCLError) and not context.ok()


class Interrupts:
    """
    Ctrl-C raises KeyboardInterrupt while a node starts, and is left to rclpy while it spins.

    rclpy shuts its context down, which ends spinning. KeyboardInterrupt, raised wherever the
    program is by then, would tear the end, and so would the second Ctrl-C: a terminal and launch
    both send one. To be entered before ``rclpy.init``, which passes signals on to what was there;
    outside the main thread, which alone hears any, it does nothing.
    """

    def __init__(self) -> None:
        self._raises = True
        self._is_here = threading.current_thread() is threading.main_thread()

    def __enter__(self) -> Interrupts:
        if self._is_here:
            self._before = signal.signal(signal.SIGINT, self._hear)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._is_here:
            signal.signal(signal.SIGINT, self._before)

    def leave_to_rclpy(self) -> None:
        """Raise nothing from now on."""
        self._raises = False

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self._raises:
            raise KeyboardInterrupt
