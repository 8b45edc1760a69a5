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

"""Words for an OWL network: each is read once, and those of a long list once for all starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from grounded_perception.detectors.hub.owl_towers import TextTower
from grounded_perception.detectors.hub.phrases import read_vocabulary
from grounded_perception.detectors.hub.recent import Recent
from grounded_perception.language.concepts import background
from grounded_perception.language.encoder import Encoder
from grounded_perception.language.kept import embed_kept
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

#: Phrases whose reading is kept: 2 KB each.
KEPT_PHRASES = 512
#: Phrases of a long list that are read together.
_BATCH = 64
#: The word of a context that stands for the nouns that COCO lacks.
_EVERYDAY = 'everyday'


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

    def tokens(self, *phrases: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """
        Turn phrases into as many tokens as the network takes.

        A sentence that is too long loses its wrapping first and its end only then; the token
        that ends a sentence always stays, because the network reads its vector there.

        :param phrases: K phrases.
        :returns: tokens and mask, each ``(K, length)``.
        """
        made = self._tokenizer(
            [self._sentence(phrase) for phrase in phrases],
            padding='max_length',
            truncation=True,
            max_length=self._length,
            return_tensors='np',
        )
        return made['input_ids'].astype(np.int64), made['attention_mask'].astype(np.int64)

    def read_at_once(self, phrases: Sequence[str]) -> Floats:
        """
        Read phrases together, and do not remember them.

        :param phrases: K phrases, a few dozen.
        :returns: ``(K, D)`` float32, rows of length 1.
        """
        return self._tower(*self.tokens(*phrases))

    def _read(self, phrase: str) -> Floats:
        # Alone: one phrase never changes another's vector, not even by rounding.
        return np.asarray(self._tower(*self.tokens(phrase))[0], np.float32)

    def _sentence(self, phrase: str) -> str:
        text = self._prompt.format(phrase)
        is_short = len(self._tokenizer(text, verbose=False)['input_ids']) <= self._length
        return text if is_short else phrase

    def _stack(self, phrases: tuple[str, ...]) -> Floats:
        return np.stack([self._vectors(phrase) for phrase in phrases])


@dataclass(frozen=True, eq=False)
class Context:
    """
    Words that boxes are compared with, but none is proposed for.

    :param names: C words.
    :param vectors: ``(C, D)`` float32, rows of length 1.
    """

    names: tuple[str, ...]
    vectors: Floats

    def without(self, names: Sequence[str]) -> Context:
        """
        Leave out what is looked for anyway.

        :param names: words, in any case.
        :returns: the others.
        """
        known = {name.lower() for name in names}
        rows = [row for row, name in enumerate(self.names) if name.lower() not in known]
        return Context(tuple(self.names[row] for row in rows), self.vectors[rows])


def read_context(text: str, reader: PhraseReader, revision: str) -> Context:
    """
    Read the words of the option ``context``, or what an earlier start made of them.

    :param text: words with commas between them; ``everyday`` stands for about 800 nouns.
    :param reader: turns them into vectors.
    :param revision: names the checkpoint and the prompt.
    :returns: the words with their vectors.
    """
    words = (word.strip() for word in text.split(','))
    listed = (', '.join(background()) if w.lower() == _EVERYDAY else w for w in words)
    names = read_vocabulary(','.join(listed))
    if not names:
        return Context((), np.zeros((0, 0), np.float32))
    # Of an encoder it takes the name and this one answer.
    encoder = cast(Encoder, _Sentences(reader, revision))
    return Context(names, embed_kept(encoder, names))


@dataclass(frozen=True)
class _Sentences:
    """What is kept on disk: the vectors of words, under the name of what made them."""

    reader: PhraseReader
    revision: str

    def phrases(self, texts: Sequence[str]) -> Floats:
        starts = range(0, len(texts), _BATCH)
        parts = [self.reader.read_at_once(texts[at : at + _BATCH]) for at in starts]
        vectors = np.concatenate(parts)
        # In bf16 they are not quite of length 1.
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)
