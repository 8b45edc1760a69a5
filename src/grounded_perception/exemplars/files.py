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

"""
The files of one exemplar: ``crop.png``, two vectors without pickles, ``about.json``.

``about.json`` holds the hashes of the others: what was changed or cut off shows when it is read.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
import hashlib
import json
import os
from pathlib import Path

import cv2
from grounded_perception.exemplars.exemplar import COLOUR_SHARES, Exemplar, Looks
from grounded_perception.records import Floats
from grounded_perception.weights import file_hash
import numpy as np
from numpy.typing import NDArray

CROP, FEATURES, COLOURS, ABOUT = 'crop.png', 'features.npy', 'colours.npy', 'about.json'
_HASHED = (CROP, FEATURES, COLOURS)
_VERSION = 1
#: Longest side of a crop that is kept, in pixels.
_MOST_PIXELS = 512


def shrunk(crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """
    Make a picture small enough to be kept.

    :param crop: uint8 ``(h, w, 3)`` RGB.
    :returns: a copy, at most 512 pixels on its longer side.
    """
    scale = _MOST_PIXELS / max(crop.shape[:2])
    if scale >= 1:
        return np.array(crop, np.uint8)
    size = (max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale)))
    return np.asarray(cv2.resize(crop, size, interpolation=cv2.INTER_AREA), np.uint8)


def write(kept: Exemplar, folder: Path) -> None:
    """
    Write an exemplar.

    :param kept: the exemplar.
    :param folder: an empty folder.
    :raises OSError: when it cannot be written.
    """
    _, png = cv2.imencode('.png', cv2.cvtColor(kept.crop, cv2.COLOR_RGB2BGR))
    (folder / CROP).write_bytes(png.tobytes())
    np.save(folder / FEATURES, kept.looks.features[0], allow_pickle=False)
    np.save(folder / COLOURS, kept.looks.colours[0], allow_pickle=False)
    about = {
        'version': _VERSION,
        'source': kept.source,
        'taken': kept.taken.isoformat(),
        'feature_model': kept.feature_model,
        'sha256': {name: file_hash(folder / name) for name in _HASHED},
    }
    (folder / ABOUT).write_text(json.dumps(about, indent=1) + '\n', encoding='utf-8')


def read(folder: Path) -> Exemplar:
    """
    Read an exemplar.

    :param folder: where :func:`write` put it.
    :returns: the exemplar.
    :raises OSError: when a file is missing.
    :raises ValueError: when a file is not what was written; so do KeyError, TypeError and OpenCV's
        own error.
    """
    about = json.loads((folder / ABOUT).read_text(encoding='utf-8'))
    if about['version'] != _VERSION:
        raise ValueError(f'it is of version {about["version"]}, this package reads {_VERSION}')
    for name in _HASHED:
        if file_hash(folder / name) != about['sha256'][name]:
            raise ValueError(f'{name} is not what was written')
    looks = Looks(_vector(folder / FEATURES), _vector(folder / COLOURS))
    if looks.colours.shape[1] != COLOUR_SHARES:
        raise ValueError(f'{COLOURS} must hold {COLOUR_SHARES} numbers')
    bgr = cv2.imread(str(folder / CROP), cv2.IMREAD_COLOR)
    if bgr is None:
        raise ValueError(f'{CROP} is no picture')
    crop = np.asarray(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), np.uint8)
    taken = datetime.fromisoformat(about['taken'])
    texts = (str(about['feature_model']), str(about['source']))
    return Exemplar(folder.name, crop, looks, *texts, taken)


def features_by(folder: Path, model: str, make: Callable[[], Floats]) -> Floats:
    """
    Return what another network sees in an exemplar; it looks once, the next start reads it.

    :param folder: of the exemplar.
    :param model: names the network.
    :param make: looks: ``(1, D)`` float32.
    :returns: ``(1, D)`` float32.
    """
    path = folder / f'features-{hashlib.sha256(model.encode()).hexdigest()[:16]}.npy'
    with suppress(OSError, ValueError, EOFError):
        return _vector(path)
    made = make()
    scratch = path.with_name(f'.{path.stem}-{os.getpid()}.npy')
    # What cannot be written only costs the next start time.
    with suppress(OSError):
        np.save(scratch, made[0], allow_pickle=False)
        scratch.replace(path)
    return made


def _vector(path: Path) -> Floats:
    """Read a vector as one row."""
    vector = np.load(path, allow_pickle=False)
    if vector.dtype != np.float32 or vector.ndim != 1 or not np.isfinite(vector).all():
        raise ValueError(f'{path.name} holds no vector')
    return np.asarray(vector[None], np.float32)
