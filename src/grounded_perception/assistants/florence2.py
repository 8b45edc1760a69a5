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
Florence-2: captions and boxes by task tokens (Xiao et al. 2023, https://arxiv.org/abs/2311.06242).

It describes and points; it was not trained to answer questions, and says so. Asked to point at
something that is not there, it points at something else: its boxes are proposals.
"""

from __future__ import annotations

from dataclasses import dataclass

from grounded_perception.assistants.base import Answer, Scene
from grounded_perception.assistants.parsing import florence2 as parsing
from grounded_perception.assistants.parsing.found import Parsed
from grounded_perception.assistants.support.loading import load_part
from grounded_perception.assistants.support.options import WriterOptions
from grounded_perception.assistants.support.writer import Writer
from grounded_perception.assistants.support.writing import (
    answered,
    cannot_tell,
    harmless,
    Written,
)
from grounded_perception.compute import Compute
from grounded_perception.detectors.hub.families import Family
from grounded_perception.detectors.hub.loading import computing, load_network
from grounded_perception.settings import setting
import numpy as np
from numpy.typing import NDArray

CHECKPOINT = Family('florence2', ('florence2',), 'florence-community/Florence-2-base')
_DETAILS = {
    'short': '<CAPTION>',
    'long': '<DETAILED_CAPTION>',
    'paragraph': '<MORE_DETAILED_CAPTION>',
}
_GROUNDINGS = {
    'phrases': '<CAPTION_TO_PHRASE_GROUNDING>',
    'vocabulary': '<OPEN_VOCABULARY_DETECTION>',
    'segmentation': '<REFERRING_EXPRESSION_SEGMENTATION>',
}


@dataclass(frozen=True)
class Options(WriterOptions):
    """
    Options of Florence-2.

    :raises SettingsError: when a value is not allowed.
    """

    detail: str = setting(
        'long', 'How much a description says.', choices=('short', 'long', 'paragraph')
    )
    grounding: str = setting(
        'phrases',
        'How it points: phrases = everything that a phrase names, vocabulary = a class, '
        'segmentation = the one thing that is meant, with its outline.',
        choices=('phrases', 'vocabulary', 'segmentation'),
    )
    beams: int = setting(
        1, 'Texts followed at once; 3 = as its makers do, at three times the cost.', low=1, high=8
    )


def load(options: Options, compute: Compute) -> Florence2Assistant:
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
    network = load_network(checkpoint, 'Florence2ForConditionalGeneration', compute)
    return Florence2Assistant(network, load_part(checkpoint, 'Florence2Processor'), options)


class Florence2Assistant(Writer[Options]):
    """An :class:`~grounded_perception.assistants.base.Assistant` that also grounds."""

    family = CHECKPOINT

    def answer(self, rgb: NDArray[np.uint8], question: str, seen: Scene) -> Answer:
        """
        Describe, or say that questions are not for this model; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param question: what was asked; empty = describe the image.
        :param seen: ignored: the model looks for itself.
        :returns: the description, or why there is no answer.
        :raises ModelFailed: when the network raises.
        """
        if not question.strip():
            return self.describe(rgb, seen)
        why = 'Florence-2 describes and points, it answers no questions: take blip or qwen_vl.'
        return cannot_tell(why, CHECKPOINT.name)

    def describe(self, rgb: NDArray[np.uint8], seen: Scene) -> Answer:
        """
        Describe an image; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param seen: ignored.
        :returns: the description.
        :raises ModelFailed: when the network raises.
        """
        text, written = self.do(rgb, _DETAILS[self._options.detail])
        return answered(self._text(written) if text else '', written, CHECKPOINT.name)

    def ground(self, rgb: NDArray[np.uint8], phrase: str) -> Parsed:
        """
        Find what a phrase names.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param phrase: what to find.
        :returns: boxes in the pixels of ``rgb``, and what was wrong with what was written.
        :raises ModelFailed: when the network raises.
        """
        kind = self._options.grounding
        text, _ = self.do(rgb, _GROUNDINGS[kind], phrase)
        height, width = rgb.shape[:2]
        return parsing.read(text, width, height, phrase, outlines=kind == 'segmentation')

    def do(self, rgb: NDArray[np.uint8], task: str, words: str = '') -> tuple[str, Written]:
        """
        Do any task of the model.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param task: one of its task tokens, such as ``<OD>``.
        :param words: what the task is about, where it is about something.
        :returns: the text with its special tokens, and how it was written.
        :raises ModelFailed: when the network raises.
        """
        with computing(CHECKPOINT.name):
            inputs = self._processor(images=rgb, text=task + harmless(words), return_tensors='pt')
        written = self._write(inputs, self._options.beams)
        return self._text(written, marks=True), written
