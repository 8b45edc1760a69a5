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
Grounding DINO in OpenVINO, some four times as fast on a CPU as in torch.

The sizes of its feature maps are written into what is exported: one export serves pictures of one
size. Making one takes minutes, so none is made in the middle of a run unless that was asked for;
a size without one is looked at by torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
import sys
from types import SimpleNamespace
from typing import Any, Protocol

from grounded_perception.detectors.hub.loading import Network
from grounded_perception.detectors.hub.recent import Recent
from grounded_perception.detectors.hub.runtimes import as_module, Runner, trace
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

#: Rows and columns of a picture as the network sees it.
Size = tuple[int, int]
#: Sizes whose networks are in memory, and captions whose words are: 0.8 MB at most each.
_SIZES_IN_MEMORY, _KEPT_WORDS = 2, 64
#: Tokens of the example, any number will do: [CLS] [UNK] . [SEP]
_EXAMPLE = ((101, 100, 1012, 102),)
#: What transformers keeps clear of at 0 and 1.
_LOGIT_EPSILON = 1e-5


class Words(Protocol):
    """Reads the tokens of a caption."""

    def __call__(self, ids: NDArray[np.int64]) -> tuple[Floats, NDArray[np.bool_], Any]:
        """
        Read tokens.

        :param ids: ``(1, L)``.
        :returns: hidden states ``(1, L, D)``, which token sees which ``(1, L, L)``, and the place
            of each token in its phrase ``(1, L)`` int64.
        """
        ...


class TorchWords:
    """
    :class:`Words` in torch.

    :param network: a Grounding DINO or MM-Grounding-DINO.
    """

    def __init__(self, network: Network) -> None:
        self._network = network

    def __call__(self, ids: NDArray[np.int64]) -> tuple[Floats, NDArray[np.bool_], Any]:
        """Read tokens; see the protocol."""
        import torch

        model = self._network.model.model
        tokens = torch.from_numpy(ids)
        with torch.inference_mode():
            mask, places = _module_of(model).generate_masks_with_special_tokens_and_transfer_map(
                tokens, special_tokens=model.special_tokens
            )
            seen = model.text_backbone(
                tokens, mask[:, None], torch.zeros_like(tokens), places, return_dict=True
            )
        hidden = seen.last_hidden_state.float().numpy()
        return hidden, mask.numpy(), places.numpy()


class OpenvinoCaptionedNetwork:
    """
    A :class:`~grounded_perception.detectors.hub.grounding.CaptionedNetwork` in OpenVINO.

    :param words: reads captions; each is read once.
    :param runner_for: finds or makes what runs a size; None = nothing does.
    :param slow: looks at the other sizes.
    """

    def __init__(
        self, words: Words, runner_for: Callable[[Size], Runner | None], slow: Any
    ) -> None:
        self._slow = slow
        self._runners: Recent[Size, Runner | None] = Recent(runner_for, _SIZES_IN_MEMORY)
        self._words: Recent[tuple[int, ...], tuple[Any, ...]] = Recent(
            lambda ids: words(np.array(ids, np.int64)[None]), _KEPT_WORDS
        )

    def make_ready(self, size: Size) -> None:
        """
        Find or make what runs a size.

        :param size: of the pictures to come.
        :raises ModelFailed: when OpenVINO cannot follow the network.
        """
        self._runners(size)

    def __call__(self, pixels: Floats, ids: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Look at an image; see the protocol."""
        run = self._runners((pixels.shape[2], pixels.shape[3]))
        if run is None:
            seen: tuple[Floats, Floats] = self._slow(pixels, ids)
            return seen
        boxes, logits = run(pixels, *self._words(tuple(ids[0].tolist())))
        return boxes[0], logits[0]


def trace_network(network: Network, size: Size) -> Any:
    """
    Turn the network, all but what reads words, into an OpenVINO model.

    :param network: a Grounding DINO or MM-Grounding-DINO on the CPU, f32.
    :param size: of the pictures.
    :returns: an ``openvino.Model``: pixels, hidden states of the words, which of them sees which
        and their places → boxes ``(1, N, 4)`` and logits ``(1, N, T)``.
    :raises ModelFailed: when OpenVINO cannot follow it.
    """
    import torch

    model = network.model
    hidden, mask, places = TorchWords(network)(np.array(_EXAMPLE, np.int64))
    with torch.inference_mode(False):
        pixels = torch.zeros(1, 3, *size)
        words = [torch.tensor(each) for each in (hidden, mask, places)]
    width = hidden.shape[2]

    def look(fed: Any, hidden: Any, mask: Any, places: Any) -> tuple[Any, Any]:
        with _words_given(model, hidden, mask, places):
            seen = model(
                pixel_values=fed,
                input_ids=places,
                token_type_ids=torch.zeros_like(places),
                attention_mask=torch.ones_like(places),
            )
        return seen.pred_boxes, seen.logits

    shapes = ((1, 3, *size), (1, -1, width), (1, -1, -1), (1, -1))
    inputs = dict(
        zip(
            ('pixels', 'hidden', 'mask', 'places'),
            zip((pixels, *words), shapes, strict=True),
            strict=True,
        )
    )
    return trace(as_module(look, model), inputs)


def _module_of(model: Any) -> Any:
    """Return the module of transformers that a network's class lives in."""
    return sys.modules[type(model).__module__]


@contextmanager
def _words_given(model: Any, hidden: Any, mask: Any, places: Any) -> Iterator[None]:
    """Let a network take its words from outside, and do what OpenVINO has a rule for."""
    import torch

    module, inner = _module_of(model.model), model.model
    masks, reader, logit = (
        module.generate_masks_with_special_tokens_and_transfer_map,
        inner.text_backbone,
        torch.special.logit,
    )

    def plain_logit(share: Any, eps: float = _LOGIT_EPSILON) -> Any:
        clamped = share.clamp(eps, 1 - eps)
        return torch.log(clamped / (1 - clamped))

    module.generate_masks_with_special_tokens_and_transfer_map = lambda *_, **__: (mask, places)
    inner.text_backbone = as_module(lambda *_, **__: SimpleNamespace(last_hidden_state=hidden))
    torch.special.logit = plain_logit
    try:
        yield
    finally:
        module.generate_masks_with_special_tokens_and_transfer_map = masks
        inner.text_backbone = reader
        torch.special.logit = logit
