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
Who does the units of work: this process, or several; :mod:`.cluster` has many machines.

Whoever does them, the results are the same and lie in the same folder of this machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
import multiprocessing
import os
from pathlib import Path
import threading
from typing import Any

from grounded_perception.errors import RecordingError
from grounded_perception.evaluation.bench import Bench
from grounded_perception.evaluation.plan import Plan, Unit
from grounded_perception.evaluation.stopping import deaf, gently, Interrupted
from grounded_perception.evaluation.truth.records import Truth

#: Told how many more images are done.
Count = Callable[[int], None]
#: How often a unit is given to somebody else when whoever did it died.
TRIES = 3
#: How often it is looked at what is done and whether somebody asked for an end, in seconds.
LOOK_S = 0.2


@dataclass(frozen=True)
class _Board:
    """
    What processes tell each other.

    :param images: a number: how many are done.
    :param halted: a number without a lock, which nobody can die with: not 0 = no further.
    """

    images: Any
    halted: Any

    def tick(self) -> None:
        with self.images.get_lock():
            self.images.value += 1

    def halt(self) -> None:
        self.halted.value = 1

    def is_halted(self) -> bool:
        return bool(self.halted.value)


#: Of a worker process: what it is to load, what it has loaded, where it says how far it is.
_plan: Plan | None = None
_bench: Bench | None = None
_board: _Board | None = None


def alone(
    plan: Plan, units: Sequence[Unit], folder: Path, count: Count, truth: Truth | None = None
) -> None:
    """
    Do the units here, one after the other.

    :param plan: what they are a part of.
    :param units: what to do.
    :param folder: of all results.
    :param count: told how far it is.
    :param truth: of the plan; None = it is read.
    :raises PerceptionError: when models cannot be loaded or a recording not be read.
    :raises Interrupted: after Ctrl-C.
    """
    bench, asked = Bench(plan, truth), threading.Event()
    try:
        with gently(asked.set):
            for unit in units:
                done = bench.do(unit, folder, lambda: count(1), asked.is_set)
                if asked.is_set():
                    raise Interrupted(_shorter([(unit, done)]))
    finally:
        bench.close()


def together(plan: Plan, units: Sequence[Unit], folder: Path, count: Count, workers: int) -> None:
    """
    Do the units in several processes of this machine.

    :param plan: what they are a part of; its cores are shared out where ``threads`` is 0.
    :param units: what to do.
    :param folder: of all results.
    :param count: told how far it is.
    :param workers: how many processes.
    :raises PerceptionError: when models cannot be loaded or a recording not be read.
    :raises Interrupted: after Ctrl-C.
    """
    context = multiprocessing.get_context('spawn')  # networks do not survive a fork
    board = _Board(context.Value('l', 0), context.RawValue('b', 0))
    done: dict[Unit, Unit | None] = {}
    told = 0
    for _ in range(TRIES):
        with (
            ProcessPoolExecutor(workers, context, _begin, (shared(plan, workers), board)) as pool,
            gently(board.halt),
        ):
            try:
                with deaf():
                    left = (unit for unit in units if unit not in done)
                    jobs = {pool.submit(_do, unit, folder): unit for unit in left}
                waiting = set(jobs)
                while waiting:
                    over, waiting = wait(waiting, LOOK_S, FIRST_COMPLETED)
                    count(board.images.value - told)
                    told = board.images.value
                    for job in over:
                        done[jobs[job]] = job.result()
            except BrokenProcessPool:
                if not board.is_halted():
                    continue  # killed, for its memory most likely: those that are whole stay
            except BaseException:
                board.halt()
                pool.shutdown(cancel_futures=True)
                raise
        if board.is_halted():
            raise Interrupted(_shorter(done.items()))
        return
    raise RecordingError(
        f'processes that evaluate died {TRIES} times (out of memory?); '
        f'{len(units) - len(done)} parts are left: run the '
        'same command again with fewer workers, what is done is kept'
    )


def shared(plan: Plan, workers: int) -> Plan:
    """
    Share the machine's cores out among workers that were not told how many each may have.

    :param plan: what they do.
    :param workers: how many there are; 0 = not known: one core for each.
    :returns: the plan for each of them.
    """
    if plan.settings.threads:
        return plan
    threads = max(1, len(os.sched_getaffinity(0)) // workers) if workers else 1
    return replace(plan, settings=replace(plan.settings, threads=threads))


def _shorter(done: Iterable[tuple[Unit, Unit | None]]) -> list[Unit]:
    """Return what was done of units that were not done to their end."""
    return [made for unit, made in done if made is not None and made != unit]


def _begin(plan: Plan, board: _Board) -> None:
    global _plan, _board
    _plan, _board = plan, board


def _do(unit: Unit, folder: Path) -> Unit | None:
    global _bench
    assert _plan is not None, 'a worker begins with _begin'
    assert _board is not None, 'a worker begins with _begin'
    if _bench is None:  # not before: what is wrong with a model is told by a unit
        _bench = Bench(_plan)
    return _bench.do(unit, folder, _board.tick, _board.is_halted)
