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
The three parts of an OWL network, each a callable that something faster may replace.

The image is looked at once a frame whatever is asked; words are read once; what relates the two
is a product of matrices. Cutting the network there changes no bit of what comes out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from grounded_perception.detectors.hub.loading import Network
from grounded_perception.detectors.hub.selection import sigmoid
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class ImageFeatures:
    """
    What the network sees in one image, before any word.

    :param features: of P patches; in whatever form the :class:`ClassHead` takes them.
    :param boxes: ``(P, 4)`` float32 centre x, centre y, width, height as shares of what the
        network was shown.
    :param objectness: ``(P,)`` float32 in [0, 1], that a patch is the middle of any thing; None
        where a network does not tell.
    """

    features: Any
    boxes: Floats
    objectness: Floats | None


class ImageTower(Protocol):
    """Looks at an image."""

    def __call__(self, pixels: Floats) -> ImageFeatures:
        """
        Look at an image.

        :param pixels: ``(1, 3, h, w)`` float32, prepared.
        :returns: what is seen.
        """
        ...


class TextTower(Protocol):
    """Reads phrases."""

    def __call__(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Floats:
        """
        Read phrases.

        :param ids: ``(K, L)`` tokens, filled up to the length that the network takes.
        :param mask: ``(K, L)``, 1 where a token is.
        :returns: ``(K, D)`` float32, rows of length 1.
        """
        ...


class ClassHead(Protocol):
    """Says how much each patch is each phrase."""

    def __call__(
        self, features: Any, queries: Floats, rows: NDArray[np.intp] | None = None
    ) -> Floats:
        """
        Compare patches with phrases, or with things that were shown.

        :param features: of an :class:`ImageTower` that belongs to it.
        :param queries: ``(K, D)`` float32, of a :class:`TextTower` that belongs to it, or
            :meth:`embeddings` of another image.
        :param rows: numbers of the patches that matter; None = all.
        :returns: ``(P, K)`` float32 logits.
        """
        ...

    def embeddings(self, features: Any) -> Floats:
        """
        Say what each patch is, in the space of the phrases.

        :param features: of an :class:`ImageTower` that belongs to it.
        :returns: ``(P, D)`` float32, of any length.
        """
        ...


class TorchImageTower:
    """
    An :class:`ImageTower` in torch.

    :param network: an OWL-ViT or OWLv2.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._objectness = getattr(network.model, 'objectness_predictor', None)

    def __call__(self, pixels: Floats) -> ImageFeatures:
        """Look at an image; see the protocol."""
        import torch

        model = self._network.model
        fed = torch.from_numpy(pixels).to(self._network.device, self._network.dtype)
        grid = model.image_embedder(fed)[0]
        features = grid.flatten(1, 2)
        objectness = self._objectness(features) if self._objectness else None
        # Last: it adds to what the box head returns, in place.
        boxes = model.box_predictor(features, grid)
        return ImageFeatures(
            features,
            boxes[0].float().cpu().numpy(),
            None if objectness is None else sigmoid(objectness[0].float().cpu().numpy()),
        )


class TorchTextTower:
    """
    A :class:`TextTower` in torch.

    :param network: an OWL-ViT or OWLv2.
    """

    def __init__(self, network: Network) -> None:
        self._network = network

    def __call__(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Floats:
        """Read phrases; see the protocol."""
        import torch

        model, device = self._network.model, self._network.device
        found = getattr(model, model.base_model_prefix).get_text_features(
            input_ids=torch.from_numpy(ids).to(device),
            attention_mask=torch.from_numpy(mask).to(device),
        )
        # What comes out is not yet of length 1, as the whole network makes it.
        raw = found if isinstance(found, torch.Tensor) else found.pooler_output
        unit = raw / torch.linalg.norm(raw, ord=2, dim=-1, keepdim=True)
        return np.asarray(unit.float().cpu().numpy(), np.float32)


class TorchClassHead:
    """
    A :class:`ClassHead` in torch.

    :param network: an OWL-ViT or OWLv2.
    """

    def __init__(self, network: Network) -> None:
        self._network = network

    def __call__(
        self, features: Any, queries: Floats, rows: NDArray[np.intp] | None = None
    ) -> Floats:
        """Compare patches with phrases; see the protocol."""
        import torch

        network = self._network
        asked = torch.from_numpy(queries)[None].to(network.device, network.dtype)
        if rows is not None:
            features = features[:, torch.from_numpy(rows).to(network.device)]
        logits, _ = network.model.class_predictor(features, asked, None)
        return np.asarray(logits[0].float().cpu().numpy(), np.float32)

    def embeddings(self, features: Any) -> Floats:
        """Say what each patch is; see the protocol."""
        _, vectors = self._network.model.class_predictor(features)
        return np.asarray(vectors[0].float().cpu().numpy(), np.float32)
