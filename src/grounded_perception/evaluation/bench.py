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
One unit of work done: a stretch of a recording through the pipeline, the answers on disk.

A result has its name when it is whole; what a process that was killed left under another name is
done again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import replace
import os
from pathlib import Path
import shutil
from typing import TextIO

from grounded_perception import drawing
from grounded_perception.assembly import build
from grounded_perception.detectors.base import Detector
from grounded_perception.detectors.memo import Memo
from grounded_perception.evaluation import kept
from grounded_perception.evaluation.plan import Plan, Unit
from grounded_perception.evaluation.recordings.base import Said, Shot
from grounded_perception.evaluation.replay import FLOOR, Replay, Served
from grounded_perception.evaluation.results import Json
from grounded_perception.evaluation.truth.matching import Matcher
from grounded_perception.evaluation.truth.records import TrueSentence, Truth
from grounded_perception.evaluation.truths import truth_of
from grounded_perception.evaluation.writing.writer import BagWriter
from grounded_perception.pipeline import Pipeline

#: Told that one more image is done.
Tick = Callable[[], None]
#: Asked after every image whether to go on no further.
Stop = Callable[[], bool]


class _Reading:
    """
    A recording while it is replayed: read once, from its beginning, whatever is left out of it.

    :param plan: what is evaluated.
    :param path: of the recording.
    :param replay: answers its images.
    """

    def __init__(self, plan: Plan, path: Path, replay: Replay) -> None:
        self.recording = plan.open(path)
        self.replay = replay
        self.at = 0
        self._items = self.recording.items()

    def serve(self, unit: Unit) -> Iterator[Served]:
        """Answer a unit's images; every command before its last one holds."""
        return self.replay.serve(self._stretch(unit))

    def _stretch(self, unit: Unit) -> Iterator[Shot | Said]:
        while unit.end < 0 or self.at < unit.end:
            item = next(self._items, None)
            if item is None:
                return
            if isinstance(item, Shot):
                self.at = item.index + 1
                if item.index < unit.first:
                    continue
            yield item

    def notes(self) -> Json:
        """Tell what was found wrong up to here."""
        refused = (f'command {each}' for each in self.replay.refused)
        problems = [*self.recording.problems, *refused]
        return {'problems': problems, 'topic': self.recording.image_topic}


class Bench:
    """
    Everything that units of one plan need, loaded once; used from one thread.

    :param plan: what is evaluated.
    :param truth: of the plan; None = it is read.
    :raises PerceptionError: when models or truth cannot be loaded.
    """

    def __init__(self, plan: Plan, truth: Truth | None = None) -> None:
        self.plan = plan
        memos: list[Memo] = []

        def overheard(detector: Detector) -> Detector:
            memos.append(Memo(detector, FLOOR))
            return memos[0]

        self.pipeline: Pipeline = build(plan.settings, plan.options, overheard)
        self.memo = memos[0]
        self.pipeline.warm_up()
        self.truth = truth or truth_of(plan, self.pipeline.names)
        self._sentences: dict[str, list[TrueSentence]] = {}
        for sentence in self.truth.sentences if self.truth else ():
            self._sentences.setdefault(sentence.key, []).append(sentence)
        self._reading: _Reading | None = None

    def do(
        self,
        unit: Unit,
        folder: Path,
        tick: Tick = lambda: None,
        stop: Stop = lambda: False,
    ) -> Unit | None:
        """
        Answer a unit's images and write what came of it.

        :param unit: which.
        :param folder: of all results; the unit's has its key's name.
        :param tick: called after each image.
        :param stop: asked after each image; what was answered until then is a shorter unit.
        :returns: what was done: the unit, a shorter one, or None: nothing.
        :raises PerceptionError: when the recording cannot be read or the result not written.
        """
        if stop():
            return None
        key = unit.key(self.plan)
        bag_folder = kept.bag_folder(folder, key)
        try:
            reading = self._read(unit)
            with kept.draft(folder, key) as draft:
                with BagWriter(bag_folder) if self.plan.bag else nullcontext() as bag:
                    done = self._answer(reading, unit, draft.lines, bag, tick, stop)
                name = done.key(self.plan)
                if self.plan.bag and name != key:
                    shutil.rmtree(kept.bag_folder(folder, name), ignore_errors=True)
                    os.replace(bag_folder, kept.bag_folder(folder, name))
                draft.finish(name, reading.notes(), key if name != key else '')
        except BaseException:
            self._forget()
            raise
        return done

    def _answer(
        self,
        reading: _Reading,
        unit: Unit,
        lines: TextIO,
        bag: BagWriter | None,
        tick: Tick,
        stop: Stop,
    ) -> Unit:
        """Write answers; return what was done."""
        last: Future[None] | None = None
        with ThreadPoolExecutor(1, 'write') as pool:
            for one in reading.serve(unit):
                if last:
                    last.result()  # no more than one waits, and its error is not lost
                last = pool.submit(self._keep, one, lines, bag)
                tick()
                if stop():
                    unit = replace(unit, end=one.result.index + 1)
                    break
            if last:
                last.result()
        return unit

    def _keep(self, one: Served, lines: TextIO, bag: BagWriter | None) -> None:
        """Write one answer, while the networks work on the next image."""
        lines.write(kept.line(one.result.to_json()))
        if bag:
            self._write(bag, one)

    def _read(self, unit: Unit) -> _Reading:
        """Go on reading where the last unit ended, if this one is not before that."""
        reading = self._reading
        if (
            reading is None
            or reading.recording.path != unit.recording
            or not 0 < reading.at <= unit.first
        ):
            self._forget()
            replay = self._replay()
            if self.plan.command:
                replay.command(self.plan.command)
            reading = self._reading = _Reading(self.plan, unit.recording, replay)
        return reading

    def _forget(self) -> None:
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.recording.close()

    def close(self) -> None:
        """Free the models and close what is read."""
        self._forget()
        self.pipeline.close()

    def _replay(self) -> Replay:
        if self.truth is None:
            return Replay(self.pipeline, self.memo)
        source = self.plan.truth
        matcher = Matcher(self.truth, source.frames_map if source else None)
        return Replay(
            self.pipeline,
            self.memo,
            lambda shot: matcher.key(shot.index, shot.stamp_ns, shot.name),
            self._sentences,
        )

    def _write(self, bag: BagWriter, served: Served) -> None:
        """Write what the node would have published of an image."""
        if served.perception is None or served.frame is None:
            return
        picture = None
        if self.plan.annotated:
            picture = drawing.annotate(served.frame.rgb, served.perception)
        bag.frame(
            served.shot.stamp_ns,
            served.shot.frame_id,
            served.shot.logged_ns,
            served.perception,
            served.query,
            served.query_id,
            served.result.age_ms,
            picture,
        )
