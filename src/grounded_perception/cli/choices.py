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

"""What a user has set, in a parameter file or by arguments, and what of it cannot be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from difflib import get_close_matches
from types import ModuleType
from typing import Any

from grounded_perception.assembly import FIXED, KINDS
from grounded_perception.cli.checks import Finding, Level
from grounded_perception.cli.loading import value_of
from grounded_perception.errors import SettingsError
from grounded_perception.settings import Settings


@dataclass(frozen=True)
class Chosen:
    """
    What a user has set.

    :param settings: of the node.
    :param options: by name, those of everything that has any, set or not.
    :param findings: what is wrong with what was set.
    """

    settings: Settings = field(default_factory=Settings)
    options: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


def modules() -> dict[str, tuple[str, ModuleType]]:
    """
    Import whatever has options; no framework is imported.

    :returns: by its name, the setting that chooses it (empty = always there) and its module; a
        plug-in that cannot be imported is left out: whoever chooses it is told why.
    """
    found: dict[str, tuple[str, ModuleType]] = {n: ('', m) for n, m in FIXED.items()}
    for kind in KINDS:
        for name in kind.names():
            try:
                found[name] = kind.name, kind.module(name)
            except SettingsError:
                continue
    return found


def chosen(values: Mapping[str, Any], given: Sequence[tuple[str, str]] = ()) -> Chosen:
    """
    Make settings and options of values, and say which cannot be.

    :param values: dotted name → value.
    :param given: ``--option`` arguments, which overrule them.
    :returns: what was set; defaults for what is wrong.
    """
    wrong: list[Finding] = []
    classes: dict[str, Any] = {'': Settings, **{n: m.Options for n, (_, m) in modules().items()}}
    known = {
        f'{n}.{f.name}' if n else f.name: (n, f) for n, c in classes.items() for f in fields(c)
    }
    own: dict[str, dict[str, Any]] = {name: {} for name in classes}
    texts = dict(given)
    for key in {**values, **texts}:
        if key not in known:
            near = get_close_matches(key, known, 1)
            # A file may be about other nodes as well: only what looks like ours is a slip.
            if near or key in texts:
                more = f'; {near[0]!r} is one' if near else ''
                text = f'{key!r} is no parameter, nobody reads it{more}'
                wrong.append(Finding(Level.WARN, 'parameter', text))
            continue
        name, declared = known[key]
        try:
            is_text = key in texts
            read = value_of(key, texts[key], type(declared.default)) if is_text else values[key]
            own[name][declared.name] = read
        except SettingsError as exc:
            wrong.append(Finding(Level.FAIL, 'parameter', str(exc)))
    made: dict[str, Any] = {}
    for name, options in classes.items():
        made[name], complaints = _made(options, own[name])
        wrong += [Finding(Level.FAIL, 'parameter', f'{name} {c}'.strip()) for c in complaints]
    for kind in KINDS:
        value = getattr(made[''], kind.name)
        if value not in (*kind.names(), kind.without):
            listed = ', '.join(filter(None, (kind.without, *kind.names())))
            text = f'{kind.name} must be one of {listed}, got {value!r}'
            wrong.append(Finding(Level.FAIL, 'parameter', text))
    return Chosen(made.pop(''), made, tuple(wrong))


def _made(options: Any, values: Mapping[str, Any]) -> tuple[Any, list[str]]:
    """Make options of what can be used of some values; complain of the rest."""
    try:
        return options(**values), []
    except SettingsError as exc:
        complaints = [str(exc)]
    made = options()
    for key, value in values.items():
        try:
            made = replace(made, **{key: value})
        except SettingsError as exc:
            complaints.append(str(exc))
    return made, list(dict.fromkeys(complaints))
