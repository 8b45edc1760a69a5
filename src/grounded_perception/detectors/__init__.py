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
Region proposers: one file is one detector, and the file's name is the parameter's value.

A detector file defines ``Options``, a frozen dataclass whose fields are made by
:func:`grounded_perception.settings.setting`, and ``load(options, compute) -> Detector``. Other
packages add theirs by the entry-point group ``grounded_perception.detectors``: the entry's name
is the parameter's value and it points to a module of the same form.
"""

from __future__ import annotations

import importlib
from importlib import metadata
import pkgutil
from types import ModuleType

from grounded_perception.errors import SettingsError

ENTRY_POINTS = 'grounded_perception.detectors'
_NOT_DETECTORS = ('base', 'coco')


def names() -> tuple[str, ...]:
    """List the detectors that can be asked for, ours first."""
    own = sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name not in _NOT_DETECTORS)
    plugged = sorted(e.name for e in metadata.entry_points(group=ENTRY_POINTS))
    return tuple(dict.fromkeys(own + plugged))


def module(name: str) -> ModuleType:
    """
    Import the file of a detector; its framework is not imported yet.

    :param name: one of :func:`names`.
    :returns: the module, with ``Options`` and ``load``.
    :raises SettingsError: when there is no such detector, or a plug-in cannot be imported.
    """
    if name not in names():
        raise SettingsError(f'detector must be one of {", ".join(names())}, got {name!r}')
    for entry in metadata.entry_points(group=ENTRY_POINTS):
        if entry.name == name:
            try:
                plugged: ModuleType = entry.load()
            except Exception as exc:
                # A plug-in is foreign code: whatever it raises must name the plug-in.
                raise SettingsError(f'detector plug-in {name} ({entry.value}): {exc}') from exc
            return plugged
    return importlib.import_module(f'{__name__}.{name}')
