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
Free labels in terms of the 1000 classes.

In this order: a word of the tables here (everyday kinds, names and synonyms, last words of longer
names), a word of the language's own tables that leads to one of those ("lorry" is a truck), also
behind other words ("old red sedan"); else the sentence encoder, which compares "a label" with
every name, and with nouns of a background that nobody photographed for ImageNet. Where tables
know a label the encoder only adds what is near: a crop of a donut may look like a bakery.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grounded_perception.classifiers.base import LabelMatch
from grounded_perception.classifiers.imagenet import names
from grounded_perception.classifiers.imagenet.terms import columns_of, listed, looks_alike
from grounded_perception.language.concepts import background, normalise
from grounded_perception.language.encoder import Encoder
from grounded_perception.language.kept import embed_kept
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

#: Of a guess, the share of its nearest background noun that is taken off; as in the vocabulary.
BACKGROUND_SHARE = 0.25
#: Fall of a class's weight with the distance of meaning; from 0.02 to 0.2 it hardly matters
#: (benchmarks/classification.py).
SHARPNESS = 0.08
NEAR_SHARPNESS = 0.1
#: What a class that is only near in meaning may weigh where the tables know the label.
NEAR_SHARE = 0.3
#: What the classes of a label's last word weigh at least, where other words stand before it.
BEHIND_SHARE = 0.5
_TEMPLATE = 'a {}'
_REMEMBERED = 4096
_REMEMBERED_SETS = 32
_TOLD = 5
_LOOKED_AT = 0.3


@dataclass(frozen=True, eq=False)
class Reading:
    """
    A label and what each class counts for it.

    :param match: how it was understood.
    :param weights: ``(1000,)`` float32 in [0, 1]; all 0 for a label that is not known.
    """

    match: LabelMatch
    weights: Floats


