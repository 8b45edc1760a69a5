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

"""What bags are compressed with; what is cut off or damaged is unpacked as far as it goes."""

from __future__ import annotations

import bz2
import importlib
from pathlib import Path
from typing import Any

from grounded_perception.errors import ModelMissing

#: How every zstd frame begins (RFC 8878); no serialised message begins so.
ZSTD_MAGIC = b'\x28\xb5\x2f\xfd'
_STEP = 1 << 16


def unpacked(data: bytes, compression: str) -> tuple[bytes, bool]:
    """
    Unpack as much as can be.

    :param data: compressed bytes.
    :param compression: ``'zstd'``, ``'lz4'``, ``'bz2'``, or ``''`` or ``'none'`` for none.
    :returns: the bytes, and whether they are all.
    :raises ValueError: when the compression is another.
    """
    if compression in ('', 'none'):
        return data, True
    decompressor = _decompressor(compression)
    parts = []
    for begin in range(0, len(data), _STEP):
        try:
            parts.append(decompressor.decompress(data[begin : begin + _STEP]))
        except Exception:  # each library has its own error for damaged data
            break
        if decompressor.eof:
            break
    return b''.join(parts), decompressor.eof


def unpack_file(source: Path, target: Path) -> bool:
    """
    Unpack a file that is compressed with zstd.

    :param source: the file.
    :param target: is written.
    :returns: whether all of it could be unpacked.
    """
    decompressor, begun = _decompressor('zstd'), False
    with source.open('rb') as packed, target.open('wb') as plain:
        while data := packed.read(_STEP):
            # A file may consist of several frames, one after the other.
            while data:
                try:
                    plain.write(decompressor.decompress(data))
                except Exception:  # damaged: what came before it is kept
                    return False
                begun, data = not decompressor.eof, decompressor.unused_data
                if decompressor.eof:
                    decompressor = _decompressor('zstd')
    return not begun


def _decompressor(compression: str) -> Any:
    if compression == 'bz2':
        return bz2.BZ2Decompressor()
    if compression == 'lz4':
        return _module('lz4.frame').LZ4FrameDecompressor()
    if compression == 'zstd':
        return _module('compression.zstd', 'backports.zstd').ZstdDecompressor()
    raise ValueError(f'compression {compression[:20]!r} is not known')


def _module(*names: str) -> Any:
    """Import the first of several modules that is there; rosbags brings one of them."""
    for name in names:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    raise ModelMissing(
        f'{names[-1]} is not installed, which compressed bags need; '
        f"fix: pip install 'grounded_perception[evaluate]'"
    )
