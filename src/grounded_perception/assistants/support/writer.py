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

"""What assistants with a checkpoint have in common: a network that writes until it is closed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Generic, TypeVar

from grounded_perception.assistants.base import Answer
from grounded_perception.assistants.support.options import WriterOptions
from grounded_perception.assistants.support.writing import answered, write, Written
from grounded_perception.detectors.hub.families import Family
from grounded_perception.detectors.hub.loading import Network

OptionsT = TypeVar('OptionsT', bound=WriterOptions)


class Writer(Generic[OptionsT]):
    """
    Base of the assistants with a checkpoint.

    :param network: what writes.
    :param processor: what prepares its inputs; has a ``tokenizer``.
    :param options: of the assistant.
    """

    #: Whose name messages and answers bear.
    family: ClassVar[Family]

    def __init__(self, network: Network, processor: Any, options: OptionsT) -> None:
        self._network: Network | None = network
        self._processor = processor
        self._options = options

    def close(self) -> None:
        """Free the network."""
        self._network = None

    @property
    def _model(self) -> Any:
        """The ``transformers.PreTrainedModel``."""
        assert self._network is not None, 'used after close()'
        return self._network.model

    def _write(self, inputs: Mapping[str, Any], beams: int = 1, **part: Any) -> Written:
        """Let the network write; ``part`` as in :func:`.writing.write`."""
        assert self._network is not None, 'used after close()'
        return write(self.family.name, self._network, inputs, self._options, beams, **part)

    def _text(self, written: Written, *, marks: bool = False) -> str:
        """Read what was written, with or without special tokens."""
        decode = self._processor.tokenizer.decode
        return str(decode(written.tokens, skip_special_tokens=not marks))

    def _answer(self, written: Written) -> Answer:
        """Make an answer of all that was written."""
        return answered(self._text(written), written, self.family.name)
