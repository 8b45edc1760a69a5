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

"""What writes the JSON: a server, or a language model on this machine."""

from __future__ import annotations

from typing import Any, Protocol

from grounded_perception.assistants.support.chat import ChatClient
from grounded_perception.assistants.support.options import WriterOptions
from grounded_perception.assistants.support.writing import write
from grounded_perception.compute import Compute
from grounded_perception.detectors.hub.families import Family
from grounded_perception.detectors.hub.loading import (
    computing,
    load_network,
    load_tokenizer,
    Network,
)

#: What a language model on this machine must be.
CHECKPOINT = Family('interpreter', (), 'Qwen/Qwen2.5-1.5B-Instruct', sees=False)
_NAME = CHECKPOINT.name


class Backend(Protocol):
    """Completes a conversation of two turns."""

    def complete(self, system: str, user: str) -> str:
        """
        Answer.

        :param system: what the model is told beforehand.
        :param user: what it is asked.
        :returns: all that it wrote.
        :raises ModelFailed: when it cannot.
        """
        ...


class ChatBackend:
    """
    A model behind a chat endpoint.

    :param client: the server.
    :param max_new_tokens: longest answer.
    """

    def __init__(self, client: ChatClient, max_new_tokens: int) -> None:
        self._client = client
        self._max_new_tokens = max_new_tokens

    def complete(self, system: str, user: str) -> str:
        """
        Ask the server; see the protocol.

        :param system: what the model is told beforehand.
        :param user: what it is asked.
        :returns: all that it wrote.
        :raises ModelFailed: when the server does not answer as it should.
        """
        messages = [{'role': 'system', 'content': system}, {'role': 'user', 'content': user}]
        return self._client.ask(messages, self._max_new_tokens).text


class LocalBackend:
    """
    A causal language model of transformers.

    :param network: the model.
    :param tokenizer: its tokenizer.
    :param options: how long it may write.
    """

    def __init__(self, network: Network, tokenizer: Any, options: WriterOptions) -> None:
        self._network = network
        self._tokenizer: Any = tokenizer
        self._options = options

    def complete(self, system: str, user: str) -> str:
        """
        Let the model write; see the protocol.

        :param system: what the model is told beforehand.
        :param user: what it is asked.
        :returns: all that it wrote.
        :raises ModelFailed: when the network raises.
        """
        with computing(_NAME):
            inputs = self._inputs(f'{system}\n\n{user}\n')
        written = write(_NAME, self._network, inputs, self._options)
        return str(self._tokenizer.decode(written.tokens, skip_special_tokens=True))

    def _inputs(self, text: str) -> dict[str, Any]:
        """Return tensors; one turn, for some models know no system turn."""
        import torch

        if self._tokenizer.chat_template:
            text = self._tokenizer.apply_chat_template(
                [{'role': 'user', 'content': text}],
                tokenize=False,
                add_generation_prompt=True,
                enable_thinking=False,
            )
        # the template writes the beginning of the sequence itself
        special = not self._tokenizer.chat_template
        ids = self._tokenizer(text, add_special_tokens=special)['input_ids']
        tensor = torch.tensor([ids])
        return {'input_ids': tensor, 'attention_mask': torch.ones_like(tensor)}


def load_local(options: WriterOptions, compute: Compute) -> LocalBackend:
    """
    Load a causal language model.

    :param options: where its checkpoint is, and how long it may write.
    :param compute: where and in which arithmetic it runs.
    :returns: the backend.
    :raises SettingsError: when no checkpoint was named.
    :raises ModelMissing: when it or a library is not there, or its weights are a pickle.
    :raises ModelCorrupt: when it cannot be read.
    """
    checkpoint = CHECKPOINT.find(options)
    network = load_network(checkpoint, 'AutoModelForCausalLM', compute)
    return LocalBackend(network, load_tokenizer(checkpoint), options)
