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
Kosmos-2: captions that say where each thing is (Peng et al. 2023, https://arxiv.org/abs/2306.14824).

Its descriptions come with boxes, so an answer names the candidate regions that it speaks of.
"""

from __future__ import annotations

from dataclasses import dataclass

from grounded_perception.assistants.base import Answer, Scene
from grounded_perception.assistants.parsing import kosmos2 as parsing
from grounded_perception.assistants.parsing.found import Parsed
from grounded_perception.assistants.support.loading import load_part
from grounded_perception.assistants.support.options import WriterOptions
from grounded_perception.assistants.support.regions import regions_of
from grounded_perception.assistants.support.writer import Writer
from grounded_perception.assistants.support.writing import answered, harmless, Written
from grounded_perception.compute import Compute
from grounded_perception.detectors.hub.families import Family
from grounded_perception.detectors.hub.loading import computing, load_network
import numpy as np
from numpy.typing import NDArray

CHECKPOINT = Family('kosmos2', ('kosmos-2',), 'microsoft/kosmos-2-patch14-224')
_DESCRIBE = '<grounding>An image of'


@dataclass(frozen=True)
class Options(WriterOptions):
    """
    Options of Kosmos-2.

    :raises SettingsError: when a value is not allowed.
    """


def load(options: Options, compute: Compute) -> Kosmos2Assistant:
    """
    Load the network.

    :param options: see :class:`Options`.
    :param compute: where and in which arithmetic it runs.
    :returns: the assistant.
    :raises SettingsError: when no checkpoint was named, or it is of another kind.
    :raises ModelMissing: when checkpoint or libraries are not there.
    :raises ModelCorrupt: when the checkpoint cannot be read.
    """
    checkpoint = CHECKPOINT.find(options)
    network = load_network(checkpoint, 'Kosmos2ForConditionalGeneration', compute)
    return Kosmos2Assistant(network, load_part(checkpoint, 'Kosmos2Processor'), options)


class Kosmos2Assistant(Writer[Options]):
    """An :class:`~grounded_perception.assistants.base.Assistant` that also grounds."""

    family = CHECKPOINT

    def answer(self, rgb: NDArray[np.uint8], question: str, seen: Scene | None) -> Answer:
        """
        Answer a question; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param question: what was asked; empty = describe the image.
        :param seen: the candidates; those that the answer speaks of are named.
        :returns: the answer.
        :raises ModelFailed: when the network raises.
        """
        asked = harmless(question)
        if not asked:
            return self.describe(rgb, seen)
        text, written = self.do(rgb, f'<grounding>Question: {asked} Answer:')
        return self._said(rgb, text, text, written, seen)

    def describe(self, rgb: NDArray[np.uint8], seen: Scene | None) -> Answer:
        """
        Describe an image; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param seen: the candidates; those that the description speaks of are named.
        :returns: the description.
        :raises ModelFailed: when the network raises.
        """
        text, written = self.do(rgb, _DESCRIBE)
        opening = _DESCRIBE.partition('>')[2] if parsing.plain(text) else ''
        return self._said(rgb, f'{opening} {text}', text, written, seen)

    def ground(self, rgb: NDArray[np.uint8], phrase: str) -> Parsed:
        """
        Find what a phrase names.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param phrase: what to find.
        :returns: boxes in the pixels of ``rgb``, and what was wrong with what was written.
        :raises ModelFailed: when the network raises.
        """
        opening = f'<phrase> {harmless(phrase)}</phrase>'
        text, _ = self.do(rgb, f'<grounding>{opening}')
        height, width = rgb.shape[:2]
        return parsing.read(opening + text, width, height, phrase)

    def do(self, rgb: NDArray[np.uint8], prompt: str) -> tuple[str, Written]:
        """
        Let the model go on from any beginning.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param prompt: the beginning, with its tags.
        :returns: what follows, with its tags, and how it was written.
        :raises ModelFailed: when the network raises.
        """
        with computing(CHECKPOINT.name):
            inputs = self._processor(images=rgb, text=prompt, return_tensors='pt')
        written = self._write(inputs, writer=self._model.text_model)
        return self._text(written), written

    def _said(
        self, rgb: NDArray[np.uint8], words: str, text: str, written: Written, seen: Scene | None
    ) -> Answer:
        height, width = rgb.shape[:2]
        boxes = regions_of(parsing.read(text, width, height), seen)
        return answered(parsing.plain(words), written, CHECKPOINT.name, boxes)
