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
A noun → classes of the detector, or an honest "not understood".

In this order: the class itself, synonyms and hypernyms (also behind other words), typing slips,
and last the sentence encoder, which compares "a noun" with everything that the tables know and
with a background of nouns that no detector of these classes sees. The encoder alone takes
"forklift" for a fork; ``benchmarks/vocabulary.py`` measures how often that happens.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import NamedTuple

from grounded_perception.language.concepts import background, Concepts, normalise
from grounded_perception.language.encoder import Encoder, TokenEmbeddings
from grounded_perception.language.kept import embed_kept
from grounded_perception.language.spelling import correct
from grounded_perception.records import Floats
import numpy as np

#: Share of the similarity to the background that counts against a class.
BACKGROUND_SHARE = 0.25
#: Below this not even a suggestion is made.
UNSURE_THRESHOLD = 0.4
_SLIP_SCORE = 0.9
#: Shared letters that make a first part of a compound ("fork" in "forklift").
_STEM = 4
#: How names are shown to the encoder; the same on both sides.
_TEMPLATE = 'a {}'

#: Nouns whose meaning is remembered: a few hundred bytes each.
_REMEMBERED = 4096


@dataclass(frozen=True)
class Match:
    """
    How a noun was understood.

    :param noun: the noun.
    :param status: ``understood``, ``unsure`` (only :attr:`suggestion` is offered) or ``unknown``.
    :param class_names: the classes it may mean, best first; none unless understood.
    :param score: 1 for a class or a word of the tables, less for a guess, in [-1, 1].
    :param reason: one sentence for people.
    :param suggestion: the nearest class when not understood, or empty.
    """

    noun: str
    status: str
    class_names: tuple[str, ...]
    score: float
    reason: str
    suggestion: str = ''


class Guess(NamedTuple):
    """
    What the encoder makes of a noun.

    :param class_name: the nearest class.
    :param score: similarity to it less a share of that to the background, in [-1, 1].
    :param is_decoy: whether the likeness is one of spelling (see :func:`is_decoy`).
    """

    class_name: str
    score: float
    is_decoy: bool


