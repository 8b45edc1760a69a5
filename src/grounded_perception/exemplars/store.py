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
Exemplars on disk: a folder for each name, in it a folder for each exemplar.

An exemplar is written beside its place and moved there whole, so that a power cut leaves either
all of it or nothing; what is broken later is reported and left out, and does not break the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timezone
import os
from pathlib import Path
import secrets
import shutil
import tempfile
from urllib.parse import quote, unquote

import cv2
from grounded_perception.errors import CommandError, SettingsError
from grounded_perception.exemplars.exemplar import Exemplar, Looks
from grounded_perception.exemplars.files import features_by, read, shrunk, write
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

_LONGEST_NAME = 64
#: File systems allow 255 bytes.
_LONGEST_FOLDER = 200


@dataclass(frozen=True)
class Loaded:
    """
    What is known of a name.

    :param exemplars: those that are whole, oldest first.
    :param problems: one sentence for each that is not.
    """

    exemplars: tuple[Exemplar, ...]
    problems: tuple[str, ...]


def default_root() -> Path:
    """Return the folder of exemplars of this user: they are data, no cache."""
    chosen = os.environ.get('XDG_DATA_HOME')
    base = Path(chosen) if chosen else Path.home() / '.local' / 'share'
    return base / 'grounded_perception' / 'exemplars'


def clean_name(name: str) -> str:
    """
    Write a name in the one way that the store uses.

    :param name: as a person wrote it.
    :returns: lower case, single blanks.
    """
    return ' '.join(name.lower().split())


