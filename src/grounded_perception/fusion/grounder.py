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

"""Phrases weighed against the regions of a frame, and the answers read off."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from grounded_perception.fusion.base import Fused, Fusion
from grounded_perception.fusion.finer import Finer, reordered, told
from grounded_perception.fusion.memory import Memory
from grounded_perception.fusion.selection import not_understood, select, Thresholds
from grounded_perception.fusion.tokens import region_tokens, RegionTokens, TextTokens, Words
from grounded_perception.pose_estimators.base import PoseEstimator
from grounded_perception.records import Floats, Frame, Grounding, Regions, Status

#: An answer less probable than this is worth a closer look: on the even half of
#: ``benchmarks/grounding.py`` that loses nothing against looking closer always.
_CLEAR = 0.9


@dataclass(frozen=True, eq=False)
class Weighed:
    """
    What the fusion makes of phrases and the regions of one frame.

    :param regions: N region tokens.
    :param texts: the phrases.
    :param fused: for each phrase; None where its noun means nothing here.
    :param looks: by number of the phrase, how much each region looks like a finer noun.
    """

    regions: RegionTokens
    texts: tuple[TextTokens, ...]
    fused: tuple[Fused | None, ...]
    looks: Mapping[int, Floats]

    @property
    def means_nothing(self) -> bool:
        """Whether no noun means anything here."""
        return not any(self.fused)

    def is_clear(self, limits: Thresholds) -> bool:
        """
        Say whether every phrase has an answer that a closer look would not change.

        :param limits: when an answer is which.
        :returns: whether what means anything here is found for sure.
        """
        answers = (
            select(self.regions, text, fused, limits)
            for text, fused in zip(self.texts, self.fused, strict=True)
            if fused
        )
        return all(a.status is Status.FOUND and a.score >= _CLEAR for a in answers)

    def answers(self, limits: Thresholds, memory: Memory | None = None) -> Iterator[Grounding]:
        """
        Read the answers off.

        :param limits: when an answer is which.
        :param memory: of the frames before, this one taken up; None = the frame alone.
        :returns: one for each phrase.
        """
        for n, (text, fused) in enumerate(zip(self.texts, self.fused, strict=True)):
            if not fused:
                yield not_understood(len(self.regions), text)
                continue
            if memory:
                answer = memory.answer(n, self.regions, text, fused, limits)
            else:
                answer = select(self.regions, text, fused, limits)
            yield told(answer, self.looks[n]) if n in self.looks else answer


class Grounder:
    """
    Weighs phrases against regions; used from one thread.

    :param words: vocabulary over the detector's names.
    :param fusion: fuses regions with phrases.
    :param finer: tells taxis from other cars; closed by :meth:`close`; None = nobody does.
    :param estimator: finds people's joints; closed by :meth:`close`; None = nobody does.
    """

    def __init__(
        self,
        words: Words,
        fusion: Fusion,
        finer: Finer | None = None,
        estimator: PoseEstimator | None = None,
    ) -> None:
        self.words = words
        self._fusion = fusion
        self._finer = finer
        self._estimator = estimator

    @property
    def looks_at_people(self) -> bool:
        """Whether postures and what people wear can be told."""
        return self._estimator is not None

    def tokens(self, frame: Frame, candidates: Regions) -> RegionTokens:
        """
        Make tokens of candidates: what every phrase about the frame is weighed against.

        :param frame: the image.
        :param candidates: N regions, one for each thing.
        :returns: N tokens.
        """
        return region_tokens(frame, candidates, self.words, self._estimator)

    def weigh(self, frame: Frame, regions: RegionTokens, texts: Sequence[TextTokens]) -> Weighed:
        """
        Weigh phrases against regions, all phrases in one pass.

        :param frame: the image.
        :param regions: N tokens of it.
        :param texts: the phrases.
        :returns: what their answers are read off.
        :raises ModelFailed: when a network raises.
        """
        known = [n for n, text in enumerate(texts) if text.match.class_names]
        found = self._fusion.fuse(regions, [texts[n] for n in known])
        fused = dict(zip(known, found, strict=True))
        looks: dict[int, Floats] = {}
        for n in known if self._finer else ():
            assert self._finer is not None
            if self._finer.is_finer(texts[n]):
                looks[n] = self._finer.look(frame, regions.boxes_px, texts[n], fused[n])
                fused[n] = reordered(fused[n], looks[n])
        every = tuple(fused.get(n) for n in range(len(texts)))
        return Weighed(regions, tuple(texts), every, looks)

    def close(self) -> None:
        """Free classifier and pose estimator."""
        for part in (self._finer, self._estimator):
            if part:
                part.close()
