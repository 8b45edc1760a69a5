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
Work with a time limit, beside everything else: detections never wait for an assistant.

One thread does one piece of work at a time. A piece that waits is replaced by a newer one; what
is late counts as failed, and what it brings then is dropped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
import threading
import time
from typing import Generic, TypeVar

from grounded_perception.errors import ModelFailed

T = TypeVar('T')


@dataclass(frozen=True)
class Outcome(Generic[T]):
    """
    How a piece of work ended.

    :param ticket: what :meth:`Background.submit` returned for it.
    :param value: what it brought; None where it failed.
    :param error: why it failed; None where it did not.
    :param took_s: from submission to the end, in seconds.
    """

    ticket: int
    value: T | None
    error: Exception | None
    took_s: float


@dataclass
class _Job(Generic[T]):
    ticket: int
    work: Callable[[], T]
    submitted: float
    timeout_s: float
    is_given_up: bool = False

    def is_late(self) -> bool:
        return time.monotonic() - self.submitted > self.timeout_s

    def outcome(self, value: T | None, error: Exception | None) -> Outcome[T]:
        return Outcome(self.ticket, value, error, time.monotonic() - self.submitted)

    def too_late(self) -> Outcome[T]:
        text = f'no answer within {self.timeout_s:g} s: allow more time, or take a smaller model'
        return self.outcome(None, ModelFailed(text))


class Background(Generic[T]):
    """
    One thread for one kind of work.

    :param on_outcome: called from the thread with each outcome that was not replaced; it must
        not raise. None = ask :meth:`poll`.
    """

    def __init__(self, on_outcome: Callable[[Outcome[T]], None] | None = None) -> None:
        self._on_outcome = on_outcome
        self._changed = threading.Condition()
        self._waiting: _Job[T] | None = None
        self._running: _Job[T] | None = None
        self._newest: Outcome[T] | None = None
        self._tickets = 0
        self._stopping = False
        self._thread: threading.Thread | None = None
        self.dropped = 0

    def submit(self, work: Callable[[], T], timeout_s: float) -> int:
        """
        Hand in work; what still waits is replaced and counted in ``dropped``.

        :param work: called in the thread, once; it should end by itself when its time is over,
            for a thread cannot be stopped from outside.
        :param timeout_s: most seconds from now to its end.
        :returns: the ticket that its outcome will carry; later tickets are greater.
        :raises ModelFailed: after :meth:`close`.
        """
        with self._changed:
            if self._stopping:
                raise ModelFailed('work was handed in after close(): make a new Background')
            self.dropped += self._waiting is not None
            self._tickets += 1
            self._waiting = _Job(self._tickets, work, time.monotonic(), timeout_s)
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name='assistant', daemon=True)
                self._thread.start()
            self._changed.notify_all()
            return self._tickets

    @property
    def is_busy(self) -> bool:
        """Whether work waits or runs."""
        with self._changed:
            return self._waiting is not None or self._running is not None

    def poll(self) -> Outcome[T] | None:
        """
        Take the newest outcome; never waits.

        :returns: the outcome, once; None when there is none. Work past its limit has failed,
            also while its thread still runs.
        """
        with self._changed:
            self._give_up_late()
            newest, self._newest = self._newest, None
            return newest

    def wait(self, ticket: int) -> Outcome[T] | None:
        """
        Wait for one outcome, until its time limit at most; not for use with a callback.

        :param ticket: what :meth:`submit` returned.
        :returns: its outcome; None when newer work replaced it.
        """
        with self._changed:
            while True:
                self._give_up_late()
                newest = self._newest
                if newest is not None and newest.ticket >= ticket:
                    return newest if newest.ticket == ticket else None
                jobs = (self._waiting, self._running)
                job = next((j for j in jobs if j is not None and j.ticket == ticket), None)
                if job is None:
                    return None
                left = job.submitted + job.timeout_s - time.monotonic()
                self._changed.wait(max(left, 0) + 0.001)

    def close(self) -> None:
        """Drop what waits and let the thread end; work that runs is not waited for."""
        with self._changed:
            self._stopping = True
            self._waiting = None
            self._changed.notify_all()

    def _give_up_late(self) -> None:
        """Turn late work into failed work; the lock is held."""
        for job in (self._running, self._waiting):
            if job is not None and not job.is_given_up and job.is_late():
                job.is_given_up = True
                self._keep(job.too_late())
                if job is self._waiting:
                    self._waiting = None

    def _keep(self, outcome: Outcome[T]) -> None:
        """Keep an outcome unless a newer one is there; the lock is held."""
        if self._newest is None or outcome.ticket > self._newest.ticket:
            self._newest = outcome

    def _run(self) -> None:
        while True:
            with self._changed:
                while self._waiting is None and not self._stopping:
                    self._changed.wait()
                job, self._waiting = self._waiting, None
                if job is None:
                    return
                self._running = job
            outcome = job.too_late() if job.is_late() else _done(job)
            with self._changed:
                self._running = None
                if not job.is_given_up and self._on_outcome is None:
                    self._keep(outcome)
                stopping = self._stopping
                self._changed.notify_all()
            if self._on_outcome is not None and not stopping:
                self._on_outcome(outcome)


def _done(job: _Job[T]) -> Outcome[T]:
    """Do the work; whatever it raises is its outcome, for the caller to show."""
    try:
        value = job.work()
    except Exception as exc:
        return job.outcome(None, exc)
    return job.too_late() if job.is_late() else job.outcome(value, None)
