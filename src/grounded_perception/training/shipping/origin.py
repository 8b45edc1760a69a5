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

"""What weights learned from, as their file and their model card must say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_INVENTED = """\
Invented scenes only: no photograph and no text of others is in the training data. What an
invented region looks like is drawn too."""
_OWN = """\
Pictures and sentences that are not part of this package: {own}.

The licence of these data holds for the weights: check it before shipping. Invented scenes were
learned beside them."""
_BASE = 'It began with the weights {name} (SHA-256 {sha256}).'
_UNKNOWN = """\
What those learned from is said in their own model card. Then came invented scenes."""
_WORDS = """\
Names are those of the 80 COCO classes; words are embedded by all-MiniLM-L6-v2 (Apache-2.0), whose
weights are not part of these files."""


@dataclass(frozen=True)
class Base:
    """
    Weights that others began with.

    :param name: of the file.
    :param sha256: of the file.
    :param own: the pictures and sentences behind them, each set in words; None = nobody says.
    """

    name: str
    sha256: str
    own: tuple[str, ...] | None


@dataclass(frozen=True)
class Origin:
    """
    Where weights come from.

    :param base: what they began with; None = drawn numbers.
    :param own: pictures and sentences learned from beside invented scenes, in words; empty =
        none.
    """

    base: Base | None = None
    own: str = ''

    @property
    def every(self) -> tuple[str, ...] | None:
        """Return all sets of pictures and sentences behind the weights; None = nobody says."""
        before = self.base.own if self.base else ()
        if before is None:
            return None
        return (*before, *([self.own] if self.own else []))

    @property
    def licence(self) -> str:
        """Return the licence of the weights, in words."""
        if self.every == ():
            return 'Apache-2.0'
        return 'that of what they learned from holds, see below'

    def text(self) -> str:
        """Return what the model card says."""
        parts = []
        if self.base:
            parts.append(_BASE.format(name=self.base.name, sha256=self.base.sha256))
            if self.base.own is None:
                parts.append(_UNKNOWN)
        known = [*((self.base and self.base.own) or ()), *([self.own] if self.own else [])]
        if known:
            parts.append(_OWN.format(own='; '.join(known)))
        elif self.every == ():
            parts.append(_INVENTED)
        return '\n\n'.join([*parts, _WORDS])

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON takes it; :func:`base_of` reads it."""
        base = {'name': self.base.name, 'sha256': self.base.sha256} if self.base else None
        return {'base': base, 'own': None if self.every is None else list(self.every)}


def base_of(name: str, sha256: str, about: Mapping[str, Any]) -> Base:
    """
    Say of weights what they learned from.

    :param name: of their file.
    :param sha256: of their file.
    :param about: what stands in the file.
    :returns: as others that begin with them need it.
    """
    told = about.get('origin')
    own = told.get('own') if isinstance(told, dict) else None
    return Base(name, sha256, tuple(map(str, own)) if isinstance(own, list) else None)
