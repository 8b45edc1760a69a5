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
The embedded classifier: EfficientNet-Lite0 trained on ImageNet, run by OpenVINO on a CPU.

It knows 1000 classes. A free label is told by the classes that it stands for
(:mod:`~grounded_perception.classifiers.imagenet.labels`): "golden retriever" is one of them,
"dog" is 121, "lorry" means the trucks; "giraffe" it does not know, and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grounded_perception.classifiers.base import LabelMatch
from grounded_perception.classifiers.crops import cut_squares, SQUARES
from grounded_perception.classifiers.imagenet import network
from grounded_perception.classifiers.imagenet.labels import LabelReader
from grounded_perception.compute import compile_openvino, Compute
from grounded_perception.errors import ModelFailed
from grounded_perception.language.encoder import Encoder, load_encoder
from grounded_perception.records import Floats
from grounded_perception.settings import check, setting
import numpy as np
from numpy.typing import NDArray

_BATCH = 8


@dataclass(frozen=True)
class Options:
    """
    Options of the embedded classifier.

    :raises SettingsError: when a value is not allowed.
    """

    square: str = setting(
        'context',
        'How a region becomes the square that the network sees: squash = stretched, letterbox = '
        'padded with grey, context = grown by what surrounds it.',
        choices=SQUARES,
    )
    feature_square: str = setting(
        'letterbox',
        'The same for features, where what surrounds a thing makes unlike things alike.',
        choices=SQUARES,
    )
    margin: float = setting(
        0.0, 'What is seen around a region on each side, as a share of it.', low=0.0, high=1.0
    )
    label_threshold: float = setting(
        0.55,
        'Least similarity at which a label that no table lists is taken for the nearest class.',
        low=0.0,
        high=1.0,
    )

    def __post_init__(self) -> None:
        check(self)


def prepare() -> Path:
    """
    Convert the weights if that was not done yet.

    :returns: the folder of the converted model.
    :raises ModelMissing: when weights or OpenVINO are not installed.
    :raises ModelCorrupt: when the weights are not the pinned ones.
    """
    return network.folder()


def load(
    options: Options, compute: Compute, encoder: Encoder | None = None
) -> EfficientNetClassifier:
    """
    Load the network, converting it first if need be.

    :param options: see :class:`Options`.
    :param compute: where and in which arithmetic it runs.
    :param encoder: the text encoder to share; None = load one when the first label comes.
    :returns: a classifier.
    :raises ModelMissing: when weights or OpenVINO are not installed.
    :raises ModelCorrupt: when the weights are not the pinned ones.
    :raises ModelFailed: when the model cannot be compiled.
    """
    compiled = compile_openvino(prepare() / network.NETWORK, compute)

    def encode() -> Encoder:
        return load_encoder(compute.threads) if encoder is None else encoder

    labels = LabelReader(encode, options.label_threshold)
    return EfficientNetClassifier(compiled.create_infer_request(), labels, options)


class EfficientNetClassifier:
    """
    A :class:`~grounded_perception.classifiers.base.Classifier`; made by :func:`load`.

    :param request: an OpenVINO inference request of the network.
    :param labels: reads free labels.
    :param options: see :class:`Options`.
    """

    def __init__(self, request: Any, labels: LabelReader, options: Options) -> None:
        self._request: Any = request
        self._labels = labels
        self._options = options

    @property
    def feature_model(self) -> str:
        """Name of weights, converter and crop."""
        options = self._options
        crop = f'{options.feature_square}-{options.margin:g}'
        return f'efficientnet-lite0-{network.SOURCE.sha256[:12]}-{network.REVISION}-{crop}'

    def understand(self, labels: Sequence[str]) -> tuple[LabelMatch, ...]:
        """
        Say what each label is taken for; see the protocol.

        :param labels: L words or short phrases.
        :returns: L matches.
        :raises ModelFailed: when the text encoder fails.
        """
        return tuple(self._labels.read(label).match for label in labels)

    def classify(self, rgb: NDArray[np.uint8], boxes_px: Floats, labels: Sequence[str]) -> Floats:
        """
        Weigh free labels against each other; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param boxes_px: ``(N, 4)`` float32 xyxy in its pixels.
        :param labels: L words or short phrases.
        :returns: ``(N, L)`` float32; what a row lacks to 1 is what the network believes to be
            something else.
        :raises ModelFailed: when a network raises.
        """
        shares = self._labels.shares(labels)
        return np.asarray(self.posterior(rgb, boxes_px) @ shares.T, np.float32)

    def posterior(self, rgb: NDArray[np.uint8], boxes_px: Floats) -> Floats:
        """
        Return what the network itself believes.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param boxes_px: ``(N, 4)`` float32 xyxy in its pixels.
        :returns: ``(N, 1000)`` float32, rows sum to 1 (0 where a box holds no pixel).
        :raises ModelFailed: when the network raises.
        """
        (logits, _), valid = self._run(rgb, boxes_px, self._options.square)
        found = np.zeros((len(valid), network.CLASSES), np.float32)
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        found[valid] = powers / powers.sum(axis=1, keepdims=True)
        return found

    def features(self, rgb: NDArray[np.uint8], boxes_px: Floats) -> Floats:
        """
        Describe regions; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param boxes_px: ``(N, 4)`` float32 xyxy in its pixels.
        :returns: ``(N, 1280)`` float32 rows of length 1; 0 for a box that holds no pixel.
        :raises ModelFailed: when the network raises.
        """
        (_, pooled), valid = self._run(rgb, boxes_px, self._options.feature_square)
        found = np.zeros((len(valid), network.WIDTH), np.float32)
        norm = np.linalg.norm(pooled, axis=1, keepdims=True)
        found[valid] = pooled / np.maximum(norm, np.finfo(np.float32).tiny)
        return found

    def close(self) -> None:
        """Free the network."""
        self._request = None

    def _run(
        self, rgb: NDArray[np.uint8], boxes_px: Floats, square: str
    ) -> tuple[tuple[Floats, Floats], NDArray[np.bool_]]:
        """Return logits and pooled features of the boxes that hold a pixel, and which do."""
        margin = self._options.margin
        squares, valid = cut_squares(rgb, boxes_px, network.SIDE, square, margin)
        logits = np.empty((len(squares), network.CLASSES), np.float32)
        pooled = np.empty((len(squares), network.WIDTH), np.float32)
        for start in range(0, len(squares), _BATCH):
            rows = slice(start, start + _BATCH)
            try:
                self._request.infer({0: squares[rows]}, share_inputs=True)
                logits[rows] = self._request.get_output_tensor(0).data
                pooled[rows] = self._request.get_output_tensor(1).data
            except RuntimeError as exc:
                raise ModelFailed(f'{network.SOURCE.name} raised: {exc}') from exc
        return (logits, pooled), valid
