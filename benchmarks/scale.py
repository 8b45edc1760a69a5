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
What more workers bring: images a second of whole evaluations, by one process, by two, by Ray.

``.venv/bin/python benchmarks/scale.py --data ../shared/data/coco_train2017_90``

Each row is ``grounded-perception evaluate`` run as its users run it, on two bags of different
length: the difference is the rate, without the start, which is told beside it. Every process has
one thread for its networks, and one process has one core, so that cores are compared with cores.
The machine's own gain is that of bare arithmetic in as many processes: what no way of sharing the
work can exceed. Ray runs on a cluster that was there before, as ``--ray`` is meant.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from functools import partial
import os
from pathlib import Path
import statistics
import subprocess
import sys
import tempfile
import time

from camera_bag import make_bag

PROGRAM = Path(sys.executable).parent
#: Detections of one decoded image, again and again, for so many seconds; prints how many.
ARITHMETIC = """
import sys, time
import numpy as np
from grounded_perception.assembly import load_part
from grounded_perception import detectors
from grounded_perception.settings import Settings
detector = load_part(detectors.KIND, Settings(threads=1), {})
rgb = np.random.default_rng(0).integers(0, 255, (480, 640, 3), np.uint8)
detector.propose(rgb, (), .4, 100)
print('ready', flush=True)
sys.stdin.readline()
end, done = time.perf_counter() + float(sys.argv[1]), 0
while time.perf_counter() < end:
    detector.propose(rgb, (), .4, 100)
    done += 1
print(done)
"""


def bound(cores: Sequence[int]) -> Callable[[], None]:
    """Return what binds a process that is about to begin to cores."""
    return partial(os.sched_setaffinity, 0, cores)


def arithmetic(cores: Sequence[int], seconds: float) -> float:
    """Return detections a second of as many processes as cores, side by side."""
    some = [
        subprocess.Popen(
            [sys.executable, '-c', ARITHMETIC, str(seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=bound([core]),
        )
        for core in cores
    ]
    for each in some:
        each.stdout.readline()
    for each in some:
        each.stdin.write('\n')
        each.stdin.flush()
    return sum(int(each.communicate()[0]) for each in some) / seconds


def evaluation(bag: Path, arguments: Sequence[str], cores: Sequence[int]) -> float:
    """Return how long an evaluation takes, from its command to its report."""
    with tempfile.TemporaryDirectory() as out:
        program = [PROGRAM / 'grounded-perception', 'evaluate', bag, '--out', out, '--no-bag']
        begin = time.perf_counter()
        subprocess.run(
            [*program, '--threads', '1', *arguments],
            check=True,
            preexec_fn=bound(cores),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return time.perf_counter() - begin


def main() -> int:
    """Run and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument('--data', type=Path, required=True, help='folder with images/')
    parser.add_argument('--images', type=int, nargs=2, default=[500, 2500], metavar='N')
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--workers', type=int, default=2)
    parser.add_argument('--no-ray', action='store_true')
    args = parser.parse_args()
    cores = sorted(os.sched_getaffinity(0))[: args.workers]
    workers = ['--workers', str(args.workers)]
    rows = {'one process': ([], cores[:1]), f'--workers {args.workers}': (workers, cores)}
    ray = [PROGRAM / 'ray']
    env = os.environ | {'RAY_AUTH_MODE': 'disabled'}
    if not args.no_ray:
        start = [*ray, 'start', '--head', '--num-cpus', str(args.workers)]
        subprocess.run(
            [*start, '--include-dashboard', 'false', '--disable-usage-stats'],
            check=True,
            env=env,
            stdout=subprocess.DEVNULL,
        )
        rows['--ray auto'] = (['--ray', 'auto'], cores)
    try:
        rates: dict[str, list[float]] = {name: [] for name in rows}
        starts: dict[str, list[float]] = {name: [] for name in rows}
        gains: list[float] = []
        with tempfile.TemporaryDirectory() as scratch:
            bags = [Path(scratch) / str(count) for count in args.images]
            for bag, count in zip(bags, args.images, strict=True):
                make_bag(args.data / 'images', bag, count)
            for _ in range(args.rounds):
                gains.append(arithmetic(cores, 10) / arithmetic(cores[:1], 10))
                for name, (arguments, own) in rows.items():
                    short, long = (evaluation(bag, arguments, own) for bag in bags)
                    rates[name].append((args.images[1] - args.images[0]) / (long - short))
                    starts[name].append(short - args.images[0] / rates[name][-1])
    finally:
        if not args.no_ray:
            subprocess.run([*ray, 'stop', '--force'], env=env, stdout=subprocess.DEVNULL)
    told = sys.stdout
    told.write(
        f'detector alone, {len(cores)} processes: {statistics.median(gains):.2f} of one\n\n'
    )
    told.write('| what | images/s | of one process | start and end, s |\n|---|---|---|---|\n')
    for name in rows:
        gain = statistics.median(
            rate / one for rate, one in zip(rates[name], rates['one process'], strict=True)
        )
        told.write(
            f'| {name} | {statistics.median(rates[name]):.1f} | {gain:.2f} | '
            f'{statistics.median(starts[name]):.1f} |\n'
        )
    return 0


if __name__ == '__main__':
    sys.exit(main())
