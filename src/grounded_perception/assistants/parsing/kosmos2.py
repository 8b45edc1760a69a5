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
Kosmos-2's text: ``<phrase>a dog</phrase><object><patch_index_0044><patch_index_0863></object>``.

The image is cut into 32x32 patches, numbered row by row; a box is its upper left and its lower
right patch. Several boxes of one phrase are parted by ``</delimiter_of_multi_objects/>``.
"""

from __future__ import annotations

import re

from grounded_perception.assistants.parsing.found import MAX_CHARS, Parsed, shorten, Sieve

SIDE = 32
_DELIMITER = '/delimiter_of_multi_objects/'
_PIECE = re.compile(
    r'<patch_index_(\d{1,9})>|<(/?phrase|/?object|/delimiter_of_multi_objects/)>'
    r'|<[^<>]{1,40}>|([^<]+|<)'
)
_TAG = re.compile(r'<[^<>]{1,40}>')


def answer(text: str) -> str:
    """
    Return what the model wrote after the image.

    :param text: a decoded sequence, prompt included.
    :returns: the part behind the last ``</image>``.
    """
    return text[:MAX_CHARS].rpartition('</image>')[2]


def plain(text: str) -> str:
    """
    Return the sentence without its tags.

    :param text: a decoded sequence, prompt included.
    :returns: the words, blanks single.
    """
    return ' '.join(_TAG.sub('', answer(text)).split())


def read(text: str, width: int, height: int, label: str = '') -> Parsed:
    """
    Read phrases and their boxes.

    :param text: a decoded sequence, special tokens included.
    :param width: width of the original image in pixels.
    :param height: its height.
    :param label: what a box without a phrase is called.
    :returns: the boxes.
    """
    reader = _Reader(Sieve(width, height, label), width, height)
    for match in _PIECE.finditer(answer(text)):
        if match[1] is not None:
            reader.patch(int(match[1]))
        elif match[2] is not None:
            reader.tag(match[2])
        elif match[3] is not None:
            reader.word(match[3])
    return reader.finish(text)


class _Reader:
    """Gathers a phrase and the patches of its objects."""

    def __init__(self, sieve: Sieve, width: int, height: int) -> None:
        self._sieve = sieve
        self._sides = (width, height, width, height)
        self._phrase = ''
        self._in_phrase = False
        self._in_object = False
        self._patches: list[int] = []
        self._seen = False

    def patch(self, index: int) -> None:
        if not self._in_object:
            self._sieve.problem(f'<patch_index_{index:04}> outside <object>')
            self._in_object = True
        self._patches.append(index)
        self._seen = True

    def tag(self, name: str) -> None:
        if name == _DELIMITER:
            self._flush()
            return
        if self._in_object and name != '/object':
            self._sieve.problem(f'<object> of {shorten(self._phrase)} is not closed')
        self._flush()
        self._in_object = name == 'object'
        if name == 'phrase':
            self._phrase = ''
        self._in_phrase = name == 'phrase'

    def word(self, text: str) -> None:
        if self._in_phrase:
            self._phrase += text
        elif text.strip():
            if self._in_object:
                self._sieve.problem(f'words inside <object>: {shorten(text)}')
                self._flush()
            self._in_object = False
            self._phrase = ''

    def finish(self, text: str) -> Parsed:
        if self._in_object:
            self._sieve.problem(f'<object> of {shorten(self._phrase)} is not closed')
        self._flush()
        if not self._seen and plain(text):
            self._sieve.problem(f'no <patch_index_…> in {shorten(text)}')
        if len(text) > MAX_CHARS:
            self._sieve.problem(f'only the first {MAX_CHARS} of {len(text)} characters were read')
        return self._sieve.parsed()

    def _flush(self) -> None:
        patches, self._patches = self._patches, []
        for start in range(0, len(patches) - 1, 2):
            self._box(patches[start], patches[start + 1])
        if len(patches) % 2:
            self._sieve.problem(f'one patch alone makes no box of {shorten(self._phrase)}')

    def _box(self, first: int, last: int) -> None:
        if max(first, last) >= SIDE * SIDE:
            self._sieve.problem(f'patch {max(first, last)} is past {SIDE * SIDE - 1}: left out')
            return
        (top, left), (bottom, right) = divmod(first, SIDE), divmod(last, SIDE)
        # as the model was trained: the corners are the middles of the patches, but a box one
        # patch wide or high is the whole of its patches
        flat = left == right or top == bottom
        before, after = (0.0, 1.0) if flat else (0.5, 0.5)
        if flat:  # "whole patches" holds whichever corner came first
            swapped = (right < left) or (bottom < top)
            if swapped:
                self._sieve.problem(f'patches {first} and {last} came in the wrong order')
            left, right = min(left, right), max(left, right)
            top, bottom = min(top, bottom), max(top, bottom)
        cells = (left + before, top + before, right + after, bottom + after)
        corners = [c * side / SIDE for c, side in zip(cells, self._sides, strict=True)]
        self._sieve.add(self._phrase, corners)
