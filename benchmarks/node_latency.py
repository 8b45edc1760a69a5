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
The node from picture to detections over real DDS: latency, drops, CPU, memory, start-up.

``.venv/bin/python benchmarks/node_latency.py --sizes 640x480 1280x720``

Three processes, as on a robot: a camera, the node with its default settings and a command, and
this one, which receives the detections. Latency is stamp → detections received, so it contains
both transports. Overhead is its median less the detector's own. The first size plays
``--frames`` frames, if that is longer, to see whether memory grows.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
import contextlib
import importlib.util
import itertools
import json
import multiprocessing
import os
from pathlib import Path
import signal
import subprocess
import sys
import threading
import time
from typing import Any

import cv2
from diagnostic_msgs.msg import DiagnosticArray
from grounded_perception.ros import transport
import numpy as np
import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from sensor_msgs.msg import Image
from vision_msgs.msg import Detection2DArray

RUN = 'from grounded_perception.ros.node import main; raise SystemExit(main({}, autostart=True))'
#: Seconds played before anything counts: discovery, reliability, first frames.
WARM_UP_S = 3.0
STAGES = ('wait', 'convert', 'detect', 'judge', 'ground', 'publish', 'total')
Figures = dict[str, Any]


def picture(size: tuple[int, int]) -> Any:
    """Return a photograph of a motorcycle, BGR, of a width and height."""
    spec = importlib.util.find_spec('skimage')
    assert spec and spec.origin, 'pip install scikit-image: its wheel brings the photograph'
    image = cv2.imread(str(Path(spec.origin).with_name('data') / 'motorcycle_left.png'))
    return cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)


def play(size: tuple[int, int], rate: float, count: int, pipe: Any) -> None:
    """Publish the photograph from this process; send back the stamps in nanoseconds."""
    rclpy.init(args=[])
    node = rclpy.create_node('camera')
    publisher = node.create_publisher(Image, 'image', 2)
    bgr = picture(size)
    message = Image(height=size[1], width=size[0], encoding='bgr8', step=3 * size[0])
    message.data = bgr.tobytes()
    while not publisher.get_subscription_count():
        time.sleep(0.02)
    stamps = []
    begin = time.perf_counter()
    for n in range(count):
        time.sleep(max(0.0, begin + n / rate - time.perf_counter()))
        stamp = time.time_ns()
        message.header.stamp.sec, message.header.stamp.nanosec = divmod(stamp, 10**9)
        publisher.publish(message)
        stamps.append(stamp)
    pipe.send(stamps)
    node.destroy_node()
    rclpy.try_shutdown()


def memory_mb(pid: int) -> float:
    """Return a process's resident memory."""
    pages = int(Path(f'/proc/{pid}/statm').read_text(encoding='ascii').split()[1])
    return pages * os.sysconf('SC_PAGE_SIZE') / 1e6


def cpu_s(pid: int) -> float:
    """Return the seconds that a process has used of all cores."""
    stat = Path(f'/proc/{pid}/stat').read_text(encoding='ascii')
    user, system = stat.rpartition(')')[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf('SC_CLK_TCK')


@contextlib.contextmanager
def running_node(command: str) -> Iterator[tuple[int, float, float]]:
    """Run the real node; yields its process, its start-up in seconds and its memory in MB."""
    arguments = ['--ros-args', '-p', f'default_command:={command}']
    environment = {**os.environ, 'RCUTILS_LOGGING_BUFFERED_STREAM': '0'}
    begin = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, '-c', RUN.format(arguments)],
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stderr
    said = []
    try:
        for line in process.stderr:
            said.append(line)
            if ' active: images on' in line:
                break
        else:
            raise SystemExit('the node did not start:\n' + ''.join(said))
        seconds = time.perf_counter() - begin
        threading.Thread(target=sys.stderr.writelines, args=[process.stderr], daemon=True).start()
        yield process.pid, seconds, memory_mb(process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)
    assert process.returncode == 0, f'the node ended with {process.returncode}'


