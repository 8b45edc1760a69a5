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
Phrases as one caption, "cat. red ball.", and which of its tokens are which phrase.

transformers reads labels back from the tokens that scored, and so may join two of them or invent
a third; here every token is traced to the phrase that it came from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
import re
from typing import Any

from grounded_perception.errors import ModelCorrupt
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

#: What ends a phrase for the network: a phrase must not hold one.
_MARKS = re.compile(r'[.?\s]+')
#: Ids that Grounding DINO's code knows by number: those of BERT's uncased vocabulary.
_KNOWN = {'[CLS]': 101, '[SEP]': 102, '.': 1012, '?': 1029}
#: Start and end of a caption, and the full stop that a single phrase must have room for.
_FRAME = 2


@dataclass(frozen=True, eq=False)
class Caption:
    """
    Some phrases, ready for the network.

    :param ids: ``(1, L)`` tokens.
    :param phrases: numbers of the phrases in it.
    :param spans: ``(len(phrases), 2)`` first token of each and the one after its last.
    """

    ids: NDArray[np.int64]
    phrases: NDArray[np.intp]
    spans: NDArray[np.intp]

    def scores(self, token_scores: Floats) -> Floats:
        """
        Find each phrase's score in those of the tokens.

        :param token_scores: ``(N, >= L)`` of N boxes.
        :returns: ``(N, len(phrases))``, the best of the phrase's tokens.
        """
        # Every second piece is what lies between two phrases: a full stop at least.
        pieces = np.maximum.reduceat(token_scores, self.spans.reshape(-1), axis=1)
        return np.asarray(pieces[:, ::2])


def check_tokenizer(tokenizer: Any, where: str) -> None:
    """
    Check that a tokenizer is one that Grounding DINO's code can be used with.

    :param tokenizer: of the checkpoint.
    :param where: the checkpoint, for messages.
    :raises ModelCorrupt: when its special tokens have other numbers.
    """
    found = {token: tokenizer.convert_tokens_to_ids(token) for token in _KNOWN}
    if found != _KNOWN:
        raise ModelCorrupt(
            f"the tokenizer in {where} must have BERT's uncased vocabulary with {_KNOWN}, "
            f'got {found}'
        )


def make_captions(tokenizer: Any, phrases: Sequence[str], most: int) -> tuple[Caption, ...]:
    """
    Put phrases into as few captions as the network's length allows, in their order.

    :param tokenizer: of the checkpoint.
    :param phrases: K phrases; one without a letter or digit is in no caption.
    :param most: tokens that the network takes at once, start and end among them.
    :returns: captions that hold every other phrase once; one too long for a caption loses its
        end.
    """
    captions: list[Caption] = []
    texts: list[tuple[int, str]] = []
    used = _FRAME
    for number, phrase in enumerate(phrases):
        text, length = _cut(tokenizer, _MARKS.sub(' ', phrase.lower()).strip(), most - _FRAME)
        if not length:
            continue
        if texts and used + length > most:
            captions.append(_caption(tokenizer, texts))
            texts, used = [], _FRAME
        texts.append((number, text))
        used += length
    if texts:
        captions.append(_caption(tokenizer, texts))
    return tuple(captions)


def _cut(tokenizer: Any, text: str, most: int) -> tuple[str, int]:
    """Return a phrase, cut where it has too many tokens, and its tokens with the full stop."""
    made = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    ends = [end for _, end in made['offset_mapping']]
    if len(ends) >= most:
        # A word cut within may read as other tokens, but never as more.
        ends = ends[: most - 1]
        text = text[: ends[-1]]
    return text, len(ends) + 1 if ends else 0


def _caption(tokenizer: Any, texts: Sequence[tuple[int, str]]) -> Caption:
    """Join phrases and trace their tokens."""
    made = tokenizer(' '.join(f'{text}.' for _, text in texts), return_offsets_mapping=True)
    offsets = np.array(made['offset_mapping'], np.intp)
    # Start and end of the caption come from no letter.
    is_word = offsets[:, 1] > offsets[:, 0]
    spans, begin = [], 0
    for _, text in texts:
        end = begin + len(text)
        own = np.flatnonzero(is_word & (offsets[:, 0] >= begin) & (offsets[:, 1] <= end))
        spans.append((own[0], own[-1] + 1))
        begin = end + len('. ')
    numbers = np.array([number for number, _ in texts], np.intp)
    return Caption(np.array(made['input_ids'], np.int64)[None], numbers, np.array(spans, np.intp))
