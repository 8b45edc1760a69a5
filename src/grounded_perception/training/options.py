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

"""What a person may turn of a run; light, because the command line reads its defaults here."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from grounded_perception.errors import SettingsError
from grounded_perception.training.fitting.options import FitOptions

if TYPE_CHECKING:
    from grounded_perception.training.tuning.own import OwnPictures


@dataclass(frozen=True)
class RunOptions:
    """
    One run.

    :param out: folder of everything that it leaves; the files that ship are in ``model``.
    :param scenes: scenes to learn from.
    :param sentences: sentences about each, at most.
    :param workers: processes that invent.
    :param width: of the network's tokens; None = of ``start``, else as usual.
    :param layers: of the network; None = the same.
    :param perfect: scenes are seen as they are, which is learned in minutes and no use on a
        robot: to see that everything works.
    :param fit: how it is fitted; its seed is that of the data too.
    :param command: command line, for the model card.
    :param start: weights to begin with, see :func:`..tuning.start.load_start`; empty = none.
    :param own: pictures to learn from beside the invented scenes.
    """

    out: Path
    scenes: int = 60000
    sentences: int = 8
    workers: int = 1
    width: int | None = None
    layers: int | None = None
    perfect: bool = False
    fit: FitOptions = field(default_factory=FitOptions)
    command: str = 'grounded_perception.training.run.run_training'
    start: str = ''
    own: OwnPictures | None = None

    def __post_init__(self) -> None:
        for name in ('scenes', 'sentences', 'workers', 'width', 'layers'):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise SettingsError(f'{name} is {value}: at least 1')
        if self.width is not None and self.width % 4:
            raise SettingsError(f'width is {self.width}: a multiple of 4, the number of heads')
