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

"""Remembers which steps are done, and for which inputs."""

from __future__ import annotations

from collections.abc import Iterable
import hashlib
from pathlib import Path


def digest(*, facts: Iterable[str] = (), paths: Iterable[Path] = ()) -> str:
    """
    Condense everything a step depends on into one key.

    :param facts: texts such as a version or a mode.
    :param paths: files, or folders whose files all count; a missing one counts as missing.
    :returns: hexadecimal SHA-256.
    """
    state = hashlib.sha256()
    for fact in facts:
        state.update(f'fact {len(fact)} {fact}\n'.encode())
    for path in paths:
        files = sorted(p for p in path.rglob('*') if p.is_file()) if path.is_dir() else [path]
        for file in files:
            content = file.read_bytes() if file.is_file() else b'missing'
            name = file.relative_to(path.parent)
            state.update(f'file {name} {len(content)}\n'.encode())
            state.update(content)
    return state.hexdigest()


class Stamps:
    """
    One small file per finished step.

    A step that was begun and not finished has an empty file: it is neither done nor fresh.

    :param folder: where the files lie; made when first written to.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _read(self, step: str) -> str | None:
        try:
            return (self._folder / step).read_text()
        except FileNotFoundError:
            return None

    def done(self, step: str, key: str) -> bool:
        """
        Tell whether a step was finished with these inputs.

        :param step: name of the step.
        :param key: digest of its inputs.
        """
        return self._read(step) == key

    def interrupted(self, step: str) -> bool:
        """
        Tell whether a step was begun and not finished.

        :param step: name of the step.
        """
        return self._read(step) == ''

    def exists(self) -> bool:
        """Tell whether there is a place for stamps yet."""
        return self._folder.is_dir()

    def begin(self, step: str) -> None:
        """
        Note that a step begins.

        :param step: name of the step.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / step).write_text('')

    def finish(self, step: str, key: str) -> None:
        """
        Note that a step ended well.

        :param step: name of the step.
        :param key: digest of its inputs.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / step).write_text(key)
