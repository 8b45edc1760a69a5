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

"""What fingers do to a sentence: typos, capitals, punctuation."""

from __future__ import annotations

from random import Random
import string

_MIN_LETTERS = 4
#: Words that say how many are meant, or that something is not: a slip there says another thing.
_KEPT = frozenset(
    (
        'every', 'each', 'both', 'some', 'single', 'three', 'four', 'five', 'seven', 'eight',
        'nine', 'without', 'except', 'that', 'with', 'than', 'from',
    )
)  # fmt: skip


def in_writing(r: Random, text: str) -> str:
    """
    Write a sentence with capitals and stops as they come.

    :param r: chance.
    :param text: the sentence in lower case, maybe with an end mark.
    :returns: the sentence.
    """
    chance = r.random()
    if chance < 0.12:
        text = text[:1].upper() + text[1:]
        if text[-1] not in '?!' and r.random() < 0.6:
            text += '.'
    elif chance < 0.13:
        text = text.upper()
    elif chance < 0.16 and text[-1] not in '?!':
        text += r.choice(('.', '.', '!'))
    return text


def misspell(r: Random, text: str) -> str:
    """
    Misspell one of the longer words, neither its first nor its last letter.

    :param r: chance.
    :param text: words.
    :returns: the words with one slip, if one of them is long enough.
    """
    words = text.split(' ')
    fit = [w.isalpha() and len(w) >= _MIN_LETTERS and w not in _KEPT for w in words]
    if not any(fit):
        return text
    i = r.choice([i for i, is_fit in enumerate(fit) if is_fit])
    word, at = words[i], r.randrange(1, len(words[i]) - 2)
    how = r.randrange(4)
    if how == 0:  # swapped: "chiar"
        words[i] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    elif how == 1:  # doubled: "buuses"
        words[i] = word[:at] + word[at] + word[at:]
    elif how == 2:  # dropped: "persn"
        words[i] = word[:at] + word[at + 1 :]
    else:  # wrong: "lefg"
        words[i] = word[:at] + r.choice(string.ascii_lowercase) + word[at + 1 :]
    return ' '.join(words)
