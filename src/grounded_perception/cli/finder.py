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

"""The pipeline as the verbs use it: loaded once, an image detected once for all its sentences."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace
import time
from typing import NoReturn

from grounded_perception.assembly import build, load_part
from grounded_perception.cli.loading import options_of, settings_of
from grounded_perception.detectors import KIND as DETECTOR
from grounded_perception.detectors.base import Detector
from grounded_perception.detectors.memo import Memo
from grounded_perception.errors import CommandError, SettingsError
from grounded_perception.fusion.attention import WordAttention
from grounded_perception.fusion.grounder import Grounder
from grounded_perception.language.encoder import TokenEmbeddings
from grounded_perception.pipeline import Pipeline
from grounded_perception.records import Floats, Frame, Intent, Perception
from grounded_perception.segmenters import KIND as SEGMENTER
from grounded_perception.segmenters.base import Masks
from grounded_perception.settings import Settings
import numpy as np


@dataclass(frozen=True, eq=False)
class Answer:
    """
    What a sentence means in an image.

    :param perception: with at least one grounding.
    :param not_understood: sentences about words that could not be used.
    :param latency_ms: parsing, detection and grounding, as if the sentence came alone: a
        detection that was remembered counts with what it took.
    :param shown: indices of the candidates that answer, each once.
    :param masks: theirs; None where nobody looked for any.
    """

    perception: Perception
    not_understood: tuple[str, ...]
    latency_ms: float
    shown: tuple[int, ...] = ()
    masks: Masks | None = None


class Finder:
    """
    Answers sentences about images.

    :param pipeline: perceives with the memo.
    :param memo: the detector in it.
    :param masks: whether to find the pixels of what answers.
    """

    def __init__(self, pipeline: Pipeline, memo: Memo, masks: bool = False) -> None:
        self._pipeline = pipeline
        self._memo = memo
        self._masks = masks

    def find(self, frame: Frame, sentence: str) -> Answer:
        """
        Answer one sentence about one image.

        :param frame: the image; keep the object to ask again about it.
        :param sentence: what to look for.
        :returns: the answer.
        :raises CommandError: when the sentence asks for nothing that can be looked for.
        :raises ModelFailed: when a network raises.
        """
        start = time.perf_counter()
        query = self._pipeline.understand(sentence)
        if not query.phrases and query.command.intent is not Intent.LIKE:
            raise CommandError(f'{sentence!r} names nothing to look for')
        understood_ms = (time.perf_counter() - start) * 1e3
        self._memo.detect_ms = 0.0
        perception = self._pipeline.perceive(frame, query)
        spent = perception.timings_ms
        latency_ms = understood_ms + self._memo.detect_ms + spent['judge'] + spent['ground']
        shown = tuple(sorted({i for g in perception.groundings for i in g.indices}))
        masks = None
        if self._masks:
            regions = perception.candidates.take(np.array(shown, np.intp))
            masks = self._pipeline.segment(frame, regions)
        return Answer(perception, query.not_understood, latency_ms, shown, masks)


class _NoWords:
    """Words for a pipeline that is never asked anything: no text encoder is loaded."""

    def resolve(self, noun: str) -> NoReturn:
        """Refuse."""
        raise NotImplementedError

    def embed(self, texts: Sequence[str]) -> Floats:
        """Refuse."""
        raise NotImplementedError

    def tokens(self, text: str) -> TokenEmbeddings:
        """Refuse."""
        raise NotImplementedError


def load_viewer(args: argparse.Namespace) -> Pipeline:
    """
    Load what detection needs, and no language.

    :param args: parsed.
    :returns: a pipeline that takes no commands; it finds masks where they were asked for.
    :raises PerceptionError: when a value is not allowed or the model cannot be loaded.
    """
    settings = _settings(args)
    options = options_of(settings, args.option)
    detector, segmenter = (load_part(kind, settings, options) for kind in (DETECTOR, SEGMENTER))
    grounder = Grounder(_NoWords(), WordAttention())
    return Pipeline(settings, detector, grounder, segmenter=segmenter)


def load_finder(args: argparse.Namespace) -> Finder:
    """
    Load everything.

    :param args: parsed.
    :returns: ready to answer.
    :raises PerceptionError: when a value is not allowed or a model cannot be loaded.
    """
    settings = _settings(args)
    memos: list[Memo] = []

    def remembering(detector: Detector) -> Detector:
        memos.append(Memo(detector))
        return memos[0]

    pipeline = build(settings, options_of(settings, args.option), remembering)
    return Finder(pipeline, memos[0], masks=args.masks)


def _settings(args: argparse.Namespace) -> Settings:
    """Load no segmenter where no masks are asked for."""
    settings = settings_of(args)
    if not getattr(args, 'masks', False):
        return replace(settings, segmenter=SEGMENTER.without)
    if settings.segmenter == SEGMENTER.without:
        raise SettingsError(f'--masks needs a segmenter, got {settings.segmenter!r}')
    return settings
