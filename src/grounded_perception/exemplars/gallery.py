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

"""The exemplars of a store, ready to be compared with the regions of frames."""

from __future__ import annotations

from datetime import datetime

from grounded_perception.errors import CommandError
from grounded_perception.exemplars.exemplar import cut_out, Exemplar, Looker, Looks, whole
from grounded_perception.exemplars.matching import (
    answer,
    Likeness,
    likeness,
    Options,
    proposed,
    Scale,
)
from grounded_perception.exemplars.store import clean_name, Store
from grounded_perception.records import Floats, Regions
import numpy as np
from numpy.typing import NDArray

#: Beginning of ``Classifier.feature_model`` → the curve of its features, measured by
#: ``benchmarks/exemplars.py``.
_SCALES = {'efficientnet': Scale(0.30, 0.065)}
#: For features that were not measured.
_ANY = Scale(0.75, 0.05)


class Gallery:
    """
    Looks for named things; for one thread at a time.

    :param store: where the exemplars are.
    :param looker: makes the features; exemplars whose features come from another network are
        looked at again, once.
    :param options: when a region is like an exemplar.
    """

    def __init__(self, store: Store, looker: Looker, options: Options) -> None:
        self._store = store
        self._looker = looker
        self._options = options
        self._looks: dict[str, Looks] = {}
        self._numbers: dict[str, tuple[str, ...]] = {}
        self.problems: tuple[str, ...] = ()
        self.reload()

    def reload(self) -> None:
        """
        Read the store again, after another process changed it.

        What is broken in it is left out and told by :attr:`problems`.

        :raises ModelFailed: when the network raises.
        :raises SettingsError: when the folder cannot be read.
        """
        self._looks.clear()
        self._numbers.clear()
        problems: list[str] = []
        for name in self._store.names():
            problems += self._read(name)
        self.problems = tuple(problems)

    def _read(self, name: str) -> tuple[str, ...]:
        """Read the exemplars of a name; return what is wrong with some."""
        try:
            loaded = self._store.load(name)
        except CommandError:
            return ()  # another process has just removed it
        if loaded.exemplars:
            self._looks[name] = Looks.joined([self._look(name, one) for one in loaded.exemplars])
            self._numbers[name] = tuple(one.number for one in loaded.exemplars)
        return loaded.problems

    @property
    def names(self) -> tuple[str, ...]:
        """The names that can be looked for."""
        return tuple(self._looks)

    @property
    def looker(self) -> Looker:
        """Makes the features that can be compared."""
        return self._looker

    @property
    def features(self) -> dict[str, Floats]:
        """Of each name ``(K, D)`` float32, the features of its exemplars."""
        return {name: looks.features for name, looks in self._looks.items()}

    def numbers(self, name: str) -> tuple[str, ...]:
        """
        Return the numbers of a name's exemplars, in the order of ``Likeness.exemplar``.

        :param name: a name.
        :returns: their numbers.
        :raises CommandError: when there is no such name.
        """
        return self._numbers[self._known(name)]

    def show(
        self,
        name: str,
        rgb: NDArray[np.uint8],
        box_px: Floats,
        source: str,
        taken: datetime | None = None,
    ) -> Exemplar:
        """
        Remember a region of a frame as an exemplar.

        :param name: what it is called.
        :param rgb: uint8 ``(H, W, 3)`` RGB.
        :param box_px: ``(4,)`` xyxy in its pixels.
        :param source: where it was seen, for people.
        :param taken: when, with a time zone; None = now.
        :returns: the exemplar.
        :raises FrameError: when hardly anything of the box is in the frame.
        :raises CommandError: when the name cannot be used.
        :raises ModelFailed: when the network raises.
        :raises SettingsError: when the folder cannot be written.
        """
        crop = cut_out(rgb, box_px)
        looks = Looks.of(self._looker, rgb, np.asarray(box_px, np.float32).reshape(1, 4))
        kept = self._store.add(name, crop, looks, self._looker.feature_model, source, taken)
        self._read(clean_name(name))
        return kept

    def find(self, name: str, regions: Looks, boxes_px: Floats) -> Likeness:
        """
        Look for a named thing among the regions of a frame.

        :param name: a name.
        :param regions: N regions, from :meth:`Looks.of` with the same looker; made once for all
            names.
        :param boxes_px: ``(N, 4)`` float32 xyxy of the regions.
        :returns: the answer.
        :raises CommandError: when there is no such name.
        """
        known = self._known(name)
        rest = [looks for other, looks in self._looks.items() if other != known]
        others = Looks.joined(rest) if rest else None
        near = likeness(self._looks[known], others, regions, self._options)
        family = self._looker.feature_model.partition('-')[0]
        return answer(known, near, boxes_px, _SCALES.get(family, _ANY), self._options)

    def pick(self, name: str, regions: Regions) -> Likeness:
        """
        Look for a named thing among what a detector found like all that was shown.

        :param name: a name.
        :param regions: N regions, found by :attr:`features`.
        :returns: the answer.
        :raises CommandError: when there is no such name.
        """
        return proposed(self._known(name), regions, self._options)

    def _known(self, name: str) -> str:
        known = clean_name(name)
        if known not in self._looks:
            told = ', '.join(self._looks) or 'none'
            raise CommandError(f'there are no exemplars of {name!r}; names known: {told}')
        return known

    def _look(self, name: str, exemplar: Exemplar) -> Looks:
        """Return what is compared of an exemplar."""
        model = self._looker.feature_model
        if exemplar.feature_model == model:
            return exemplar.looks

        def look() -> Floats:
            return self._looker.features(exemplar.crop, whole(exemplar.crop))

        features = self._store.features(name, exemplar.number, model, look)
        return Looks(features, exemplar.looks.colours)
