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

from collections.abc import Callable, Mapping, Sequence
import math
from typing import NamedTuple

from grounded_perception import geometry
from grounded_perception.detectors.hub.loading import computing
from grounded_perception.detectors.hub.owl_options import OwlOptions
from grounded_perception.detectors.hub.owl_reading import Context, PhraseReader
from grounded_perception.detectors.hub.owl_towers import ClassHead, ImageFeatures, ImageTower
from grounded_perception.detectors.hub.proposing import best, OpenDetector
from grounded_perception.detectors.hub.recent import Recent
from grounded_perception.detectors.hub.selection import best_words, corners, sigmoid
from grounded_perception.imaging import patches
from grounded_perception.records import Floats, Regions
import numpy as np
from numpy.typing import NDArray

#: Patches whose boxes fill a picture nearly as well as the best one may stand for it.
_NEARLY = 0.8


class OwlParts(NamedTuple):
    """
    What an OWL detector is put together from.

    :param prepare: makes pixels ``(1, 3, h, w)`` of an image.
    :param reader: turns phrases into vectors.
    :param tower: looks at an image.
    :param head: compares patches with phrases.
    :param context: words that no region is proposed for.
    :param runtime: what runs the image tower, in words; and why, where it is not what is fastest.
    :param revision: names the checkpoint: its vectors are comparable with no other's.
    """

    prepare: Callable[[NDArray[np.uint8]], Floats]
    reader: PhraseReader
    tower: ImageTower
    head: ClassHead
    context: Context
    runtime: str
    revision: str


class OwlDetector(OpenDetector):
    """
    A :class:`~grounded_perception.detectors.base.Detector` that finds any word.

    It is a :class:`~grounded_perception.detectors.base.FindsAlike`, too: what it sees in a
    picture may take the place of a word.

    :param name: name of the detector, for messages.
    :param options: what the user wants.
    :param parts: what it is put together from.
    :param is_square: whether boxes are shares of the square around the image (OWLv2) or of the
        image.
    :param least_objectness: patches less likely than this to be a thing are left out.
    """

    def __init__(
        self,
        name: str,
        options: OwlOptions,
        parts: OwlParts,
        *,
        is_square: bool = False,
        least_objectness: float = 0.0,
    ) -> None:
        super().__init__(name, options, parts.runtime)
        self._prepare, self._reader = parts.prepare, parts.reader
        self._tower, self._head = parts.tower, parts.head
        self._contexts = Recent(parts.context.without, 4)
        self._revision = parts.revision
        self._is_square, self._least_objectness = is_square, least_objectness
        self._alike = math.log(options.alike_threshold / (1 - options.alike_threshold))
        self._last: tuple[NDArray[np.uint8], ImageFeatures] | None = None

    @property
    def feature_model(self) -> str:
        """Name of the checkpoint."""
        return self._revision

    def features(self, rgb: NDArray[np.uint8], boxes_px: Floats) -> Floats:
        """
        Look at what is to be found again; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param boxes_px: ``(N, 4)`` xyxy; each costs a look.
        :returns: ``(N, D)`` float32.
        :raises ModelFailed: when the network raises.
        """
        corner, is_valid = patches.clip(boxes_px, *rgb.shape[:2])
        with computing(self._name):
            found = [
                self._feature(np.ascontiguousarray(rgb[y1:y2, x1:x2])) * valid
                for (x1, y1, x2, y2), valid in zip(corner.astype(int), is_valid, strict=True)
            ]
        return np.array(found, np.float32)

    def propose(
        self, rgb: NDArray[np.uint8], phrases: Sequence[str], floor: float, limit: int
    ) -> Regions:
        """Find what is asked for and what the vocabulary lists; see the protocol."""
        # Should nothing be looked for, this array may hold another image than it did.
        self._last = None
        return super().propose(rgb, phrases, floor, limit)

    def propose_like(
        self, rgb: NDArray[np.uint8], likes: Mapping[str, Floats], floor: float, limit: int
    ) -> Regions:
        """
        Find what is like things that were shown; see the protocol.

        :param rgb: uint8 ``(H, W, 3)`` RGB; the object given to :meth:`propose` just before is
            not looked at again.
        :param likes: name → ``(K, D)`` features of what was shown.
        :param floor: lowest score wanted.
        :param limit: most regions wanted.
        :returns: regions, best first.
        :raises ModelFailed: when the network raises.
        """
        first = np.cumsum([0, *map(len, likes.values())])[:-1]
        with computing(self._name):
            last, self._last = self._last, None
            seen = last[1] if last and last[0] is rgb else self._tower(self._prepare(rgb))
            logits = self._head(seen.features, np.concatenate(list(likes.values())))
        scores = sigmoid(np.maximum.reduceat(logits, first, axis=1) - np.float32(self._alike))
        rows = self._worth(seen, scores, floor)
        boxes = self._boxes(rgb, seen, rows)
        return best(best_words(boxes, scores[rows], tuple(likes), floor, self._nms), limit)

    def close(self) -> None:
        """Free the network."""
        for part in ('_reader', '_tower', '_head', '_last'):
            vars(self).pop(part, None)

    def _find(self, rgb: NDArray[np.uint8], names: tuple[str, ...], floor: float) -> Regions:
        queries, context = self._reader(names), self._contexts(names)
        seen = self._tower(self._prepare(rgb))
        self._last = rgb, seen
        posterior = sigmoid(self._head(seen.features, queries))
        rows = self._worth(seen, posterior, floor)
        boxes, posterior = self._boxes(rgb, seen, rows), posterior[rows]
        if not context.names:
            return best_words(boxes, posterior, names, floor, self._nms)
        beside = sigmoid(self._head(seen.features, context.vectors, rows))
        posterior = np.concatenate([posterior, beside], axis=1)
        every = names + context.names
        return outdone(
            best_words(boxes, posterior, every, floor, self._nms, len(names)), len(names)
        )

    def _worth(self, seen: ImageFeatures, posterior: Floats, floor: float) -> NDArray[np.intp]:
        """Return which patches may become regions."""
        # What is no number is above nothing; it stays, and is refused with the regions.
        some = ~((posterior.max(axis=1) < floor) & np.isfinite(seen.boxes).all(axis=1))
        if self._least_objectness and seen.objectness is not None:
            some &= seen.objectness >= self._least_objectness
        return np.flatnonzero(some)

    def _boxes(
        self, rgb: NDArray[np.uint8], seen: ImageFeatures, rows: NDArray[np.intp]
    ) -> Floats:
        """Return boxes ``(len(rows), 4)`` in pixels, inside the image."""
        height, width = rgb.shape[:2]
        whole = (max(height, width),) * 2 if self._is_square else (width, height)
        return geometry.clip(
            corners(seen.boxes[rows]) * np.array(whole * 2, np.float32), width, height
        )

    def _feature(self, picture: NDArray[np.uint8]) -> Floats:
        """Return the vector ``(D,)`` of the patch that stands for a picture, of length 1."""
        seen = self._tower(self._prepare(picture))
        vectors = self._head.embeddings(seen.features)
        vector = vectors[standing_for_all(seen, vectors)]
        return np.asarray(vector / max(float(np.linalg.norm(vector)), 1e-6), np.float32)


