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
OWL-ViT and OWLv2: any word, one look at the image whatever number of words is asked.

Minderer et al. 2022 (https://arxiv.org/abs/2205.06230) and 2023
(https://arxiv.org/abs/2306.09683). Words are read once each and kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from grounded_perception import geometry
from grounded_perception.detectors.hub.loading import computing
from grounded_perception.detectors.hub.options import OpenOptions
from grounded_perception.detectors.hub.owl_towers import ClassHead, ImageTower, TextTower
from grounded_perception.detectors.hub.phrases import (
    read_thresholds,
    read_vocabulary,
    thresholds_of,
    wanted,
)
from grounded_perception.detectors.hub.recent import Recent
from grounded_perception.detectors.hub.selection import best_words, corners, sigmoid
from grounded_perception.errors import SettingsError
from grounded_perception.records import Floats, Regions
from grounded_perception.settings import setting
import numpy as np
from numpy.typing import NDArray

#: Phrases whose reading is kept: 2 KB each.
KEPT_PHRASES = 512


@dataclass(frozen=True)
class OwlOptions(OpenOptions):
    """
    Options of both OWL families.

    :raises SettingsError: when a value is not allowed.
    """

    prompt: str = setting(
        'a photo of a {}',
        'Sentence that a word is put into, at {}; the first of the sentences that the network '
        'was trained and is demonstrated with.',
    )
    quantize: str = setting(
        'none',
        'int8 = weights and activations of the image tower in 8 bits: faster yet, less exact '
        '(measure it: grounded-perception verify); only in openvino and with nncf.',
        choices=('none', 'int8'),
    )
    calibration: str = setting(
        '',
        'Folder of pictures from the camera in question, a few dozen, by which int8 finds its '
        'ranges; the first 100 by name are used.',
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.quantize == 'int8' and self.runtime == 'torch':
            raise SettingsError('quantize must be none where runtime is torch, got int8')
        if self.quantize == 'int8' and not self.calibration.strip():
            raise SettingsError(
                'calibration is empty, and quantize int8 needs it: set it to a folder of '
                'pictures from the camera in question'
            )
        if self.prompt.count('{}') != 1 or set(self.prompt.replace('{}', '')) & set('{}'):
            raise SettingsError(
                f"prompt must hold {{}} once, where the word goes ('a photo of a {{}}'), "
                f'got {self.prompt!r}'
            )


class PhraseReader:
    """
    Turns phrases into vectors; one phrase never changes another's.

    :param tokenizer: of the checkpoint.
    :param tower: reads tokens.
    :param prompt: sentence that a phrase is put into.
    :param length: tokens that the network takes (16).
    """

    def __init__(self, tokenizer: Any, tower: TextTower, prompt: str, length: int) -> None:
        self._tokenizer, self._tower = tokenizer, tower
        self._prompt, self._length = prompt, length
        self._vectors = Recent(self._read, KEPT_PHRASES)
        # The same words are asked of frame after frame.
        self._stacks: Recent[tuple[str, ...], Floats] = Recent(self._stack, 4)

    def __call__(self, phrases: tuple[str, ...]) -> Floats:
        """
        Read phrases, each once.

        :param phrases: K phrases.
        :returns: ``(K, D)`` float32, rows of length 1.
        """
        return self._stacks(phrases)

    def tokens(self, phrase: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """
        Turn a phrase into as many tokens as the network takes.

        A sentence that is too long loses its wrapping first and its end only then; the token
        that ends a sentence always stays, because the network reads its vector there.

        :param phrase: the phrase.
        :returns: tokens and mask, each ``(1, length)``.
        """
        text = self._prompt.format(phrase)
        if len(self._tokenizer(text, verbose=False)['input_ids']) > self._length:
            text = phrase
        made = self._tokenizer(
            [text],
            padding='max_length',
            truncation=True,
            max_length=self._length,
            return_tensors='np',
        )
        return made['input_ids'].astype(np.int64), made['attention_mask'].astype(np.int64)

    def _read(self, phrase: str) -> Floats:
        return self._tower(*self.tokens(phrase))

    def _stack(self, phrases: tuple[str, ...]) -> Floats:
        return np.stack([self._vectors(phrase) for phrase in phrases])


class OwlDetector:
    """
    A :class:`~grounded_perception.detectors.base.Detector` that finds any word.

    :param name: name of the detector, for messages.
    :param options: what the user wants.
    :param prepare: makes pixels ``(1, 3, h, w)`` of an image.
    :param reader: turns phrases into vectors.
    :param tower: looks at an image.
    :param head: compares patches with phrases.
    :param is_square: whether boxes are shares of the square around the image (OWLv2) or of the
        image.
    :param least_objectness: patches less likely than this to be a thing are left out.
    :param runtime: what runs the image tower, in words; and why, where it is not what is fastest.
    """

    def __init__(
        self,
        name: str,
        options: OwlOptions,
        prepare: Callable[[NDArray[np.uint8]], Floats],
        reader: PhraseReader,
        tower: ImageTower,
        head: ClassHead,
        *,
        is_square: bool = False,
        least_objectness: float = 0.0,
        runtime: str = 'torch',
    ) -> None:
        self.runtime = runtime
        self._name, self._nms = name, options.nms
        self._prepare, self._reader, self._tower, self._head = prepare, reader, tower, head
        self._is_square, self._least_objectness = is_square, least_objectness
        self._vocabulary = read_vocabulary(options.vocabulary)
        self._thresholds = read_thresholds(options.class_thresholds)

    @property
    def names(self) -> tuple[str, ...]:
        """None: it finds any word."""
        return ()

    def propose(
        self, rgb: NDArray[np.uint8], phrases: Sequence[str], floor: float, limit: int
    ) -> Regions:
        """
        Find what is asked for and what the vocabulary lists; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param phrases: nouns to look for.
        :param floor: lowest score wanted.
        :param limit: most regions wanted.
        :returns: regions, best first; ``names`` are the words looked for and ``posterior`` says
            how much each region is each; none when nothing was asked.
        :raises ModelFailed: when the network raises.
        """
        names = wanted(phrases, self._vocabulary)
        if not names:
            return Regions.empty()
        with computing(self._name):
            queries = self._reader(names)
            seen = self._tower(self._prepare(rgb))
            posterior = sigmoid(self._head(seen.features, queries))
        height, width = rgb.shape[:2]
        whole = (max(height, width),) * 2 if self._is_square else (width, height)
        boxes = corners(seen.boxes) * np.array(whole * 2, np.float32)
        if self._least_objectness and seen.objectness is not None:
            keep = seen.objectness >= self._least_objectness
            boxes, posterior = boxes[keep], posterior[keep]
        least = thresholds_of(names, floor, self._thresholds)
        found = best_words(geometry.clip(boxes, width, height), posterior, names, least, self._nms)
        return found.take(np.arange(min(len(found), limit)))

    def close(self) -> None:
        """Free the network."""
        for part in ('_reader', '_tower', '_head'):
            vars(self).pop(part, None)