class Store:
    """
    Named exemplars in a folder; several processes may use it at once.

    :param root: the folder; made when the first exemplar is added.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def root(self) -> Path:
        """The folder."""
        return self._root

    def names(self) -> tuple[str, ...]:
        """
        List the names.

        :returns: sorted names that have an exemplar, broken ones included.
        :raises SettingsError: when the folder cannot be read.
        """
        with _reported(self._root):
            found = [(folder, unquote(folder.name)) for folder in _folders(self._root)]
            # a folder that this class would have written otherwise is not its own
            return tuple(name for folder, name in found if self._is_own(folder, name))

    def add(
        self,
        name: str,
        crop: NDArray[np.uint8],
        looks: Looks,
        feature_model: str,
        source: str,
        taken: datetime | None = None,
    ) -> Exemplar:
        """
        Keep an exemplar.

        :param name: what it is called, up to 64 characters; case and outer blanks do not matter.
        :param crop: uint8 ``(h, w, 3)`` RGB; kept with at most 512 pixels a side.
        :param looks: what is compared of it (one row).
        :param feature_model: what made its features.
        :param source: where it was seen, for people.
        :param taken: when, with a time zone; None = now.
        :returns: the exemplar as it was kept.
        :raises CommandError: when the name cannot be used.
        :raises SettingsError: when the folder cannot be written.
        """
        folder = self._folder(name)
        taken = datetime.now(timezone.utc) if taken is None else taken
        stamp = taken.astimezone(timezone.utc).strftime('%Y%m%dT%H%M%S')
        number = f'{stamp}-{secrets.token_hex(4)}'
        kept = Exemplar(number, shrunk(crop), looks, feature_model, source, taken)
        with _reported(self._root):
            self._root.mkdir(parents=True, exist_ok=True)
            scratch = Path(tempfile.mkdtemp(prefix='.adding-', dir=self._root))
            try:
                write(kept, scratch)
                folder.mkdir(exist_ok=True)
                scratch.rename(folder / number)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
        return kept

    def load(self, name: str) -> Loaded:
        """
        Read the exemplars of a name.

        :param name: a name.
        :returns: those that are whole, and what is wrong with the others.
        :raises CommandError: when there is no such name.
        :raises SettingsError: when the folder cannot be read.
        """
        found, problems = [], []
        with _reported(self._root):
            for folder in _folders(self._existing(name)):
                try:
                    found.append(read(folder))
                except (OSError, ValueError, KeyError, TypeError, cv2.error) as exc:
                    problems.append(f'exemplar {folder} is left out: {exc}')
        return Loaded(tuple(found), tuple(problems))

    def features(self, name: str, number: str, model: str, make: Callable[[], Floats]) -> Floats:
        """
        Return what another network than that of the exemplar sees in it; it looks once.

        :param name: a name.
        :param number: the exemplar's number.
        :param model: names the network.
        :param make: looks: ``(1, D)`` float32.
        :returns: ``(1, D)`` float32.
        :raises CommandError: when the name cannot be used.
        """
        return features_by(self._folder(name) / number, model, make)

    def remove(self, name: str, number: str = '') -> int:
        """
        Forget a name, or one exemplar of it; the last one takes the name with it.

        :param name: a name.
        :param number: the exemplar's number; empty = all.
        :returns: how many were removed.
        :raises CommandError: when there is no such name or number.
        :raises SettingsError: when the folder cannot be written.
        """
        folder = self._existing(name)
        with _reported(self._root):
            there = _folders(folder)
            gone = [one for one in there if number in ('', one.name)]
            if number and not gone:
                told = ', '.join(one.name for one in there)
                raise CommandError(f'{name!r} has no exemplar {number!r}, but {told}')
            _discard(self._root, folder if len(gone) == len(there) else gone[0])
        return len(gone)

    def rename(self, name: str, new: str) -> None:
        """
        Give a name's exemplars another name.

        :param name: a name.
        :param new: one that is not taken.
        :raises CommandError: when there is no such name, or the new one is taken or of no use.
        :raises SettingsError: when the folder cannot be written.
        """
        folder, target = self._existing(name), self._folder(new)
        with _reported(self._root):
            if target != folder:
                if _folders(target):
                    raise CommandError(
                        f'there are exemplars of {new!r} already: remove them first'
                    )
                folder.rename(target)

    def _folder(self, name: str) -> Path:
        """Return the folder of a name; its characters cannot lead anywhere else."""
        clean = clean_name(name)
        if not clean or len(clean) > _LONGEST_NAME or not clean.isprintable():
            raise CommandError(
                f'an exemplar needs a name of 1 to {_LONGEST_NAME} characters, got {name!r}'
            )
        try:
            safe = quote(clean, safe=' ').replace('.', '%2E')
        except UnicodeEncodeError as exc:
            raise CommandError(f'an exemplar cannot be called {name!r}: no text') from exc
        if len(safe) > _LONGEST_FOLDER:
            raise CommandError(f'the name {name!r} is too long for a folder: use a shorter one')
        return self._root / safe

    def _is_own(self, folder: Path, name: str) -> bool:
        try:
            return self._folder(name) == folder
        except CommandError:
            return False

    def _existing(self, name: str) -> Path:
        folder = self._folder(name)
        if not folder.is_dir():
            known = ', '.join(self.names()) or 'none'
            raise CommandError(f'there are no exemplars of {name!r}; names known: {known}')
        return folder


def _folders(folder: Path) -> list[Path]:
    """List sub-folders in order of their names; what begins with a dot is being written."""
    if not folder.is_dir():
        return []
    return sorted(one for one in folder.iterdir() if one.is_dir() and not one.name.startswith('.'))


def _discard(root: Path, folder: Path) -> None:
    """Take a folder away at once, then delete it."""
    scratch = Path(tempfile.mkdtemp(prefix='.removing-', dir=root))
    folder.rename(scratch / folder.name)
    shutil.rmtree(scratch, ignore_errors=True)


@contextmanager
def _reported(root: Path) -> Iterator[None]:
    """Turn what the file system refuses into an error of ours."""
    try:
        yield
    except OSError as exc:
        raise SettingsError(
            f'the exemplars in {root} cannot be read or written ({exc.strerror or exc}): choose a '
            'folder that can'
        ) from exc
