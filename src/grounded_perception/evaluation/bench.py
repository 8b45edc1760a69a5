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
from contextlib import ExitStack
from dataclasses import replace
import gzip
import json
import os
from pathlib import Path
import shutil
from typing import TextIO

from grounded_perception import drawing
from grounded_perception.assembly import build
from grounded_perception.detectors.base import Detector
from grounded_perception.detectors.memo import Memo
from grounded_perception.errors import RecordingError
from grounded_perception.evaluation.plan import Plan, Unit
from grounded_perception.evaluation.recordings.base import Said, Shot
from grounded_perception.evaluation.records import FrameResult, Json, TrueSentence
from grounded_perception.evaluation.replay import FLOOR, Replay, Served
from grounded_perception.evaluation.truth.matching import Matcher
from grounded_perception.evaluation.truths import truth_of
from grounded_perception.evaluation.writing.writer import BagWriter
from grounded_perception.pipeline import Pipeline

#: Told that one more image is done.
Tick = Callable[[], None]
_FAST = 1  # gzip: little is gained by more


class Interrupted(KeyboardInterrupt):
    """
    Ctrl-C in the middle of a unit.

    :param unit: what is whole of it.
    """

    def __init__(self, unit: Unit) -> None:
        super().__init__()
        self.unit = unit


class Bench:
    """
    Everything that units of one plan need, loaded once; used from one thread.

    :param plan: what is evaluated.
    :raises PerceptionError: when models or truth cannot be loaded.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        memos: list[Memo] = []

        def overheard(detector: Detector) -> Detector:
            memos.append(Memo(detector, FLOOR))
            return memos[0]

        self.pipeline: Pipeline = build(plan.settings, plan.options, overheard)
        self.memo = memos[0]
        self.pipeline.warm_up()
        self.truth = truth_of(plan, self.pipeline.names)
        self._sentences: dict[str, list[TrueSentence]] = {}
        for sentence in self.truth.sentences if self.truth else ():
            self._sentences.setdefault(sentence.key, []).append(sentence)

    def do(self, unit: Unit, folder: Path, tick: Tick = lambda: None) -> None:
        """
        Answer a unit's images and write what came of it.

        :param unit: which.
        :param folder: of all results; the unit's has its key's name.
        :param tick: called after each image.
        :raises PerceptionError: when the recording cannot be read or the result not written.
        :raises Interrupted: by Ctrl-C; what was answered is kept as a shorter unit.
        """
        key = unit.key(self.plan)
        file, bag_at = results_file(folder, key), bag_folder(folder, key)
        part = file.with_name(f'{file.name}.{os.getpid()}.part')
        recording = self.plan.open(unit.recording)
        replay = self._replay()
        if self.plan.command:
            replay.command(self.plan.command)
        served = replay.serve(_stretch(recording.items(), unit))
        shorter = None
        try:
            with ExitStack() as stack:
                bag = stack.enter_context(BagWriter(bag_at)) if self.plan.bag else None
                lines = stack.enter_context(gzip.open(part, 'wt', _FAST, encoding='utf-8'))
                last = self._answer(served, lines, bag, tick)
                if last is not None:
                    shorter = replace(unit, end=last + 1)
                    file = results_file(folder, shorter.key(self.plan))
            told = [*recording.problems, *(f'command {each}' for each in replay.refused)]
            notes = {'problems': told, 'topic': recording.image_topic}
            _notes_file(file).write_text(_line(notes), encoding='utf-8')
            if shorter and self.plan.bag:
                shutil.rmtree(bag_folder(folder, shorter.key(self.plan)), ignore_errors=True)
                os.replace(bag_at, bag_folder(folder, shorter.key(self.plan)))
            os.replace(part, file)
        except OSError as exc:
            raise RecordingError(f'{part} cannot be written: {exc.strerror or exc}') from exc
        finally:
            part.unlink(missing_ok=True)
            recording.close()
        if shorter:
            raise Interrupted(shorter)

    def _answer(
        self, served: Iterator[Served], lines: TextIO, bag: BagWriter | None, tick: Tick
    ) -> int | None:
        """Write answers; return the number of the last image where it was interrupted."""
        last = -1
        try:
            for one in served:
                lines.write(_line(one.result.to_json()))
                if bag:
                    self._write(bag, one)
                last = one.result.index
                tick()
        except KeyboardInterrupt:
            if last < 0:
                raise
            return last
        return None

    def close(self) -> None:
        """Free the models."""
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


def results_file(folder: Path, key: str) -> Path:
    """
    Say where a unit's results are.

    :param folder: of all results.
    :param key: of the unit.
    :returns: a file of JSON lines, one an image, gzip.
    """
    return folder / f'{key}.jsonl.gz'


def bag_folder(folder: Path, key: str) -> Path:
    """
    Say where a unit's bag is.

    :param folder: of all results.
    :param key: of the unit.
    :returns: the bag's folder.
    """
    return folder / key


def is_done(plan: Plan, unit: Unit, folder: Path) -> bool:
    """
    Tell whether a unit's results are whole.

    :param plan: what it is a part of.
    :param unit: which.
    :param folder: of all results.
    """
    key = unit.key(plan)
    return results_file(folder, key).is_file() and (
        not plan.bag or bag_folder(folder, key).is_dir()
    )


def results(folder: Path, key: str) -> Iterator[FrameResult]:
    """
    Read a unit's results.

    :param folder: of all results.
    :param key: of the unit.
    :returns: one for each image.
    :raises RecordingError: when the file was damaged since it was written.
    """
    file = results_file(folder, key)
    try:
        with gzip.open(file, 'rt', encoding='utf-8') as lines:
            for line in lines:
                yield FrameResult.from_json(json.loads(line))
    except (OSError, EOFError, ValueError, KeyError, TypeError) as exc:
        raise _damaged(file, exc) from exc


def notes(folder: Path, key: str) -> Json:
    """
    Read what a unit's results say of the recording.

    :param folder: of all results.
    :param key: of the unit.
    :returns: ``problems``, sentences for people, and ``topic``, whose images were read.
    :raises RecordingError: when the file was damaged since it was written.
    """
    file = _notes_file(results_file(folder, key))
    try:
        found: Json = json.loads(file.read_text(encoding='utf-8'))
    except (OSError, ValueError) as exc:
        raise _damaged(file, exc) from exc
    return found


def _notes_file(results: Path) -> Path:
    return results.with_name(results.name.replace('.jsonl.gz', '.json'))


def _damaged(file: Path, exc: Exception) -> RecordingError:
    return RecordingError(f'{file} is damaged ({exc!r}): remove it and evaluate again')


def _line(given: Json) -> str:
    return json.dumps(given, separators=(',', ':')) + '\n'


def _stretch(items: Iterator[Shot | Said], unit: Unit) -> Iterator[Shot | Said]:
    """Yield a unit's images, and every command up to its last one."""
    for item in items:
        if isinstance(item, Shot):
            if item.index < unit.first:
                continue
            if 0 <= unit.end <= item.index:
                return
        yield item
