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

"""Frame and sentence in, perception out: the core in one object without ROS, thread or file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import time

from grounded_perception.assistants.base import Answer, Assistant
from grounded_perception.assistants.interpreter import Interpreter
from grounded_perception.assistants.scenes import scene_of
from grounded_perception.detectors.base import Detector, LooksCloser
from grounded_perception.errors import CommandError, ModelFailed, PerceptionError
from grounded_perception.exemplars.answering import Shown
from grounded_perception.fusion.base import Fused, Fusion
from grounded_perception.fusion.candidates import distinct
from grounded_perception.fusion.doubt import doubted, trust
from grounded_perception.fusion.finer import Finer, reordered, told
from grounded_perception.fusion.memory import Memory
from grounded_perception.fusion.query import Query
from grounded_perception.fusion.selection import not_understood, select, Thresholds
from grounded_perception.fusion.tokens import (
    region_tokens,
    RegionTokens,
    Words,
)
from grounded_perception.imaging.quality import judge
from grounded_perception.records import (
    Floats,
    Frame,
    Grounding,
    Intent,
    Perception,
    Regions,
    Status,
)
from grounded_perception.segmenters.base import Masks, Segmenter
from grounded_perception.settings import Settings
from grounded_perception.understanding import Reader
import numpy as np

_Look = Callable[..., Regions]
#: An answer less probable than this is worth a closer look: on the even half of
#: ``benchmarks/grounding.py`` that loses nothing against looking closer always.
_CLEAR = 0.9


@dataclass(frozen=True, eq=False)
class _Seen:
    """
    What the fusion makes of a query and the candidates of one frame.

    :param candidates: N regions, one for each thing.
    :param tokens: theirs.
    :param fused: for each phrase; None where its noun means nothing here.
    :param looks: by number of the phrase, how much each region looks like a finer noun.
    """

    candidates: Regions
    tokens: RegionTokens
    fused: tuple[Fused | None, ...]
    looks: dict[int, Floats]


class Pipeline:
    """
    Perceives frames; used from one thread.

    :param settings: see :class:`Settings`.
    :param detector: region proposer; closed by :meth:`close`.
    :param words: vocabulary over the detector's names.
    :param fusion: fuses regions with phrases.
    :param segmenter: finds masks; closed by :meth:`close`; None = none can be asked for.
    :param assistant: answers questions; closed by :meth:`close`; None = they are refused.
    :param interpreter: reads sentences with a language model; closed by :meth:`close`; None = the
        grammar reads them.
    :param finer: tells taxis from other cars; closed by :meth:`close`; None = nobody does.
    :param shown: finds things by their looks; None = none can be asked for.
    """

    def __init__(
        self,
        settings: Settings,
        detector: Detector,
        words: Words,
        fusion: Fusion,
        *,
        segmenter: Segmenter | None = None,
        assistant: Assistant | None = None,
        interpreter: Interpreter | None = None,
        finer: Finer | None = None,
        shown: Shown | None = None,
    ) -> None:
        self.settings = settings
        self._detector = detector
        self._words = words
        self._fusion = fusion
        self._segmenter = segmenter
        self._assistant = assistant
        self._shown = shown
        self.reader = Reader(words, interpreter, may_ask=assistant is not None, shown=shown)
        self._finer = finer

    @property
    def names(self) -> tuple[str, ...]:
        """The words that the detector knows; none if it knows any."""
        return self._detector.names

    def understand(self, text: str | bytes) -> Query:
        """
        Make a command ready, waiting for a language model where one reads it.

        :param text: the sentence; bytes must be UTF-8.
        :returns: the query, to be given to :meth:`perceive` with every frame.
        :raises CommandError: when it cannot be used as it came.
        """
        return self.reader.understand(text, self.settings.max_command_chars)

    def perceive(
        self, frame: Frame, query: Query | None = None, memory: Memory | None = None
    ) -> Perception:
        """
        Find everything, and what the query means.

        :param frame: the image.
        :param query: a command made ready, or none.
        :param memory: of the frames before, where there are any: one for each camera.
        :returns: regions, detections and one grounding for each phrase.
        :raises ModelFailed: when the detector raises.
        """
        settings = self.settings
        watch = _StopWatch()
        regions = self._look(self._detector.propose, frame, query)
        watch.stop('detect')
        quality = judge(frame.rgb)
        watch.stop('judge')
        candidates = distinct(regions, settings.proposal_threshold)
        groundings: tuple[Grounding, ...] = ()
        if query and query.is_question and trust(quality) and (closer := self._closer):
            # A question is asked of one frame: there is time to look well.
            candidates = self._joined(regions, closer, frame, query)
            watch.stop('detect')
        if query and query.phrases:
            seen = self._fuse(frame, candidates, query)
            watch.stop('ground')
            closer = self._closer_look(seen, query) if trust(quality) else None
            if closer:
                candidates = self._joined(regions, closer, frame, query)
                watch.stop('detect')
                seen = self._fuse(frame, candidates, query)
            answers = self._answer(frame, seen, query, memory if trust(quality) else None)
            groundings = tuple(doubted(answer, quality) for answer in answers)
        if query and query.command.intent is Intent.LIKE and self._shown:
            phrase = query.command.phrases[0]
            with _foreign(settings.classifier):
                groundings = (doubted(self._shown.find(frame, candidates, phrase), quality),)
        watch.stop('ground')
        return Perception(
            detections=regions.take(regions.scores >= settings.threshold),
            candidates=candidates,
            groundings=groundings,
            timings_ms=watch.spent_ms,
            quality=quality,
        )

    def answer(self, frame: Frame, query: Query, perception: Perception) -> Answer:
        """
        Answer a question, or describe what is seen.

        :param frame: the image.
        :param query: a question made ready.
        :param perception: what :meth:`perceive` made of both.
        :returns: the answer; its boxes are indices of the candidates.
        :raises ModelFailed: when a network raises.
        """
        assert self._assistant is not None, 'a question was made ready without an assistant'
        seen = scene_of(
            frame,
            perception.candidates,
            self._words,
            self._fusion,
            self._limits,
            self.settings.threshold,
            perception.quality,
        )
        with _foreign(self.settings.assistant):
            return self._assistant.answer(frame.rgb, query.command.text, seen)

    def remember(self, frame: Frame, query: Query, perception: Perception) -> str:
        """
        Keep what was found last under the name that a query gives it.

        :param frame: the image that it was found in.
        :param query: of the intent ``REMEMBER``.
        :param perception: of that image.
        :returns: one sentence for people.
        :raises CommandError: when nothing or several things were found, or the name is no name.
        :raises PerceptionError: when it cannot be looked at or kept.
        """
        name = query.command.phrases[0].noun
        found = [i for g in perception.groundings if g.status is Status.FOUND for i in g.indices]
        if len(found) != 1 or self._shown is None:
            raise CommandError(
                f'cannot remember this as {name!r}: the command in force must have found one '
                f'thing, it found {len(found)}; point it out first ("the cup on the left")'
            )
        with _foreign(self.settings.classifier):
            return self._shown.remember(frame, perception.candidates, found[0], name)

    @property
    def answers_at_once(self) -> bool:
        """Whether :meth:`answer` takes no longer than a frame may."""
        return getattr(self._assistant, 'is_quick', False)

    @property
    def has_masks(self) -> bool:
        """Whether :meth:`segment` finds anything."""
        return self._segmenter is not None

    def segment(self, frame: Frame, regions: Regions) -> Masks:
        """
        Find the pixels of regions.

        :param frame: the image.
        :param regions: N regions of it.
        :returns: N masks; no mask at all where the setting ``segmenter`` is ``none``.
        :raises ModelFailed: when a network raises.
        """
        if self._segmenter is None:
            return Masks.empty((frame.height, frame.width))
        with _foreign(self.settings.segmenter):
            return self._segmenter.segment(frame.rgb, regions)

    def warm_up(self) -> None:
        """
        Perceive a blank image once, so that the first real one is not slower than the others.

        :raises ModelFailed: when the detector raises.
        """
        blank = Frame(np.zeros((480, 640, 3), np.uint8))
        query = self.understand('the red thing next to another thing')
        self.perceive(blank, query)
        # A blank shows nothing, and of nothing the fusion is not asked.
        boxes = np.array([[50, 50, 150, 150], [300, 200, 400, 300]], np.float32)
        labels = ((self._detector.names or ('thing',))[0],) * len(boxes)
        scores = np.full(len(boxes), 0.5, np.float32)
        self._fuse(blank, Regions.of_labels(boxes, scores, labels), query)

    def close(self) -> None:
        """Free everything that was given to it."""
        parts = self._detector, self._segmenter, self._assistant, self.reader, self._finer
        for part in parts:
            if part is not None:
                part.close()

    def _look(self, look: _Look, frame: Frame, query: Query | None) -> Regions:
        nouns = query.nouns if query else ()
        floor = min(self.settings.threshold, self.settings.proposal_threshold)
        with _foreign(self.settings.detector):
            return look(frame.rgb, nouns, floor, self.settings.max_detections)

    def _joined(self, regions: Regions, closer: _Look, frame: Frame, query: Query) -> Regions:
        """Return the candidates of a first look and a closer one."""
        more = self._look(closer, frame, query)
        return distinct(regions.joined(more), self.settings.proposal_threshold)

    def _fuse(self, frame: Frame, candidates: Regions, query: Query) -> _Seen:
        tokens = region_tokens(frame, candidates, self._words)
        known = [n for n, text in enumerate(query.phrases) if text.match.class_names]
        answers = self._fusion.fuse(tokens, [query.phrases[n] for n in known])
        fused = dict(zip(known, answers, strict=True))
        looks: dict[int, Floats] = {}
        for n in known if self._finer else ():
            assert self._finer is not None
            text = query.phrases[n]
            if self._finer.is_finer(text):
                looks[n] = self._finer.look(frame, candidates.boxes_px, text, fused[n])
                fused[n] = reordered(fused[n], looks[n])
        every = tuple(fused.get(n) for n in range(len(query.phrases)))
        return _Seen(candidates, tokens, every, looks)

    def _closer_look(self, seen: _Seen, query: Query) -> _Look | None:
        """Return how the detector looks again, where it can and should."""
        closer = self._closer
        if not any(seen.fused):
            return None  # words that mean nothing here mean nothing closer up
        if closer is None or self.settings.closer_look == 'always':
            return closer
        answers = [
            select(seen.tokens, text, fused, self._limits)
            for text, fused in zip(query.phrases, seen.fused, strict=True)
            if fused
        ]
        is_clear = all(a.status is Status.FOUND and a.score >= _CLEAR for a in answers)
        return None if is_clear else closer

    @property
    def _closer(self) -> _Look | None:
        """How the detector looks again, where it can and may."""
        detector, may = self._detector, self.settings.closer_look != 'never'
        return detector.look_closer if may and isinstance(detector, LooksCloser) else None

    def _answer(
        self, frame: Frame, seen: _Seen, query: Query, memory: Memory | None
    ) -> Iterator[Grounding]:
        kept = memory if self.settings.smoothing_s else None
        if kept:
            kept.begin(query, frame.stamp_ns, self.settings.smoothing_s)
        for n, (text, fused) in enumerate(zip(query.phrases, seen.fused, strict=True)):
            if not fused:
                yield not_understood(len(seen.candidates), text)
                continue
            if kept:
                answer = kept.answer(n, seen.tokens, text, fused, self._limits)
            else:
                answer = select(seen.tokens, text, fused, self._limits)
            yield told(answer, seen.looks[n]) if n in seen.looks else answer

    @property
    def _limits(self) -> Thresholds:
        return Thresholds(self.settings.absent_threshold, self.settings.ambiguity_margin)


class _StopWatch:
    """Adds up the milliseconds between stops, stage by stage."""

    def __init__(self) -> None:
        self.spent_ms = dict.fromkeys(('detect', 'judge', 'ground'), 0.0)
        self._last = time.perf_counter()

    def stop(self, stage: str) -> None:
        now = time.perf_counter()
        self.spent_ms[stage] += (now - self._last) * 1e3
        self._last = now


@contextmanager
def _foreign(name: str) -> Iterator[None]:
    """Run what may be a plug-in: one bad frame of foreign code must not end the node."""
    try:
        yield
    except PerceptionError:
        raise
    except Exception as exc:
        raise ModelFailed(f'{name} raised {exc!r}') from exc
