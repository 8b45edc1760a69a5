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
Any words: CLIP and SigLIP, networks that put pictures and texts into one space.

Radford et al. 2021 (https://arxiv.org/abs/2103.00020), Zhai et al. 2023
(https://arxiv.org/abs/2303.15343). A label is embedded once; a frame costs the image tower on its
regions and one product. Weights come from a checkpoint that the user names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import hashlib
from typing import Any

from grounded_perception.classifiers.base import LabelMatch
from grounded_perception.classifiers.crops import windows
from grounded_perception.classifiers.towers.texts import Texts, unit_rows
from grounded_perception.compute import Compute
from grounded_perception.detectors.hub.families import Family
from grounded_perception.detectors.hub.loading import (
    computing,
    load_network,
    load_tokenizer,
    Network,
)
from grounded_perception.detectors.hub.options import CheckpointSource
from grounded_perception.detectors.hub.pixels import Preparation, read_preparation
from grounded_perception.errors import SettingsError
from grounded_perception.records import Floats
from grounded_perception.settings import setting
import numpy as np
from numpy.typing import NDArray

#: ``model_type`` of a checkpoint → the class of transformers that runs it.
_FAMILIES = {'clip': 'CLIPModel', 'siglip': 'SiglipModel'}
CHECKPOINT = Family('clip', tuple(_FAMILIES), 'openai/clip-vit-base-patch32')
_HALF = {'image_mean': (0.5, 0.5, 0.5), 'image_std': (0.5, 0.5, 0.5)}
#: What a family's images are like where its description says nothing.
_DEFAULTS: dict[str, dict[str, Any]] = {
    'clip': {
        'resample': 3,
        'image_mean': (0.48145466, 0.4578275, 0.40821073),
        'image_std': (0.26862954, 0.26130258, 0.27577711),
    },
    'siglip': {'resample': 3, **_HALF},
}
_BATCH = 32


@dataclass(frozen=True)
class Options(CheckpointSource):
    """
    Options of the open classifier.

    :raises SettingsError: when a value is not allowed.
    """

    checkpoint: str = setting(
        '',
        'Folder of a CLIP or SigLIP checkpoint as transformers saves it, or its id on the Hugging '
        'Face hub; it must be given.',
    )
    template: str = setting(
        'a photo of a {}', 'The sentence that a label is put into, in place of {}.'
    )
    background: str = setting(
        'thing, background, texture',
        'What a region may be besides the labels, with commas; CLIP needs it to say "none of '
        'these", SigLIP does not; empty = it is always one of the labels.',
    )
    square: str = setting(
        'context',
        'How a region becomes the square that the network sees: squash = stretched, context = '
        'grown by what surrounds it.',
        choices=('squash', 'context'),
    )
    margin: float = setting(
        0.0, 'What is seen around a region on each side, as a share of it.', low=0.0, high=1.0
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.template.count('{}') != 1:
            raise SettingsError(f'template must hold {{}} once, got {self.template!r}')


def load(options: Options, compute: Compute) -> ClipClassifier:
    """
    Load a checkpoint.

    :param options: see :class:`Options`.
    :param compute: where and in which arithmetic it runs.
    :returns: a classifier.
    :raises ModelMissing: when the checkpoint or a library is not there.
    :raises ModelCorrupt: when the checkpoint is not whole.
    :raises SettingsError: when no checkpoint is named, or one of another kind.
    """
    found = CHECKPOINT.find(options)
    family = str(found.config['model_type'])
    network = load_network(found, _FAMILIES[family], compute)
    side = int(network.model.config.vision_config.image_size)
    told = {
        k: v for k, v in found.preprocessor.items() if k not in ('do_center_crop', 'crop_size')
    }
    # A region is cut to a square before: what the library would crop is not there.
    told['size'] = {'height': side, 'width': side}
    preparation = read_preparation(told, _DEFAULTS[family])
    return ClipClassifier(network, load_tokenizer(found), preparation, family, options)


class ClipClassifier:
    """
    A :class:`~grounded_perception.classifiers.base.Classifier`; made by :func:`load`.

    :param network: the network.
    :param tokenizer: its tokenizer.
    :param preparation: how it wants its images.
    :param family: ``clip`` or ``siglip``.
    :param options: see :class:`Options`.
    """

    def __init__(
        self,
        network: Network,
        tokenizer: Any,
        preparation: Preparation,
        family: str,
        options: Options,
    ) -> None:
        self._network: Any = network
        self._texts: Any = Texts(network, tokenizer, family, options.template)
        self._preparation = preparation
        self._family = family
        self._options = options
        self._background = tuple(w.strip() for w in options.background.split(',') if w.strip())
        self._width = _width(network.model)
        self._feature_model = _fingerprint(network.model, family, options)
        scale = float(network.model.logit_scale.detach().float().exp())
        bias = float(network.model.logit_bias.detach()) if family == 'siglip' else 0.0
        self._scale, self._bias = scale, bias

    @property
    def feature_model(self) -> str:
        """Name of weights and crop."""
        return self._feature_model

    def understand(self, labels: Sequence[str]) -> tuple[LabelMatch, ...]:
        """
        Say what each label is taken for: itself, whatever it says; see the protocol.

        :param labels: L words or short phrases.
        :returns: L matches.
        """
        return tuple(
            LabelMatch(label, True, 'free', (), 1.0, f'{label!r} is taken as it stands')
            if label.strip()
            else LabelMatch(label, False, 'unknown', (), 0.0, f'{label!r} is no word')
            for label in labels
        )

    def classify(self, rgb: NDArray[np.uint8], boxes_px: Floats, labels: Sequence[str]) -> Floats:
        """
        Weigh free labels against each other; see the protocol.

        CLIP: softmax over the labels and the words of the option ``background``, which are "none
        of these". SigLIP tells each label by itself: "none of these" is that all are wrong, and
        the softmax over the labels shares the rest.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param boxes_px: ``(N, 4)`` float32 xyxy in its pixels.
        :param labels: L words or short phrases.
        :returns: ``(N, L)`` float32.
        :raises ModelFailed: when the network raises.
        """
        looks = self.features(rgb, boxes_px)
        found = np.zeros((len(looks), len(labels)), np.float32)
        known = [i for i, label in enumerate(labels) if label.strip()]
        valid = np.flatnonzero(looks.any(axis=1))
        if not known or not len(valid):
            return found
        words = [labels[i] for i in known]
        rivals = self._background if self._family == 'clip' else ()
        logits = self._scale * (looks[valid] @ self._texts.embed([*words, *rivals]).T) + self._bias
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        shares = powers / powers.sum(axis=1, keepdims=True)
        if self._family == 'siglip':
            # log(1 - sigmoid(x)) = -log(1 + e^x): the product over labels as a sum
            nothing = np.exp(-np.logaddexp(0, logits).sum(axis=1, keepdims=True))
            shares = shares * (1 - nothing)
        found[valid[:, None], known] = shares[:, : len(known)]
        return found

    def features(self, rgb: NDArray[np.uint8], boxes_px: Floats) -> Floats:
        """
        Describe regions; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param boxes_px: ``(N, 4)`` float32 xyxy in its pixels.
        :returns: ``(N, D)`` float32 rows of length 1; 0 for a box that holds no pixel.
        :raises ModelFailed: when the network raises.
        """
        options = self._options
        parts, valid = windows(
            boxes_px, rgb.shape[0], rgb.shape[1], options.square, options.margin
        )
        rows = [
            self._look([rgb[y1:y2, x1:x2] for x1, y1, x2, y2 in parts[start : start + _BATCH]])
            for start in range(0, len(parts), _BATCH)
        ]
        found = np.zeros((len(valid), self._width), np.float32)
        if rows:
            found[valid] = np.concatenate(rows)
        return found

    def close(self) -> None:
        """Free the network."""
        self._network = self._texts = None

    def _look(self, parts: Sequence[NDArray[np.uint8]]) -> Floats:
        """Return unit vectors of square pictures."""
        network = self._network
        with computing('clip'):
            import torch

            pixels = np.concatenate([self._preparation(part) for part in parts])
            tensor = torch.from_numpy(pixels).to(network.device, network.dtype)
            return unit_rows(network.model.get_image_features(pixel_values=tensor))


def _width(model: Any) -> int:
    config = model.config
    return int(getattr(config, 'projection_dim', 0) or config.vision_config.hidden_size)


def _fingerprint(model: Any, family: str, options: Options) -> str:
    """Name a network by the numbers of its last layer: its folder may be moved or renamed."""
    last = list(model.vision_model.parameters())[-1].detach().float().cpu().numpy()
    digest = hashlib.sha256(np.ascontiguousarray(last).tobytes()).hexdigest()[:12]
    return f'{family}-{digest}-{options.square}-{options.margin:g}'
