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
Answers that a running node gave, measured in place of a pipeline's own.

Somebody played a recording into the node, or the robot recorded images and answers together. An
answer belongs to the image with its stamp; an image without one was dropped. Only what the node
published is known: nothing below its threshold, no candidate but its detections.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from grounded_perception.errors import RecordingError
from grounded_perception.evaluation import kept
from grounded_perception.evaluation.plan import Plan, Unit
from grounded_perception.evaluation.recordings.base import Recording, Shot
from grounded_perception.evaluation.recordings.outputs import Output, Outputs
from grounded_perception.evaluation.results import Boxes, FrameResult, Json, Reply
from grounded_perception.evaluation.truth.matching import Matcher
from grounded_perception.evaluation.truth.records import Truth
from grounded_perception.wire.detected import Detected
import numpy as np

#: Ages beyond these mean that images and answers were recorded by different clocks. A replay's
#: clock lags by one tick of /clock. An age of 0 is none: an evaluation logs answers so.
_EARLIEST_MS, _LATEST_MS = -100.0, 60_000.0
#: An age is known where it is above 0.
_LEAST_MS = 0.01


def from_node(
    plan: Plan,
    units: Sequence[Unit],
    folder: Path,
    count: Callable[[int], None],
    truth: Truth | None,
) -> None:
    """
    Do the units with what a node answered.

    :param plan: what they are a part of.
    :param units: what to do.
    :param folder: of all results.
    :param count: told how far it is.
    :param truth: what should be there.
    :raises RecordingError: when recording or answers cannot be read or do not belong together.
    """
    if not units:
        return
    heard = Heard(plan, truth)
    try:
        for unit in units:
            heard.do(unit, folder, lambda: count(1))
    finally:
        heard.close()


