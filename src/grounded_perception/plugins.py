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
What can be exchanged: one folder for each kind, one file for each of a kind.

The file's name is the value of the setting that is named after the kind. A file defines
``Options``, a frozen dataclass whose fields are made by
:func:`grounded_perception.settings.setting`, and ``load(options, compute)``; its framework is
imported in ``load`` only. Other packages add theirs by the folder's entry-point group: the entry's
name is the setting's value and it points to a module of the same form.
"""

from __future__ import annotations

from dataclasses import dataclass
import importlib
from importlib import metadata
import pkgutil
from types import ModuleType

from grounded_perception.errors import SettingsError


@dataclass(frozen=True)
class Kind:
    """
    One kind of what can be exchanged.

    :param name: of the setting: ``detector``.
    :param package: its folder, which is the name of its entry-point group as well.
    :param shared: files there that are none of the kind, but serve those that are; folders never
        are of the kind.
    :param without: value that stands for none at all; empty where there must be one.
    """

    name: str
    package: str
    shared: tuple[str, ...]
    without: str = ''

    def own(self) -> tuple[str, ...]:
        """List those that come with this package."""
        folder = importlib.import_module(self.package).__path__
        found = (m.name for m in pkgutil.iter_modules(folder) if not m.ispkg)
        return tuple(sorted(name for name in found if name not in self.shared))

    def names(self) -> tuple[str, ...]:
        """List those that can be asked for, ours first, without :attr:`without`."""
        plugged = sorted(e.name for e in metadata.entry_points(group=self.package))
        return tuple(dict.fromkeys((*self.own(), *plugged)))

    def module(self, name: str) -> ModuleType:
        """
        Import one; its framework is not imported yet.

        :param name: one of :meth:`names`; where a plug-in has a name of ours, ours is meant.
        :returns: the module, with ``Options`` and ``load``.
        :raises SettingsError: when there is none of that name, or a plug-in cannot be imported.
        """
        # Looking through all that is installed takes long: only for what is not ours.
        if name in self.own():
            return importlib.import_module(f'{self.package}.{name}')
        entries = {e.name: e for e in metadata.entry_points(group=self.package)}
        if name not in entries:
            listed = ', '.join(filter(None, (self.without, *self.own(), *sorted(entries))))
            raise SettingsError(f'{self.name} must be one of {listed}, got {name!r}')
        try:
            plugged: ModuleType = entries[name].load()
        except Exception as exc:
            # A plug-in is foreign code: whatever it raises must name the plug-in.
            where = entries[name].value
            raise SettingsError(f'{self.name} plug-in {name} ({where}): {exc}') from exc
        return plugged