class Watcher(Node):  # type: ignore[misc]
    """Receives what the node publishes, and samples its process."""

    def __init__(self, pid: int) -> None:
        super().__init__('watcher')
        self._pid = pid
        self.arrived: dict[int, int] = {}  # stamp → time of arrival, nanoseconds
        self.found = 0
        self.values: dict[str, str] = {}
        self.samples: list[tuple[int, float, float]] = []  # time ns, CPU s, memory MB
        self.create_subscription(Detection2DArray, '/perception/detections', self._on_found, 10)
        self.create_subscription(DiagnosticArray, '/diagnostics', self._on_health, 10)

    def _on_found(self, message: Any) -> None:
        now = time.time_ns()
        stamp = message.header.stamp
        self.arrived[stamp.sec * 10**9 + stamp.nanosec] = now
        self.found = len(message.detections)

    def _on_health(self, message: Any) -> None:
        for status in message.status:
            if status.name.endswith(': perception'):
                self.values = {pair.key: pair.value for pair in status.values}
        self.samples.append((time.time_ns(), cpu_s(self._pid), memory_mb(self._pid)))

    def stage(self, name: str) -> list[float]:
        """Return p50, p95 and p99 in milliseconds of the node's last 300 frames."""
        text = self.values.get(f'{name} ms p50/p95/p99', 'nan / nan / nan')
        return [float(number) for number in text.split(' / ')]


def measure(size: tuple[int, int], rate: float, count: int, pid: int) -> Figures:
    """Play to a running node and return what was seen."""
    rclpy.init(args=[])
    watcher = Watcher(pid)
    executor = SingleThreadedExecutor()
    executor.add_node(watcher)
    while not watcher.count_publishers('/perception/detections') or not watcher.samples:
        executor.spin_once(0.1)
    spawn = multiprocessing.get_context('spawn')
    ours, theirs = spawn.Pipe()
    camera = spawn.Process(target=play, args=(size, rate, count, theirs))
    camera.start()
    while not ours.poll() and camera.is_alive():
        executor.spin_once(0.1)
    assert ours.poll(), 'the camera died'
    stamps = ours.recv()
    end = time.monotonic() + 1.5  # the last frames, and one more diagnostics message
    while time.monotonic() < end:
        executor.spin_once(0.1)
    camera.join()  # not before: whoever waits here does not see the last frame come
    executor.shutdown()
    watcher.destroy_node()
    rclpy.try_shutdown()
    return summary(watcher, stamps, rate)


