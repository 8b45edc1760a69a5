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

"""Embeddings kept on disk from start to start: those of a vocabulary take seconds to make."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
import hashlib
import os
from pathlib import Path

from grounded_perception.language.encoder import Encoder
from grounded_perception.records import Floats
from grounded_perception.weights import cache_root
import numpy as np


def embed_kept(encoder: Encoder, texts: Sequence[str]) -> Floats:
    """
    Embed texts, or read what an earlier start embedded.

    :param encoder: turns texts into vectors.
    :param texts: N texts.
    :returns: ``(N, D)`` float32, rows of length 1.
    :raises ModelFailed: when the encoder fails.
    """
    if not encoder.revision:
        return encoder.phrases(texts)
    key = hashlib.sha256('\n'.join([encoder.revision, *texts]).encode()).hexdigest()[:16]
    path = cache_root() / 'vocabulary' / f'{key}.npy'
    if (known := _load(path, len(texts))) is not None:
        return known
    vectors = encoder.phrases(texts)
    _save(path, vectors)
    return vectors


def _load(path: Path, count: int) -> Floats | None:
    """Read unit vectors; None when the file is missing or not what was written."""
    try:
        vectors = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    if vectors.dtype != np.float32 or vectors.ndim != 2 or len(vectors) != count:
        return None
    if not np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3):
        return None
    return np.asarray(vectors, np.float32)


def _save(path: Path, vectors: Floats) -> None:
    """Keep vectors for the next start; a cache that cannot be written only costs time."""
    scratch = path.with_name(f'.{path.stem}-{os.getpid()}.npy')
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with scratch.open('wb') as stream:
            np.save(stream, vectors, allow_pickle=False)
        scratch.replace(path)
    except OSError:
        with suppress(OSError):
            scratch.unlink(missing_ok=True)
