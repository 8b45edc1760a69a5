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
Words that WordNet 3.0 knows: rare names of things, and adjectives.

``scripts/wordnet.py`` makes the table; its licence is ``data/WORDNET.txt``. Words that are listed
by hand are not in it.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
import re

PATH = Path(__file__).parent / 'data' / 'wordnet.txt'
#: The part of the file that names nothing.
ADJECTIVES = 'adjectives'


@cache
def _parts() -> dict[str, tuple[str, ...]]:
    found = re.findall(r'^\[(.+)\]\n([^\[]*)', PATH.read_text(encoding='utf-8'), re.MULTILINE)
    return {name: tuple(said.split()) for name, said in found}


@cache
def names() -> dict[str, str]:
    """
    Return what rare names mean.

    :returns: name, singular and lower case → COCO class ("onlooker" → "person").
    """
    parts = _parts().items()
    said = {word: name for name, words in parts if name != ADJECTIVES for word in words}
    return {word.replace('_', ' '): name for word, name in said.items()}


@cache
def adjectives() -> frozenset[str]:
    """
    Return words that describe.

    :returns: lower-case words ("curly", "furry").
    """
    return frozenset(_parts()[ADJECTIVES])


@cache
def persons() -> frozenset[str]:
    """
    Return what people are called.

    :returns: lower-case words ("onlooker").
    """
    return frozenset(word for word, name in names().items() if name == 'person')
