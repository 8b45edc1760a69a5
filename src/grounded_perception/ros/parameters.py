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

"""Settings ↔ ROS parameters: declared with descriptor and range, changes checked, then applied."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import Field, fields, replace
from typing import Any

from grounded_perception.assembly import FIXED, KINDS
from grounded_perception.errors import SettingsError
from grounded_perception.settings import Settings
from rcl_interfaces.msg import (
    FloatingPointRange,
    IntegerRange,
    ParameterDescriptor,
    SetParametersResult,
)
from rclpy.node import Node
from rclpy.parameter import Parameter


class Parameters:
    """
    The node's parameters as frozen settings.

    :param node: declares them.
    :param is_configured: whether models are loaded: then only live settings may change.
    """

    def __init__(self, node: Node, is_configured: Callable[[], bool]) -> None:
        self._node = node
        self._is_configured = is_configured
        self._classes: dict[str, Any] = {'': Settings}
        self._classes |= {name: module.Options for name, module in FIXED.items()}
        for kind in KINDS:
            for name in kind.names():
                try:
                    self._classes[name] = kind.module(name).Options
                except SettingsError as exc:
                    node.get_logger().warning(f'{exc}; it is left out')
        self._fields: dict[str, tuple[str, Field[Any]]] = {}
        for prefix, options in self._classes.items():
            for declared in fields(options):
                name = f'{prefix}.{declared.name}' if prefix else declared.name
                self._fields[name] = (prefix, declared)
                node.declare_parameter(name, declared.default, descriptor(declared))
        self.settings: Settings = Settings()
        self.on_change: Callable[[Settings], None] = lambda settings: None
        #: Refuses settings that what is configured cannot serve, with a SettingsError.
        self.check: Callable[[Settings], None] = lambda settings: None
        node.add_on_set_parameters_callback(self._validate)
        node.add_post_set_parameters_callback(self._apply)

    def read(self) -> tuple[Settings, dict[str, Any]]:
        """
        Read everything afresh.

        :returns: the settings and, by name, the options of what they choose.
        :raises SettingsError: when a value, or a detector's name, say, is not allowed.
        """
        values = {name: self._node.get_parameter(name).value for name in self._fields}
        self.settings = self._make('', values)
        options = {name: self._make(name, values) for name in FIXED}
        for kind in KINDS:
            chosen = getattr(self.settings, kind.name)
            if chosen == kind.without:
                continue
            if chosen not in self._classes:
                kind.module(chosen)  # says what is allowed
                raise SettingsError(f'{kind.name} plug-in {chosen} could not be imported at start')
            options[chosen] = self._make(chosen, values)
        return self.settings, options

    def _make(self, prefix: str, values: dict[str, Any]) -> Any:
        own = {f.name: values[n] for n, (p, f) in self._fields.items() if p == prefix}
        return self._classes[prefix](**own)

    def _validate(self, changed: Iterable[Parameter]) -> SetParametersResult:
        """Check without side effect; names that are not ours (use_sim_time) pass."""
        values = {n: self._node.get_parameter(n).value for n in self._fields}
        touched = set()
        for parameter in changed:
            if parameter.name not in self._fields:
                continue
            prefix, declared = self._fields[parameter.name]
            if self._is_configured() and not declared.metadata['live']:
                return SetParametersResult(
                    successful=False,
                    reason=f'{parameter.name} is read when the node is configured: '
                    'deactivate and clean up first, then set it and configure',
                )
            values[parameter.name] = parameter.value
            touched.add(prefix)
        try:
            for prefix in touched:
                made = self._make(prefix, values)
                if not prefix and self._is_configured():
                    self.check(made)
        except SettingsError as exc:
            return SetParametersResult(successful=False, reason=str(exc))
        return SetParametersResult(successful=True)

    def _apply(self, changed: Iterable[Parameter]) -> None:
        own = {
            p.name: p.value
            for p in changed
            if p.name in self._fields and not self._fields[p.name][0]
        }
        if own:
            self.settings = replace(self.settings, **own)
            self.on_change(self.settings)


def descriptor(declared: Field[Any]) -> ParameterDescriptor:
    """
    Describe a setting to ROS tools.

    :param declared: a field made by :func:`grounded_perception.settings.setting`.
    :returns: description, and range for a number that has bounds.
    """
    meta = declared.metadata
    constraints = 'one of: ' + ', '.join(meta['choices']) if meta['choices'] else ''
    if not meta['live']:
        constraints = '; '.join(filter(None, (constraints, 'read when the node is configured')))
    made = ParameterDescriptor(description=meta['doc'], additional_constraints=constraints)
    if meta['low'] is not None and meta['high'] is not None:
        low, high = meta['low'], meta['high']
        if isinstance(declared.default, float):
            made.floating_point_range = [
                FloatingPointRange(from_value=float(low), to_value=float(high))
            ]
        else:
            made.integer_range = [IntegerRange(from_value=int(low), to_value=int(high), step=1)]
    return made
