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

"""The node's parameter file, read without ROS: the same YAML that ``params_file:=`` names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from grounded_perception.errors import SettingsError
import yaml

_PARAMETERS = 'ros__parameters'
#: What stands for every node.
_WILD = ('*', '**')


def read(path: Path, node: str) -> dict[str, Any]:
    """
    Read the parameters that a file has for a node.

    :param path: YAML as rcl takes it, see https://design.ros2.org/articles/160_ros_command_line_arguments.html.
    :param node: the node's name, whatever its namespace.
    :returns: dotted name → value, as they stand there.
    :raises SettingsError: when the file cannot be read, or has nothing for this node.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding='utf-8'))
    except (OSError, ValueError, yaml.YAMLError) as exc:
        raise SettingsError(f'{path} cannot be read: {exc}') from exc
    sections = dict(_sections(content, ''))
    ours = [name for name in sections if name.rpartition('/')[2] in (*_WILD, node)]
    if not ours:
        named = ', '.join(map(repr, sections)) or f'no {_PARAMETERS}'
        raise SettingsError(
            f"{path} must have parameters of '/**' or of a node {node!r}, got {named}"
        )
    found: dict[str, Any] = {}
    for name in ours:
        found.update(_flat(sections[name], ''))
    return found


def _sections(content: Any, path: str) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    """Yield the full name and the parameters of each node that a file is about."""
    for key, value in content.items() if isinstance(content, dict) else ():
        if key == _PARAMETERS and isinstance(value, dict):
            yield path, value
        else:
            yield from _sections(value, f'{path}/{key}'.replace('//', '/'))


def _flat(parameters: Mapping[Any, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for key, value in parameters.items():
        if isinstance(value, dict):
            yield from _flat(value, f'{prefix}{key}.')
        else:
            yield f'{prefix}{key}', value
