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
Read a PyTorch checkpoint of plain tensors without PyTorch, and without running what it says.

A ``.pth`` of before PyTorch 1.6 is a row of pickles followed by the numbers. A pickle may name any
function to be called; here it may name the four things that a dictionary of tensors is made of,
and these are ours. https://docs.python.org/3/library/pickle.html#restricting-globals
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
import pickle
from typing import Any, BinaryIO

from grounded_perception.errors import ModelCorrupt
import numpy as np
from numpy.typing import NDArray

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_STORAGES = {'FloatStorage': np.dtype('<f4'), 'LongStorage': np.dtype('<i8')}


def read_tensors(path: Path) -> dict[str, NDArray[Any]]:
    """
    Read a dictionary of tensors.

    :param path: a checkpoint in the format of before PyTorch 1.6, its hash already checked.
    :returns: name → array, float32 or int64.
    :raises ModelCorrupt: when it is anything else.
    """
    try:
        with path.open('rb') as stream:
            return _read(stream, path.stat().st_size)
    except (
        pickle.UnpicklingError, EOFError, ValueError, TypeError, KeyError, IndexError,
        AttributeError, OSError, ImportError, OverflowError, MemoryError,
    ) as exc:  # fmt: skip
        raise ModelCorrupt(f'{path} is no dictionary of tensors: {exc}') from exc


def _read(stream: BinaryIO, size: int) -> dict[str, NDArray[Any]]:
    storages: dict[str, NDArray[Any]] = {}
    opening = [_Reader(stream, storages, size).load() for _ in range(3)]
    if opening[:2] != [_MAGIC, _PROTOCOL] or opening[2].get('little_endian') is not True:
        raise ValueError('not in the format of before PyTorch 1.6')
    tensors = _Reader(stream, storages, size).load()
    for key in _Reader(stream, storages, size).load():
        storage = storages[key]
        head, numbers = stream.read(8), stream.read(storage.nbytes)
        is_whole = len(head) == 8 and len(numbers) == storage.nbytes
        if not is_whole or int.from_bytes(head, 'little') != len(storage):
            raise ValueError(f'storage {key} is cut off')
        storage[:] = np.frombuffer(numbers, storage.dtype)
    if stream.read(1):
        raise ValueError('something follows the last tensor')
    if not isinstance(tensors, OrderedDict) or not all(
        isinstance(name, str) and isinstance(value, np.ndarray) for name, value in tensors.items()
    ):
        raise ValueError('it holds something else')
    return dict(tensors)


class _Reader(pickle.Unpickler):
    """An unpickler that knows four names, none of which runs foreign code."""

    def __init__(
        self, stream: BinaryIO, storages: dict[str, NDArray[Any]], most_bytes: int
    ) -> None:
        super().__init__(stream)
        self._storages = storages
        self._most_bytes = most_bytes

    def find_class(self, module: str, name: str) -> Any:
        """Return what a name of the pickle stands for; refuse every other name."""
        if (module, name) == ('collections', 'OrderedDict'):
            return OrderedDict
        if (module, name) == ('torch._utils', '_rebuild_tensor_v2'):
            return _rebuild
        if module == 'torch' and name in _STORAGES:
            return _STORAGES[name]
        raise pickle.UnpicklingError(f'{module}.{name} is not allowed in a checkpoint')

    def persistent_load(self, pid: Any) -> NDArray[Any]:
        """Return the storage that a tensor looks into; its numbers come later in the file."""
        kind, dtype, key, _device, count, view = pid
        if kind != 'storage' or not isinstance(dtype, np.dtype) or view is not None:
            raise pickle.UnpicklingError(f'{pid!r} is no storage')
        if key not in self._storages:
            if not 0 <= count * dtype.itemsize <= self._most_bytes:
                raise pickle.UnpicklingError(f'storage {key} is larger than the file')
            self._storages[key] = np.zeros(count, dtype)
        return self._storages[key]


def _rebuild(
    storage: NDArray[Any],
    offset: int,
    shape: tuple[int, ...],
    stride: tuple[int, ...],
    requires_grad: bool,
    hooks: Any,
    metadata: Any = None,
) -> NDArray[Any]:
    """Return a tensor as a view of its storage, as ``torch._utils._rebuild_tensor_v2`` does."""
    whole = all(type(n) is int and n >= 0 for n in (offset, *shape, *stride))
    last = offset + sum((n - 1) * step for n, step in zip(shape, stride, strict=True))
    if not whole or (0 not in shape and last >= len(storage)):
        raise pickle.UnpicklingError('a tensor reaches beyond its storage')
    steps = tuple(step * storage.itemsize for step in stride)
    return np.lib.stride_tricks.as_strided(storage[offset:], shape, steps)
