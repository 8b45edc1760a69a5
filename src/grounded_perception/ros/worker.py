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
One thread that does the work, so that the executor never waits for a network.

Frames are replaced (the newest wins, the others are counted), commands are queued (none is
lost). The thread ends loudly when the work raises what it should not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
import threading
from typing import Generic, TypeVar

FrameT = TypeVar('FrameT')
TaskT = TypeVar('TaskT')


class Worker(Generic[FrameT, TaskT]):
    """
    Runs ``on_task`` for every task and ``on_frame`` for the newest frame, in one thread.

    :param on_frame: called with a frame and how many were dropped since the last one.
    :param on_task: called with each task, before the next frame.
    :param on_crash: called from the thread with what ended it.
    """

    def __init__(
        self,
        on_frame: Callable[[FrameT, int], None],
        on_task: Callable[[TaskT], None],
        on_crash: Callable[[BaseException], None],
    ) -> None:
        self._on_frame = on_frame
        self._on_task = on_task
        self._on_crash = on_crash
        self._wake = threading.Condition()
        self._frame: FrameT | None = None
        self._tasks: deque[TaskT] = deque()
        self._dropped = 0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name='perception', daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def offer(self, frame: FrameT) -> None:
        """
        Hand in a frame; one that still waits is replaced and counted.

        :param frame: the newest frame.
        """
        with self._wake:
            if self._frame is not None:
                self._dropped += 1
            self._frame = frame
            self._wake.notify()

    def submit(self, task: TaskT) -> None:
        """
        Hand in a task; it waits for its turn.

        :param task: what ``on_task`` gets.
        """
        with self._wake:
            self._tasks.append(task)
            self._wake.notify()

    def stop(self) -> None:
        """Finish the accepted tasks and the frame in work, then end the thread."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread.ident is not None and threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        try:
            while self._step():
                pass
        except BaseException as exc:  # the thread's last word: it must reach the main thread
            self._on_crash(exc)

    def _step(self) -> bool:
        with self._wake:
            while self._frame is None and not self._tasks and not self._stopping:
                self._wake.wait()
            task = self._tasks.popleft() if self._tasks else None
            if task is None:
                if self._stopping:
                    return False
                frame, self._frame = self._frame, None
                dropped, self._dropped = self._dropped, 0
        if task is not None:
            self._on_task(task)
        elif frame is not None:
            self._on_frame(frame, dropped)
        return True
