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
Where a fit stands, in one safetensors file: nothing in it is code, and it is whole or not there.

All randomness of a fit is drawn from seed and step, so that the number of the step stands for
the state of every random generator and of the order of the data.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
import json
import os
from pathlib import Path
from typing import Any

from grounded_perception.errors import ModelCorrupt, ModelMissing
from safetensors import safe_open, SafetensorError
from safetensors.torch import save
from torch import Tensor

#: The checkpoint inside a fit's folder.
FILE = 'checkpoint.safetensors'


@dataclass(frozen=True)
class Stored:
    """
    A safetensors file.

    :param tensors: by name.
    :param about: by name, anything that JSON holds.
    """

    tensors: Mapping[str, Tensor]
    about: Mapping[str, Any]

    def part(self, prefix: str) -> dict[str, Tensor]:
        """Return the tensors whose names begin so, without that beginning."""
        found = self.tensors.items()
        return {k.removeprefix(prefix): v for k, v in found if k.startswith(prefix)}


def write(path: Path, stored: Stored) -> None:
    """
    Write a file in one stroke: whoever reads sees the old or the new one, never a part.

    :param path: the file.
    :param stored: its content.
    """
    tensors = {k: v.detach().cpu().contiguous().clone() for k, v in stored.tensors.items()}
    scratch = path.with_name(f'.{path.name}.{os.getpid()}')
    try:
        with scratch.open('wb') as stream:
            stream.write(save(tensors, {k: json.dumps(v) for k, v in stored.about.items()}))
            stream.flush()
            os.fsync(stream.fileno())
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)


def read(path: Path) -> Stored:
    """
    Read a file that :func:`write` wrote.

    :param path: the file.
    :returns: its content.
    :raises ModelMissing: when there is none.
    :raises ModelCorrupt: when it is not such a file.
    """
    if not path.is_file():
        raise ModelMissing(f'there is no file {path}')
    try:
        with safe_open(path, framework='pt') as file:
            about = {k: json.loads(v) for k, v in (file.metadata() or {}).items()}
            # One name at a time, copied: the file may be replaced while it is in use.
            return Stored({name: file.get_tensor(name).clone() for name in file.keys()}, about)  # noqa: SIM118
    except (SafetensorError, ValueError) as exc:
        raise ModelCorrupt(f'{path} is no weights file of this package: {exc}') from exc
