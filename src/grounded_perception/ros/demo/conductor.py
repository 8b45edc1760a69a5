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
The demo: node and camera in processes of their own, real pictures, answers as they come.

It leaves annotated pictures, a bag, a web page and the logs in one folder, whole or, after
Ctrl-C, as far as it came.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
import os
from pathlib import Path
import random
import shlex
import signal
import sys
import time
from types import FrameType
from typing import TYPE_CHECKING

from grounded_perception.errors import PerceptionError
from grounded_perception.ros import transport
from grounded_perception.ros.demo import media, page, scenes
from grounded_perception.ros.demo.ending import Ending
from grounded_perception.ros.demo.processes import Child
from grounded_perception.wire import topics

if TYPE_CHECKING:
    from grounded_perception.ros.demo.performance import Performance
    from grounded_perception.ros.demo.recorder import Recorder

_INTERRUPTED = 130
_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_FILM_S = 10.0
_REPLAY = (
    'ros2 run grounded_perception perception_node --ros-args '
    '-p image_transport:=compressed -r image/compressed:=/camera/image_raw/compressed',
    f'ros2 lifecycle set /{topics.NODE} configure && ros2 lifecycle set /{topics.NODE} activate',
    f'ros2 bag play bag --topics /camera/image_raw/compressed /{topics.COMMAND}',
)


def arguments() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(
        prog='grounded-perception demo',
        description='Show the node on real pictures, a film or a camera.',
    )
    add = parser.add_argument
    add('--image', nargs='+', default=[], metavar='FILE', help='photographs of your own')
    add('--video', metavar='FILE', help='a film of your own (FILE#t=2,8 plays a part of it)')
    add('--camera', type=int, metavar='N', help='a camera of this machine')
    add('--command', action='append', default=[], metavar='"…"', help='sentence; repeatable')
    add('--output', default='demo_output', metavar='DIR', help='folder (demo_output)')
    add('--short', action='store_true', help='a quick check: fewer pictures, less of the film')
    add('--rate', type=float, default=10.0, metavar='HZ', help='images a second (10)')
    add('--seconds', type=float, default=_FILM_S, help='watch film or camera that long (10)')
    add('--keep-going', action='store_true', help='afterwards take sentences until Ctrl-C')
    return parser


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = arguments()
    options = parser.parse_args(argv)
    is_own = bool(options.image or options.video is not None or options.camera is not None)
    if is_own and not options.command:
        parser.error('say what to look for: --command "the red car"')
    if options.camera is not None and (options.image or options.video is not None):
        parser.error('--camera goes without --image and --video')
    if options.camera is not None and options.camera < 0:
        parser.error(f'--camera must be 0 or more, got {options.camera}')
    if not 0 < options.rate <= 100:
        parser.error(f'--rate must be in (0, 100], got {options.rate:g}')
    if not 0 < options.seconds <= 86400:
        parser.error(f'--seconds must be in (0, 86400], got {options.seconds:g}')
    return options


def _script(options: argparse.Namespace) -> list[scenes.Scene]:
    if options.image or options.video is not None or options.camera is not None:
        return scenes.own(
            options.image, options.video, options.camera, options.command, options.seconds
        )
    script, missing = scenes.built_in(options.short)
    if missing:
        print(f'left out, not installed: {", ".join(missing)} ({media.INSTALL})')
    if not script:
        raise PerceptionError(f'there is no picture to show: {media.INSTALL}, or name your own')
    if options.command:
        stills = dict.fromkeys(scene.source for scene in script if not scene.watch_s)
        return scenes.own(list(stills), None, None, options.command, 0)
    return script


def main(argv: Sequence[str] | None = None) -> int:
    """
    Run the demo.

    :param argv: command line; None = that of the process.
    :returns: 0; 1 when an answer was lost or was not what a person would say, or something
        failed; 130 when interrupted.
    """
    options = _options(argv)
    for number in _ENDING:
        signal.signal(number, _interrupt)
    # Pipes and CI logs get each answer at once.
    if hasattr(sys.stdout, 'reconfigure'):
        sys.stdout.reconfigure(line_buffering=True)
    try:
        return _run(options)
    except KeyboardInterrupt:
        print('\ninterrupted before anything was answered')
        return _INTERRUPTED
    except ImportError as exc:
        return _failed(
            f'it needs ROS 2 with rclpy and vision_msgs ({exc}): run make setup, or source your '
            'ROS installation'
        )
    except OSError as exc:
        return _failed(f'{exc.filename or "output"}: {exc.strerror}')
    except PerceptionError as exc:
        return _failed(str(exc))