def standing_for_all(seen: ImageFeatures, vectors: Floats) -> int:
    """
    Choose the patch that stands for a whole picture, as ``image_guided_detection`` does.

    :param seen: of the picture.
    :param vectors: ``(P, D)`` what each patch is.
    :returns: the likeliest thing where the network tells (OWLv2); else, of the patches whose boxes
        fill the picture best, the one that is least like all the others: no background.
    """
    if seen.objectness is not None:
        return int(seen.objectness.argmax())
    filled = geometry.iou(np.array([[0, 0, 1, 1]], np.float32), corners(seen.boxes))[0]
    some = np.flatnonzero(filled >= _NEARLY * filled.max())
    return int(some[(vectors[some] @ vectors.mean(axis=0)).argmin()])


def outdone(found: Regions, asked: int) -> Regions:
    """
    Keep of each region's context the one word that it looks like more than what it is called.

    The rest of some hundred words says little, and would outweigh what was asked for.

    :param found: regions whose names are A words asked for and the context.
    :param asked: A.
    :returns: the same regions; of the context only the names that are left.
    """
    beside = found.posterior[:, asked:]
    word = beside.argmax(axis=1)
    value = beside[np.arange(len(found)), word]
    rows = np.flatnonzero(value > found.scores)
    kept, column = np.unique(word[rows], return_inverse=True)
    told = np.zeros((len(found), len(kept)), np.float32)
    told[rows, column] = value[rows]
    return Regions(
        found.boxes_px,
        found.scores,
        found.labels,
        found.names[:asked] + tuple(found.names[asked + k] for k in kept),
        np.concatenate([found.posterior[:, :asked], told], axis=1),
    )
