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

"""A vocabulary whose geometry is known: nearly every name is an axis of its own."""

from grounded_perception.language import minilm
from grounded_perception.language.encoder import TokenEmbeddings
from grounded_perception.language.vocabulary import Match
import numpy as np
import pytest

NAMES = ('person', 'car', 'truck', 'dog', 'cup', 'dining table')
VEHICLES = ('car', 'truck')


class AxisWords:
    """Scripted words: "vehicle" means two of the names; what is not listed means nothing."""

    def resolve(self, noun):
        if noun in NAMES:
            return Match(noun, 'understood', (noun,), 1.0, f'{noun!r} is a class', noun)
        if noun == 'vehicle':
            return Match(noun, 'understood', VEHICLES, 1.0, 'a group', '')
        if not noun:
            return Match(noun, 'understood', NAMES, 1.0, 'any thing', '')
        return Match(noun, 'unknown', (), 0.1, f'{noun!r} is not among the classes', '')

    def embed(self, texts):
        rows = np.zeros((len(texts), minilm.WIDTH), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[NAMES.index(text)] = 1
            if text == 'truck':  # as near to a car as it is in a language model
                row[[NAMES.index('car'), NAMES.index('truck')]] = (0.6, 0.8)
        return rows

    def tokens(self, text):
        words = tuple(text.split())
        return TokenEmbeddings(words, np.ones((len(words), minilm.WIDTH), np.float32), ())


@pytest.fixture
def words():
    """Return scripted words."""
    return AxisWords()