def summary(watcher: Watcher, stamps: list[int], rate: float) -> Figures:
    """Count what came after the warm-up."""
    begin, end = stamps[0] + int(WARM_UP_S * 1e9), stamps[-1]
    sent = [stamp for stamp in stamps if stamp >= begin]
    served = [stamp for stamp in sent if stamp in watcher.arrived]
    latency = [(watcher.arrived[stamp] - stamp) / 1e6 for stamp in served]
    p50, p95, p99 = (float(value) for value in np.percentile(latency, (50, 95, 99)))
    stages = {name: watcher.stage(name) for name in STAGES}
    frame_ms = 1e3 / rate
    processing = sum(stages[name][0] for name in STAGES[1:-1])
    # Diagnostics tell of the last 300 frames, so their sum is compared with the same.
    total, recent = stages['total'][0], float(np.median(latency[-300:]))
    transport_in = total - stages['wait'][0] - processing
    # One worker: a frame is begun when it has come and the answer before it is out.
    ages = [
        max(transport_in, (watcher.arrived[before] - stamp) / 1e6)
        for before, stamp in itertools.pairwise(served)
    ]
    during = [sample for sample in watcher.samples if begin <= sample[0] <= end]
    tenth = next(s for s in watcher.samples if s[0] >= stamps[len(stamps) // 10])
    seconds = (during[-1][0] - during[0][0]) / 1e9
    return {
        'frames': len(stamps),
        'sent': len(sent),
        'served': len(served),
        'dropped': len(sent) - len(served),
        'replaced_by_newer': int(watcher.values['replaced']),
        'served_hz': len(served) / ((end - begin) / 1e9),
        'detections': watcher.found,
        'latency_ms': [p50, p95, p99],
        'latency_max_frames': max(latency) / frame_ms,
        'age_at_start_max_frames': max(ages) / frame_ms,
        'begun_later_than_2_frames': sum(age > 2 * frame_ms for age in ages),
        'detect_p50_ms': stages['detect'][0],
        'overhead_ms': recent - stages['detect'][0],
        'stages_ms': stages,
        'transport_in_p50_ms': transport_in,
        'transport_out_p50_ms': recent - total,
        'cpu_percent': 100 * (during[-1][1] - during[0][1]) / seconds,
        'memory_10_percent_mb': tenth[2],
        'memory_end_mb': during[-1][2],
        'memory_growth_mb': during[-1][2] - tenth[2],
    }


def cells(r: Figures) -> dict[str, str]:
    """Return a column of the table: what → how much."""
    growth = f'{r["memory_10_percent_mb"]:.1f} / {r["memory_end_mb"]:.1f}'
    return {
        'start → active, s (target < 5)': f'{r["start_s"]:.1f}',
        'memory when active, MB (target < 700)': f'{r["memory_active_mb"]:.0f}',
        'frames sent / served / dropped': f'{r["sent"]} / {r["served"]} / {r["dropped"]}',
        'served, Hz': f'{r["served_hz"]:.1f}',
        'stamp → detections p50 / p95 / p99, ms': three(r['latency_ms']),
        'detector p50, ms': f'{r["detect_p50_ms"]:.1f}',
        'overhead p50, ms (target ≤ 6 at 640x480)': f'{r["overhead_ms"]:.1f}',
        'camera → node p50, ms': f'{r["transport_in_p50_ms"]:.1f}',
        **{f'{name} p50 / p95 / p99, ms': three(r['stages_ms'][name]) for name in STAGES},
        'node → subscriber p50, ms': f'{r["transport_out_p50_ms"]:.1f}',
        'oldest answer, frame times': f'{r["latency_max_frames"]:.2f}',
        'oldest when begun, frame times': f'{r["age_at_start_max_frames"]:.2f}',
        'begun older than 2 frame times': str(r['begun_later_than_2_frames']),
        'CPU, % of one core': f'{r["cpu_percent"]:.0f}',
        'memory at 10 % / end, MB': f'{growth} in {r["frames"]} frames',
    }


def table(results: dict[str, Figures]) -> str:
    """Return a markdown table, one column for each size."""
    columns = [cells(seen) for seen in results.values()]
    lines = [f'| | {" | ".join(results)} |', '|---' * (len(results) + 1) + '|']
    lines += [f'| {label} | {" | ".join(c[label] for c in columns)} |' for label in columns[0]]
    return '\n'.join(lines)


def three(numbers: list[float]) -> str:
    """Return p50 / p95 / p99."""
    return ' / '.join(f'{number:.1f}' for number in numbers)


def main() -> int:
    """Run and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[1])
    parser.add_argument('--seconds', type=float, default=20.0, help='how long each size plays')
    parser.add_argument('--sizes', nargs='+', default=['640x480', '1280x720'])
    parser.add_argument('--rate', type=float, default=30.0, help='frames a second')
    parser.add_argument('--frames', type=int, default=2000, help='least number at the first size')
    parser.add_argument('--command', default='the motorcycle')
    args = parser.parse_args()
    if args.seconds < WARM_UP_S + 5:
        parser.error(f'--seconds must be at least {WARM_UP_S + 5:g}')
    os.environ['ROS_DOMAIN_ID'] = str(1 + os.getpid() % 100)
    os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
    transport.prefer_big_images()
    with running_node(args.command):
        pass  # the first start may compile the networks; the starts below are what users see
    results: dict[str, Figures] = {}
    for name in args.sizes:
        width, height = map(int, name.split('x'))
        count = max(int(args.seconds * args.rate), 0 if results else args.frames)
        with running_node(args.command) as (pid, seconds, memory):
            seen = measure((width, height), args.rate, count, pid)
        results[name] = {'start_s': seconds, 'memory_active_mb': memory, **seen}
    sys.stdout.write(table(results) + '\n' + json.dumps(results) + '\n')
    return 0


if __name__ == '__main__':
    sys.exit(main())
