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
Qwen-VL 2, 2.5 and 3: questions, descriptions and boxes (https://arxiv.org/abs/2502.13923).

Their processors need torchvision, so the sequence is put together here: the image's patches by
the image processor, one ``<|image_pad|>`` for each merged patch, the conversation's marks around.
What kind each token is goes along: without it the network silently takes the image for a line of
text, and boxes suffer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from grounded_perception.assistants.base import Answer, Scene
from grounded_perception.assistants.parsing import json_boxes, qwen
from grounded_perception.assistants.parsing.found import Parsed
from grounded_perception.assistants.support.loading import load_part
from grounded_perception.assistants.support.options import WriterOptions
from grounded_perception.assistants.support.writer import Writer
from grounded_perception.assistants.support.writing import harmless, Written
from grounded_perception.compute import Compute
from grounded_perception.detectors.hub.checkpoints import Checkpoint
from grounded_perception.detectors.hub.families import Family
from grounded_perception.detectors.hub.loading import computing, load_network, load_tokenizer
from grounded_perception.errors import ModelCorrupt
from grounded_perception.settings import setting
import numpy as np
from numpy.typing import NDArray

#: ``model_type`` → class of transformers, and whether boxes are pixels of the resized image.
_KINDS = {
    'qwen2_vl': ('Qwen2VLForConditionalGeneration', False),
    'qwen2_5_vl': ('Qwen2_5_VLForConditionalGeneration', True),
    'qwen3_vl': ('Qwen3VLForConditionalGeneration', False),
}
CHECKPOINT = Family('qwen_vl', tuple(_KINDS), 'Qwen/Qwen2.5-VL-3B-Instruct')
_MARKS = ('<|im_start|>', '<|im_end|>', '<|vision_start|>', '<|image_pad|>', '<|vision_end|>')
_SYSTEM = 'You are a helpful assistant.'
_DESCRIBE = 'Describe the image in one or two sentences.'
_GROUND = 'Locate {}, output the bbox coordinates in JSON format.'


@dataclass(frozen=True)
class Options(WriterOptions):
    """
    Options of Qwen-VL.

    :raises SettingsError: when a value is not allowed.
    """

    max_image_tokens: int = setting(
        1280,
        'Most tokens for one image: fewer = faster, and small things are lost.',
        low=16,
        high=16384,
    )


def load(options: Options, compute: Compute) -> QwenVlAssistant:
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
    class_name, _ = _KINDS[checkpoint.config['model_type']]
    network = load_network(checkpoint, class_name, compute)
    return QwenVlAssistant(network, Prompter(checkpoint, options), options)


class Prompter:
    """
    Puts an image and a text together as these models read them.

    :param checkpoint: a checked folder.
    :param options: how large an image may be.
    :raises ModelCorrupt: when the tokenizer lacks a mark.
    """

    def __init__(self, checkpoint: Checkpoint, options: Options) -> None:
        self.kind = str(checkpoint.config['model_type'])
        self.tokenizer: Any = load_tokenizer(checkpoint)
        self._images: Any = load_part(checkpoint, 'Qwen2VLImageProcessorPil')
        known = self.tokenizer.get_vocab()
        if missing := [mark for mark in _MARKS if mark not in known]:
            raise ModelCorrupt(
                f"the tokenizer in {checkpoint.folder} has no {missing[0]}: it is not Qwen-VL's"
            )
        self._marks = {mark: known[mark] for mark in _MARKS}
        side = self._images.patch_size * self._images.merge_size
        self._size = {
            'shortest_edge': min(self._images.size['shortest_edge'], 16 * side**2),
            'longest_edge': options.max_image_tokens * side**2,
        }

    def inputs(
        self, rgb: NDArray[np.uint8], text: str
    ) -> tuple[Mapping[str, Any], tuple[float, float]]:
        """
        Prepare a conversation of one question.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param text: the question; marks in it are taken for words.
        :returns: tensors for ``generate``, and the space that boxes lie in.
        """
        import torch

        # the processor would take three rows of pixels for three channels
        made = self._images(
            np.ascontiguousarray(rgb), size=self._size, input_data_format='channels_last',
            return_tensors='pt',
        )  # fmt: skip
        _, rows, columns = made['image_grid_thw'][0].tolist()
        patches = rows * columns // self._images.merge_size**2
        marks = self._marks
        before = [marks['<|vision_start|>']]
        after = [marks['<|vision_end|>'], *self._ids(harmless(text)), marks['<|im_end|>']]
        system = [] if self.kind == 'qwen3_vl' else self._turn('system\n' + _SYSTEM)
        head = [*system, marks['<|im_start|>'], *self._ids('user\n'), *before]
        tail = [*after, *self._ids('\n'), marks['<|im_start|>'], *self._ids('assistant\n')]
        ids = torch.tensor([[*head, *[marks['<|image_pad|>']] * patches, *tail]])
        side = self._images.patch_size
        is_pixels = _KINDS[self.kind][1]
        space = (float(columns * side), float(rows * side)) if is_pixels else json_boxes.THOUSAND
        return {
            'input_ids': ids,
            'attention_mask': torch.ones_like(ids),
            'mm_token_type_ids': (ids == marks['<|image_pad|>']).int(),
            'pixel_values': made['pixel_values'],
            'image_grid_thw': made['image_grid_thw'],
        }, space

    def _turn(self, text: str) -> list[int]:
        marks = self._marks
        ids = [marks['<|im_start|>'], *self._ids(text), marks['<|im_end|>']]
        return [*ids, *self._ids('\n')]

    def _ids(self, text: str) -> list[int]:
        return list(self.tokenizer(text, add_special_tokens=False)['input_ids'])


class QwenVlAssistant(Writer[Options]):
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
        written, _ = self.do(rgb, question.strip() or _DESCRIBE)
        return self._answer(written)

    def describe(self, rgb: NDArray[np.uint8], seen: Scene) -> Answer:
        """
        Describe an image; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param seen: ignored.
        :returns: the description.
        :raises ModelFailed: when the network raises.
        """
        return self.answer(rgb, '', seen)

    def ground(self, rgb: NDArray[np.uint8], phrase: str) -> Parsed:
        """
        Find what a phrase names.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param phrase: what to find.
        :returns: boxes in the pixels of ``rgb``, and what was wrong with what was written.
        :raises ModelFailed: when the network raises.
        """
        written, space = self.do(rgb, _GROUND.format(phrase))
        height, width = rgb.shape[:2]
        return qwen.read(self._text(written, marks=True), width, height, phrase, space)

    def do(self, rgb: NDArray[np.uint8], text: str) -> tuple[Written, tuple[float, float]]:
        """
        Say anything to the model.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param text: what to say.
        :returns: what it wrote, and the space that its boxes lie in.
        :raises ModelFailed: when the network raises.
        """
        with computing(CHECKPOINT.name):
            inputs, space = self._processor.inputs(rgb, text)
        return self._write(inputs), space