class Vocabulary:
    """
    The words of one detector. Used from one thread.

    :param class_names: its classes; none = an open vocabulary, where every noun is a class.
    :param encoder: turns names into vectors.
    :param threshold: least score at which a noun that no table knows counts as a class.
    :raises ModelFailed: when the encoder fails.
    """

    def __init__(
        self, class_names: Sequence[str], encoder: Encoder, threshold: float = 0.58
    ) -> None:
        self.class_names = tuple(class_names)
        self._encoder = encoder
        self._threshold = threshold
        self._concepts = Concepts(self.class_names)
        prototypes = self._concepts.prototypes() if self.class_names else {}
        self._terms = tuple(sorted(prototypes))
        self._classes = tuple(prototypes[term] for term in self._terms)
        look_up = self._concepts.look_up
        nouns = tuple(n for n in background() if not look_up(normalise(n)).class_names)
        self._spelt = frozenset(word for noun in background() for word in noun.split())
        names = (*self.class_names, *self._terms, *(nouns if self.class_names else ()))
        vectors = embed_kept(encoder, [_TEMPLATE.format(name) for name in names])
        ends = len(self.class_names), len(self.class_names) + len(self._terms)
        self.class_embeddings: Floats = vectors[: ends[0]]
        self._prototypes, self._background = vectors[ends[0] : ends[1]], vectors[ends[1] :]
        self._resolved: dict[str, Match] = {}
        self._own = dict(zip(self.class_names, self.class_embeddings, strict=True))

    def embed(self, texts: Sequence[str]) -> Floats:
        """
        Embed nouns or class names.

        :param texts: M nouns.
        :returns: ``(M, D)`` float32, rows of length 1.
        :raises ModelFailed: when the encoder fails.
        """
        missing = [text for text in texts if text not in self._own]
        found = dict(zip(missing, self._encode(missing), strict=True)) if missing else {}
        if not texts:
            return self._encode(())
        return np.stack([self._own[t] if t in self._own else found[t] for t in texts])

    def tokens(self, text: str) -> TokenEmbeddings:
        """
        Embed a phrase word by word.

        :param text: the phrase.
        :returns: its words.
        :raises ModelFailed: when the encoder fails.
        """
        return self._encoder.tokens(text)

    def embedding(self, noun: str) -> Floats:
        """
        Embed one noun.

        :param noun: the noun; empty = any thing.
        :returns: ``(D,)`` float32 of length 1.
        :raises ModelFailed: when the encoder fails.
        """
        vector: Floats = self.embed([noun or 'thing'])[0]
        return vector

    def resolve(self, noun: str) -> Match:
        """
        Find the classes that a noun means.

        :param noun: singular or plural; empty = any thing.
        :returns: how it was understood.
        :raises ModelFailed: when the encoder fails.
        """
        if not self.class_names:
            return Match(noun, 'understood', (noun or 'thing',), 1.0, 'every noun is looked for')
        if noun not in self._resolved:
            if len(self._resolved) >= _REMEMBERED:
                self._resolved.clear()
            self._resolved[noun] = self._look_up(noun)
        return self._resolved[noun]

    def _look_up(self, noun: str) -> Match:
        name = normalise(noun)
        if not name:
            if noun.strip():
                return Match(noun, 'unknown', (), 0.0, f'{noun!r} is no word')
            return Match(noun, 'understood', self.class_names, 1.0, 'any thing will do')
        meaning = self._concepts.look_up(name)
        if meaning.class_names:
            return self._listed(noun, name, meaning.class_names, meaning.rest)
        if not meaning.is_misleading and (match := self._misspelt(noun, name)):
            return match
        return self._nearest(noun, name, meaning.is_misleading)

    def _listed(self, noun: str, name: str, found: tuple[str, ...], rest: str) -> Match:
        if rest:
            reason = f'{noun!r} is taken as {_either(found)}'
        elif len(found) == 1 and normalise(found[0]) == name:
            reason = f'{noun!r} is a class of this detector'
        else:
            reason = f'{noun!r} means {_either(found)}'
        return Match(noun, 'understood', found, 1.0, reason)

    def _misspelt(self, noun: str, name: str) -> Match | None:
        """Read a noun with one typing slip; only where that leads to one meaning."""
        parts = name.split()
        if all(self._is_spelt(part) for part in parts):
            return None
        meanings = {
            self._concepts.look_up(term).class_names: term
            for term in correct(name, self._concepts.terms)
        }
        if not meanings and len(parts) > 1 and not self._is_spelt(parts[-1]):
            meanings = {
                self._concepts.look_up(term).class_names: term
                for term in correct(parts[-1], self._concepts.terms)
            }
        if len(meanings) != 1:
            return None
        ((found, term),) = meanings.items()
        return Match(noun, 'understood', found, _SLIP_SCORE, f'{noun!r} is read as {term!r}')

    def _is_spelt(self, word: str) -> bool:
        return word in self._spelt or self._encoder.knows(word)

    def guess(self, noun: str, without: Collection[str] = ()) -> Guess:
        """
        Compare a noun with all that the tables know, by the encoder alone.

        :param noun: the noun.
        :param without: names of the tables to leave out (to measure what they are worth).
        :returns: the nearest class and how near.
        :raises ModelFailed: when the encoder fails.
        """
        name = normalise(noun)
        vector = self._encode((name,))[0]
        similar = self._prototypes @ vector
        for i, term in enumerate(self._terms if without else ()):
            if term in without:
                similar[i] = -1
        best = int(np.argmax(similar))
        against = float((self._background @ vector).max()) if len(self._background) else 0.0
        score = float(similar[best]) - BACKGROUND_SHARE * against
        return Guess(self._classes[best], score, is_decoy(name, self._terms[best]))

    def _nearest(self, noun: str, name: str, is_misleading: bool) -> Match:
        missing = f'{noun!r} is not among the {len(self.class_names)} classes of this detector'
        if not any(char.isascii() and char.isalpha() for char in name):
            return Match(noun, 'unknown', (), 0.0, f'{missing}: no English word')
        nearest, score, is_decoyed = self.guess(name)
        if score >= self._threshold and not (is_misleading or is_decoyed):
            reason = f'{noun!r} is close to {nearest} ({score:.2f})'
            return Match(noun, 'understood', (nearest,), score, reason)
        score = min(score, self._threshold)
        if score >= UNSURE_THRESHOLD:
            reason = f'{missing}; did you mean {nearest} ({score:.2f})?'
            return Match(noun, 'unsure', (), score, reason, nearest)
        reason = f'{missing}; nearest: {nearest} ({score:.2f})'
        return Match(noun, 'unknown', (), score, reason, nearest)

    def _encode(self, names: Sequence[str]) -> Floats:
        return self._encoder.phrases([_TEMPLATE.format(name) for name in names])


def is_decoy(name: str, term: str) -> bool:
    """
    Say whether two names look alike although they name different kinds of things.

    In English the last part of a name says what it is: a fire extinguisher is no fire hydrant, a
    bus stop no bus, toothpaste no toothbrush. An encoder sees the words that they share.

    :param name: a normalised name.
    :param term: what the encoder takes it for.
    :returns: whether they share a first part and differ in the last.
    """
    parts, others = name.split(), term.split()
    if len(parts) > 1:
        return parts[-1] != others[-1] and any(part in others for part in parts[:-1])
    other = others[0]
    pairs = zip(name, other, strict=False)
    shared = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
    is_longer = shared >= _STEM and len(name) - shared >= _STEM - 1
    is_stem = shared == len(name) and len(other) - shared >= _STEM - 1  # "suit" in "suitcase"
    return name != other and (is_longer or is_stem)


def _either(names: tuple[str, ...]) -> str:
    return ' or '.join([', '.join(names[:-1]), names[-1]] if len(names) > 1 else names)
