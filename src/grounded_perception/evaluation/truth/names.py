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

"""Names of images, which truths and recordings write with and without folder and ending."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
import re

#: Endings of files of images that are read here and there.
IMAGE_ENDINGS = frozenset(
    ('.jpg', '.jpeg', '.png', '.bmp', '.webp', '.tif', '.tiff', '.pgm', '.ppm')
)
#: Nothing else is an ending: a stamp such as 1305031102.175304 keeps its fraction.
_ENDINGS = IMAGE_ENDINGS | {'.txt', '.xml', '.json'}
#: COCO's pictures of 2014 lost this in 2017; RefCOCO's names still have it.
_COCO_2014 = re.compile(r'^COCO_(?:train|val|test)201[45]_(?=\d{12}$)')


def bare(name: str) -> str:
    """
    Take folder and ending off a name.

    :param name: of a file, with either slash.
    :returns: what is left, without COCO's ``COCO_train2014_``.
    """
    return _COCO_2014.sub('', _without_ending(_without_folder(_slashed(name))))


class Names:
    """
    Finds the name of an image among those of a truth.

    :param keys: the truth's names. Where several are equal without folder or ending, an image is
        found only by that much of its name as tells them apart.
    """

    def __init__(self, keys: Iterable[str]) -> None:
        written = dict.fromkeys(keys)
        self._found: dict[str, str] = {}
        for key in written:
            for form in _forms(key):
                self._found[form] = key if self._found.get(form, key) == key else ''
        # A name that is written out is meant, whatever else looks like it without its ending.
        self._found.update({key: key for key in written})

    def find(self, name: str) -> str:
        """
        Find an image.

        :param name: of its file.
        :returns: the truth's name for it; empty = none, or several.
        """
        for form in _forms(name):
            if form in self._found:
                return self._found[form]
        return ''


def _forms(name: str) -> Iterator[str]:
    """Yield ways to write a name, the most telling first."""
    slashed = _slashed(name)
    yield name
    yield slashed
    yield _without_ending(slashed)
    yield _without_folder(slashed)
    yield bare(slashed)


def _slashed(name: str) -> str:
    return name.replace('\\', '/')


def _without_folder(name: str) -> str:
    return name.rpartition('/')[2]


def _without_ending(name: str) -> str:
    stem, dot, ending = name.rpartition('.')
    return stem if dot and stem and f'.{ending.lower()}' in _ENDINGS else name
