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

"""Numbers that stand for labels in a label image, the same ones as long as the session lasts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

#: Numbers that a mono8 image can show besides 0, the background.
MOST_LABELS = 255


class LabelIds:
    """
    Gives each label a number in [1, ``most``] when it is first seen, and keeps to it.

    :param first: labels that get the first numbers, in this order: a detector's own, say, so that
        the numbers are the same in every session.
    :param most: numbers there are.
    """

    def __init__(self, first: Iterable[str] = (), most: int = MOST_LABELS) -> None:
        self._ids: dict[str, int] = {}
        self._most = most
        self._without: dict[str, None] = {}
        self.of(first)

    @property
    def known(self) -> Mapping[str, int]:
        """Every label with its number, first seen first; a view that grows."""
        return MappingProxyType(self._ids)

    @property
    def complaint(self) -> str:
        """One sentence that names the labels that got no number, or nothing."""
        if not self._without:
            return ''
        shown = ', '.join(list(self._without)[:5]) + (', …' if len(self._without) > 5 else '')
        return (
            f'a label image tells {self._most} labels apart and all numbers are given away: '
            f'{shown} stay background; activate the node anew or ask for fewer different things'
        )

    def of(self, labels: Iterable[str]) -> list[int]:
        """
        Look up labels, giving numbers to new ones.

        :param labels: words.
        :returns: their numbers; 0, the background, where no number was left.
        """
        return [self._one(label) for label in labels]

    def _one(self, label: str) -> int:
        number = self._ids.get(label, 0)
        if not number and len(self._ids) < self._most:
            number = self._ids[label] = len(self._ids) + 1
        elif not number and len(self._without) < self._most:
            # As many as there are numbers: whoever names things by hand must not fill the memory.
            self._without[label] = None
        return number
