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

"""Which words a detector with an open vocabulary is asked for, and how sure it must be of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
import math

from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.errors import SettingsError
from grounded_perception.records import Floats
import numpy as np

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


def read_thresholds(text: str) -> dict[str, float]:
    """
    Read the lowest scores of single words.

    :param text: ``word:score`` with commas between, scores in [0, 1]; may be empty.
    :returns: lower-case word → score.
    :raises SettingsError: naming the part that cannot be read.
    """
    found: dict[str, float] = {}
    for part in filter(None, (part.strip() for part in text.split(','))):
        word, _, number = part.rpartition(':')
        try:
            score = float(number)
        except ValueError:
            score = math.nan
        if not word.strip() or not 0 <= score <= 1:
            raise SettingsError(
                f'class_thresholds must be word:score with scores in [0, 1] and commas between '
                f'(person:0.3,knife:0.1), got {part!r}'
            )
        found[' '.join(word.lower().split())] = score
    return found


def thresholds_of(names: Sequence[str], floor: float, own: Mapping[str, float]) -> Floats:
    """
    Say how sure a detector must be of each word.

    :param names: K words.
    :param floor: lowest score of any word.
    :param own: lower-case word → its own lowest score.
    :returns: ``(K,)`` float32, none below ``floor``.
    """
    scores = [max(floor, own.get(' '.join(name.lower().split()), 0.0)) for name in names]
    return np.array(scores, np.float32)
