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
How fast evaluation is: images a second beside those of the detector on its own.

``.venv/bin/python benchmarks/evaluation.py --data ../shared/data/coco_train2017_90``

A bag is made of the photographs (JPEG, as cameras send them). In every round each row goes over
all of it: the detector alone on decoded images, reading and decoding as well, then what
``grounded-perception evaluate`` does, with less and more written. ``--workers`` and ``--ray`` add
rows for several processes; these have as many threads each as ``--threads`` says.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
import shutil
import sys
import tempfile
import time

from camera_bag import make_bag
from grounded_perception.evaluation import cluster, crew
from grounded_perception.evaluation.bench import Bench
from grounded_perception.evaluation.plan import Plan, units
from grounded_perception.evaluation.recordings.base import Shot
from grounded_perception.settings import Settings
import numpy as np


def seconds(call: Callable[[], object]) -> float:
    """Return how long a call takes."""
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def main() -> int:
    """Run and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument('--data', type=Path, required=True, help='folder with images/')
    parser.add_argument('--images', type=int, default=270)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--threads', type=int, default=0, help='of each process; 0 = all cores')
    parser.add_argument('--workers', type=int, nargs='*', default=[])
    parser.add_argument('--ray', action='store_true', help='a row for a local Ray cluster')
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        here = Path(scratch)
        make_bag(args.data / 'images', here / 'bag', args.images)
        plan = Plan(
            (here / 'bag',), Settings(threads=args.threads), stretch=max(args.images // 8, 1)
        )
        rows = table(plan, here, args)
        for _ in range(args.rounds):
            for row in rows.values():
                row[1].append(seconds(row[0]))
    base = min(rows['detector alone'][1])
    sys.stdout.write('| what | images/s, best round | of the detector alone |\n|---|---|---|\n')
    for name, (_, spent) in rows.items():
        sys.stdout.write(
            f'| {name} | {args.images / min(spent):.1f} | {base / min(spent):.2f} |\n'
        )
    return 0


Rows = dict[str, tuple[Callable[[], object], list[float]]]


def table(plan: Plan, here: Path, args: argparse.Namespace) -> Rows:
    """Return what is timed, by name."""
    path = plan.recordings[0]
    bench = Bench(replace(plan, bag=False))
    recording = plan.open(path)
    decoded = [item.decode().rgb for item in recording.items() if isinstance(item, Shot)]

    def look(rgb: np.ndarray) -> None:
        bench.memo.propose(rgb, (), 0.4, 100)

    def alone() -> None:
        for rgb in decoded:
            look(rgb)

    def reading() -> None:
        for item in recording.items():
            if isinstance(item, Shot):
                look(item.decode().rgb)

    def evaluating(bag: bool, annotated: bool) -> Callable[[], None]:
        own = replace(plan, bag=bag, annotated=annotated)

        def call() -> None:
            bench.plan = own
            fresh(here / 'work')
            for unit in units(own, path):
                bench.do(unit, here / 'work')

        return call

    def crewed(how: Callable[[Plan, list[object], Path], None]) -> Callable[[], None]:
        own = replace(plan, bag=False)

        def call() -> None:
            fresh(here / 'work')
            how(own, list(units(own, path)), here / 'work')

        return call

    found: dict[str, Callable[[], object]] = {
        'detector alone': alone,
        'read, decode, detect': reading,
        'evaluate --no-bag': evaluating(False, False),
        'evaluate --no-annotated': evaluating(True, False),
        'evaluate': evaluating(True, True),
    }
    for workers in args.workers:
        found[f'evaluate --no-bag --workers {workers}, start and models included'] = crewed(
            lambda plan, some, work, n=workers: crew.together(plan, some, work, lambda n: None, n)
        )
    if args.ray:
        found['evaluate --no-bag --ray local, start and models included'] = crewed(
            lambda plan, some, work: cluster.on_ray(plan, some, work, lambda n: None, 'local')
        )
    return {name: (call, []) for name, call in found.items()}


def fresh(folder: Path) -> None:
    """Empty a folder."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()


if __name__ == '__main__':
    sys.exit(main())
