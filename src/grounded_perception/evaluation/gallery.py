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

"""Frames that are worth a look: the best and the worst, drawn with truth and answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grounded_perception.errors import FrameError
from grounded_perception.evaluation.metrics.answers import judge
from grounded_perception.evaluation.metrics.matching import matched, NOTHING, PASSED_OVER
from grounded_perception.evaluation.metrics.operating_point import least_score
from grounded_perception.evaluation.plan import Plan
from grounded_perception.evaluation.recordings.base import Shot
from grounded_perception.evaluation.report.pictures import Asked, Choice, choose, draw, save, Tally
from grounded_perception.evaluation.results import Boxes, FrameResult, Json
from grounded_perception.evaluation.truth.records import TrueFrame, Truth
from grounded_perception.settings import Settings
import numpy as np
from numpy.typing import NDArray

_FOLDER = 'pictures'


@dataclass(frozen=True, eq=False)
class _Judged:
    """One frame, judged: what is published of it and what each detection is."""

    truth: TrueFrame | None
    said: Boxes
    matches: NDArray[np.int64]
    asked: tuple[Asked, ...]

    def tally(self, recording: str, index: int) -> Tally:
        right, truth = int((self.matches >= 0).sum()), self.truth
        false = int((self.matches == NOTHING).sum()) if truth else 0
        to_find = int((~truth.ignored).sum()) if truth else 0
        rightly = sum(one.is_right for one in self.asked)
        wrongly = len(self.asked) - rightly
        return Tally(recording, index, right, false, to_find - right, wrongly, rightly)


class Gallery:
    """
    Chooses and draws.

    :param plan: what was evaluated.
    :param truth: what should be there.
    """

    def __init__(self, plan: Plan, truth: Truth) -> None:
        self._plan, self._truth = plan, truth
        self._tallies: list[Tally] = []
        self._sentences = {(s.key, s.number): s for s in truth.sentences}

    def look(self, recording: str, results: Iterable[FrameResult]) -> Iterator[FrameResult]:
        """
        Count while results pass by.

        :param recording: that they are of.
        :param results: in their order.
        :returns: the same results.
        """
        for result in results:
            if result.key and result.outcome == 'answered':
                judged = self._judge(result)
                self._tallies.append(judged.tally(recording, result.index))
            yield result

    def draw(self, results: Iterable[tuple[str, Iterable[FrameResult]]], folder: Path) -> Json:
        """
        Draw the frames that were chosen.

        :param results: of every recording, read again.
        :param folder: of the report; the pictures get a folder in it.
        :returns: the part ``frames`` of the results.
        :raises RecordingError: when a picture cannot be written.
        """
        best, worst = choose(self._tallies)
        chosen = {_place(choice): choice for choice in (*best, *worst)}
        names: dict[tuple[str, int], Json] = {}
        (folder / _FOLDER).mkdir(exist_ok=True)
        for number, (recording, frames) in enumerate(results):
            wanted = {index for name, index in chosen if name == recording}
            kept = {frame.index: frame for frame in frames if frame.index in wanted}
            for shot in self._shots(Path(recording), wanted):
                choice = chosen[recording, shot.index]
                name = f'{_FOLDER}/{number:03d}_{shot.index:06d}.jpg'
                if self._draw(shot, kept[shot.index], folder / name):
                    names[recording, shot.index] = _told(choice, kept[shot.index], name)
        return {
            which: [
                names[key] for c in some if (key := (c.tally.recording, c.tally.index)) in names
            ]
            for which, some in (('best', best), ('worst', worst))
        }

    def _shots(self, path: Path, wanted: set[int]) -> Iterator[Shot]:
        if not wanted:
            return
        recording = self._plan.open(path)
        try:
            for item in recording.items():
                if isinstance(item, Shot) and item.index in wanted:
                    yield item
                    wanted = wanted - {item.index}
                    if not wanted:
                        return
        finally:
            recording.close()

    def _draw(self, shot: Shot, result: FrameResult, path: Path) -> bool:
        try:
            frame = shot.decode()
        except FrameError:
            return False
        judged = self._judge(result)
        save(draw(frame.rgb, judged.truth, judged.said, judged.matches, judged.asked), path)
        return True

    def _judge(self, result: FrameResult) -> _Judged:
        truth = self._truth.frames.get(result.key) if self._truth.has_boxes else None
        said = published(result.detections, self._plan.settings)
        if truth is not None:
            known = (
                np.isin(said.labels, self._truth.class_names) if len(said) else np.zeros(0, bool)
            )
            said = _take(said, np.flatnonzero(known))
        asked = []
        for reply in result.replies:
            if sentence := self._sentences.get((result.key, reply.sentence)):
                asked.append(Asked(sentence, reply, judge(sentence, reply).right))
        matches = _matches(said, truth) if truth else np.full(len(said), PASSED_OVER, np.int64)
        return _Judged(truth, said, matches, tuple(asked))


def published(found: Boxes, settings: Settings) -> Boxes:
    """
    Keep what the node publishes.

    :param found: everything that was found in a frame.
    :param settings: whose thresholds decide.
    :returns: those from their class's threshold on.
    """
    least = {label: least_score(label, settings) for label in set(found.labels)}
    pairs = zip(found.scores, found.labels, strict=True)
    return _take(found, np.flatnonzero([score >= least[label] for score, label in pairs]))


def _take(boxes: Boxes, keep: NDArray[np.intp]) -> Boxes:
    labels = tuple(boxes.labels[i] for i in keep)
    return Boxes(boxes.boxes_px[keep], boxes.scores[keep], labels, boxes.track_ids[keep])


def _matches(said: Boxes, truth: TrueFrame) -> NDArray[np.int64]:
    """Match class by class; an ignored object without a label is ignored for every class."""
    matches = np.full(len(said), NOTHING, np.int64)
    labels, named = np.array(said.labels), np.array(truth.labels)
    for label in dict.fromkeys(said.labels):
        mine = np.flatnonzero(labels == label)
        theirs = np.flatnonzero((named == label) | ((named == '') & truth.ignored))
        found = matched(said.boxes_px[mine], truth.boxes_px[theirs], truth.ignored[theirs])
        numbers: Sequence[int] = [int(theirs[i]) if i >= 0 else int(i) for i in found]
        matches[mine] = numbers
    return matches


def _place(choice: Choice) -> tuple[str, int]:
    return choice.tally.recording, choice.tally.index


def _told(choice: Choice, result: FrameResult, name: str) -> Json:
    return {
        'recording': choice.tally.recording,
        'index': result.index,
        'key': result.key,
        'stamp_ns': result.stamp_ns,
        'score': choice.score,
        'why': choice.why,
        'image': name,
    }
