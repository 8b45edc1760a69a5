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
from grounded_perception.compute import Compute
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


def options_of(module: Any, name: str, given: list[tuple[str, str]]) -> Any:
    """
    Make a detector's options of ``--option`` arguments.

    :param module: the detector's file.
    :param name: its name.
    :param given: pairs (``ssd.tiles``, ``2``).
    :returns: its ``Options``.
    :raises SettingsError: when an option is unknown or its value not allowed.
    """
    declared = {f'{name}.{f.name}': f for f in fields(module.Options)}
    chosen: dict[str, Value] = {}
    for key, text in given:
        if key not in declared:
            raise SettingsError(f'--option must be one of {", ".join(declared)}, got {key!r}')
        field = declared[key]
        chosen[field.name] = _value(key, text, type(field.default))
    return module.Options(**chosen)


def load_detector(settings: Settings, given: list[tuple[str, str]]) -> Detector:
    """
    Load the detector that the settings name.

    :param settings: see :class:`Settings`.
    :param given: its ``--option`` arguments.
    :returns: a detector, ready.
    :raises SettingsError: when detector or option are unknown.
    :raises ModelError: when its model cannot be loaded.
    """
    module = detectors.module(settings.detector)
    options = options_of(module, settings.detector, given)
    compute = Compute(settings.device, settings.precision, settings.threads)
    return cast(Detector, module.load(options, compute))


def _value(key: str, text: str, kind: type) -> Value:
    """Read a text as a value of a type."""
    try:
        if kind is bool:
            return {**dict.fromkeys(_TRUE, True), **dict.fromkeys(_FALSE, False)}[text.lower()]
        return cast(Value, kind(text))
    except (KeyError, ValueError) as exc:
        raise SettingsError(f'{key} must be a {kind.__name__}, got {text!r}') from exc