def _failed(why: str) -> int:
    print(f'demo: {why}', file=sys.stderr, flush=True)
    return 1


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End as Ctrl-C does: children are reaped, files are closed."""
    raise KeyboardInterrupt


def _isolate() -> None:
    """Choose a ROS domain for this run, unless the user has one; set what the images need."""
    os.environ.setdefault('ROS_DOMAIN_ID', str(random.SystemRandom().randint(1, 101)))
    os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    transport.prefer_big_images()


def _run(options: argparse.Namespace) -> int:
    script = _script(options)
    _isolate()
    from grounded_perception.ros.demo.recorder import Recorder
    import rclpy
    from rclpy.signals import SignalHandlerOptions

    folder = Path(options.output)
    for name in ('pictures', 'logs'):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for old in (folder / 'pictures').glob('*.jpg'):
        old.unlink()
    # Ctrl-C is ours: everything is put in order before rclpy ends.
    rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
    try:
        with Recorder(folder / 'bag') as recorder:
            code = _with_children(options, script, folder, recorder)
        counts = recorder.verify()
    finally:
        rclpy.try_shutdown()
    listed = ', '.join(f'{topic} {n}' for topic, n in sorted(counts.items()))
    print(f'bag: {folder / "bag"} ({listed or "empty"})')
    return code


def _with_children(
    options: argparse.Namespace,
    script: list[scenes.Scene],
    folder: Path,
    recorder: Recorder,
) -> int:
    from grounded_perception.ros.demo.performance import (
        child_starter,
        Performance,
        player_arguments,
    )
    from grounded_perception.ros.demo.station import IMAGE_TOPIC

    domain = os.environ['ROS_DOMAIN_ID']
    print(f'ROS domain {domain}; to look on from another terminal:')
    print(f'  ROS_DOMAIN_ID={domain} ros2 topic echo {topics.QUERY_STATE.of()}')
    start = child_starter(folder, dict(os.environ))
    began = time.monotonic()
    children: list[Child] = []
    ending = Ending()
    performance, code = None, 1
    try:
        ros = ['--ros-args', '-r', f'image:={IMAGE_TOPIC}']
        children.append(start('node', 'grounded_perception.ros.node', ros))
        play = player_arguments(script, options.camera, options.rate)
        children.append(start('image player', 'grounded_perception.ros.player', play))
        performance = Performance(folder, children[0], children[1], recorder, began, ending.heed)
        ending.listen(_ENDING)
        code = _perform(options, script, performance, ending)
    finally:
        # A second Ctrl-C must not leave a child behind.
        for number in _ENDING:
            signal.signal(number, signal.SIG_IGN)
        if performance:
            _leave_page(performance, folder)
            performance.close()
        for child in reversed(children):
            if (ended := child.end()) and code == 0:
                code = _failed(f'{child.name} ended with exit code {ended}\n{child.tail()}')
        for number in _ENDING:
            signal.signal(number, _interrupt)
    return code


def _perform(
    options: argparse.Namespace,
    script: list[scenes.Scene],
    performance: Performance,
    ending: Ending,
) -> int:
    try:
        performance.start()
        for scene in script:
            performance.play(scene)
            ending.heed()
    except KeyboardInterrupt:
        print('\ninterrupted; what came so far is kept')
        return _INTERRUPTED
    except PerceptionError as exc:
        return _failed(str(exc))
    if options.keep_going:
        try:
            performance.keep_going()
        except KeyboardInterrupt:
            print()
    return _verdict(performance)


def _verdict(performance: Performance) -> int:
    entries = performance.entries
    lost = sum(entry.answer is None for entry in entries)
    other = sum(not entry.is_as_expected for entry in entries)
    print(f'\n{len(entries) - lost} of {len(entries)} commands answered')
    if lost:
        _failed(f'{lost} answers were lost')
    if other:
        _failed(f'{other} answers are not what a person would say')
    return 1 if lost or other else 0


def _leave_page(performance: Performance, folder: Path) -> None:
    if not performance.entries:
        return
    summary = str(performance.figures() or 'no frame was answered')
    print(summary)
    replay = [f'cd {shlex.quote(str(folder.resolve()))}', *_REPLAY]
    text = page.render(performance.entries, summary, replay)
    (folder / 'index.html').write_text(text, encoding='utf-8')
    print(f'page: {folder / "index.html"}')


if __name__ == '__main__':
    sys.exit(main())
