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

"""Which words a detector with an open vocabulary is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from grounded_perception.detectors.coco import COCO_NAMES

#: The word of a vocabulary that stands for the 80 COCO names.
COCO_WORD = 'coco'


def read_vocabulary(text: str) -> tuple[str, ...]:
    """
    Read the words that are always looked for.

    :param text: words with commas between them; ``coco`` stands for the 80 COCO names.
    :returns: the words, each once.
    """
    words: list[str] = []
    for word in text.split(','):
        word = ' '.join(word.split())
        words += COCO_NAMES if word.lower() == COCO_WORD else (word,)
    return wanted(words, ())


def wanted(phrases: Iterable[str], vocabulary: Sequence[str]) -> tuple[str, ...]:
    """
    Join what a command names with what is always looked for.

    :param phrases: nouns of the command; blank ones ask for nothing.
    :param vocabulary: words that are always looked for.
    :returns: each once, whatever its case, spelt as it came first.
    """
    found: dict[str, str] = {}
    for phrase in (*phrases, *vocabulary):
        text = ' '.join(phrase.split())
        if text:
            found.setdefault(text.lower(), phrase)
    return tuple(found.values())
