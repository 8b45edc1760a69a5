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

"""What was made lately is kept: what depends on words alone is made once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

_Key = TypeVar('_Key', bound=Hashable)
_Made = TypeVar('_Made')


class Recent(Generic[_Key, _Made]):
    """
    Makes a thing once and keeps the things asked for last; used from one thread.

    :param make: makes the thing of a key.
    :param most: things kept.
    """

    def __init__(self, make: Callable[[_Key], _Made], most: int) -> None:
        self._make = make
        self._most = most
        self._kept: OrderedDict[_Key, _Made] = OrderedDict()

    def __call__(self, key: _Key) -> _Made:
        """
        Return the thing of a key.

        :param key: what it depends on.
        :returns: what ``make`` made of it, now or before.
        """
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        made = self._make(key)
        self._kept[key] = made
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return made

    def __len__(self) -> int:
        return len(self._kept)
