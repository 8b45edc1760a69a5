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
An assistant behind any server that speaks OpenAI's chat completions; off until ``url`` is set.

The image leaves this machine: set ``url`` to a server that may see it. A request takes up to
``timeout_s``, so whoever must not wait runs it in a
:class:`grounded_perception.assistants.support.limits.Background`.
"""

from __future__ import annotations

from dataclasses import dataclass

from grounded_perception.assistants.base import Answer, AnswerStatus, Scene
from grounded_perception.assistants.parsing import json_boxes
from grounded_perception.assistants.parsing.found import Parsed
from grounded_perception.assistants.support.chat import ChatClient, image_part, Said
from grounded_perception.compute import Compute
from grounded_perception.errors import SettingsError
from grounded_perception.settings import check, setting
import numpy as np
from numpy.typing import NDArray

_NAME = 'endpoint'
#: Certainty of an answer whose server tells nothing of it: neither way.
_UNTOLD = 0.5
_MAX_TOKENS_OF_BOXES = 1024
_SYSTEM = (
    'You are the eyes of a robot. Answer in one or two plain sentences from what the image shows. '
    'When the image does not show it, say "I cannot tell" and why.'
)
_DESCRIBE = 'Describe what the image shows: the main things, their colours and where they are.'
_UNITS = {
    'thousandths': 'integers from 0 to 1000, thousandths of the width (x) and height (y)',
    'shares': 'numbers from 0 to 1, shares of the width (x) and height (y)',
    'pixels': 'pixels of the image, which is {width} pixels wide and {height} pixels high',
}


@dataclass(frozen=True)
class Options:
    """
    Options of the assistant behind an endpoint.

    :raises SettingsError: when a value is not allowed.
    """

    url: str = setting('', 'Address of the server, such as http://localhost:8000/v1; empty = off.')
    model: str = setting('', 'Name of the model on that server.')
    api_key_variable: str = setting(
        '', 'Name of the environment variable that holds the key; empty = no key.'
    )
    timeout_s: float = setting(
        20.0, 'Most seconds for one answer, all in all.', low=0.1, high=600.0
    )
    max_image_side: int = setting(
        1024, 'The longer side of the image that is sent, in pixels.', low=32, high=8192
    )
    max_new_tokens: int = setting(200, 'Longest answer, in tokens.', low=1, high=8192)
    coordinates: str = setting(
        'thousandths',
        'How the model is asked to write boxes: what it was trained on gives the best ones.',
        choices=('thousandths', 'shares', 'pixels'),
    )

    def __post_init__(self) -> None:
        check(self)


def load(options: Options, compute: Compute) -> EndpointAssistant:
    """
    Make the client; nothing is sent yet.

    :param options: see :class:`Options`.
    :param compute: ignored, nothing is computed here.
    :returns: the assistant.
    :raises SettingsError: when ``url`` is empty or cannot be used.
    :raises ModelMissing: when the environment variable of the key is not set.
    """
    if not options.url:
        raise SettingsError(
            'endpoint.url must name a server, such as http://localhost:8000/v1; it is empty = off'
        )
    client = ChatClient(options.url, options.model, options.api_key_variable, options.timeout_s)
    return EndpointAssistant(client, options)


class EndpointAssistant:
    """An :class:`~grounded_perception.assistants.base.Assistant` that asks a server."""

    def __init__(self, client: ChatClient, options: Options) -> None:
        self._client = client
        self._options = options

    def answer(self, rgb: NDArray[np.uint8], question: str, seen: Scene) -> Answer:
        """
        Answer a question; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param question: what was asked.
        :param seen: ignored: the model looks for itself.
        :returns: the answer.
        :raises ModelFailed: when the server does not answer as it should.
        """
        part, _ = image_part(rgb, self._options.max_image_side)
        said = self._ask(question.strip() or _DESCRIBE, part, self._options.max_new_tokens)
        text = said.text.strip()
        if not text:
            return Answer('The model said nothing.', AnswerStatus.CANNOT_TELL, 0.0, (), _NAME)
        if text.lower().startswith(('i cannot tell', "i can't tell")):
            return Answer(text, AnswerStatus.CANNOT_TELL, 0.0, (), _NAME)
        certainty = _UNTOLD if said.certainty is None else said.certainty
        whole = text if said.is_whole else f'{text} … (cut off after the limit of tokens)'
        return Answer(whole, AnswerStatus.ANSWERED, certainty, (), _NAME)

    def describe(self, rgb: NDArray[np.uint8], seen: Scene) -> Answer:
        """
        Describe an image; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param seen: ignored.
        :returns: the description.
        :raises ModelFailed: when the server does not answer as it should.
        """
        return self.answer(rgb, '', seen)

    def ground(self, rgb: NDArray[np.uint8], phrase: str) -> Parsed:
        """
        Find what a phrase names.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param phrase: what to find.
        :returns: boxes in the pixels of ``rgb``, and what was wrong with the answer.
        :raises ModelFailed: when the server does not answer as it should.
        """
        height, width = rgb.shape[:2]
        part, (sent_width, sent_height) = image_part(rgb, self._options.max_image_side)
        unit = self._options.coordinates
        wanted = _UNITS[unit].format(width=sent_width, height=sent_height)
        question = (
            f'Find every instance of this in the image: {phrase!r}. Answer with nothing but JSON: '
            f'[{{"bbox_2d": [x1, y1, x2, y2], "label": "..."}}], x to the right, y down, '
            f'coordinates as {wanted}. Answer [] when it is not in the image.'
        )
        said = self._ask(question, part, _MAX_TOKENS_OF_BOXES)
        spaces = {'thousandths': json_boxes.THOUSAND, 'shares': json_boxes.UNIT}
        space = spaces.get(unit, (float(sent_width), float(sent_height)))
        return json_boxes.read(said.text, width, height, phrase, space)

    def close(self) -> None:
        """Do nothing: every request closes its own connection."""

    def _ask(self, question: str, image: object, max_tokens: int) -> Said:
        content = [image, {'type': 'text', 'text': question}]
        messages = [
            {'role': 'system', 'content': _SYSTEM},
            {'role': 'user', 'content': content},
        ]
        return self._client.ask(messages, max_tokens)
