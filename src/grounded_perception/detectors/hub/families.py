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

"""What a checkpoint must be: said once by whatever takes one, read by its loader and by doctor."""

from __future__ import annotations

from dataclasses import dataclass

from grounded_perception.detectors.hub.checkpoints import Checkpoint, inspect
from grounded_perception.detectors.hub.locating import locate
from grounded_perception.detectors.hub.options import CheckpointSource


@dataclass(frozen=True)
class Family:
    """
    One family of checkpoints; a module that takes one calls its own ``CHECKPOINT``.

    :param name: of the module, which is the name of its options.
    :param types: the ``model_type`` values that it takes; none = any.
    :param example: a hub id that would do.
    :param reads_text: whether it needs a tokenizer.
    :param sees: whether it needs a description of how images are prepared.
    """

    name: str
    types: tuple[str, ...]
    example: str
    reads_text: bool = True
    sees: bool = True

    def find(self, options: CheckpointSource) -> Checkpoint:
        """
        Find a checkpoint and check its files; neither torch nor transformers is imported.

        :param options: what the user wrote.
        :returns: the checked folder.
        :raises SettingsError: when none was named, or it is of another kind.
        :raises ModelMissing: when it is not on this disk, or not whole.
        :raises ModelCorrupt: when a file of it cannot be read.
        """
        folder = locate(options, self.name, self.example)
        return inspect(folder, self.name, self.types, self.reads_text, self.sees)
