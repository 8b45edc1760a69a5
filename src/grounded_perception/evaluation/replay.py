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
Images and commands of a recording through the pipeline, as the node would take them.

The pipeline is the node's own; what differs is that nothing is dropped, that the detector is
overheard far below the threshold (average precision needs the whole curve), and that sentences of
a truth are asked besides, each on its own and without memory of earlier frames.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
import time

from grounded_perception.detectors.memo import Memo
from grounded_perception.errors import CommandError, FrameError, PerceptionError
from grounded_perception.evaluation.recordings.base import Said, Shot
from grounded_perception.evaluation.results import Boxes, FrameResult, Reply
from grounded_perception.evaluation.truth.records import TrueSentence
from grounded_perception.fusion.memory import Memory
from grounded_perception.fusion.query import Query
from grounded_perception.fusion.selection import Asked
from grounded_perception.pipeline import Pipeline
from grounded_perception.records import Frame, Grounding, Intent, Perception, Quantity, Regions

#: Images that are decoded before their turn.
_AHEAD = 2
_Decoding = Future[tuple[Frame, float]]
#: Low enough that average precision sees the whole curve.
FLOOR = 0.01


@dataclass(frozen=True, eq=False)
class Served:
    """
    One image and all that was made of it.

    :param shot: the image as recorded.
    :param result: what is measured.
    :param frame: its pixels; None where they could not be read.
    :param perception: of the command in force; None where it failed.
    :param query: the command in force.
    :param query_id: its number, from 1; 0 = none.
    """

    shot: Shot
    result: FrameResult
    frame: Frame | None = None
    perception: Perception | None = None
    query: Query | None = None
    query_id: int = 0


@dataclass
class _Force:
    """The command in force, as the node keeps it."""

    query: Query | None = None
    number: int = 0
    memory: Memory = field(default_factory=Memory)


