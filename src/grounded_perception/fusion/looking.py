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
Where each word of a sentence looked.

The network is free to attend to a word from any region, and does: seeds differ in whether the
"car" of "the red car" is looked at by cars. So its attention is weighed by what the grammar knows:
a word that it checks looked where what it asks holds (the evidence's nats are added to the
attention's logits), a word that it knows nothing of where the network says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from grounded_perception.fusion.evidence import Evidence
from grounded_perception.fusion.tokens import TextTokens
from grounded_perception.records import Attention, Floats
import numpy as np

#: Kinds of evidence whose words are those that were said.
_SAID = ('noun', 'colour', 'posture', 'size', 'place', 'ordinal')
#: Stands for the evidence of being what the phrase leans on.
_ANCHORS = -1
#: Fewer letters than this are no stem: "largest" says large, "boxer" not box.
_STEM = 4


def attended(text: TextTokens, shares: Floats, found: Evidence) -> Attention:
    """
    Weigh where the network looked by what the grammar checks.

    :param text: a phrase.
    :param shares: ``(L, N)`` the network's attention to its first L words, and, where it has
        fewer, to nothing; each row sums to 1.
    :param found: what the N regions are found to be.
    :returns: of the first L words.
    """
    words = text.words.words[: len(shares)] if text.words else ()
    weights = shares[: len(words)]
    at = [(t, w) for t, w in _asked(text, found.words, found.kinds) if t < len(words)]
    if not at:
        return Attention(words, weights)
    weights = weights.copy()
    for t, w in at:
        fits = found.anchors if w == _ANCHORS else np.exp(found.rows[w])
        weighed = weights[t] * fits
        total = weighed.sum()
        if total > 0:
            weights[t] = weighed / total
    return Attention(words, weights)


@lru_cache(maxsize=256)
def _asked(
    text: TextTokens, parts: tuple[str, ...], kinds: tuple[str, ...]
) -> tuple[tuple[int, int], ...]:
    """Return pairs (word, row of the evidence that it asks for)."""
    words = [word.lower() for word in text.words.words] if text.words else []
    pairs = dict.fromkeys(_anchors(text, words), _ANCHORS)
    for w, (part, kind) in enumerate(zip(parts, kinds, strict=True)):
        if kind in _SAID:
            said = part.lower().split()
            for t, word in enumerate(words):
                if t not in pairs and any(_says(word, each) for each in said):
                    pairs[t] = w
    return tuple(pairs.items())


def _anchors(text: TextTokens, words: Sequence[str]) -> Iterator[int]:
    """Yield which words name what the phrase leans on: the last that do, as it comes behind."""
    for anchor in text.anchors:
        if anchor.match.class_names:
            for each in anchor.phrase.noun.split():
                last = [t for t, word in enumerate(words) if t and _says(word, each)]
                yield from last[-1:]


def _says(word: str, name: str) -> bool:
    """Whether a word is a name, or its plural, or built on it ("leftmost")."""
    return word in (name, f'{name}s', f'{name}es') or (
        len(name) >= _STEM and word.startswith(name)
    )
