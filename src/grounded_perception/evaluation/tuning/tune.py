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

"""A finished evaluation in, better settings out, and how much better they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from grounded_perception.errors import TruthError
from grounded_perception.evaluation.metrics.coco_matching import CocoMatching
from grounded_perception.evaluation.metrics.detection import judged
from grounded_perception.evaluation.tuning.aims import Aim, f1, precision, recall
from grounded_perception.evaluation.tuning.finished import Finished, finished
from grounded_perception.evaluation.tuning.sentences import Asking, Limits, STATUSES
from grounded_perception.evaluation.tuning.thresholds import Chooser, Tried, Tuned
from grounded_perception.settings import Settings, spelt

_NO_BETTER = 'Beware: worse on unseen frames than before, as far as so few can tell: take more.'


@dataclass(frozen=True)
class Wish:
    """
    What is to be reached.

    :param aim: of the thresholds of classes.
    :param least: objects that a class needs for a threshold of its own.
    :param balanced: whether FOUND, ABSENT and AMBIGUOUS weigh the same; else every sentence does.
    :param seed: of the cuts of the frames into parts.
    """

    aim: Aim = field(default_factory=Aim)
    least: int = 10
    balanced: bool = False
    seed: int = 0


@dataclass(frozen=True)
class Outcome:
    """
    What was chosen.

    :param evaluation: that it was chosen from.
    :param wish: what was to be reached.
    :param boxes: thresholds of classes; None where the truth has no boxes.
    :param limits: of answers to sentences; None where none were asked.
    """

    evaluation: Finished
    wish: Wish
    boxes: Tuned | None
    limits: Limits | None

    @property
    def settings(self) -> Settings:
        """The settings of the evaluation with what was chosen."""
        changed = self.evaluation.settings
        if self.boxes:
            own = {spelt(name): cut for name, cut in self.boxes.cuts.own.items()}
            text = _spelt_out({**changed.own_thresholds, **own})
            changed = replace(changed, threshold=self.boxes.cuts.general, class_thresholds=text)
        if self.limits:
            after = self.limits.after
            changed = replace(
                changed, absent_threshold=after.absent, ambiguity_margin=after.margin
            )
        return changed


def tune(folder: Path, wish: Wish, truth_at: Sequence[Path] = ()) -> Outcome:
    """
    Choose thresholds and limits from an evaluation.

    :param folder: that it wrote.
    :param wish: what is to be reached.
    :param truth_at: where its truth is now; empty = where it was.
    :returns: what was chosen.
    :raises TruthError: when the evaluation or its truth cannot be used.
    :raises ModelMissing: when pycocotools is not installed.
    """
    evaluation = finished(folder, truth_at)
    truth, settings = evaluation.truth, evaluation.settings
    has_boxes = truth.has_boxes and bool(truth.class_names)
    matching = CocoMatching(truth.class_names if has_boxes else ())
    asking = Asking(truth.sentences, settings, wish.balanced, wish.seed)
    for result in evaluation.frames():
        boxes = judged(truth, result) if has_boxes else None
        if boxes is not None:
            matching.add(truth.frames[result.key], boxes)
        asking.add(result)
    chooser = Chooser(matching, truth.class_names, settings, wish.aim, wish.least, wish.seed)
    thresholds = chooser.chosen() if matching.frames else None
    limits = asking.chosen()
    if thresholds is None and limits is None:
        raise TruthError(f'{folder}: no image of it has a truth: nothing can be tuned')
    return Outcome(evaluation, wish, thresholds, limits)


def lines(outcome: Outcome) -> Iterator[str]:
    """
    Tell what was chosen, and what it is good for.

    :param outcome: what was chosen.
    :returns: lines of two tables.
    """
    if outcome.boxes:
        yield from _table(_boxes(outcome.boxes, outcome.wish))
        few = sum(not _is_shown(row, outcome.wish) for row in outcome.boxes.classes)
        if few:
            yield f'and {few} classes with fewer than {outcome.wish.least} objects'
        whole, aim = outcome.boxes.whole, outcome.wish.aim
        if aim.worth(whole.tried) < aim.worth(whole.before):
            yield _NO_BETTER
    if outcome.boxes and outcome.limits:
        yield ''
    if outcome.limits:
        yield from _table(_sentences(outcome.limits))
        if outcome.limits.fixed:
            yield f'{outcome.limits.fixed} answers do not come from these limits alone'
        if sum(outcome.limits.tried) < sum(outcome.limits.was) and not outcome.wish.balanced:
            yield _NO_BETTER
    yield ''
    yield 'unseen: chosen on four fifths of the frames and tried on the others, which is what to'
    yield 'expect of other frames; the column before it is of the frames that were chosen on.'


def _boxes(tuned: Tuned, wish: Wish) -> Iterator[Sequence[str]]:
    by_f1 = wish.aim.precision is None
    figures = {'F1': f1} if by_f1 else {'precision': precision, 'recall': recall}
    heads = (f'{name} {when}' for name in figures for when in ('before', 'after', 'unseen'))
    yield ('class', 'objects', 'threshold', 'new', *heads, '')
    for row in (tuned.whole, *(row for row in tuned.classes if _is_shown(row, wish))):
        yield (
            row.name or 'all',
            str(row.truths),
            *(f'{threshold:.4g}' for threshold in row.thresholds),
            *(
                f'{figure(counts):.3f}'
                for figure in figures.values()
                for counts in (row.before, row.after, row.tried)
            ),
            row.note,
        )


def _is_shown(row: Tried, wish: Wish) -> bool:
    return row.truths >= wish.least or (row.thresholds[0] != row.thresholds[1] and not row.note)


def _sentences(limits: Limits) -> Iterator[Sequence[str]]:
    yield ('sentences', 'number', 'right before', 'after', 'unseen')
    every = tuple(zip(limits.counts, limits.was, limits.now, limits.tried, strict=True))
    totals = tuple(sum(column) for column in zip(*every, strict=True))
    for name, (count, *right) in zip(('all', *STATUSES), (totals, *every), strict=True):
        if count:
            yield (name, str(count), *(f'{each / count:.3f}' for each in right))
    before, after = limits.before, limits.after
    yield ('absent_threshold', '', f'{before.absent:.4g}', f'{after.absent:.4g}', '')
    yield ('ambiguity_margin', '', f'{before.margin:.4g}', f'{after.margin:.4g}', '')


def _table(rows: Iterator[Sequence[str]]) -> Iterator[str]:
    """Lay out rows: names and, under no head, remarks to the left, numbers to the right."""
    told = list(rows)
    widths = [max(map(len, column)) for column in zip(*told, strict=True)]
    for row in told:
        cells = (
            cell.ljust(width) if i == 0 or not head else cell.rjust(width)
            for i, (cell, head, width) in enumerate(zip(row, told[0], widths, strict=True))
        )
        yield '  '.join(cells).rstrip()


def _spelt_out(thresholds: Mapping[str, float]) -> str:
    return ', '.join(f'{name}:{cut:.9g}' for name, cut in sorted(thresholds.items()))
