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

"""Things that were shown, asked for as phrases are: with a grounding for an answer."""

from __future__ import annotations

from grounded_perception.detectors.base import FindsAlike
from grounded_perception.exemplars.exemplar import Looks
from grounded_perception.exemplars.gallery import Gallery
from grounded_perception.exemplars.matching import Likeness
from grounded_perception.records import Attention, Check, Frame, Grounding, Phrase, Regions
import numpy as np

#: What a detector is asked for: from which likelihood on, and how many regions.
_FLOOR, _MOST = 0.1, 100


class Shown:
    """
    Finds and remembers things by their looks; for one thread.

    :param gallery: what was shown.
    :param detector: finds what is like it, and is what the gallery looks with; None = what the
        gallery looks with compares what the detector in use found for words.
    """

    def __init__(self, gallery: Gallery, detector: FindsAlike | None = None) -> None:
        self._gallery = gallery
        self._detector = detector

    @property
    def names(self) -> tuple[str, ...]:
        """What can be looked for."""
        return self._gallery.names

    def find(self, frame: Frame, candidates: Regions, phrase: Phrase) -> tuple[Regions, Grounding]:
        """
        Look for a thing.

        :param frame: the image.
        :param candidates: N regions of it.
        :param phrase: its noun is the thing's name.
        :returns: the regions considered, and the answer, which counts them.
        :raises CommandError: when nothing was shown under this name.
        :raises ModelFailed: when the network raises.
        """
        regions, found = self.search(frame, candidates, phrase.noun)
        best = float(found.probabilities.max(initial=0))
        check = Check(f'looks like {found.name}', 'look', best, bool(found.indices))
        return regions, Grounding(
            phrase=phrase,
            status=found.status,
            indices=found.indices,
            probabilities=found.probabilities,
            none_probability=1 - best,
            margin=found.margin,
            reason=found.reason,
            attention=Attention((), np.zeros((0, len(regions)), np.float32)),
            checks=(check,),
        )

    def search(self, frame: Frame, candidates: Regions, name: str) -> tuple[Regions, Likeness]:
        """
        Compare regions with what was shown under a name.

        :param frame: the image.
        :param candidates: N regions of it.
        :param name: the thing's name.
        :returns: the regions considered, and the answer, which counts them.
        :raises CommandError: when nothing was shown under this name.
        :raises ModelFailed: when the network raises.
        """
        gallery = self._gallery
        if self._detector is None:
            looks = Looks.of(gallery.looker, frame.rgb, candidates.boxes_px)
            return candidates, gallery.find(name, looks, candidates.boxes_px)
        # All names, for what is more like another one's.
        seen = self._detector.propose_like(frame.rgb, gallery.features, _FLOOR, _MOST)
        return seen, gallery.pick(name, seen)

    def remember(self, frame: Frame, regions: Regions, index: int, name: str) -> str:
        """
        Keep a region under a name.

        :param frame: the image.
        :param regions: of it.
        :param index: which.
        :param name: what it is to be called.
        :returns: one sentence for people.
        :raises CommandError: when the name cannot be used.
        :raises PerceptionError: when the store cannot be written, or the network raises.
        """
        label = regions.labels[index]
        self._gallery.show(name, frame.rgb, regions.boxes_px[index], f'a {label} seen by a camera')
        kept = len(self._gallery.numbers(name))
        return f'{name}: the {label} is remembered, {kept} of its looks are known now'