class Replay:
    """
    Serves a recording's images in their order; used from one thread.

    :param pipeline: perceives with the memo.
    :param memo: the detector in it, which asks for scores from :data:`FLOOR` on.
    :param key_of: tells an image's name in the truth; empty = it is not in it.
    :param sentences: of the truth, by name of the image.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        memo: Memo,
        key_of: Callable[[Shot], str] = lambda shot: '',
        sentences: Mapping[str, Sequence[TrueSentence]] | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._memo = memo
        self._key_of = key_of
        self._sentences = sentences or {}
        self._force = _Force()
        self._commands = 0
        #: Commands of the recording that were not taken, and why.
        self.refused: list[str] = []

    def command(self, text: str) -> None:
        """
        Put a command in force, or clear it; one that is refused leaves the last one alone.

        :param text: the sentence.
        """
        self._commands += 1
        try:
            query = self._pipeline.understand(text)
        except CommandError as exc:
            self.refused.append(f'{text!r}: {exc}')
            return
        if query.is_question or query.command.intent is Intent.REMEMBER:
            self.refused.append(f'{text!r}: only commands that look for things are evaluated')
            return
        kept = None if query.command.intent is Intent.CLEAR else query
        self._force = _Force(kept, self._commands, self._force.memory)

    def serve(self, items: Iterable[Shot | Said]) -> Iterator[Served]:
        """
        Answer every image.

        :param items: images and commands in the order in which they were recorded.
        :returns: one for each image; an image that cannot be used is one that failed.
        """
        for item, decoding in _ahead(items):
            if isinstance(item, Said):
                self.command(item.text)
            elif decoding:
                yield self._serve(item, decoding)

    def _serve(self, shot: Shot, decoding: _Decoding) -> Served:
        key = self._key_of(shot)
        try:
            frame, decode_ms = decoding.result()
        except FrameError as exc:
            return Served(shot, _failed(shot, key, None, exc))
        begin = time.perf_counter()
        force = self._force
        try:
            perception = self._pipeline.perceive(frame, force.query, force.memory)
        except PerceptionError as exc:
            return Served(shot, _failed(shot, key, frame, exc), frame)
        spent = {'decode': decode_ms, **perception.timings_ms}
        age_ms = decode_ms + (time.perf_counter() - begin) * 1e3
        heard = self._memo.overheard
        replies = [_reply(-1, each, perception.candidates) for each in perception.groundings]
        replies += [self._ask(frame, each) for each in self._sentences.get(key, ())]
        result = FrameResult(
            index=shot.index,
            stamp_ns=shot.stamp_ns,
            logged_ns=shot.logged_ns,
            key=key,
            width=frame.width,
            height=frame.height,
            outcome='answered',
            error='',
            detections=Boxes.of(heard.boxes_px, heard.scores, heard.labels),
            replies=tuple(replies),
            quality=perception.quality.verdict if perception.quality else '',
            timings_ms=spent,
            age_ms=age_ms,
        )
        return Served(shot, result, frame, perception, force.query, force.number)

    def _ask(self, frame: Frame, sentence: TrueSentence) -> Reply:
        """Answer one sentence of the truth."""
        try:
            query = self._pipeline.understand(sentence.expression)
            if not query.phrases:
                raise CommandError('it names nothing to look for')
            perception = self._pipeline.perceive(frame, query)
        except PerceptionError as exc:
            return _refused(sentence, str(exc))
        return _reply(sentence.number, perception.groundings[0], perception.candidates)


def _ahead(items: Iterable[Shot | Said]) -> Iterator[tuple[Shot | Said, _Decoding | None]]:
    """Decode images while the networks work on those before them."""
    with ThreadPoolExecutor(1, 'decode') as pool:
        waiting: deque[tuple[Shot | Said, _Decoding | None]] = deque()
        for item in items:
            decoding = pool.submit(_decoded, item) if isinstance(item, Shot) else None
            waiting.append((item, decoding))
            if len(waiting) > _AHEAD:
                yield waiting.popleft()
        yield from waiting


def _decoded(shot: Shot) -> tuple[Frame, float]:
    """Return an image and how many milliseconds decoding took."""
    begin = time.perf_counter()
    frame = shot.decode()
    return frame, (time.perf_counter() - begin) * 1e3


def _reply(sentence: int, grounding: Grounding, candidates: Regions) -> Reply:
    asked = Asked.by(grounding.phrase, grounding.checks)
    return Reply(
        sentence=sentence,
        phrase=grounding.phrase.text,
        status=grounding.status.value,
        score=grounding.score,
        margin=grounding.margin,
        none_probability=grounding.none_probability,
        boxes_px=candidates.boxes_px,
        probabilities=grounding.probabilities,
        labels=candidates.labels,
        indices=grounding.indices,
        asks_all=asked.quantity is Quantity.ALL,
        reason=grounding.reason,
        quantity=asked.quantity.value,
        count=asked.count,
        singled_out=asked.singled_out,
    )


def _refused(sentence: TrueSentence, why: str) -> Reply:
    nothing = Regions.empty()
    return Reply(
        sentence=sentence.number,
        phrase=sentence.expression,
        status='REFUSED',
        score=0.0,
        margin=0.0,
        none_probability=1.0,
        boxes_px=nothing.boxes_px,
        probabilities=nothing.scores,
        labels=(),
        indices=(),
        asks_all=False,
        reason=why,
    )


def _failed(shot: Shot, key: str, frame: Frame | None, exc: Exception) -> FrameResult:
    nothing = Regions.empty()
    return FrameResult(
        index=shot.index,
        stamp_ns=shot.stamp_ns,
        logged_ns=shot.logged_ns,
        key=key,
        width=frame.width if frame else 0,
        height=frame.height if frame else 0,
        outcome='failed',
        error=str(exc),
        detections=Boxes.of(nothing.boxes_px, nothing.scores, nothing.labels),
        replies=(),
        quality='',
        timings_ms={},
        age_ms=0.0,
    )
