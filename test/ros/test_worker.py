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

"""The worker: newest frame wins, no command is lost, a bug ends it loudly."""

import threading

from grounded_perception.ros.worker import Worker
import pytest

DEADLINE_S = 5.0


class Bench:
    """A worker whose work waits for a gate."""

    def __init__(self):
        self.gate, self.busy, self.crashed = (
            threading.Event(),
            threading.Event(),
            threading.Event(),
        )
        self.done, self.crash = [], None
        self.worker = Worker(self._frame, self._task, self._crash)
        self.worker.start()

    def _frame(self, frame, dropped):
        if frame == 'bug':
            raise KeyError('a bug')
        self.busy.set()
        assert self.gate.wait(DEADLINE_S)
        self.done.append((frame, dropped))

    def _task(self, task):
        self.done.append(task)

    def _crash(self, exc):
        self.crash = exc
        self.crashed.set()


def test_the_newest_frame_wins_and_the_others_are_counted():
    bench = Bench()
    bench.worker.offer('first')
    assert bench.busy.wait(DEADLINE_S)
    for frame in ('old', 'older', 'newest'):
        bench.worker.offer(frame)
    bench.gate.set()
    bench.worker.submit('last task')
    bench.worker.stop()
    frames = [d for d in bench.done if isinstance(d, tuple)]
    assert frames[0] == ('first', 0)
    assert frames[1:] in ([], [('newest', 2)])  # stop may come before the second frame


def test_tasks_are_all_done_in_order_even_when_stopping():
    bench = Bench()
    bench.worker.offer('frame')
    assert bench.busy.wait(DEADLINE_S)
    for n in range(20):
        bench.worker.submit(n)
    bench.gate.set()
    bench.worker.stop()
    assert [d for d in bench.done if isinstance(d, int)] == list(range(20))


def test_a_bug_is_reported_not_swallowed():
    bench = Bench()
    bench.worker.offer('bug')
    assert bench.crashed.wait(DEADLINE_S)
    assert isinstance(bench.crash, KeyError)


def test_stopping_a_worker_that_never_started_is_no_trouble():
    Worker(pytest.fail, pytest.fail, pytest.fail).stop()
