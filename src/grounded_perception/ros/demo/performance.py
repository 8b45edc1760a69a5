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

"""The run itself: start node and player, show and ask scene by scene, note every answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
import re
import select
import sys
import time
from typing import Any

from grounded_perception.ros.demo import table
from grounded_perception.ros.demo.answers import Answer
from grounded_perception.ros.demo.pictures import Strip, to_jpeg
from grounded_perception.ros.demo.processes import Child, ChildFailed
from grounded_perception.ros.demo.recorder import Recorder
from grounded_perception.ros.demo.results import Entry, Figures, figures
from grounded_perception.ros.demo.scenes import Scene
from grounded_perception.ros.demo.station import IMAGE_TOPIC, Station, TimedOut
from lifecycle_msgs.msg import Transition
from sensor_msgs.msg import CompressedImage

#: The first start converts the models, which takes half a minute on a slow machine.
_CONFIGURE_S = 240.0
_START_S = 30.0
_ANSWER_S = 20.0
_STRIP = 5


class Performance:
    """
    One run of the demo.

    :param folder: where pictures are left.
    :param node: the node's process.
    :param player: the player's process.
    :param recorder: takes the messages.
    :param began: ``time.monotonic()`` when the first process was started.
    :param heed: called while it waits; raises when an end is wanted.
    """

    def __init__(
        self,
        folder: Path,
        node: Child,
        player: Child,
        recorder: Recorder,
        began: float,
        heed: Callable[[], None],
    ) -> None:
        self._folder, self._began, self._heed = folder, began, heed
        self._node, self._player, self._recorder = node, player, recorder
        self._station = Station(recorder.write, self._on_answer, self._check)
        self._is_moving = False
        self._to_record: set[int] = set()
        self._shown = ''
        self._since_ns = 0
        self.entries: list[Entry] = []

    def close(self) -> None:
        """Leave the graph."""
        self._station.close()

    def start(self) -> None:
        """
        Configure and activate the node, and see that everybody hears each other.

        :raises ChildFailed: when the node refuses or ends.
        :raises TimedOut: when it takes too long.
        """
        stages = (
            (Transition.TRANSITION_CONFIGURE, 'configure', _CONFIGURE_S),
            (Transition.TRANSITION_ACTIVATE, 'activate', _START_S),
        )
        for transition, what, deadline in stages:
            if not self._station.transition(transition, what, deadline):
                raise ChildFailed(f'the node refused to {what}\n{self._node.tail()}')
            print(f'  {self._seconds()}  {what}d')
        self._station.wait('the connection with the node', self._station.is_heard, _START_S)
        self._station.wait('the first image', lambda: self._station.frames, _START_S)
        print(f'  {self._seconds()}  images on {IMAGE_TOPIC}')
        print(f'\n{table.heading()}')

    def play(self, scene: Scene) -> Entry:
        """
        Show a scene's source, ask, note the answer.

        :param scene: what to show and ask.
        :returns: how it went; it is in ``entries`` too.
        """
        if self._shown and scene.source != self._shown:
            self._since_ns = self._station.show_next(_ANSWER_S)
        self._shown = scene.source
        entry = Entry(scene, Path(scene.source.partition('#')[0]).name)
        self.entries.append(entry)
        try:
            entry.answer = self._ask(scene.command)
        except TimedOut as exc:
            print(f'LOST: {scene.command!r} on {entry.name}: {exc}')
            return entry
        if scene.watch_s and entry.answer.phrases:
            self._watch(entry)
        else:
            self._keep_picture(entry)
        for line in table.rows(entry.name, entry.answer):
            print(line)
        if entry.frames > 1:
            print(f'    found in {entry.found} of {entry.frames} frames; this is the clearest')
        if not entry.is_as_expected:
            print(f'    a person would say {", ".join(scene.expected)}')
        if len(self.entries) == 1:
            print(f'    ({self._seconds()} after the start)')
        return entry

    def keep_going(self) -> None:
        """Answer sentences that are typed here, or sent by anybody, until interrupted."""
        print('\nStill running. Type a sentence and Enter; Ctrl-C ends.')
        self._is_moving = False
        said: tuple[Any, ...] = ()
        listening, seen = True, len(self._station.answers)
        while True:
            self._station.watch(0.2)
            if listening and select.select([sys.stdin], [], [], 0)[0]:
                line = sys.stdin.readline()
                listening = bool(line)
                if line.strip():
                    self._station.send(line.strip())
            for answer in self._station.answers[seen:]:
                seen += 1
                fresh = (answer.command, answer.status, answer.statuses)
                if fresh != said:
                    said = fresh
                    for row in table.rows(self._shown.rpartition('/')[2], answer):
                        print(row, flush=True)

    def figures(self) -> Figures | None:
        """Return the figures of the run so far."""
        return figures(self._station.answers, self._station.frame_stamps)

    # One scene -------------------------------------------------------------------------------

    def _ask(self, command: str) -> Answer:
        station = self._station
        asked = _plain(command)
        known = len(station.answers)
        last_id = max((a.query_id for a in station.answers), default=0)

        def answered() -> Answer | None:
            for answer in station.answers[known:]:
                is_new = answer.query_id > last_id and _plain(answer.command) == asked
                if is_new and (not answer.phrases or answer.stamp_ns >= self._since_ns):
                    return answer
            return None

        station.send(command)
        answer = station.wait('an answer', answered, _ANSWER_S)
        if answer.stamp_ns:
            self._to_record.add(answer.stamp_ns)
        return answer

    def _keep_picture(self, entry: Entry) -> None:
        answer = entry.answer
        assert answer is not None
        if not answer.stamp_ns:
            return
        entry.frames, entry.found = 1, int('FOUND' in answer.statuses)
        _, message = self._station.wait(
            'the annotated picture',
            lambda: self._first_since(answer.stamp_ns),
            _ANSWER_S,
        )
        self._save(entry, [to_jpeg(message)])
        self._record_images()

    def _first_since(self, stamp_ns: int) -> tuple[int, Any] | None:
        return next(((s, m) for s, m in self._station.annotated.items() if s >= stamp_ns), None)

    def _watch(self, entry: Entry) -> None:
        station, first = self._station, entry.answer
        assert first is not None
        known, strip = len(station.answers), Strip()

        def collect() -> bool:
            for stamp, message in list(station.annotated.items()):
                if stamp >= first.stamp_ns:
                    strip.add(stamp, message)
            self._record_images()
            return False

        self._is_moving = True
        try:
            station.watch(entry.scene.watch_s, collect)
        finally:
            self._is_moving = False
        seen = [first, *(a for a in station.answers[known:] if a.query_id == first.query_id)]
        found = [a for a in seen if 'FOUND' in a.statuses]
        entry.frames, entry.found = len(seen), len(found)
        entry.answer = max(found, key=_best_score, default=first)
        self._save(entry, strip.chosen(entry.answer.stamp_ns, _STRIP))

    def _save(self, entry: Entry, pictures: Sequence[bytes]) -> None:
        words = re.sub(r'[^a-z0-9]+', '_', entry.scene.command.lower()).strip('_')[:40]
        for n, picture in enumerate(pictures):
            suffix = f'_{n}' if n else ''
            name = f'pictures/{len(self.entries):02d}_{words}{suffix}.jpg'
            (self._folder / name).write_bytes(picture)
            entry.pictures.append(name)

    # What comes in ---------------------------------------------------------------------------

    def _on_answer(self, answer: Answer) -> None:
        if self._is_moving and answer.stamp_ns:
            self._to_record.add(answer.stamp_ns)

    def _record_images(self) -> None:
        """Record the images whose answers are kept; one may come after its answer."""
        for stamp in sorted(self._to_record & set(self._station.frames)):
            source = self._station.frames[stamp]
            message = CompressedImage(header=source.header, format='bgr8; jpeg compressed bgr8')
            message.data = to_jpeg(source)
            self._recorder.write(f'{IMAGE_TOPIC}/compressed', message, stamp)
            self._to_record.remove(stamp)

    def _check(self) -> None:
        self._heed()
        self._node.check()
        self._player.check()

    def _seconds(self) -> str:
        return f'{time.monotonic() - self._began:5.1f} s'


def _best_score(answer: Answer) -> float:
    return max((p.score for p in answer.phrases if p.status == 'FOUND'), default=0.0)


def _plain(command: str) -> str:
    """Return a command as the node repeats it: one line, single blanks."""
    return ' '.join(''.join(c if c.isprintable() else ' ' for c in command).split())


def player_arguments(scenes: Sequence[Scene], camera: int | None, rate_hz: float) -> list[str]:
    """
    Write the player's command line.

    :param scenes: in order; neighbours with the same source share it.
    :param camera: number of a camera, or none.
    :param rate_hz: frames a second.
    :returns: arguments, ROS arguments included.
    """
    ros = ['--rate', str(rate_hz), '--ros-args', '-r', f'image:={IMAGE_TOPIC}']
    if camera is not None:
        return ['--camera', str(camera), *ros]
    sources: list[str] = []
    for scene in scenes:
        if not sources or sources[-1] != scene.source:
            sources.append(scene.source)
    return [*sources, *ros]


def child_starter(folder: Path, environment: dict[str, str]) -> Callable[..., Child]:
    """
    Return what starts the demo's processes.

    :param folder: the output folder; logs go to ``logs/`` in it.
    :param environment: their environment.
    :returns: ``start(name, module, arguments)``.
    """

    def start(name: str, module: str, arguments: Sequence[str]) -> Child:
        log = folder / 'logs' / f'{name.replace(" ", "_")}.log'
        return Child(f'the {name}', module, arguments, environment, log)

    return start
