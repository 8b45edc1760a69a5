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

"""Where numbers come from: versions, machine, models."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
import hashlib
from importlib import metadata
import os
from pathlib import Path
import platform
from types import ModuleType

from grounded_perception import __version__
from grounded_perception.assembly import KINDS
from grounded_perception.evaluation.plan import Plan
from grounded_perception.evaluation.results import Json
from grounded_perception.fusion.loading import weights_file
from grounded_perception.language import focus, minilm
from grounded_perception.weights import Source

SCHEMA = 'grounded_perception/results/1'
#: What changes numbers when it changes.
_LIBRARIES = (
    'numpy', 'opencv-python-headless', 'opencv-python', 'openvino', 'torch', 'transformers',
    'rosbags', 'pycocotools', 'motmetrics', 'ray',
)  # fmt: skip


def provenance(plan: Plan, arguments: tuple[str, ...], seed: int) -> Json:
    """
    Tell what made the numbers.

    :param plan: what was evaluated.
    :param arguments: of the command line.
    :param seed: of the draws for the intervals.
    :returns: the head of the results.
    """
    told = plan.identity
    return {
        'schema': SCHEMA,
        'package': __version__,
        'created': datetime.now(timezone.utc).isoformat(timespec='seconds'),
        'arguments': list(arguments),
        'seed': seed,
        'settings': {**told['settings'], 'threads': plan.settings.threads},
        'options': told['options'],
        'versions': {'python': platform.python_version(), **_versions()},
        'environment': {
            'cpu': _cpu(),
            'cores': len(os.sched_getaffinity(0)),
            'os': platform.platform(),
        },
        'models': dict(plan.models),
    }


def _versions() -> Mapping[str, str]:
    found = {}
    for name in _LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def _cpu() -> str:
    try:
        lines = Path('/proc/cpuinfo').read_text(encoding='utf-8').splitlines()
    except OSError:
        return platform.processor()
    names = (line.partition(':')[2].strip() for line in lines if line.startswith('model name'))
    return next(names, platform.processor())


def models(plan: Plan) -> Mapping[str, str]:
    """
    Look at the models.

    :param plan: what is evaluated.
    :returns: SHA-256 of every pinned model, of the weights of fusion and focus, and of every file
        or folder that an option names: what was trained on since answers otherwise.
    """
    modules: list[ModuleType] = [minilm]
    for kind in KINDS:
        name = getattr(plan.settings, kind.name)
        if name != kind.without:
            modules.append(kind.module(name))
    sources = (getattr(module, 'SOURCE', None) for module in modules)
    found = {source.name: source.sha256 for source in sources if isinstance(source, Source)}
    file = weights_file(plan.settings)
    if file:
        found['fusion'] = _digest(file)
    if folder := focus.folder_of(plan.settings):
        found['focus'] = _digest(folder / focus.WEIGHTS)
    for name, options in plan.options.items():
        for option, value in vars(options).items():
            if isinstance(value, str) and (path := _existing(value)):
                found[f'{name}.{option}'] = _digest(path)
    return found


def _existing(text: str) -> Path | None:
    """Return the path that a text is, if it is one."""
    try:
        path = Path(text).expanduser() if text else Path()
        return path if text and path.exists() else None
    except (OSError, ValueError, RuntimeError):  # too long, or with what no name may have
        return None


def _digest(path: Path) -> str:
    """Return the SHA-256 of a file, or of a folder's files and their names."""
    whole = hashlib.sha256()
    inside = sorted(p for p in path.rglob('*') if p.is_file()) if path.is_dir() else [path]
    for each in inside:
        if path.is_dir():
            whole.update(f'{each.relative_to(path)}\0{each.stat().st_size}\0'.encode())
        with each.open('rb') as file:
            while block := file.read(1 << 20):
                whole.update(block)
    return whole.hexdigest()
