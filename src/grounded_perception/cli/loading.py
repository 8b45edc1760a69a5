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

"""Arguments that verbs share, and what they mean: settings, a detector's options, a detector."""

from __future__ import annotations

import argparse
from dataclasses import fields
from typing import Any, cast

from grounded_perception import detectors
from grounded_perception.assembly import FIXED, KINDS, load_part
from grounded_perception.detectors.base import Detector
from grounded_perception.errors import SettingsError
from grounded_perception.settings import Settings, Value

_TRUE, _FALSE = ('true', 'yes', 'on', '1'), ('false', 'no', 'off', '0')


def settings_of(args: argparse.Namespace) -> Settings:
    """
    Make settings of the arguments that :mod:`grounded_perception.cli.arguments` declares.

    :param args: parsed; what was not given keeps its default.
    :returns: the settings.
    :raises SettingsError: when a value is not allowed.
    """
    given = {f.name: getattr(args, f.name, None) for f in fields(Settings)}
    chosen: dict[str, Any] = {name: v for name, v in given.items() if v is not None}
    return Settings(**chosen)


def options_of(settings: Settings, given: list[tuple[str, str]]) -> dict[str, Any]:
    """
    Make options of ``--option`` arguments.

    :param settings: name what is chosen of each kind.
    :param given: pairs (``ssd.tiles``, ``2``).
    :returns: by name, the options of what is chosen.
    :raises SettingsError: when something chosen or an option is unknown, or a value not allowed.
    """
    chosen = [(kind, getattr(settings, kind.name)) for kind in KINDS]
    classes = {n: kind.module(n).Options for kind, n in chosen if n != kind.without}
    classes |= {name: module.Options for name, module in FIXED.items()}
    declared = {f'{n}.{f.name}': (n, f) for n, made in classes.items() for f in fields(made)}
    values: dict[str, dict[str, Value]] = {name: {} for name in classes}
    for key, text in given:
        if key not in declared:
            raise SettingsError(f'--option must be one of {", ".join(declared)}, got {key!r}')
        name, field = declared[key]
        values[name][field.name] = value_of(key, text, type(field.default))
    return {name: made(**values[name]) for name, made in classes.items()}


def load_detector(settings: Settings, given: list[tuple[str, str]]) -> Detector:
    """
    Load the detector that the settings name.

    :param settings: see :class:`Settings`.
    :param given: its ``--option`` arguments.
    :returns: a detector, ready.
    :raises SettingsError: when detector or option are unknown.
    :raises ModelError: when its model cannot be loaded.
    """
    return cast(Detector, load_part(detectors.KIND, settings, options_of(settings, given)))


def value_of(key: str, text: str, kind: type) -> Value:
    """
    Read a text as the value of a setting.

    :param key: of the setting, for messages.
    :param text: what the user wrote.
    :param kind: type of its default.
    :returns: the value.
    :raises SettingsError: when it is none.
    """
    try:
        if kind is bool:
            return {**dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)}[text.lower()]
        return cast(Value, kind(text))
    except (KeyError, ValueError) as exc:
        raise SettingsError(f'{key} must be a {kind.__name__}, got {text!r}') from exc
