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

"""Where and in which arithmetic networks run, and the one place that compiles OpenVINO models."""

from __future__ import annotations

from dataclasses import dataclass
import os
from pathlib import Path
from typing import Any

from grounded_perception.errors import ModelFailed, ModelMissing
from grounded_perception.weights import cache_root, CACHE_VARIABLE

OPENVINO_INSTALL = 'pip install "openvino>=2025.0"'


@dataclass(frozen=True)
class Compute:
    """
    Where networks run; the fields are those of ``Settings``.

    :param device: ``auto``, ``cpu`` or ``cuda``; OpenVINO models run on the CPU whatever it says.
    :param precision: ``auto``, ``f32`` or ``bf16``.
    :param threads: CPU threads, 0 = all cores.
    """

    device: str = 'auto'
    precision: str = 'auto'
    threads: int = 0


def openvino_core() -> Any:
    """
    Return an ``openvino.Core`` that keeps compiled models in our cache.

    :raises ModelMissing: when OpenVINO is not installed, with the install line, or the cache
        cannot be written.
    """
    try:
        import openvino
    except ImportError as exc:
        raise ModelMissing(f'OpenVINO is not installed: {OPENVINO_INSTALL}') from exc
    core = openvino.Core()
    folder = cache_root() / 'compiled'
    try:
        core.set_property({'CACHE_DIR': str(folder)})
    except RuntimeError as exc:
        raise ModelMissing(
            f'the model cache {folder} cannot be written; '
            f'set {CACHE_VARIABLE} to a folder that can'
        ) from exc
    return core


def resolve_precision(core: Any, precision: str) -> str:
    """
    Turn ``auto`` into what this CPU is good at.

    :param core: an ``openvino.Core``.
    :param precision: ``auto``, ``f32`` or ``bf16``.
    :returns: ``f32`` or ``bf16``.
    """
    if precision != 'auto':
        return precision
    return 'bf16' if 'BF16' in core.get_property('CPU', 'OPTIMIZATION_CAPABILITIES') else 'f32'


def compile_openvino(model: Path | Any, compute: Compute) -> Any:
    """
    Load and compile an OpenVINO model for latency.

    :param model: its ``.xml``, or an ``openvino.Model``.
    :param compute: where and how it runs.
    :returns: an ``openvino.CompiledModel``.
    :raises ModelMissing: when OpenVINO is not installed.
    :raises ModelFailed: when the file cannot be compiled.
    """
    core = openvino_core()
    options = {
        'PERFORMANCE_HINT': 'LATENCY',
        'INFERENCE_PRECISION_HINT': resolve_precision(core, compute.precision),
        'INFERENCE_NUM_THREADS': compute.threads or len(os.sched_getaffinity(0)),
        # Bound to cores, every process takes the first ones: two of one thread share one core.
        'ENABLE_CPU_PINNING': False,
    }
    try:
        # A path is compiled from the cache without being read, which a model cannot be.
        source = str(model) if isinstance(model, Path) else model
        return core.compile_model(source, 'CPU', options)
    except RuntimeError as exc:
        name = model if isinstance(model, Path) else model.get_friendly_name()
        raise ModelFailed(f'OpenVINO cannot compile {name}: {exc}') from exc
