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

"""A truth while it is read: every box and sentence is checked here, whatever file it is from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
import hashlib
import math
from pathlib import Path

from grounded_perception.errors import TruthError
from grounded_perception.evaluation.truth.files import bytes_of, text_of
from grounded_perception.evaluation.truth.records import TrueSentence

STATUSES = ('FOUND', 'ABSENT', 'AMBIGUOUS')
Box = tuple[float, float, float, float]


@dataclass
class Image:
    """
    One image and the boxes that were read so far.

    :param width: columns; 0 = not known.
    :param height: rows; 0 = not known.
    :param stamp_ns: of its exposure; -1 = not known.
    :param index: in the recording; -1 = not known.
    :param boxes: xyxy in pixels.
    :param names: for each box, its class in the truth's words; empty = of whatever class.
    :param ignored: for each box, whether neither finding nor missing it counts.
    :param areas: for each box, square pixels of the object.
    :param tracks: for each box, the object's number over time; -1 = not known.
    """

    width: int
    height: int
    stamp_ns: int
    index: int
    boxes: list[Box] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    ignored: list[bool] = field(default_factory=list)
    areas: list[float] = field(default_factory=list)
    tracks: list[int] = field(default_factory=list)


class Draft:
    """
    Collects what a reader finds.

    :param path: that is read.
    :param form: see :class:`~grounded_perception.evaluation.truth.records.Truth`.
    """

    def __init__(self, path: Path | str, form: str) -> None:
        self.path = str(path)
        self.form = form
        self.has_tracks = False
        #: What was left out and why, for people.
        self.problems: list[str] = []
        self.images: dict[str, Image] = {}
        self.sentences: list[TrueSentence] = []
        #: Name of a class → whether the truth is complete for it.
        self.names: dict[str, bool] = {}
        #: Where boxes without area were.
        self.flat: list[str] = []
        self._said = 0
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> str:
        """SHA-256 of what was read so far, hexadecimal."""
        return self._hash.hexdigest()

    def text(self, path: Path) -> str:
        """
        Read a text file and remember it in the digest.

        :param path: of the file.
        :returns: its text.
        :raises TruthError: when it is none.
        """
        content = bytes_of(path)
        self.remember(path.name, content)
        return text_of(path, content)

    def remember(self, name: str, content: bytes) -> None:
        """
        Remember in the digest what was read.

        :param name: of the file.
        :param content: of the file.
        """
        self._hash.update(f'{name}\0{len(content)}\0'.encode())
        self._hash.update(content)

    def declare(self, names: Iterable[str], complete: bool = True) -> None:
        """
        Tell of classes that the truth knows, whether or not it has boxes of them.

        :param names: of the classes, in order.
        :param complete: whether every thing of them has its box.
        """
        for name in names:
            self.names[name] = self.names.get(name, False) or complete

    def image(
        self,
        key: str,
        where: object,
        size: tuple[int, int] = (0, 0),
        stamp_ns: int = -1,
        index: int = -1,
    ) -> None:
        """
        Begin an image.

        :param key: its name.
        :param where: it was read.
        :param size: width and height in pixels; zeros = not known.
        :param stamp_ns: of its exposure; -1 = not known.
        :param index: in the recording; -1 = not known.
        :raises TruthError: when there is one of this name already.
        """
        if not key:
            raise TruthError(f'{where}: an image without a name')
        if key in self.images:
            raise TruthError(f'{where}: the image {key!r} is there twice')
        self.images[key] = Image(*size, stamp_ns, index)

    def box(
        self,
        key: str,
        box_px: Box,
        name: str,
        where: object,
        ignored: bool = False,
        area_px: float | None = None,
        track: int = -1,
    ) -> None:
        """
        Add a box; one without area is left out and counted.

        :param key: of an image that was begun.
        :param box_px: xyxy.
        :param name: of the class; empty = a place where nothing counts, of whatever class.
        :param where: it was read.
        :param ignored: whether neither finding nor missing it counts.
        :param area_px: of the object; None = of the box.
        :param track: number of the object over time; -1 = not known.
        :raises TruthError: when it is no box, or not in the image.
        """
        image = self.images[key]
        if name:
            self.declare((name,), complete=not ignored)
        if not self._takes(box_px, (image.width, image.height), where):
            return
        x1, y1, x2, y2 = box_px
        area = (x2 - x1) * (y2 - y1) if area_px is None else area_px
        if not math.isfinite(area) or area < 0:
            raise TruthError(f'{where}: an area is a number from 0 on, got {area}')
        image.boxes.append(box_px)
        image.names.append(name)
        image.ignored.append(ignored or not name)
        image.areas.append(area)
        image.tracks.append(track)

    def sentence(
        self,
        key: str,
        expression: str,
        status: str,
        box_px: Box | None,
        kinds: tuple[str, ...],
        where: object,
        size: tuple[int, int] = (0, 0),
    ) -> None:
        """
        Add a sentence; one about a box without area is left out and counted.

        :param key: of the image.
        :param expression: what is said.
        :param status: one of :data:`STATUSES`.
        :param box_px: xyxy of what is meant; looked at only where it is FOUND.
        :param kinds: what it turns on.
        :param where: it was read.
        :param size: width and height of the image; zeros = not known.
        :raises TruthError: when it cannot be used.
        """
        if status not in STATUSES:
            raise TruthError(f'{where}: status is one of {", ".join(STATUSES)}, got {status!r}')
        number, self._said = self._said, self._said + 1
        if status != 'FOUND':
            box_px = None
        elif box_px is None:
            raise TruthError(f'{where}: FOUND, but no box')
        elif not self._takes(box_px, size, where):
            return
        self.sentences.append(TrueSentence(key, number, expression, status, box_px, kinds))

    def _takes(self, box: Box, size: tuple[int, int], where: object) -> bool:
        """Say whether a box is one; what has no area is remembered."""
        x1, y1, x2, y2 = box
        if not all(map(math.isfinite, box)):
            raise TruthError(f'{where}: a box is four finite numbers, got {box}')
        if x2 < x1 or y2 < y1:
            raise TruthError(f'{where}: a box is {x2 - x1:g} wide and {y2 - y1:g} high: {box}')
        if x2 == x1 or y2 == y1:
            self.flat.append(str(where))
            return False
        width, height = size
        if width and height and (x2 <= 0 or y2 <= 0 or x1 >= width or y1 >= height):
            raise TruthError(f'{where}: the box {box} is outside of the {width}x{height} image')
        return True
