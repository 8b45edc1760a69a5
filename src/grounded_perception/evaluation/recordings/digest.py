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

"""What tells one recording's content from another's."""

from __future__ import annotations

from collections.abc import Sequence
import hashlib
from pathlib import Path

from grounded_perception.errors import RecordingError

_BLOCK = 1 << 20


def digest(paths: Sequence[Path], is_folder: bool) -> str:
    """
    Hash what is read.

    :param paths: the files, in the order of reading.
    :param is_folder: whether names and sizes count as well.
    :returns: SHA-256, hexadecimal; of a single file that of its bytes.
    :raises RecordingError: when a file cannot be read.
    """
    hashed = hashlib.sha256()
    block = bytearray(_BLOCK)
    for path in paths:
        try:
            with path.open('rb') as file:
                if is_folder:
                    hashed.update(f'{path.name}\0{path.stat().st_size}\0'.encode())
                while size := file.readinto(block):
                    hashed.update(memoryview(block)[:size])
        except OSError as exc:
            raise RecordingError(f'{path} cannot be read: {exc.strerror}') from exc
    return hashed.hexdigest()
