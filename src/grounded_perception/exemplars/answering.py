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

from grounded_perception.exemplars.exemplar import Looks
from grounded_perception.exemplars.gallery import Gallery
from grounded_perception.records import Attention, Check, Frame, Grounding, Phrase, Regions
import numpy as np


class Shown:
    """
    Finds and remembers things by their looks; for one thread.

    :param gallery: what was shown.
    """

    def __init__(self, gallery: Gallery) -> None:
        self._gallery = gallery

    @property
    def names(self) -> tuple[str, ...]:
        """What can be looked for."""
        return self._gallery.names

    def find(self, frame: Frame, candidates: Regions, phrase: Phrase) -> Grounding:
        """
        Look for a thing among the candidates of a frame.

        :param frame: the image.
        :param candidates: N regions.
        :param phrase: its noun is the thing's name.
        :returns: the answer.
        :raises CommandError: when nothing was shown under this name.
        :raises ModelFailed: when the network raises.
        """
        boxes = candidates.boxes_px
        looks = Looks.of(self._gallery.classifier, frame.rgb, boxes)
        found = self._gallery.find(phrase.noun, looks, boxes)
        best = float(found.probabilities.max(initial=0))
        check = Check(f'looks like {found.name}', 'look', best, bool(found.indices))
        return Grounding(
            phrase=phrase,
            status=found.status,
            indices=found.indices,
            probabilities=found.probabilities,
            none_probability=1 - best,
            margin=found.margin,
            reason=found.reason,
            attention=Attention((), np.zeros((0, len(candidates)), np.float32)),
            checks=(check,),
        )

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
