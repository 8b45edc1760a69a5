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

"""Which image of a recording is which of the truth."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from grounded_perception.errors import TruthError
from grounded_perception.evaluation.truth.frames_map import Place, read_frames_map
from grounded_perception.evaluation.truth.names import Names
from grounded_perception.evaluation.truth.records import Truth

#: Unless told otherwise stamps differ by less than half of what a camera of 100 Hz takes for an
#: image, so that none is taken for its neighbour.
_TOLERANCE_NS = 5_000_000
_EXAMPLES = 3


class Matcher:
    """
    Finds the truth of each image: one image for each truth, the first that comes.

    Where a file of frames is given, by that; else an image that has a name by its name, one that
    has none by its stamp where the truth has stamps, and by its number where it has numbers.

    :param truth: to find them in.
    :param frames_map: file of frames, see :mod:`.frames_map`, or what was read of it.
    :param tolerance_ns: largest difference of stamps; None = half of the smallest between two
        truths, and no more than 5 ms.
    :raises TruthError: when the file of frames is wrong.
    """

    def __init__(
        self,
        truth: Truth,
        frames_map: Path | tuple[Place, ...] | None = None,
        tolerance_ns: int | None = None,
    ) -> None:
        self._path = truth.path
        self._keys = dict.fromkeys((*truth.frames, *(s.key for s in truth.sentences)))
        self._names = Names(self._keys)
        self._by_name = frames_map is None
        if frames_map is None:
            frames = truth.frames.values()
            places = tuple(Place(each.key, each.stamp_ns, each.index) for each in frames)
        else:
            places = read_frames_map(frames_map) if isinstance(frames_map, Path) else frames_map
        found = [(self._names.find(place.image), place) for place in places]
        self._stamps = sorted((p.stamp_ns, key) for key, p in found if key and p.stamp_ns >= 0)
        self._indices = {p.index: key for key, p in found if key and p.index >= 0}
        self._tolerance_ns = (
            _tolerance([stamp for stamp, _ in self._stamps])
            if tolerance_ns is None
            else tolerance_ns
        )
        self._taken: dict[str, int] = {}  # key → number of the image
        self._images = 0
        self._unmatched: list[str] = []
        self._unmatched_count = 0

    def key(self, index: int, stamp_ns: int, name: str = '') -> str:
        """
        Find the truth of an image.

        :param index: of the image on its topic, from 0.
        :param stamp_ns: of its exposure.
        :param name: of its file; empty where it has none.
        :returns: its name in the truth; empty = the truth does not know it.
        """
        key = self._find(index, stamp_ns, name)
        self._images += 1
        if key and self._taken.setdefault(key, index) == index:
            return key
        self._unmatched_count += 1
        if len(self._unmatched) < _EXAMPLES:
            self._unmatched.append(name or f'number {index}, stamp {stamp_ns} ns')
        return ''

    def _find(self, index: int, stamp_ns: int, name: str) -> str:
        if self._by_name and name:
            return self._names.find(name)
        if self._stamps:
            at = bisect_left(self._stamps, (stamp_ns, ''))
            near = self._stamps[max(at - 1, 0) : at + 1]
            distance, key = min((abs(stamp - stamp_ns), key) for stamp, key in near)
            if distance <= self._tolerance_ns:
                return key
        return self._indices.get(index, '')

    @property
    def matched(self) -> frozenset[str]:
        """Names of the truths whose image has come."""
        return frozenset(self._taken)

    @property
    def unmatched_images(self) -> int:
        """How many images came that the truth does not know."""
        return self._unmatched_count

    @property
    def unmatched_truths(self) -> int:
        """How many truths there are whose image has not come."""
        return len(self._keys) - len(self._taken)

    def check(self) -> None:
        """
        Refuse a truth of other images; to be called after the last image.

        :raises TruthError: when images came and none is in the truth.
        """
        if not self._images or self._taken:
            return
        if self._stamps and not self._by_name:
            ways = 'by the file of frames'
        else:
            ways = 'by file name, stamp or number, as far as the two have them'
        raise TruthError(
            f'{self._path} is the truth of other images: none of the {self._images} that came is '
            f'in it ({ways}). Images: {_shown(self._unmatched, self._images)}. Truths: '
            f'{_shown(map(repr, self._keys), len(self._keys))}{self._stamps_shown()}. Where '
            'the names differ, give a file of frames: '
            '[{"stamp_ns": ..., "image": "name in the truth"}, ...]'
        )

    def _stamps_shown(self) -> str:
        if not self._stamps:
            return ''
        first, last = self._stamps[0][0], self._stamps[-1][0]
        return f', stamps {first} to {last} ns (± {self._tolerance_ns / 1e6:g} ms)'


def _tolerance(stamps: list[int]) -> int:
    """Return how far a stamp may be from its truth."""
    distances = [b - a for a, b in pairwise(stamps) if b > a]
    return min([_TOLERANCE_NS, *(distance // 2 for distance in distances)])


def _shown(names: Iterable[str], count: int) -> str:
    """List a few names and how many more there are."""
    few = [name for name, _ in zip(names, range(_EXAMPLES), strict=False)]
    more = f' and {count - len(few)} more' if count > len(few) else ''
    return ', '.join(few) + more
