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
PaliGemma 1 and 2: captions, short answers, boxes (Beyer et al. 2024, arXiv:2407.07726).

What it does is chosen by the first words: ``caption en``, ``answer en``, ``detect``. Take a
"mix" checkpoint: the "pt" ones are there to be trained further.
"""

from __future__ import annotations

from dataclasses import dataclass

from grounded_perception.assistants.base import Answer, Scene
from grounded_perception.assistants.parsing import paligemma as parsing
from grounded_perception.assistants.parsing.found import Parsed
from grounded_perception.assistants.support.loading import load_part
from grounded_perception.assistants.support.options import WriterOptions
from grounded_perception.assistants.support.writer import Writer
from grounded_perception.assistants.support.writing import harmless, Written
from grounded_perception.compute import Compute
from grounded_perception.detectors.hub.families import Family
from grounded_perception.detectors.hub.loading import computing, load_network
from grounded_perception.settings import setting
import numpy as np
from numpy.typing import NDArray

CHECKPOINT = Family('paligemma', ('paligemma',), 'google/paligemma2-3b-mix-224')
#: What the processor adds for training only.
_UNUSED = ('labels',)


@dataclass(frozen=True)
class Options(WriterOptions):
    """
    Options of PaliGemma.

    :raises SettingsError: when a value is not allowed.
    """

    language: str = setting('en', 'Language of captions and answers, as a two-letter code.')


def load(options: Options, compute: Compute) -> PaliGemmaAssistant:
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
    network = load_network(checkpoint, 'PaliGemmaForConditionalGeneration', compute)
    return PaliGemmaAssistant(network, load_part(checkpoint, 'PaliGemmaProcessor'), options)


class PaliGemmaAssistant(Writer[Options]):
    """An :class:`~grounded_perception.assistants.base.Assistant` that also grounds."""

    family = CHECKPOINT

    def answer(self, rgb: NDArray[np.uint8], question: str, seen: Scene) -> Answer:
        """
        Answer a question; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param question: what was asked; empty = describe the image.
        :param seen: ignored: the model looks for itself.
        :returns: the answer.
        :raises ModelFailed: when the network raises.
        """
        asked = harmless(question)
        task = f'answer {self._options.language} {asked}' if asked else self._caption()
        return self._answer(self.do(rgb, task))

    def describe(self, rgb: NDArray[np.uint8], seen: Scene) -> Answer:
        """
        Describe an image; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param seen: ignored.
        :returns: the description.
        :raises ModelFailed: when the network raises.
        """
        return self._answer(self.do(rgb, self._caption()))

    def ground(self, rgb: NDArray[np.uint8], phrase: str) -> Parsed:
        """
        Find what a phrase names.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param phrase: what to find.
        :returns: boxes in the pixels of ``rgb``, and what was wrong with what was written.
        :raises ModelFailed: when the network raises.
        """
        written = self.do(rgb, f'detect {harmless(phrase)}')
        height, width = rgb.shape[:2]
        return parsing.read(self._text(written, marks=True), width, height, phrase)

    def do(self, rgb: NDArray[np.uint8], task: str) -> Written:
        """
        Do any task of the model.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param task: its first words and what they are about.
        :returns: what it wrote.
        :raises ModelFailed: when the network raises.
        """
        import torch

        with computing(CHECKPOINT.name):
            # asked for tensors, the processor converts them back by a way that numpy warns about
            made = self._processor(images=rgb, text=f'<image>{task}')
            inputs = {
                key: torch.as_tensor(np.asarray(value))
                for key, value in made.items()
                if key not in _UNUSED
            }
        return self._write(inputs)

    def _caption(self) -> str:
        return f'caption {self._options.language}'
