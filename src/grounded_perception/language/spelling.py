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

"""Typing slips: which known word is one slip away from an unknown one."""

from __future__ import annotations

from collections.abc import Iterable

#: Shorter words have too many neighbours ("boat", "goat", "coat").
_SHORTEST = 5


def is_one_slip(a: str, b: str) -> bool:
    """
    Say whether two words differ by one letter added, lost, changed, or swapped with the next.

    :param a: a word.
    :param b: another word.
    :returns: whether their Damerau-Levenshtein distance is exactly 1.
    """
    if a == b or abs(len(a) - len(b)) > 1:
        return False
    if len(a) > len(b):
        a, b = b, a
    start = 0
    while start < len(a) and a[start] == b[start]:
        start += 1
    if len(a) < len(b):
        return a[start:] == b[start + 1 :]
    if a[start + 1 :] == b[start + 1 :]:
        return True
    swapped = a[start : start + 2] == b[start : start + 2][::-1]
    return swapped and a[start + 2 :] == b[start + 2 :]


def correct(word: str, known: Iterable[str]) -> list[str]:
    """
    Find what a word may have been meant to be.

    :param word: a misspelt word or name.
    :param known: words that are spelt right.
    :returns: those one slip away with the same first letter, which people rarely get wrong
        ("mitten" is no "kitten"); none for words so short that everything is near.
    """
    if len(word) < _SHORTEST:
        return []
    return [
        other
        for other in known
        if len(other) >= _SHORTEST and other[0] == word[0] and is_one_slip(word, other)
    ]
