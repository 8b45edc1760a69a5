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

"""Eight bits instead of sixteen, with ranges found on pictures of the camera in question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
import contextlib
import hashlib
from importlib import import_module, metadata
import io
import logging
import os
from pathlib import Path
from typing import Any

from grounded_perception.errors import FrameError, ModelFailed, ModelMissing, SettingsError
from grounded_perception.imaging.decode import decode_compressed
from grounded_perception.records import Floats
from grounded_perception.weights import file_hash
import numpy as np
from numpy.typing import NDArray

INSTALL = 'pip install nncf'
#: Pictures used: more add nothing but minutes.
MOST = 100
_ENDINGS = ('.bmp', '.jpeg', '.jpg', '.png', '.ppm', '.tif', '.tiff', '.webp')
#: What turns features into boxes and scores stays exact: rounded, it loses half of the boxes.
_EXACT = ('.*box_head.*', '.*class_head.*', '.*objectness_head.*')


def frames_in(calibration: str, detector: str) -> tuple[Path, ...]:
    """
    List the pictures of a folder.

    :param calibration: the option.
    :param detector: name of the detector, for messages.
    :returns: at least one and at most :data:`MOST` files, by name.
    :raises SettingsError: when it is no folder, or one without pictures.
    """
    try:
        folder = Path(calibration.strip()).expanduser()
        found = sorted(p for p in folder.iterdir() if p.suffix.lower() in _ENDINGS)
    except (OSError, RuntimeError, ValueError) as exc:
        raise SettingsError(
            f'{detector}.calibration {calibration!r} cannot be read as a folder: '
            f'{getattr(exc, "strerror", None) or exc}'
        ) from exc
    if not found:
        raise SettingsError(
            f'{detector}.calibration {folder} holds no picture ({" ".join(_ENDINGS)})'
        )
    return tuple(found[:MOST])


def fingerprint_of(frames: Sequence[Path]) -> str:
    """
    Name a set of pictures and the library that learns from them.

    :param frames: their files.
    :returns: 12 hexadecimal digits.
    :raises ModelMissing: when nncf is not installed.
    """
    try:
        version = metadata.version('nncf')
    except metadata.PackageNotFoundError as exc:
        raise ModelMissing(f'quantize is int8, and nncf is not installed: {INSTALL}') from exc
    content = ''.join(file_hash(path) for path in frames)
    return hashlib.sha256(f'{version} {content}'.encode()).hexdigest()[:12]


def to_int8(
    model: Any, frames: Sequence[Path], prepare: Callable[[NDArray[np.uint8]], Floats]
) -> Any:
    """
    Round a network to eight bits.

    :param model: an ``openvino.Model`` with one input; it is left as it is.
    :param frames: pictures.
    :param prepare: makes pixels of one.
    :returns: another ``openvino.Model``.
    :raises ModelMissing: when nncf is not installed.
    :raises SettingsError: when a picture cannot be read.
    :raises ModelFailed: when nncf fails.
    """
    try:
        # It reports each use to its maker unless told that it runs in somebody's tests.
        os.environ.setdefault('NNCF_CI', '1')
        # It tells of frameworks that it finds or misses, which is nobody's concern here.
        with contextlib.redirect_stdout(io.StringIO()):
            nncf: Any = import_module('nncf')
    except ImportError as exc:
        raise ModelMissing(f'quantize is int8, and nncf is not installed: {INSTALL}') from exc
    logging.getLogger('nncf').setLevel(logging.ERROR)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            return nncf.quantize(
                model,
                nncf.Dataset(list(frames), lambda path: prepare(_read(path))),
                subset_size=len(frames),
                model_type=nncf.ModelType.TRANSFORMER,
                ignored_scope=nncf.IgnoredScope(patterns=list(_EXACT), validate=False),
            )
    except FrameError as exc:
        raise SettingsError(f'calibration: {exc}') from exc
    except Exception as exc:
        # It raises errors of its own, of OpenVINO and of whatever it calls.
        line = str(exc).strip().partition('\n')[0]
        raise ModelFailed(
            f'nncf cannot quantize the network: {type(exc).__name__}: {line}'
        ) from exc


def _read(path: Path) -> NDArray[np.uint8]:
    try:
        return decode_compressed(path.read_bytes())
    except (OSError, FrameError) as exc:
        raise FrameError(f'{path} cannot be read: {exc}') from exc
