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
Text → vectors, with a small sentence encoder on the CPU.

The libraries are imported when an encoder is loaded, not when this file is.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from grounded_perception.compute import compile_openvino, Compute
from grounded_perception.errors import ModelFailed, ModelMissing
from grounded_perception.language import minilm
from grounded_perception.records import Floats
import numpy as np

_MAX_TOKENS = 128  # the length that the encoder was trained with
_BATCH = 64
_CACHED_PHRASES = 4096  # 6 MB of vectors
_CACHED_SENTENCES = 256  # at most 50 MB: 128 words each


#: Not bf16: OpenVINO 2026.4 on a CPU with AMX gives NaN for MiniLM, or crashes.
PRECISION = 'f32'


@dataclass(frozen=True, eq=False)
class TokenEmbeddings:
    """
    The words of one text, each in the light of the others.

    :param words: T words and punctuation marks as written.
    :param vectors: ``(T, 384)`` float32, unit length; a word that the tokenizer cuts into pieces
        is their mean.
    :param spans: T pairs (first character, one past the last) in the text.
    """

    words: tuple[str, ...]
    vectors: Floats
    spans: tuple[tuple[int, int], ...]


class Encoder(Protocol):
    """What turns phrases into vectors; :class:`TextEncoder` is one, tests script others."""

    @property
    def revision(self) -> str:
        """Name what made the vectors, so that they may be kept on disk; empty = do not."""

    def phrases(self, texts: Sequence[str]) -> Floats:
        """Return unit vectors ``(N, D)`` float32 of N texts."""

    def tokens(self, text: str) -> TokenEmbeddings:
        """Return the words of a text, each in the light of the others."""

    def knows(self, word: str) -> bool:
        """Say whether a word was common where the encoder was trained, so is no typing slip."""


class TextEncoder:
    """
    MiniLM in OpenVINO. Made by :func:`load_encoder`; for one thread at a time.

    :param network: the compiled OpenVINO model.
    :param tokenizer: a ``tokenizers.Tokenizer`` without padding.
    :param revision: see :class:`Encoder`.
    """

    def __init__(self, network: Any, tokenizer: Any, revision: str) -> None:
        self._request = network.create_infer_request()
        self._tokenizer = tokenizer
        self._revision = revision
        self._phrases: OrderedDict[str, Floats] = OrderedDict()
        self._sentences: OrderedDict[str, TokenEmbeddings] = OrderedDict()

    @property
    def revision(self) -> str:
        """Name of weights, converter and arithmetic."""
        return self._revision

    def phrases(self, texts: Sequence[str]) -> Floats:
        """
        Embed whole texts: mean over their tokens, unit length.

        :param texts: N texts of any length; what exceeds 128 tokens is not seen.
        :returns: ``(N, 384)`` float32.
        :raises ModelFailed: when the library fails.
        """
        found = {text: self._phrases[text] for text in texts if text in self._phrases}
        # like lengths together: least padding
        missing = sorted({text for text in texts if text not in found}, key=lambda t: (len(t), t))
        for start in range(0, len(missing), _BATCH):
            batch = missing[start : start + _BATCH]
            hidden, mask = self._run(self._encode(batch))
            total = (hidden * mask[..., None]).sum(axis=1)
            for text, vector in zip(batch, _unit(total), strict=True):
                found[text] = vector.copy()
        for text in texts:
            _remember(self._phrases, text, found[text], _CACHED_PHRASES)
        if not texts:
            return np.zeros((0, minilm.WIDTH), np.float32)
        return np.stack([found[text] for text in texts])

    def knows(self, word: str) -> bool:
        """
        Say whether a word was common where the encoder was trained.

        :param word: one lower-case word.
        :returns: whether it is a token of its own.
        """
        return self._tokenizer.token_to_id(word) is not None

    def tokens(self, text: str) -> TokenEmbeddings:
        """
        Embed a text word by word.

        :param text: a text of any length; what exceeds 128 tokens is not seen.
        :returns: its words; none for a text without any.
        :raises ModelFailed: when the library fails.
        """
        if (known := self._sentences.get(text)) is None:
            (encoding,) = encodings = self._encode([text])
            known = _by_word(text, encoding, self._run(encodings)[0][0])
        _remember(self._sentences, text, known, _CACHED_SENTENCES)
        return known

    def tokens_of_many(self, texts: Sequence[str]) -> list[TokenEmbeddings]:
        """
        Embed many texts word by word, in batches and remembering none: for training.

        :param texts: N texts.
        :returns: their words, in the same order.
        :raises ModelFailed: when the library fails.
        """
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        found: dict[int, TokenEmbeddings] = {}
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            encodings = self._encode([texts[i] for i in batch])
            hidden, _ = self._run(encodings)
            for i, encoding, states in zip(batch, encodings, hidden, strict=True):
                found[i] = _by_word(texts[i], encoding, states)
        return [found[i] for i in range(len(texts))]

    def _encode(self, texts: list[str]) -> list[Any]:
        try:
            # a lone surrogate is a str for Python but not for the tokenizer
            clean = [t.encode('utf-8', 'replace').decode() for t in texts]
            return list(self._tokenizer.encode_batch(clean))
        except Exception as exc:  # the library raises bare Exception
            raise ModelFailed(f'the tokenizer failed: {exc}') from exc

    def _run(self, encodings: list[Any]) -> tuple[Floats, Floats]:
        """Return hidden states ``(B, L, 384)`` and the mask ``(B, L)`` of B encoded texts."""
        length = max(len(encoding.ids) for encoding in encodings)
        ids = np.zeros((len(encodings), length), np.int64)
        mask = np.zeros_like(ids)
        for row, encoding in enumerate(encodings):
            ids[row, : len(encoding.ids)] = encoding.ids
            mask[row, : len(encoding.ids)] = 1
        try:
            self._request.infer({'input_ids': ids, 'attention_mask': mask})
            hidden = np.array(self._request.get_output_tensor(0).data, np.float32)
        except RuntimeError as exc:
            raise ModelFailed(f'the text encoder failed: {exc}') from exc
        return hidden, mask.astype(np.float32)


