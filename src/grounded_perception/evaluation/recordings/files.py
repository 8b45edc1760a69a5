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

"""The files of a bag: which they are, in what order, and each opened whole or up to its break."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePath
import re
import tempfile
from typing import Any

from grounded_perception.errors import ModelMissing, RecordingError
from grounded_perception.evaluation.recordings import (
    mcap_format,
    ros1_format,
    sqlite_pages,
    sqlite_rows,
)
from grounded_perception.evaluation.recordings.packing import unpack_file, ZSTD_MAGIC
from grounded_perception.evaluation.recordings.scanned import Broken, ScannedFile
from grounded_perception.evaluation.recordings.storage import StorageFile
from grounded_perception.evaluation.recordings.whole import WholeFile

#: Endings of the files that hold a bag of ROS 2.
ENDINGS = ('.mcap', '.db3', '.mcap.zstd', '.db3.zstd')
_METADATA = 'metadata.yaml'
_MAGICS = (mcap_format.MAGIC, sqlite_pages.MAGIC, ros1_format.MAGIC)


def natural(name: str) -> tuple[tuple[str | int, ...], str]:
    """
    Return a sorting key by which ``img2`` comes before ``img10``.

    :param name: of a file.
    :returns: the key.
    """
    parts = re.split('([0-9]+)', name)
    return tuple(int(p) if i % 2 else p.casefold() for i, p in enumerate(parts)), name


def is_bag(path: Path) -> bool:
    """
    Tell whether a file or folder is a bag, by its content, or by its name where it is broken.

    :param path: it must exist.
    :returns: whether it is.
    """
    if path.is_dir():
        return (path / _METADATA).is_file() or any(_inside(path))
    return path.name.endswith((*ENDINGS, '.bag')) or _head(path).startswith(_MAGICS)


def _inside(folder: Path) -> list[Path]:
    found = (p for p in folder.iterdir() if p.name.endswith(ENDINGS) and p.is_file())
    return sorted(found, key=lambda each: natural(each.name))


def _head(path: Path) -> bytes:
    try:
        with path.open('rb') as file:
            return file.read(16)
    except OSError as exc:
        raise RecordingError(f'{path} cannot be read: {exc.strerror}') from exc


@dataclass
class BagFiles:
    """
    The opened files of one bag.

    :param paths: as they lie there, in order.
    :param files: those of them that could be opened.
    :param problems: with the others, and with metadata.
    """

    paths: list[Path]
    files: list[StorageFile] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    _unpacked: tempfile.TemporaryDirectory[str] | None = None

    @staticmethod
    def open(path: Path) -> BagFiles:
        """
        Open a bag.

        :param path: a file or a folder.
        :returns: its files.
        :raises RecordingError: when none can be read.
        """
        bag = BagFiles([path])
        if path.is_dir():
            bag.paths = bag._listed(path)
        try:
            for each in bag.paths:
                bag._add(each)
            if not bag.files:
                raise RecordingError(f'bag {path} cannot be read: {"; ".join(bag.problems)}')
        except BaseException:
            bag.close()
            raise
        return bag

    def _listed(self, folder: Path) -> list[Path]:
        """Return the files that the metadata lists, or those in the folder."""
        found = _inside(folder)
        metadata = folder / _METADATA
        if metadata.is_file():
            try:
                # Only names: a bag does not reach out of its folder.
                names = [PurePath(each).name for each in _relative_paths(metadata)]
            except Exception as exc:  # whatever the text holds in place of what it should
                self.problems.append(f'{_METADATA} cannot be read ({exc!r})')
            else:
                missing = [each for each in names if not (folder / each).is_file()]
                self.problems += [f'{each} is missing' for each in missing]
                found = [folder / each for each in names if each not in missing]
        if not found:
            raise RecordingError(
                f'bag {folder} has no files: {"; ".join(self.problems) or "it is empty"}'
            )
        return found

    def _add(self, path: Path) -> None:
        try:
            opened = self._opened(path)
        except (Broken, OSError) as exc:
            self.problems.append(f'{path.name} cannot be read ({exc})')
            return
        self.files.append(opened)
        log = path.with_name(f'{path.name}-wal')
        if log.is_file() and log.stat().st_size:
            self.problems.append(
                f'{log.name} holds messages that never came into the bag; they are not read'
            )

    def _opened(self, path: Path) -> StorageFile:
        head = _head(path)
        if head.startswith(ZSTD_MAGIC):
            self._unpacked = self._unpacked or tempfile.TemporaryDirectory()
            plain = Path(self._unpacked.name) / path.name.removesuffix('.zstd')
            if not unpack_file(path, plain):
                self.problems.append(f'{path.name} is cut off or damaged as compressed data')
            path, head = plain, _head(plain)
        if not head:
            raise Broken('it is empty')
        if head.startswith(mcap_format.MAGIC):
            return _mcap(path)
        if head.startswith(ros1_format.MAGIC):
            return _whole_or(path, True, lambda: ScannedFile(path, ros1_format.Ros1Format()))
        if head.startswith(sqlite_pages.MAGIC):
            return _whole_or(path, False, lambda: sqlite_rows.RowsFile(path))
        raise Broken(f'it is no bag: it begins with {head[:8].hex()}')

    def close(self) -> None:
        """Close the files and remove what was unpacked."""
        for each in self.files:
            each.close()
        if self._unpacked is not None:
            self._unpacked.cleanup()
            self._unpacked = None


def _mcap(path: Path) -> StorageFile:
    def scanned() -> StorageFile:
        return ScannedFile(path, mcap_format.McapFormat())

    # Without an index rosbags refuses messages that are not in order.
    return _whole_or(path, False, scanned) if mcap_format.is_indexed(path) else scanned()


def _whole_or(path: Path, is_ros1: bool, otherwise: Any) -> StorageFile:
    """Open with rosbags, or from the beginning where it refuses."""
    try:
        return WholeFile(path, is_ros1)
    except ModelMissing:
        raise
    except Exception as exc:  # whatever rosbags stumbles on
        try:
            opened: StorageFile = otherwise()
        except Broken as broken:
            raise Broken(str(broken)) from exc
        return opened


def _relative_paths(metadata: Path) -> list[str]:
    import yaml

    read = yaml.safe_load(metadata.read_text(encoding='utf-8'))
    paths = read['rosbag2_bagfile_information']['relative_file_paths']
    return [str(each) for each in paths]
