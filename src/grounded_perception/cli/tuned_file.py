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

"""The parameter file that ``tune`` writes: complete, and with the reasons as comments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
import json
import os
from pathlib import Path
from typing import Any

from grounded_perception.errors import SettingsError
from grounded_perception.settings import Settings, Value
import yaml


def write(
    path: Path,
    settings: Settings,
    options: Mapping[str, Mapping[str, Value]],
    named: Iterable[str],
    comments: Iterable[str],
) -> None:
    """
    Write the parameters that are not the defaults, for whatever node reads the file.

    :param path: where to.
    :param settings: of the node.
    :param options: of detector, segmenter and so on, by name.
    :param named: settings that are written though they may be the defaults.
    :param comments: lines for people.
    :raises SettingsError: when it cannot be written.
    """
    values = dict(_values(settings, options, set(named)))
    text = ''.join(f'# {line}'.rstrip() + '\n' for line in comments)
    text += '/**:\n  ros__parameters:\n'
    text += ''.join(f'    {name}: {_scalar(value)}\n' for name, value in values.items())
    part = path.with_name(f'.{path.name}.{os.getpid()}')
    try:
        part.write_text(text, encoding='utf-8')
        part.replace(path)
    except OSError as exc:
        part.unlink(missing_ok=True)
        raise SettingsError(f'{path} cannot be written: {exc.strerror or exc}') from exc


def _values(
    settings: Settings, options: Mapping[str, Mapping[str, Value]], named: set[str]
) -> Iterator[tuple[str, Value]]:
    from grounded_perception.cli.choices import modules

    for field in fields(settings):
        value = getattr(settings, field.name)
        if value != field.default or field.name in named:
            yield field.name, _typed(value, field.default)
    for name, (_, module) in modules().items():
        for option in fields(module.Options):
            value = options.get(name, {}).get(option.name, option.default)
            if value != option.default:
                yield f'{name}.{option.name}', _typed(value, option.default)


def _typed(value: Value, default: Any) -> Value:
    # A parameter of type double takes no integer.
    return float(value) if isinstance(default, float) else value


def _scalar(value: Value) -> str:
    """Write a value so that YAML 1.1 and 1.2 read the same: texts are quoted as in JSON."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return str(yaml.safe_dump(value, width=1000)).partition('\n')[0]
