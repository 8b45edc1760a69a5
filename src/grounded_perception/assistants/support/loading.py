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

"""What prepares the inputs of a network, out of a checked folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from grounded_perception.detectors.hub.checkpoints import Checkpoint
from grounded_perception.errors import ModelCorrupt


def load_part(checkpoint: Checkpoint, class_name: str) -> Any:
    """
    Load a processor, an image processor or the like of a checkpoint.

    :param checkpoint: a checked folder.
    :param class_name: a class of transformers that needs no torchvision.
    :returns: an instance of it.
    :raises ModelCorrupt: when it cannot be made of what is in the folder.
    """
    import transformers

    folder = str(checkpoint.folder)
    try:
        with _quiet(transformers):
            return getattr(transformers, class_name).from_pretrained(
                folder, local_files_only=True, trust_remote_code=False
            )
    except Exception as exc:
        # Whatever a foreign description makes a library do, it is the checkpoint's fault.
        first = str(exc).strip().partition('\n')[0]
        raise ModelCorrupt(
            f'{folder} cannot be loaded as {class_name}: {type(exc).__name__}: {first}'
        ) from exc


@contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """Keep the library from telling that torchvision is missing: it is not needed."""
    log = transformers.utils.logging
    verbosity = log.get_verbosity()
    log.set_verbosity(log.CRITICAL)
    try:
        yield
    finally:
        log.set_verbosity(verbosity)
