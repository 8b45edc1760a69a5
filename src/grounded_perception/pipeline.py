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

from dataclasses import dataclass
import time

from grounded_perception import detectors
from grounded_perception.compute import Compute
from grounded_perception.detectors.base import Detector
from grounded_perception.errors import CommandError, ModelFailed, PerceptionError
from grounded_perception.fusion.base import Fusion
from grounded_perception.fusion.candidates import distinct
from grounded_perception.fusion.doubt import doubted, trust
from grounded_perception.fusion.loading import load as load_fusion
from grounded_perception.fusion.memory import Memory
from grounded_perception.fusion.selection import not_understood, select, Thresholds
from grounded_perception.fusion.tokens import region_tokens, text_tokens, TextTokens, Words
from grounded_perception.imaging.quality import judge
from grounded_perception.language.command import parse
from grounded_perception.language.encoder import load_encoder
from grounded_perception.language.vocabulary import Vocabulary
from grounded_perception.records import (
    Command,
    Frame,
    Grounding,
    Intent,
    Perception,
    Regions,
)
from grounded_perception.settings import Settings
import numpy as np


@dataclass(frozen=True, eq=False)
class Query:
    """
    A command made ready: parsed, its nouns resolved and embedded, once for all frames.

    :param command: the sentence.
    :param phrases: tokens of each of its phrases.
    """

    command: Command
    phrases: tuple[TextTokens, ...]

    @property
    def nouns(self) -> tuple[str, ...]:
        """The nouns of targets and anchors, each once: what an open detector looks for."""
        return tuple(dict.fromkeys(noun for text in self.phrases for noun in _nouns(text)))

    @property
    def not_understood(self) -> tuple[str, ...]:
        """Sentences that say which words cannot be used, and why."""
        return tuple(line for text in self.phrases for line in _complaints(text))


def _nouns(text: TextTokens) -> tuple[str, ...]:
    own = (text.phrase.noun,) if text.phrase.noun else ()
    return own + tuple(noun for anchor in text.anchors for noun in _nouns(anchor))


def _complaints(text: TextTokens) -> tuple[str, ...]:
    own = () if text.match.class_names else (text.match.reason,)
    words = tuple(
        f'{word!r} describes something that this version cannot check'
        for word in text.phrase.unresolved
    )
    return own + words + tuple(line for a in text.anchors for line in _complaints(a))


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
        start = time.perf_counter()
        nouns = query.nouns if query else ()
        floor = min(settings.threshold, settings.proposal_threshold)
        regions = self._propose(frame, nouns, floor)
        detected = time.perf_counter()
        candidates = distinct(regions, settings.proposal_threshold)
        quality = judge(frame.rgb)
        judged = time.perf_counter()
        groundings: tuple[Grounding, ...] = ()
        if query and query.phrases:
            # Nothing is learnt from an image that shows nothing.
            kept = memory if settings.smoothing_s and trust(quality) else None
            if kept:
                kept.begin(query, frame.stamp_ns, settings.smoothing_s)
            answers = self._ground(frame, candidates, query, kept)
            groundings = tuple(doubted(answer, quality) for answer in answers)
        grounded = time.perf_counter()
        return Perception(
            detections=regions.take(regions.scores >= settings.threshold),
            candidates=candidates,
            groundings=groundings,
            timings_ms={
                'detect': (detected - start) * 1e3,
                'judge': (judged - detected) * 1e3,
                'ground': (grounded - judged) * 1e3,
            },
            quality=quality,
        )

    def warm_up(self) -> None:
        """
        Perceive a blank image once, so that the first real one is not slower than the others.

        :raises ModelFailed: when the detector raises.
        """
        blank = Frame(np.zeros((480, 640, 3), np.uint8))
        self.perceive(blank, self.understand('the red thing next to another thing'))

    def close(self) -> None:
        """Free the detector."""
        self._detector.close()

    def _propose(self, frame: Frame, nouns: tuple[str, ...], floor: float) -> Regions:
        limit = self.settings.max_detections
        try:
            return self._detector.propose(frame.rgb, nouns, floor, limit)
        except PerceptionError:
            raise
        except Exception as exc:
            # A plug-in is foreign code; one bad frame of it must not end the node.
            raise ModelFailed(f'{self.settings.detector} raised {exc!r}') from exc

    def _ground(
        self, frame: Frame, candidates: Regions, query: Query, memory: Memory | None
    ) -> tuple[Grounding, ...]:
        tokens = region_tokens(frame, candidates, self._words)
        limits = Thresholds(self.settings.absent_threshold, self.settings.ambiguity_margin)
        known = [text for text in query.phrases if text.match.class_names]
        fused = dict(zip(map(id, known), self._fusion.fuse(tokens, known), strict=True))

        def answer(n: int, text: TextTokens) -> Grounding:
            if id(text) not in fused:
                return not_understood(len(candidates), text)
            if memory:
                return memory.answer(n, tokens, text, fused[id(text)], limits)
            return select(text, fused[id(text)], limits)

        return tuple(answer(n, text) for n, text in enumerate(query.phrases))


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
