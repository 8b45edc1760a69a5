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

"""Work beside everything else: the newest wins, the late one is dropped, nobody waits."""

import threading
import time

from grounded_perception.assistants.support.limits import Background
from grounded_perception.errors import ModelFailed
import pytest


@pytest.fixture
def background():
    made = Background()
    yield made
    made.close()


def test_a_result_comes_once_with_its_ticket(background):
    ticket = background.submit(lambda: 6 * 7, 5.0)
    outcome = background.wait(ticket)
    assert (outcome.ticket, outcome.value, outcome.error) == (ticket, 42, None)
    assert 0 <= outcome.took_s < 5
    assert background.poll().ticket == ticket
    assert background.poll() is None


def test_what_waits_is_replaced_by_the_newest_and_counted(background):
    go = threading.Event()
    first = background.submit(lambda: go.wait(5), 5.0)
    while background._waiting is not None:
        time.sleep(0.001)  # until the thread has taken it
    second = background.submit(lambda: 'second', 5.0)
    third = background.submit(lambda: 'third', 5.0)
    assert background.dropped == 1
    assert background.wait(second) is None
    go.set()
    assert background.wait(third).value == 'third'
    assert first < second < third
    assert not background.is_busy


def test_late_work_has_failed_also_while_it_runs_and_what_it_brings_is_dropped(background):
    go = threading.Event()
    ticket = background.submit(lambda: go.wait(5), 0.05)
    outcome = background.wait(ticket)
    assert isinstance(outcome.error, ModelFailed)
    assert 'within 0.05 s' in str(outcome.error)
    background.poll()
    go.set()
    after = background.submit(lambda: 'after', 5.0)
    assert background.wait(after).value == 'after'
    background.poll()
    assert background.poll() is None


def test_work_that_waited_too_long_is_not_begun(background):
    go, begun = threading.Event(), []
    background.submit(lambda: go.wait(5), 5.0)
    while background._waiting is not None:
        time.sleep(0.001)
    late = background.submit(lambda: begun.append(1), 0.02)
    assert 'within 0.02 s' in str(background.wait(late).error)
    go.set()
    background.wait(background.submit(lambda: None, 5.0))
    assert begun == []


def test_work_in_time_is_delivered_although_newer_work_came_too_late(background):
    go = threading.Event()
    first = background.submit(lambda: go.wait(5), 5.0)
    while background._waiting is not None:
        time.sleep(0.001)
    second = background.submit(lambda: None, 0.02)
    assert background.wait(second).error is not None
    background.poll()
    go.set()
    assert background.wait(first).value is True


def test_an_error_is_an_outcome_and_the_thread_lives_on(background):
    outcome = background.wait(background.submit(lambda: 1 / 0, 5.0))
    assert isinstance(outcome.error, ZeroDivisionError)
    assert background.wait(background.submit(lambda: 'next', 5.0)).value == 'next'


def test_a_callback_gets_every_outcome():
    got, done = [], threading.Event()

    def take(outcome):
        got.append(outcome.value)
        done.set()

    background = Background(take)
    background.submit(lambda: 'x', 5.0)
    assert done.wait(5)
    assert got == ['x']
    assert background.poll() is None
    background.close()


def test_after_close_nothing_is_taken_and_the_thread_ends(background):
    background.wait(background.submit(lambda: 1, 5.0))
    background.close()
    background._thread.join(5)
    assert not background._thread.is_alive()
    with pytest.raises(ModelFailed, match='after close'):
        background.submit(lambda: 1, 5.0)