class LabelReader:
    """
    Reads labels once and remembers them; for one thread at a time.

    :param encoder: returns the text encoder; called when the first label comes.
    :param threshold: least score at which a label that no table knows counts as known.
    :param use_tables: whether the tables are asked at all (to measure what they are worth).
    :param sharpness: see :data:`SHARPNESS`.
    """

    def __init__(
        self,
        encoder: Callable[[], Encoder],
        threshold: float,
        use_tables: bool = True,
        sharpness: float = SHARPNESS,
    ) -> None:
        self._load_encoder = encoder
        self._threshold = threshold
        self._use_tables = use_tables
        self._sharpness = sharpness
        self._meanings: _Meanings | None = None
        self._readings: OrderedDict[str, Reading] = OrderedDict()
        self._shares: OrderedDict[tuple[str, ...], Floats] = OrderedDict()

    def read(self, label: str) -> Reading:
        """
        Say what a label stands for.

        :param label: a word or short phrase.
        :returns: its reading.
        :raises ModelFailed: when the encoder fails.
        """
        if (known := self._readings.get(label)) is None:
            known = self._look_up(label)
            while len(self._readings) >= _REMEMBERED:
                self._readings.popitem(last=False)
            self._readings[label] = known
        self._readings.move_to_end(label)
        return known

    def shares(self, labels: Sequence[str]) -> Floats:
        """
        Share every class among labels that all claim it.

        A class goes to the labels in proportion to their squared weights, each divided by all that
        the label claims: beside "dog", "golden retriever" has the first call on golden retrievers.

        :param labels: L labels.
        :returns: ``(L, 1000)`` float32; a column sums to the greatest weight that any label gives
            it, so that classes which no label means are left over.
        :raises ModelFailed: when the encoder fails.
        """
        key = tuple(labels)
        if (known := self._shares.get(key)) is None:
            known = self._share([self.read(label).weights for label in labels])
            while len(self._shares) >= _REMEMBERED_SETS:
                self._shares.popitem(last=False)
            self._shares[key] = known
        self._shares.move_to_end(key)
        return known

    @staticmethod
    def _share(weights: Sequence[Floats]) -> Floats:
        if not weights:
            return np.zeros((0, len(names.synonyms())), np.float32)
        stacked = np.stack(weights)
        least = np.finfo(np.float32).tiny
        # squared: what is only near in meaning claims nothing beside a label that means it
        claims = stacked**2 / np.maximum(stacked.sum(axis=1, keepdims=True), least)
        total = np.maximum(claims.sum(axis=0), least)
        return np.asarray(stacked.max(axis=0) * claims / total, np.float32)

    def _look_up(self, label: str) -> Reading:
        name = normalise(label)
        if not name:
            return _unknown(label, 0.0, f'{label!r} is no word')
        if self._use_tables and (found := listed(name)) is not None:
            return self._of_table(label, name, *found)
        return self._nearest(label, name)

    def _of_table(self, label: str, name: str, how: str, term: str, exact: bool) -> Reading:
        """Read a label that a table knows."""
        classes = np.array(sorted(columns_of(term)), np.intp)
        if not len(classes):
            return _unknown(label, 0.0, f'ImageNet has no {term}')
        similar = self._similar(name)
        weights = NEAR_SHARE * np.exp((similar - 1) / NEAR_SHARPNESS)
        if exact:
            weights[classes] = 1
        else:
            # "a convertible car" is a car, but rather that one; "a forklift truck" is no truck
            similar = self._without_decoys(name, similar, classes)
            fall = np.exp((similar[classes] - similar[classes].max()) / self._sharpness)
            weights = np.exp((similar - similar.max()) / self._sharpness)
            weights[classes] = np.maximum(weights[classes], BEHIND_SHARE * fall)
        told = _told(weights * np.isin(np.arange(len(weights)), classes) if exact else weights)
        verb = 'is' if how == 'name' and exact else 'is taken as' if not exact else 'covers'
        reason = f'{label!r} {verb} {", ".join(told)}' + (' …' if len(classes) > _TOLD else '')
        match = LabelMatch(label, True, how, told, 1.0, reason)
        return Reading(match, weights.astype(np.float32))

    def _nearest(self, label: str, name: str) -> Reading:
        """Read a label by its meaning alone."""
        similar = self._similar(name)
        score, decoyed = self.guess(name)
        told = _told(similar)
        missing = f'{label!r} is nothing that ImageNet names; nearest: {told[0]} ({score:.2f})'
        if score < self._threshold or (decoyed and self._use_tables):
            return _unknown(label, score, missing)
        weights = np.exp((similar - similar.max()) / self._sharpness).astype(np.float32)
        reason = f'{label!r} is close to {told[0]} ({score:.2f})'
        return Reading(LabelMatch(label, True, 'nearest', told, score, reason), weights)

    def guess(self, name: str) -> tuple[float, bool]:
        """
        Compare a name with those of ImageNet by the encoder alone.

        :param name: a normalised name.
        :returns: similarity of the nearest class less a share of that of the nearest background
            noun, and whether that class only looks alike ("fire hydrant", "fire screen").
        :raises ModelFailed: when the encoder fails.
        """
        meanings = self._loaded()
        vector = meanings.embed(name)
        similar = meanings.vectors @ vector
        best = int(np.argmax(similar))
        against = float((meanings.background @ vector).max())
        score = float(similar[best]) - BACKGROUND_SHARE * against
        return score, looks_alike(name, meanings.words[best])

    def _similar(self, name: str) -> Floats:
        """Return ``(1000,)``: how near in meaning a name is to each class's nearest word."""
        meanings = self._loaded()
        return np.asarray(
            np.maximum.reduceat(meanings.vectors @ meanings.embed(name), meanings.starts)
        )

    def _without_decoys(self, name: str, similar: Floats, keep: NDArray[np.intp]) -> Floats:
        """Return similarities without those of classes that only look alike."""
        found = similar.copy()
        near = np.flatnonzero(similar > similar.max() - _LOOKED_AT)
        for column in np.setdiff1d(near, keep):
            if any(looks_alike(name, normalise(word)) for word in names.synonyms()[column]):
                found[column] = -1
        return found

    def _loaded(self) -> _Meanings:
        if self._meanings is None:
            self._meanings = _Meanings(self._load_encoder())
        return self._meanings


class _Meanings:
    """Vectors of all names of the classes, in the order of the classes, and of the background."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        words = [[normalise(word) for word in of_class] for of_class in names.synonyms()]
        self.words = tuple(word for of_class in words for word in of_class)
        counts = [len(of_class) for of_class in words]
        self.starts: NDArray[np.intp] = np.cumsum([0, *counts[:-1]]).astype(np.intp)
        nouns = [noun for noun in background() if listed(normalise(noun)) is None]
        every = [_TEMPLATE.format(word) for word in (*self.words, *nouns)]
        vectors = embed_kept(encoder, every)
        self.vectors = vectors[: len(self.words)]
        self.background = vectors[len(self.words) :]

    def embed(self, name: str) -> Floats:
        vector: Floats = self._encoder.phrases([_TEMPLATE.format(name)])[0]
        return vector


def _told(weights: Floats) -> tuple[str, ...]:
    """Name the classes of greatest weight for people."""
    order = np.argsort(-weights, kind='stable')[:_TOLD]
    return tuple(dict.fromkeys(names.class_name(int(c)) for c in order if weights[c] > 0))


def _unknown(label: str, score: float, reason: str) -> Reading:
    match = LabelMatch(label, False, 'unknown', (), score, reason)
    return Reading(match, np.zeros(len(names.synonyms()), np.float32))
