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


def slip(r: Random, text: str, typos: float = 0.04) -> str:
    """
    Write a sentence as people do.

    :param r: chance.
    :param text: the sentence in lower case, maybe with an end mark.
    :param typos: chance of a misspelt word.
    :returns: the sentence with capitals, stops and slips as they come.
    """
    if r.random() < typos:
        text = _misspell(r, text)
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


def _misspell(r: Random, text: str) -> str:
    words = text.split(' ')
    long = [i for i, w in enumerate(words) if len(w) >= _MIN_LETTERS and w.isalpha()]
    if not long:
        return text
    i = r.choice(long)
    word, at = words[i], r.randrange(1, len(words[i]) - 1)
    how = r.randrange(4)
    if how == 0:  # swapped: "chiar"
        words[i] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    elif how == 1:  # doubled: "buss"
        words[i] = word[:at] + word[at] + word[at:]
    elif how == 2:  # dropped: "persn"
        words[i] = word[:at] + word[at + 1 :]
    else:  # wrong: "lefy"
        words[i] = word[:at] + r.choice(string.ascii_lowercase) + word[at + 1 :]
    return ' '.join(words)