def load_encoder(threads: int) -> TextEncoder:
    """
    Load the text encoder; the first call on a machine converts its weights (some seconds).

    :param threads: CPU threads; 0 = all cores.
    :returns: an encoder.
    :raises ModelMissing: when weights or a library are not installed.
    :raises ModelCorrupt: when the weights are not the pinned ones.
    :raises ModelFailed: when the library cannot load them.
    """
    try:
        from tokenizers import Tokenizer
    except ImportError as exc:
        raise ModelMissing('tokenizers is not installed: pip install tokenizers') from exc
    folder = minilm.folder()
    network = compile_openvino(folder / minilm.NETWORK, Compute('cpu', PRECISION, threads))
    try:
        tokenizer = Tokenizer.from_file(str(folder / minilm.TOKENIZER))
    except Exception as exc:  # the library raises bare Exception
        raise ModelFailed(f'the tokenizer cannot be loaded from {folder}: {exc}') from exc
    tokenizer.no_padding()
    tokenizer.enable_truncation(_MAX_TOKENS)
    revision = f'minilm-{minilm.SOURCE.sha256[:12]}-{minilm.REVISION}-{PRECISION}'
    return TextEncoder(network, tokenizer, revision)


def _by_word(text: str, encoding: Any, hidden: Floats) -> TokenEmbeddings:
    """Join the pieces of each word; the marks of start and end belong to no word."""
    pieces: dict[int, list[int]] = {}
    for i, word in enumerate(encoding.word_ids):
        if word is not None:
            pieces.setdefault(word, []).append(i)
    spans = tuple(
        (encoding.offsets[at[0]][0], encoding.offsets[at[-1]][1]) for at in pieces.values()
    )
    vectors = np.zeros((len(pieces), minilm.WIDTH), np.float32)
    for row, at in enumerate(pieces.values()):
        vectors[row] = hidden[at].mean(axis=0)
    return TokenEmbeddings(tuple(text[a:b] for a, b in spans), _unit(vectors), spans)


def _unit(vectors: Floats) -> Floats:
    """Return rows at unit length; a zero row stays zero."""
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norm, np.finfo(np.float32).tiny), np.float32)


def _remember(cache: OrderedDict[str, Any], text: str, value: Any, limit: int) -> None:
    """Put a value in front; let the one go that was not asked for the longest."""
    cache[text] = value
    cache.move_to_end(text)
    while len(cache) > limit:
        cache.popitem(last=False)
