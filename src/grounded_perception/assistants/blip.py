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
BLIP: short captions, short answers (Li et al. 2022, https://arxiv.org/abs/2201.12086).

Two kinds of checkpoints exist: one writes captions, the other answers questions. Each does what
it was trained for and says so for the rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grounded_perception.assistants.base import Answer, Scene
from grounded_perception.assistants.support.loading import load_part
from grounded_perception.assistants.support.options import WriterOptions
from grounded_perception.assistants.support.writer import Writer
from grounded_perception.assistants.support.writing import cannot_tell, harmless
from grounded_perception.compute import Compute
from grounded_perception.detectors.hub.families import Family
from grounded_perception.detectors.hub.loading import computing, load_network, Network
from grounded_perception.settings import setting
import numpy as np
from numpy.typing import NDArray

CHECKPOINT = Family('blip', ('blip',), 'Salesforce/blip-vqa-base')
_ANSWERS, _CAPTIONS = 'BlipForQuestionAnswering', 'BlipForConditionalGeneration'


@dataclass(frozen=True)
class Options(WriterOptions):
    """
    Options of BLIP.

    :raises SettingsError: when a value is not allowed.
    """

    scene_question: str = setting(
        'what is in the picture?',
        'What a checkpoint that only answers questions is asked for a description.',
    )
    beams: int = setting(1, 'Texts followed at once; more = slower.', low=1, high=8)


def load(options: Options, compute: Compute) -> BlipAssistant:
    """
    Load the network; what the checkpoint was trained for decides which.

    :param options: see :class:`Options`.
    :param compute: where and in which arithmetic it runs.
    :returns: the assistant.
    :raises SettingsError: when no checkpoint was named, or it is of another kind.
    :raises ModelMissing: when checkpoint or libraries are not there.
    :raises ModelCorrupt: when the checkpoint cannot be read.
    """
    checkpoint = CHECKPOINT.find(options)
    answers = _ANSWERS in checkpoint.config.get('architectures', ())
    network = load_network(checkpoint, _ANSWERS if answers else _CAPTIONS, compute)
    return BlipAssistant(network, load_part(checkpoint, 'BlipProcessor'), options, answers)


class BlipAssistant(Writer[Options]):
    """An :class:`~grounded_perception.assistants.base.Assistant` of few words."""

    family = CHECKPOINT

    def __init__(
        self, network: Network, processor: Any, options: Options, answers_questions: bool
    ) -> None:
        super().__init__(network, processor, options)
        self._answers = answers_questions

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
        if not asked:
            return self.describe(rgb, seen)
        if not self._answers:
            why = (
                'This BLIP checkpoint writes captions, it answers no questions: take one for '
                f'visual question answering, such as {CHECKPOINT.example}.'
            )
            return cannot_tell(why, CHECKPOINT.name)
        return self._said(rgb, asked)

    def describe(self, rgb: NDArray[np.uint8], seen: Scene) -> Answer:
        """
        Describe an image; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param seen: ignored.
        :returns: the description.
        :raises ModelFailed: when the network raises.
        """
        return self._said(rgb, self._options.scene_question if self._answers else '')

    def _said(self, rgb: NDArray[np.uint8], text: str) -> Answer:
        with computing(CHECKPOINT.name):
            inputs = self._processor(images=rgb, text=text or None, return_tensors='pt')
        end = self._model.config.text_config.sep_token_id
        writer = self._model.text_decoder
        return self._answer(self._write(inputs, self._options.beams, writer=writer, end=end))
