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
From which score on each class had better be published.

A threshold of its own is chosen for a class where it has enough objects, one in general for all
others. What is chosen on few frames may fit these alone: so everything is chosen again on four
fifths of the frames and tried on the rest, and what does not help there is not taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from grounded_perception.evaluation.metrics.bootstrap import Draws, EXPENSIVE
from grounded_perception.evaluation.metrics.coco_matching import CocoMatching, Verdicts
from grounded_perception.evaluation.metrics.operating_point import tally
from grounded_perception.evaluation.tuning.aims import Aim, Counts
from grounded_perception.evaluation.tuning.parts import Frames, turns
from grounded_perception.settings import Settings, spelt
import numpy as np

#: Share of the draws of the frames in which a threshold must be better. The general one rests on
#: all classes; of own ones many are tried, on few objects each.
_LIKELY, _SURE = 0.5, 0.9


@dataclass(frozen=True)
class Cuts:
    """
    Lowest scores that are published.

    :param general: of classes without their own.
    :param own: of classes, by name.
    """

    general: float
    own: Mapping[str, float]

    def of(self, name: str) -> float:
        """Return that of a class."""
        return self.own.get(name, self.general)


@dataclass(frozen=True, eq=False)
class Tried:
    """
    A class before and after, or all of them.

    :param name: of the class; empty = all.
    :param truths: how many objects it has.
    :param thresholds: before and after; of all classes, the general ones.
    :param before: with the thresholds as they were.
    :param after: with those chosen, on the frames that they were chosen on.
    :param tried: with such as were chosen on other frames, which is what to expect.
    :param note: why it has no new threshold of its own; empty where it has.
    """

    name: str
    truths: int
    thresholds: tuple[float, float]
    before: Counts
    after: Counts
    tried: Counts
    note: str = ''


@dataclass(frozen=True, eq=False)
class Tuned:
    """
    Thresholds chosen, and how good they are.

    :param cuts: the thresholds.
    :param whole: all classes together.
    :param classes: those with objects or detections published before or after.
    """

    cuts: Cuts
    whole: Tried
    classes: tuple[Tried, ...]


