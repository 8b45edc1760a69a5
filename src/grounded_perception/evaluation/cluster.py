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

"""Units of work done on a Ray cluster: their files come back to this machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
import logging
import os
from pathlib import Path
import secrets
import tempfile
import threading
from typing import Any

from grounded_perception.errors import ModelMissing, RecordingError
from grounded_perception.evaluation.bench import Bench
from grounded_perception.evaluation.crew import Count, LOOK_S, shared, TRIES
from grounded_perception.evaluation.plan import Plan, Unit
from grounded_perception.evaluation.stopping import gently, Interrupted

#: The address of a cluster that is started for this evaluation alone.
LOCAL = 'local'

#: Of a worker process: what it has loaded.
_bench: Bench | None = None


def on_ray(plan: Plan, units: Sequence[Unit], folder: Path, count: Count, address: str) -> None:
    """
    Do the units on a Ray cluster, whose machines have the recordings under the same paths.

    :param plan: what they are a part of.
    :param units: what to do.
    :param folder: of all results, on this machine.
    :param count: told how far it is.
    :param address: of the cluster (``auto``, ``ray://host:10001``), or ``local``: one is started.
    :raises ModelMissing: when Ray is not installed.
    :raises PerceptionError: when models cannot be loaded or a recording not be read.
    :raises Interrupted: after Ctrl-C; what is whole by then is kept, the rest is given up.
    """
    try:
        import ray
    except ImportError as exc:
        raise ModelMissing("--ray needs Ray: pip install 'grounded_perception[ray]'") from exc
    asked = threading.Event()
    begin: AbstractContextManager[dict[str, Any]]
    begin = _of_its_own() if address == LOCAL else nullcontext({})
    try:
        with begin as more:
            ray.init(
                address=address,
                log_to_driver=False,
                include_dashboard=False,
                ignore_reinit_error=True,
                **more,
            )
        with gently(asked.set):
            task = ray.remote(num_cpus=plan.settings.threads or 1, max_retries=TRIES - 1)(_far)
            told = ray.put(shared(plan, 0))
            waiting = [task.remote(told, unit) for unit in units]
            while waiting and not asked.is_set():
                over, waiting = ray.wait(waiting, timeout=LOOK_S)
                _take(over, folder, count)
            if asked.is_set():
                _give_up(waiting, folder, count)
                raise Interrupted(())
    except ray.exceptions.RayTaskError as exc:
        raise exc.cause from exc
    except ray.exceptions.RayError as exc:
        raise RecordingError(f'the Ray cluster at {address} failed: {exc}') from exc
    finally:
        ray.shutdown()


@contextmanager
def _of_its_own() -> Iterator[dict[str, Any]]:
    """
    Let Ray start a cluster that leaves nothing behind and tells nobody of it.

    From 2.60 on a local cluster wants a token, which Ray would write into the user's home, where
    other clusters are then reached by it; a token of this process alone guards as well.
    """
    ours = {'RAY_AUTH_TOKEN': _token(), 'RAY_USAGE_STATS_ENABLED': '0'}
    if os.environ.keys() & {'RAY_AUTH_TOKEN', 'RAY_AUTH_TOKEN_PATH'}:
        del ours['RAY_AUTH_TOKEN']
    before = {name: os.environ.get(name) for name in (*ours, 'RAY_AUTH_MODE')}
    os.environ.update(ours)
    try:
        yield {'logging_level': logging.ERROR}  # it warns of what is said here
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@cache  # Ray reads it once in a process
def _token() -> str:
    return secrets.token_hex(32)


def _take(over: Sequence[Any], folder: Path, count: Count) -> None:
    """Fetch what tasks that are over have made."""
    import ray

    for task in over:
        images, files = ray.get(task)
        _unpack(files, folder)
        count(images)


def _give_up(waiting: Sequence[Any], folder: Path, count: Count) -> None:
    """Fetch what is over by now, and cancel the rest."""
    import ray

    if not waiting:
        return
    over, left = ray.wait(waiting, num_returns=len(waiting), timeout=0)
    for task in left:
        ray.cancel(task)
    _take(over, folder, count)


def _far(plan: Plan, unit: Unit) -> tuple[int, dict[str, bytes]]:
    """Do a unit on another machine; return how many images it has, and the files it made."""
    global _bench
    if _bench is None or _bench.plan.identity != plan.identity:
        if _bench:
            _bench.close()
        _bench = Bench(plan)
    images = 0

    def tick() -> None:
        nonlocal images
        images += 1

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        _bench.do(unit, folder, tick)
        made = (path for path in sorted(folder.rglob('*')) if path.is_file())
        return images, {str(path.relative_to(folder)): path.read_bytes() for path in made}


def _unpack(files: dict[str, bytes], folder: Path) -> None:
    """Write what a far machine made: results last, since by them a unit is known to be whole."""
    for name in sorted(files, key=lambda name: name.endswith('.jsonl.gz')):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        part = path.with_name(f'{path.name}.part')
        part.write_bytes(files[name])
        os.replace(part, path)