class Heard:
    """
    Does units of a plan by looking answers up; used from one thread.

    :param plan: names the bag of answers.
    :param truth: what should be there.
    :raises RecordingError: when the answers cannot be read.
    """

    def __init__(self, plan: Plan, truth: Truth | None) -> None:
        assert plan.answers is not None, 'a plan of answers names them'
        self._plan, self._truth = plan, truth
        self._answered = self._undated = 0
        self._outputs = Outputs(plan.answers.path, plan.answers.node)
        self._numbers = {
            (each.key, _plain(each.expression)): each.number
            for each in (truth.sentences if truth else ())
        }

    def do(self, unit: Unit, folder: Path, tick: Callable[[], None]) -> None:
        """
        Find the answers to a recording's images and write what came of them.

        :param unit: a whole recording.
        :param folder: of all results.
        :param tick: called after each image.
        :raises RecordingError: when the recording cannot be read, none of its images was
            answered, or the result cannot be written.
        """
        recording = self._plan.open(unit.recording)
        key = unit.key(self._plan)
        try:
            with kept.draft(folder, key) as draft:
                for result in self._results(recording):
                    draft.lines.write(kept.line(result.to_json()))
                    tick()
                draft.finish(key, self._notes(recording))
        finally:
            recording.close()

    def close(self) -> None:
        """Free the answers."""
        self._outputs.close()

    def _results(self, recording: Recording) -> Iterator[FrameResult]:
        matcher = self._matcher()
        self._answered = self._undated = 0
        images, stamps = 0, (0, 0)
        for shot in recording.items():
            if not isinstance(shot, Shot):
                continue
            key = matcher.key(shot.index, shot.stamp_ns, shot.name) if matcher else ''
            output = self._outputs.at(shot.stamp_ns)
            images, stamps = images + 1, (stamps[0] or shot.stamp_ns, shot.stamp_ns)
            yield self._result(shot, key, output)
        if not self._answered:
            raise RecordingError(
                f'{self._outputs.path} answers no image of {recording.path}: none of its '
                f'{self._outputs.images} answers has the stamp of one of the {images} images '
                f'({stamps[0] / 1e9:.3f} s to {stamps[1] / 1e9:.3f} s): is it of another '
                'recording?'
            )

    def _matcher(self) -> Matcher | None:
        source = self._plan.truth
        if self._truth is None or source is None:
            return None
        return Matcher(self._truth, source.frames_map)

    def _result(self, shot: Shot, key: str, output: Output | None) -> FrameResult:
        age_ms = 0.0
        if output:
            self._answered += 1
            age_ms = (output.logged_ns - shot.logged_ns) / 1e6
            agree = age_ms != 0 and _EARLIEST_MS <= age_ms <= _LATEST_MS
            age_ms = max(age_ms, _LEAST_MS) if agree else 0.0
            self._undated += not agree
        return FrameResult(
            index=shot.index,
            stamp_ns=shot.stamp_ns,
            logged_ns=shot.logged_ns,
            key=key,
            width=0,
            height=0,
            outcome='answered' if output else 'dropped',
            error='',
            detections=_detections(output.detections if output else ()),
            replies=tuple(self._replies(key, output)) if output else (),
            quality=output.state.get('quality', '') if output else '',
            timings_ms={},
            age_ms=age_ms,
        )

    def _replies(self, key: str, output: Output) -> Iterator[Reply]:
        """Yield the answer to each phrase; a command that is one of the truth's is that one."""
        state, meant = output.state, output.grounding
        if meant is None or not state:
            return
        command = self._numbers.get((key, _plain(state.get('command', ''))), -1)
        number = 1
        while text := state.get(f'phrase_{number}.text'):
            told = {name: state.get(f'phrase_{number}.{name}', '') for name in _OF_PHRASE}
            reply = _reply(command if number == 1 else -1, text, told, meant, output.detections)
            if reply:
                yield reply
            number += 1

    def _notes(self, recording: Recording) -> Json:
        told = [*recording.problems, *self._outputs.problems]
        if unfit := self._outputs.images - self._answered:
            told.append(f'{unfit} answers are about images that are not in it')
        if self._undated:
            told.append(
                f'ages of {self._undated} answers are not known: the times of their recording do '
                'not tell them (play with --clock, record with --use-sim-time)'
            )
        return {'problems': told, 'topic': recording.image_topic}


_OF_PHRASE = ('status', 'score', 'margin', 'count', 'reason')


def _reply(
    sentence: int,
    text: str,
    told: dict[str, str],
    meant: Sequence[Detected],
    seen: Sequence[Detected],
) -> Reply | None:
    """Put one phrase's answer together; None where a part of it was not recorded."""
    mine = [box for box in meant if box.first[0] == text]
    if told['status'] != 'ABSENT' and not mine:
        return None
    others = [box for box in seen if box.box_px not in {each.box_px for each in mine}]
    probabilities = [*(box.first[1] for box in mine), *(0.0 for _ in others)]
    score = _number(told['score'])
    return Reply(
        sentence=sentence,
        phrase=text,
        status=told['status'],
        score=score,
        margin=_number(told['margin']),
        none_probability=score if told['status'] == 'ABSENT' else 0.0,
        boxes_px=np.array([b.box_px for b in (*mine, *others)], np.float32).reshape(-1, 4),
        probabilities=np.array(probabilities, np.float32),
        labels=tuple(b.hypotheses[-1][0] if b.hypotheses else '' for b in (*mine, *others)),
        indices=tuple(range(len(mine))),
        asks_all=told['status'] == 'FOUND' and len(mine) > 1,
        reason=told['reason'],
    )


def _detections(found: Sequence[Detected]) -> Boxes:
    return Boxes.of(
        np.array([box.box_px for box in found], np.float32).reshape(-1, 4),
        np.array([box.best[1] for box in found], np.float32),
        tuple(box.best[0] for box in found),
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


def _plain(sentence: str) -> str:
    return ' '.join(sentence.casefold().split())
