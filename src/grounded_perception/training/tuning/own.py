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

"""Pictures and sentences of one's own: some to learn from, some held out, invented ones beside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
import hashlib
from pathlib import Path
import sys

from grounded_perception.detectors.base import Detector
from grounded_perception.errors import FrameError, TrainingError
from grounded_perception.fusion.tokens import Words
from grounded_perception.settings import Settings
from grounded_perception.training.examples import Example
from grounded_perception.training.human.refcoco import by_picture, looked_at
from grounded_perception.training.human.refcoco_files import read
from grounded_perception.weights import file_hash

#: Loads the detector and the words over its names: who starts the fit knows how.
Eyes = Callable[[], tuple[Detector, Words]]
#: One picture of so many is held out.
_HELD_OUT = 10
#: With fewer held-out sentences than this neither shares nor a temperature mean anything.
ENOUGH = 20


@dataclass(frozen=True)
class OwnPictures:
    """
    Where pictures and sentences are; see :mod:`..human.refcoco_files` for their forms.

    :param annotations: sentences, ``.json`` or ``.jsonl``.
    :param images: folder of the pictures.
    :param eyes: loads what looks at them.
    :param instances: COCO's ``instances.json``, where the annotations refer to it.
    :param split: only sentences of this split; empty = all.
    """

    annotations: Path
    images: Path
    eyes: Eyes
    instances: Path | None = None
    split: str = ''


@dataclass(frozen=True)
class OwnExamples:
    """
    What the pictures came to.

    :param learned: to learn from, one for each picture.
    :param held_out: to measure on.
    :param name: of the annotations.
    :param sha256: of the annotations.
    """

    learned: list[Example]
    held_out: list[Example]
    name: str
    sha256: str

    @property
    def enough(self) -> bool:
        """Say whether there are enough held-out sentences to judge by."""
        return sentences(self.held_out) >= ENOUGH

    def counts(self) -> str:
        """Return how much there is."""
        return (
            f'{sentences(self.learned)} sentences about {len(self.learned)} pictures to learn '
            f'from, {sentences(self.held_out)} about {len(self.held_out)} held out'
        )

    def told(self) -> str:
        """Return what was learned from, for the model card."""
        return f'{self.name} (SHA-256 {self.sha256}): {self.counts()}'


def sentences(examples: Sequence[Example]) -> int:
    """
    Count sentences.

    :param examples: of any pictures.
    :returns: how many there are about all of them.
    """
    return sum(len(example.target) for example in examples)


def look(own: OwnPictures, say: Callable[[str], None] = lambda text: None) -> OwnExamples:
    """
    Look at one's own pictures as the node would.

    :param own: where they are.
    :param say: told what begins, and in whole sentences what came of it.
    :returns: examples.
    :raises TrainingError: when the annotations are wrong, or nothing can be learned from them.
    :raises FrameError: when a picture is missing or cannot be read.
    :raises PerceptionError: when the detector or the words cannot be loaded.
    """
    from tqdm import tqdm

    pictures = by_picture(read(own.annotations, own.instances, own.split))
    if not pictures:
        of = f' of split {own.split!r}' if own.split else ''
        raise TrainingError(f'{own.annotations} has no sentence{of}')
    for name, said in pictures.items():
        # Before the first is looked at: the last of many is looked at an hour later.
        if not (own.images / name).is_file():
            raise FrameError(f'{said[0].where}: there is no picture {own.images / name}')
    say(f'looking at {len(pictures)} pictures')
    detector, words = own.eyes()
    floor, limit = Settings().proposal_threshold, Settings().max_detections
    aside = held_out(list(pictures))
    learned: list[Example] = []
    kept: list[Example] = []
    shown = tqdm(
        looked_at(pictures, own.images, detector, words, floor, limit),
        total=len(pictures),
        unit='picture',
        disable=not sys.stderr.isatty(),
        dynamic_ncols=True,
    )
    for name, example in shown:
        if example is not None:
            (kept if name in aside else learned).append(example)
    if not learned:
        raise TrainingError(
            f'{own.annotations}: nothing to learn from. In no picture did the detector find '
            'anything, or no sentence names a thing that it knows'
        )
    found = OwnExamples(learned, kept, own.annotations.name, file_hash(own.annotations))
    given = sum(map(len, pictures.values()))
    used = sentences(learned) + sentences(kept)
    say(f'{used} of {given} sentences can be asked: {found.counts()}.')
    return found


def held_out(names: Sequence[str]) -> set[str]:
    """
    Choose the pictures that are held out: the same ones each time, in whatever order they come.

    :param names: file names, each once.
    :returns: a tenth of them, rounded down.
    """
    order = sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest())
    return set(order[: len(names) // _HELD_OUT])


def mixed(invented: Sequence[Example], own: Sequence[Example]) -> tuple[list[Example], int]:
    """
    Put one's own examples beside invented ones, so that neither are forgotten.

    :param invented: with *none*, AMBIGUOUS and rare kinds, which people seldom write down.
    :param own: at least one.
    :returns: all, the own ones as often as makes them about half of the sentences; how often.
    """
    times = max(round(sentences(invented) / sentences(own)), 1)
    return [*invented, *list(own) * times], times
