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

"""What the settings name of models that are not embedded: are they here, whole, of the kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
import json
from pathlib import Path
from types import ModuleType
from typing import Any

from grounded_perception.cli.checks import Finding, HUB_INSTALL, Level
from grounded_perception.cli.choices import Chosen, modules
from grounded_perception.detectors.hub.checkpoints import weights_of
from grounded_perception.errors import ModelMissing, PerceptionError
from grounded_perception.settings import Settings

_MEGABYTE = 1 << 20
_NEEDED = ('torch', 'transformers')


def checkpoints(wanted: Chosen) -> Iterator[Finding]:
    """
    Judge every checkpoint that is set or must be.

    :param wanted: what the user has set.
    :returns: the findings; what is not chosen is never essential.
    """
    for name, (setting, module) in modules().items():
        if not hasattr(module, 'CHECKPOINT'):
            continue
        options = wanted.options[name]
        is_chosen = getattr(wanted.settings, setting) == name if setting else False
        is_chosen |= getattr(options, 'backend', '') == 'local'
        if options.checkpoint or is_chosen:
            yield _checkpoint(name, module, options, is_chosen)


def _checkpoint(name: str, module: ModuleType, options: Any, is_chosen: bool) -> Finding:
    """Judge one; the hub is never asked."""
    bad = Level.FAIL if is_chosen else Level.WARN
    title = f'checkpoint {name}'
    try:
        found = module.CHECKPOINT.find(replace(options, download=False))
    except ModelMissing as exc:
        if not options.download:
            return Finding(bad, title, str(exc))
        text = f'{options.checkpoint} is not on this disk; it is fetched at the first start'
        return Finding(Level.WARN, title, text)
    except PerceptionError as exc:
        return Finding(bad, title, str(exc))
    size = sum(path.stat().st_size for path in weights_of(found.folder)) / _MEGABYTE
    text = f'{found.folder}: whole, {found.config.get("model_type")}, {size:.0f} MB of weights'
    if missing := [library for library in _NEEDED if find_spec(library) is None]:
        text += f'; {" and ".join(missing)} to run it with is not installed'
        return Finding(bad, title, text, HUB_INSTALL)
    return Finding(Level.OK, title, text if is_chosen else f'{text}; it is not chosen')


def lying_around(root: Path | None = None) -> Iterator[Finding]:
    """
    Name the checkpoints in the local cache of the hub that something here takes.

    :param root: the cache; None = where it is on this machine.
    :returns: one finding for each.
    """
    if root is None:
        try:
            from huggingface_hub.constants import HF_HUB_CACHE
        except ImportError:
            return
        root = Path(HF_HUB_CACHE)
    for config in sorted(root.glob('models--*/snapshots/*/config.json')):
        try:
            kind = json.loads(config.read_text(encoding='utf-8')).get('model_type')
        except (OSError, ValueError, AttributeError):
            continue
        takers = [
            name
            for name, (_, module) in modules().items()
            if hasattr(module, 'CHECKPOINT') and kind in module.CHECKPOINT.types
        ]
        if takers:
            hub_id = config.parents[2].name.removeprefix('models--').replace('--', '/')
            text = f'{hub_id} ({kind}), for {" or ".join(f"{n}.checkpoint" for n in takers)}'
            yield Finding(Level.OK, 'in the cache of the hub', text)


def device(settings: Settings) -> Iterator[Finding]:
    """
    Name what torch computes on, where torch is installed or needed.

    :param settings: ``device`` counts.
    :returns: at most one finding.
    """
    wants_gpu = settings.device == 'cuda'
    try:
        import torch
    except ImportError:
        if wants_gpu:
            text = 'device is cuda, and torch is not installed'
            yield Finding(Level.FAIL, 'device', text, HUB_INSTALL)
        return
    if torch.cuda.is_available():
        found = torch.cuda.get_device_properties(0)
        memory = found.total_memory / _MEGABYTE / 1024
        half = 'f32 and bf16' if torch.cuda.is_bf16_supported() else 'f32'
        unused = '' if wants_gpu else '; it is used with device: cuda'
        text = f'cuda: {found.name}, {memory:.0f} GiB, {half}{unused}'
        yield Finding(Level.OK, 'device', text)
    elif wants_gpu:
        fix = 'device: cpu, or install the driver and a CUDA build of torch'
        text = f'device is cuda, but torch {torch.__version__} finds no GPU'
        yield Finding(Level.FAIL, 'device', text, fix)
    else:
        yield Finding(Level.OK, 'device', f'cpu; torch {torch.__version__} finds no GPU')
