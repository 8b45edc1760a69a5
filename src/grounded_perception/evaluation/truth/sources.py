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

"""Where truths are and how they are read: plain data that another machine understands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from grounded_perception.evaluation.truth.files import bytes_of


@dataclass(frozen=True)
class TruthSource:
    """
    What the user said about the truth.

    :param paths: one truth; or one with boxes and one with sentences about the same images.
    :param form: of all of them; ``'auto'`` = told from what is there.
    :param mapping: truth's name of a class → detector's word.
    :param frames_map: file that says which image is where in the recording; None = there is none.
    :param split: of sentences, only those of this split; empty = all.
    :param topic: of the recording, with ``vision_msgs/msg/Detection2DArray``, whose boxes are the
        truth; empty = ``paths`` are.
    :param digest: of the truth once it was read: it tells a file that has changed since.
    """

    paths: tuple[Path, ...] = ()
    form: str = 'auto'
    mapping: Mapping[str, str] = field(default_factory=dict)
    frames_map: Path | None = None
    split: str = ''
    topic: str = ''
    digest: str = ''

    @property
    def identity(self) -> dict[str, Any]:
        """
        Everything that decides what the truth says, as JSON.

        :raises TruthError: when the file of frames cannot be read.
        """
        return {
            'paths': [path.name for path in self.paths],
            'form': self.form,
            'mapping': dict(sorted(self.mapping.items())),
            'frames_map': sha256(bytes_of(self.frames_map)).hexdigest() if self.frames_map else '',
            'split': self.split,
            'topic': self.topic,
            'digest': self.digest,
        }
