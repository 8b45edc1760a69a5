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
from dataclasses import dataclass
import time

from grounded_perception import detectors
from grounded_perception.compute import Compute
from grounded_perception.detectors.base import Detector, LooksCloser
from grounded_perception.errors import CommandError, ModelFailed, PerceptionError
from grounded_perception.fusion.base import Fused, Fusion
from grounded_perception.fusion.candidates import distinct
from grounded_perception.fusion.doubt import doubted, trust
from grounded_perception.fusion.loading import load as load_fusion
from grounded_perception.fusion.memory import Memory
from grounded_perception.fusion.query import Query
from grounded_perception.fusion.selection import not_understood, select, Thresholds
from grounded_perception.fusion.tokens import region_tokens, RegionTokens, text_tokens, Words
from grounded_perception.imaging.quality import judge
from grounded_perception.language.command import parse
from grounded_perception.language.encoder import load_encoder
from grounded_perception.language.vocabulary import Vocabulary
from grounded_perception.records import (
    Frame,
    Grounding,
    Intent,
    Perception,
    Regions,
    Status,
)
from grounded_perception.settings import Settings
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
    """

    candidates: Regions
    tokens: RegionTokens
    fused: tuple[Fused | None, ...]


class Pipeline:
    """
    Perceives frames; used from one thread.

    :param settings: see :class:`Settings`.
    :param detector: region proposer; closed by :meth:`close`.
    :param words: vocabulary over the detector's names.
    :param fusion: fuses regions with phrases.
    """

    def __init__(
        self, settings: Settings, detector: Detector, words: Words, fusion: Fusion
    ) -> None:
        self.settings = settings
        self._detector = detector
        self._words = words
        self._fusion = fusion

    def understand(self, text: str | bytes) -> Query:
        """
        Make a command ready.

        :param text: the sentence; bytes must be UTF-8.
        :returns: the query, to be given to :meth:`perceive` with every frame.
        :raises CommandError: when it cannot be used as it came.
        """
        command = parse(text, self.settings.max_command_chars)
        if command.intent in (Intent.DESCRIBE, Intent.ASK):
            raise CommandError(
                f'{command.text!r} asks for words; this version finds things: '
                'name what to look for ("find the red car")'
            )
        return Query(command, tuple(text_tokens(p, self._words) for p in command.phrases))

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
        floor = min(settings.threshold, settings.proposal_threshold)
        regions = self._look(self._detector.propose, frame, query, floor)
        watch.stop('detect')
        quality = judge(frame.rgb)
        watch.stop('judge')
        candidates = distinct(regions, settings.proposal_threshold)
        groundings: tuple[Grounding, ...] = ()
        if query and query.phrases:
            seen = self._fuse(frame, candidates, query)
            watch.stop('ground')
            closer = self._closer_look(seen, query) if trust(quality) else None
            if closer:
                more = self._look(closer, frame, query, floor)
                watch.stop('detect')
                candidates = distinct(regions.joined(more), settings.proposal_threshold)
                seen = self._fuse(frame, candidates, query)
            answers = self._answer(frame, seen, query, memory if trust(quality) else None)
            groundings = tuple(doubted(answer, quality) for answer in answers)
        watch.stop('ground')
        return Perception(
            detections=regions.take(regions.scores >= settings.threshold),
            candidates=candidates,
            groundings=groundings,
            timings_ms=watch.spent_ms,
            quality=quality,
        )

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
        """Free the detector."""
        self._detector.close()

    def _look(self, look: _Look, frame: Frame, query: Query | None, floor: float) -> Regions:
        nouns = query.nouns if query else ()
        try:
            return look(frame.rgb, nouns, floor, self.settings.max_detections)
        except PerceptionError:
            raise
        except Exception as exc:
            # A plug-in is foreign code; one bad frame of it must not end the node.
            raise ModelFailed(f'{self.settings.detector} raised {exc!r}') from exc

    def _fuse(self, frame: Frame, candidates: Regions, query: Query) -> _Seen:
        tokens = region_tokens(frame, candidates, self._words)
        known = [text for text in query.phrases if text.match.class_names]
        fused = dict(zip(map(id, known), self._fusion.fuse(tokens, known), strict=True))
        return _Seen(candidates, tokens, tuple(fused.get(id(text)) for text in query.phrases))

    def _closer_look(self, seen: _Seen, query: Query) -> _Look | None:
        """Return how the detector looks again, where it can and should."""
        when, detector = self.settings.closer_look, self._detector
        if when == 'never' or not isinstance(detector, LooksCloser):
            return None
        if not any(seen.fused):
            return None  # words that mean nothing here mean nothing closer up
        if when == 'always':
            return detector.look_closer
        answers = [
            select(seen.tokens, text, fused, self._limits)
            for text, fused in zip(query.phrases, seen.fused, strict=True)
            if fused
        ]
        is_clear = all(a.status is Status.FOUND and a.score >= _CLEAR for a in answers)
        return None if is_clear else detector.look_closer

    def _answer(
        self, frame: Frame, seen: _Seen, query: Query, memory: Memory | None
    ) -> Iterator[Grounding]:
        kept = memory if self.settings.smoothing_s else None
        if kept:
            kept.begin(query, frame.stamp_ns, self.settings.smoothing_s)
        for n, (text, fused) in enumerate(zip(query.phrases, seen.fused, strict=True)):
            if not fused:
                yield not_understood(len(seen.candidates), text)
            elif kept:
                yield kept.answer(n, seen.tokens, text, fused, self._limits)
            else:
                yield select(seen.tokens, text, fused, self._limits)

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


def build(settings: Settings, options: object = None) -> Pipeline:
    """
    Load what the settings name and put it together.

    :param settings: see :class:`Settings`.
    :param options: the detector's options; None = its defaults.
    :returns: a pipeline, ready.
    :raises SettingsError: when there is no such detector.
    :raises ModelError: when a model cannot be loaded.
    """
    module = detectors.module(settings.detector)
    compute = Compute(settings.device, settings.precision, settings.threads)
    detector: Detector = module.load(module.Options() if options is None else options, compute)
    words = Vocabulary(detector.names, load_encoder(settings.threads), settings.text_threshold)
    return Pipeline(settings, detector, words, load_fusion(settings))