class Chooser:
    """
    Chooses thresholds.

    :param matching: of all frames.
    :param names: of the classes in it.
    :param settings: with the thresholds as they are.
    :param aim: what is to be reached.
    :param least: objects that a class needs for a threshold of its own.
    :param seed: of the cuts into parts.
    """

    def __init__(
        self,
        matching: CocoMatching,
        names: Sequence[str],
        settings: Settings,
        aim: Aim,
        least: int,
        seed: int,
    ) -> None:
        self._frames = matching.frames
        self._classes = dict(zip(names, matching.finish(), strict=True))
        self._aim, self._least, self._seed = aim, least, seed
        # A comma would end the name in the setting.
        enough = (name for name, each in self._classes.items() if each.truths >= least)
        self._eligible = [name for name in enough if ',' not in name]
        owned = settings.own_thresholds
        own = {name: owned[spelt(name)] for name in names if spelt(name) in owned}
        self._old = Cuts(settings.threshold, own)

    def chosen(self) -> Tuned:
        """Choose on all frames, and try on each part what is chosen on the others."""
        every = np.ones(self._frames, np.bool_)
        cuts = self._guarded(every)
        tried = dict.fromkeys(self._classes, np.zeros(3))
        for chosen_on, tried_on in turns(every, self._seed):
            part = self._guarded(chosen_on)
            for name in self._classes:
                tried[name] = tried[name] + self._counts(name, part)[tried_on].sum(axis=0)
        rows = tuple(
            Tried(
                name,
                verdicts.truths,
                (self._old.of(name), cuts.of(name)),
                self._counts(name, self._old).sum(axis=0),
                self._counts(name, cuts).sum(axis=0),
                tried[name],
                self._note(name, cuts),
            )
            for name, verdicts in self._classes.items()
        )
        whole = Tried(
            '',
            sum(row.truths for row in rows),
            (self._old.general, cuts.general),
            np.sum([row.before for row in rows], axis=0),
            np.sum([row.after for row in rows], axis=0),
            np.sum([row.tried for row in rows], axis=0),
        )
        shown = (row for row in rows if row.truths or row.before[1] or row.after[1])
        return Tuned(cuts, whole, tuple(shown))

    def _guarded(self, within: Frames) -> Cuts:
        """Choose on some frames, and take only what helps on parts of them left out."""
        raw = self._raw(within, self._eligible)
        # What is tried, of every frame: as it was, with a new general threshold, with own ones.
        whole = np.zeros((2, self._frames, 3))
        each = {name: np.zeros((3, self._frames, 3)) for name in raw.own}
        for chosen_on, tried_on in turns(within, self._seed + 1):
            part = self._raw(chosen_on, raw.own)
            ways = self._old, Cuts(part.general, self._old.own), part
            for name in self._classes:
                for n, cuts in enumerate(ways if name in each else ways[:2]):
                    counts = self._counts(name, cuts)[tried_on]
                    if n < 2:
                        whole[n, tried_on] += counts
                    if name in each:
                        each[name][n, tried_on] = counts
        draws = Draws.of(int(within.sum()), EXPENSIVE, self._seed)
        general = self._helps(draws, whole[:, within], _LIKELY)
        taken = {
            name: cut
            for name, cut in raw.own.items()
            if self._helps(draws, each[name][[int(general), 2]][:, within], _SURE)
        }
        return Cuts(raw.general if general else self._old.general, {**self._old.own, **taken})

    def _helps(self, draws: Draws, ways: Counts, least: float) -> bool:
        """Tell whether the second way is better than the first in enough draws of the frames."""
        first, second = (self._aim.worth(draws.totals(way)) for way in ways)
        return bool(len(first)) and float((second > first).mean()) >= least

    def _raw(self, within: Frames, eligible: Sequence[str] | Mapping[str, float]) -> Cuts:
        """Choose on some frames, whatever it is good for on others."""
        parts = {name: _narrowed(v, within) for name, v in self._classes.items()}
        general = self._aim.threshold(_joined(list(parts.values())))
        own = {name: self._aim.threshold(parts[name]) for name in eligible}
        return Cuts(
            self._old.general if general is None else general,
            {name: cut for name, cut in own.items() if cut is not None},
        )

    def _counts(self, name: str, cuts: Cuts) -> Counts:
        """Return ``(F, 3)`` what is right, wrong and missed of a class in each frame."""
        counted = tally(self._classes[name], np.float32(cuts.of(name)), self._frames)
        return np.stack([counted.right, counted.wrong, counted.missed], axis=1)

    def _note(self, name: str, cuts: Cuts) -> str:
        """Say why a class has no new threshold of its own."""
        if cuts.own.get(name) != self._old.own.get(name):
            return ''
        kept = 'as it was' if name in self._old.own else 'general'
        if self._classes[name].truths < self._least:
            return f'{kept}: few objects'
        if ',' in name:
            return f'{kept}: a comma in its name'
        if self._aim.threshold(self._classes[name]) is None:
            return f'{kept}: out of reach'
        return f'{kept}: no help elsewhere'


def _narrowed(verdicts: Verdicts, within: Frames) -> Verdicts:
    """Keep the verdicts of some frames."""
    some, places = within[verdicts.frames], within[verdicts.places]
    return Verdicts(
        verdicts.scores[some],
        verdicts.frames[some],
        verdicts.ranks[some],
        verdicts.hits[:, some],
        verdicts.passed_over[:, some],
        verdicts.places[places],
        verdicts.to_find[:, places],
    )


def _joined(classes: Sequence[Verdicts]) -> Verdicts:
    """Take several classes for one."""
    scores = np.concatenate([one.scores for one in classes])
    order = np.argsort(-scores, kind='stable')
    return Verdicts(
        scores[order],
        np.concatenate([one.frames for one in classes])[order],
        np.concatenate([one.ranks for one in classes])[order],
        np.concatenate([one.hits for one in classes], axis=1)[:, order],
        np.concatenate([one.passed_over for one in classes], axis=1)[:, order],
        np.concatenate([one.places for one in classes]),
        np.concatenate([one.to_find for one in classes], axis=1),
    )
