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

"""What is well and what is not on this machine, and what to do about it; without ROS."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
import importlib
from importlib import metadata
import json
import os
from pathlib import Path
import sys
import tempfile

from grounded_perception.errors import ModelCorrupt, ModelError, ModelMissing
from grounded_perception.weights import cache_root, CACHE_VARIABLE, is_intact, locate, Source

_MEGABYTE = 1 << 20
_LEAST_PYTHON = (3, 10)
#: What OpenVINO says of a CPU that is about numbers.
_ARITHMETIC = ('FP32', 'BF16', 'FP16', 'INT8')
#: Shared memory that a few frames in flight need with the profile for big images.
_LEAST_SHARED_MEMORY = 64 * _MEGABYTE


class Level(Enum):
    """How bad it is."""

    OK = 'ok'
    WARN = 'warn'  # works, but not all of it or not well
    FAIL = 'FAIL'  # nothing can be perceived until this is mended


@dataclass(frozen=True)
class Finding:
    """
    One thing that was looked at.

    :param level: how bad it is.
    :param name: what was looked at.
    :param text: what is there.
    :param fix: what to do; empty where nothing is to be done.
    """

    level: Level
    name: str
    text: str
    fix: str = ''


@dataclass(frozen=True)
class Library:
    """
    A Python library that is looked for by importing it.

    :param module: its name in Python.
    :param install: shell line that installs it.
    :param needed_for: what does not work without it.
    :param essential: whether nothing works without it.
    """

    module: str
    install: str
    needed_for: str
    essential: bool = True


HUB_INSTALL = "pip install 'grounded_perception[hub]'"
EVALUATE_INSTALL = "pip install 'grounded_perception[evaluate]'"
LIBRARIES = (
    Library('numpy', 'pip install numpy', 'everything'),
    # The other builds of OpenCV need libGL, which servers and robots do not have.
    Library('cv2', 'pip install opencv-python-headless', 'everything'),
    Library('openvino', 'pip install "openvino>=2024.4"', 'the detector and the text encoder'),
    Library('tokenizers', 'pip install tokenizers', 'sentences'),
    Library('safetensors', 'pip install safetensors', 'converting the text encoder', False),
    Library('rosbags', 'pip install rosbags', 'reading and writing bags', False),
    Library('pycocotools', EVALUATE_INSTALL, 'evaluating detections', False),
    Library('motmetrics', EVALUATE_INSTALL, 'evaluating tracks', False),
    Library('jinja2', EVALUATE_INSTALL, 'reports of evaluations', False),
    Library('ray', "pip install 'grounded_perception[ray]'", 'evaluating on a cluster', False),
    Library('torch', HUB_INSTALL, 'device cuda, training, and checkpoints of others', False),
    Library('transformers', HUB_INSTALL, 'detectors and assistants with a checkpoint', False),
)


def python_version(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    """
    Judge the interpreter.

    :param version: major, minor, micro.
    :returns: the finding.
    """
    text = '.'.join(map(str, version))
    if version[:2] < _LEAST_PYTHON:
        return Finding(Level.FAIL, 'python', text, 'use Python 3.10 or newer')
    return Finding(Level.OK, 'python', f'{text} ({sys.executable})')


def library(wanted: Library) -> Finding:
    """
    Judge a library by importing it.

    :param wanted: which.
    :returns: the finding, with its version.
    """
    try:
        module = importlib.import_module(wanted.module)
    except Exception as exc:
        # A library built for another numpy raises whatever it likes while it is imported.
        level = Level.FAIL if wanted.essential else Level.WARN
        text = f'cannot be imported ({type(exc).__name__}: {exc}); needed for {wanted.needed_for}'
        return Finding(level, wanted.module, text, wanted.install)
    known = getattr(module, '__version__', None) or metadata.version(wanted.module)
    return Finding(Level.OK, wanted.module, str(known))


def processor(cpuinfo: Path = Path('/proc/cpuinfo')) -> Finding:
    """
    Name the CPU and what it is good at.

    :param cpuinfo: where the kernel tells.
    :returns: the finding.
    """
    try:
        lines = cpuinfo.read_text(errors='replace').splitlines()
    except OSError:
        lines = []
    facts = {key.strip(): value.strip() for key, _, value in (s.partition(':') for s in lines)}
    name = facts.get('model name', 'unknown CPU')
    flags = set(facts.get('flags', '').split()) & {'avx2', 'avx512f', 'avx512_bf16', 'amx_bf16'}
    cores = len(os.sched_getaffinity(0))
    text = f'{name}, {cores} cores for this process, {" ".join(sorted(flags)) or "no AVX2"}'
    return Finding(Level.OK, 'cpu', text)


def inference_devices(precision: str = 'auto') -> Finding:
    """
    Name what OpenVINO can compute on, and in which arithmetic.

    :param precision: the setting.
    :returns: the finding.
    """
    from grounded_perception.compute import openvino_core, resolve_precision

    try:
        core = openvino_core()
        devices, auto = core.available_devices, resolve_precision(core, 'auto')
        able = core.get_property('CPU', 'OPTIMIZATION_CAPABILITIES')
    except ModelMissing as exc:
        return Finding(Level.FAIL, 'inference', str(exc))
    except RuntimeError as exc:
        return Finding(Level.FAIL, 'inference', f'OpenVINO raised: {exc}', 'reinstall openvino')
    kinds = [word for word in _ARITHMETIC if word in able]
    text = f'OpenVINO on {", ".join(devices)}; the CPU has {", ".join(kinds)}, auto = {auto}'
    if precision == 'bf16' and auto != 'bf16':
        text = f'{text}; precision is bf16, which it only imitates, slowly'
        return Finding(Level.WARN, 'inference', text, 'precision: auto')
    return Finding(Level.OK if 'CPU' in devices else Level.FAIL, 'inference', text)


def shared_memory(folder: Path = Path('/dev/shm')) -> Finding:
    """
    Judge the shared memory through which images travel on one machine.

    :param folder: where it is mounted.
    :returns: the finding.
    """
    try:
        stat = os.statvfs(folder)
    except OSError:
        return Finding(Level.WARN, 'shared memory', f'there is no {folder}: images go by network')
    free = stat.f_bavail * stat.f_frsize
    text = f'{free // _MEGABYTE} MB free in {folder}'
    if free < _LEAST_SHARED_MEMORY:
        fix = 'docker run --shm-size=256m (containers that talk to each other: --ipc=host)'
        return Finding(Level.WARN, 'shared memory', f'{text}, big images need 64 MB', fix)
    return Finding(Level.OK, 'shared memory', text)


def cache() -> Finding:
    """
    Judge the folder of converted models.

    :returns: the finding.
    """
    root = cache_root()
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            pass
    except OSError as exc:
        text = f'{root} cannot be written ({exc.strerror})'
        fix = f'export {CACHE_VARIABLE}=/a/folder/that/can'
        return Finding(Level.FAIL, 'model cache', text, fix)
    return Finding(Level.OK, 'model cache', str(root))


def model(source: Source) -> Finding:
    """
    Judge one weights file and what was made of it.

    :param source: which.
    :returns: the finding.
    """
    name = f'model {source.name}'
    try:
        locate(source)
    except ModelError as exc:
        text, _, fix = str(exc).rpartition(': ')
        kind = 'corrupt' if isinstance(exc, ModelCorrupt) else 'missing'
        return Finding(Level.FAIL, name, f'{kind}: {text}', fix)
    made = cache_root().glob(f'{source.distribution}-{source.sha256[:12]}-*')
    text = f'{source.distribution} {source.version}, {source.licence}, content as pinned'
    if any(_whole(folder) for folder in made):
        return Finding(Level.OK, name, f'{text}, converted')
    fix = 'grounded-perception prepare (else the first start does it)'
    return Finding(Level.WARN, name, f'{text}, not converted yet', fix)


def packaged(source: Source, check: Callable[[], None]) -> Finding:
    """
    Judge a weights file that this package holds itself.

    :param source: which.
    :param check: raises when it is not as pinned.
    :returns: the finding.
    """
    name = f'model {source.name}'
    try:
        check()
    except ModelError as exc:
        text, _, fix = str(exc).rpartition(': ')
        return Finding(Level.FAIL, name, text, fix)
    return Finding(Level.OK, name, f'in this package, {source.licence}, content as pinned')


def _whole(folder: Path) -> bool:
    """Say whether a folder holds what its own manifest promises."""
    try:
        names = tuple(json.loads((folder / 'manifest.json').read_text()))
    except (OSError, ValueError, TypeError):
        return False
    return bool(names) and is_intact(folder, names)
