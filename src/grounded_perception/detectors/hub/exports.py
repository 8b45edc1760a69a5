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
What a checkpoint was turned into, kept on the disk from start to start.

Turning a network into OpenVINO's form takes from seconds to minutes; it depends on the weights,
their description and the libraries, never on the words that are asked. So it is made once, under a
name that holds all of these, and checked whenever it is loaded.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
import hashlib
from importlib import metadata
import json
from pathlib import Path
import shutil
import tempfile

from grounded_perception.detectors.hub.checkpoints import Checkpoint, CONFIG, weights_of
from grounded_perception.weights import (
    cache_root,
    file_hash,
    is_intact,
    locked,
    MANIFEST,
)

FOLDER = 'exported'
MODEL, _WEIGHTS = 'model.xml', 'model.bin'
#: Changes when what is exported changes.
_REVISION = '1'
#: Libraries that have a say in what comes out.
_LIBRARIES = ('openvino', 'torch', 'transformers')


def fingerprint(checkpoint: Checkpoint) -> str:
    """
    Name the content of a checkpoint together with what would export it.

    :param checkpoint: a checked folder.
    :returns: 16 hexadecimal digits; others as soon as one weight or one version is another.
    """
    digest = hashlib.sha256(_REVISION.encode())
    for path in (checkpoint.folder / CONFIG, *weights_of(checkpoint.folder)):
        digest.update(f'{path.name}:{file_hash(path)}\n'.encode())
    for library in _LIBRARIES:
        digest.update(f'{library}:{metadata.version(library)}\n'.encode())
    return digest.hexdigest()[:16]


def kept_at(name: str) -> Path | None:
    """
    Find an export without making one.

    :param name: as :func:`exported` was given it.
    :returns: its ``.xml``, or None when it is not there or not whole.
    """
    folder = cache_root() / FOLDER / name
    if not is_intact(folder, (MODEL, _WEIGHTS)):
        return None
    with suppress(OSError):  # a disk that is read only forgets nothing anyway
        (folder / MANIFEST).touch()
    return folder / MODEL


def exported(name: str, make: Callable[[Path], None]) -> Path:
    """
    Return an OpenVINO model; make it if it is not kept yet.

    Two processes may ask at once: one makes it, the other waits. What is cut off leaves nothing
    under the final name, what was damaged is made anew.

    :param name: of a folder: detector, part, :func:`fingerprint`, arithmetic of the weights.
    :param make: writes ``model.xml`` and ``model.bin`` beside it: ``make(path_of_the_xml)``.
    :returns: the ``.xml``, its hash and that of its weights checked.
    :raises ModelMissing: when the cache folder cannot be written.
    """
    folder = cache_root() / FOLDER / name
    with locked(folder):
        if kept_at(name) is None:
            shutil.rmtree(folder, ignore_errors=True)
            scratch = Path(tempfile.mkdtemp(prefix='.exporting-', dir=folder.parent))
            try:
                make(scratch / MODEL)
                manifest = {part: file_hash(scratch / part) for part in (MODEL, _WEIGHTS)}
                (scratch / MANIFEST).write_text(json.dumps(manifest, indent=1))
                scratch.rename(folder)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
    return folder / MODEL


def forget(prefix: str, most: int) -> None:
    """
    Remove the exports of a kind that were not used the longest.

    :param prefix: what their names begin with.
    :param most: how many may stay.
    """
    found = [path for path in (cache_root() / FOLDER).glob(f'{prefix}*') if path.is_dir()]
    for folder in sorted(found, key=_last_used, reverse=True)[most:]:
        shutil.rmtree(folder, ignore_errors=True)


def _last_used(folder: Path) -> float:
    try:
        return (folder / MANIFEST).stat().st_mtime
    except OSError:
        return 0.0
