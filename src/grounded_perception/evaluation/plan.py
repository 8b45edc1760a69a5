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
What is to be evaluated, cut into units of work that anyone can do in any order.

A unit is a stretch of a recording. Where a command is in force and answers are smoothed over time,
a frame's answer rests on the frames before it: then the whole recording is one unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
import hashlib
import json
from pathlib import Path
from typing import Any

from grounded_perception import __version__
from grounded_perception.errors import RecordingError
from grounded_perception.evaluation.recordings.base import Recording
from grounded_perception.evaluation.recordings.opening import kind_of, open_recording
from grounded_perception.evaluation.truth.sources import TruthSource
from grounded_perception.settings import Settings

#: Images in a unit: a lost unit costs some seconds, and a unit's start costs little beside it.
_STRETCH = 200


@dataclass(frozen=True)
class AnswersBag:
    """
    Answers that a running node gave, to be measured in place of the pipeline's own.

    :param path: bag of the node's outputs.
    :param node: its full name; empty = the only one in the bag.
    :param digest: of the bag once it was read: it tells one that has changed since.
    """

    path: Path
    node: str = ''
    digest: str = ''


@dataclass(frozen=True)
class Plan:
    """
    What is evaluated and how; plain data that another process or machine understands.

    :param recordings: what is replayed.
    :param settings: of the pipeline.
    :param options: of detector, segmenter and so on, by name.
    :param truth: where truths are; None = only speed is measured.
    :param command: in force from the first image on; empty = none.
    :param image_topic: empty = found by its type.
    :param command_topic: empty = found by its type and name.
    :param rate_hz: images a second of a folder of images.
    :param bag: whether answers are written as a bag.
    :param annotated: whether that has pictures with the answers drawn in.
    :param stretch: images in a unit of work.
    :param answers: given by a running node; None = the pipeline answers.
    :param models: name of each model, and of each file that an option names → its SHA-256, once
        they were looked at: they tell one that has changed since.
    """

    recordings: tuple[Path, ...]
    settings: Settings = field(default_factory=Settings)
    options: Mapping[str, object] = field(default_factory=dict)
    truth: TruthSource | None = None
    command: str = ''
    image_topic: str = ''
    command_topic: str = ''
    rate_hz: float = 10.0
    bag: bool = True
    annotated: bool = True
    stretch: int = _STRETCH
    answers: AnswersBag | None = None
    models: Mapping[str, str] = field(default_factory=dict)

    def open(self, path: Path) -> Recording:
        """
        Open one of the recordings.

        :param path: which.
        :returns: it, opened.
        :raises RecordingError: when it cannot be read.
        """
        return open_recording(path, self.image_topic, self.command_topic, self.rate_hz)

    @property
    def remembers(self) -> bool:
        """Whether an answer may rest on earlier frames, besides what a recording says."""
        return bool(self.settings.smoothing_s)

    @cached_property  # it names every unit, again and again
    def identity(self) -> dict[str, Any]:
        """Everything but the recordings that decides the results, as JSON."""
        truth = self.truth.identity if self.truth else None
        options = {name: asdict(given) for name, given in self.options.items()}  # type: ignore[call-overload]
        # How many threads compute does not change what is computed.
        settings = {k: v for k, v in asdict(self.settings).items() if k != 'threads'}
        return {
            'package': __version__,
            'settings': settings,
            'options': options,
            'truth': truth,
            'command': self.command,
            'topics': [self.image_topic, self.command_topic],
            'rate_hz': self.rate_hz,
            'bag': [self.bag, self.annotated],
            'models': dict(self.models),
            'answers': [self.answers.node, self.answers.digest] if self.answers else None,
        }


@dataclass(frozen=True)
class Unit:
    """
    A stretch of a recording.

    :param recording: its path.
    :param digest: of its content.
    :param first: number of its first image.
    :param end: number of the first image that is not in it; -1 = to the recording's end.
    """

    recording: Path
    digest: str
    first: int
    end: int

    def key(self, plan: Plan) -> str:
        """
        Name the unit's result: the same inputs give the same name, on every machine.

        :param plan: what it is a part of.
        :returns: hexadecimal.
        """
        told = [plan.identity, self.digest, self.recording.name, self.first, self.end]
        return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]


def units(plan: Plan, path: Path) -> Iterator[Unit]:
    """
    Cut one recording.

    :param plan: what it is a part of.
    :param path: which recording.
    :returns: units in their order.
    :raises RecordingError: when it cannot be read.
    """
    recording = plan.open(path)
    try:
        digest, count = recording.digest(), recording.count
        commanded = bool(plan.command or recording.command_topic)
    finally:
        recording.close()
    if count < 0 or plan.answers or (commanded and plan.remembers):
        yield Unit(path, digest, 0, -1)
        return
    for first in range(0, max(count, 1), plan.stretch):
        end = first + plan.stretch
        yield Unit(path, digest, first, end if end < count else -1)


def expanded(paths: Sequence[Path]) -> tuple[Path, ...]:
    """
    Find the recordings that paths mean.

    :param paths: of recordings, or of folders of recordings.
    :returns: the recordings, those of a folder by name, hidden ones left out.
    :raises RecordingError: when a path is neither.
    """
    found: list[Path] = []
    for path in paths:
        if kind_of(path) or not path.is_dir():
            found.append(path)  # opening it says what is wrong
            continue
        inside = [p for p in sorted(path.iterdir()) if p.name[0] != '.' and kind_of(p)]
        if not inside:
            raise RecordingError(f'{path} holds no recording: no bag, image or film')
        found += inside
    double = [path for n, path in enumerate(found) if path in found[:n]]
    if double:
        raise RecordingError(f'{double[0]} is named twice')
    return tuple(found)
