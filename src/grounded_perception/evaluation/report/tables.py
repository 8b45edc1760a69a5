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

"""What a report picks out of the results: headline figures, confusions, problems, settings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any

from grounded_perception.evaluation.records import Json
from grounded_perception.evaluation.report.texts import amount, base_name, is_number
from grounded_perception.settings import Settings

#: The figures at the top of a report, where they were measured.
_HEADLINE = (
    'detection.summary.AP',
    'detection.summary.AP50',
    'detection.at_threshold.f1',
    'grounding.summary.accuracy',
    'calibration.ece',
    'latency.total.p95',
    'latency.throughput_hz',
    'realtime.drop_share',
    'realtime.streaming.AP',
    'tracking.MOTA',
    'tracking.IDF1',
)
_MOST_CLASSES = 16
_MOST_CONFUSIONS = 8


@dataclass(frozen=True)
class Heat:
    """
    A confusion matrix as it is shown.

    :param labels: of rows and columns.
    :param rows: of each truth the counts, each with its share of the row in tenths (0 to 10).
    :param left_out: how many classes are not shown.
    """

    labels: tuple[str, ...]
    rows: tuple[tuple[tuple[int, int], ...], ...]
    left_out: int


def value_at(metrics: Json, path: str) -> Any:
    """Follow a dotted path; None where it ends early."""
    found: Any = metrics
    for part in path.split('.'):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def as_measure(found: Any) -> Json:
    """Return a measure; of a bare number one without interval."""
    return found if isinstance(found, dict) else {'value': found}


def headline(metrics: Json) -> list[tuple[str, Json]]:
    """Return path and measure of the figures that come first."""
    found = [(path, as_measure(value_at(metrics, path))) for path in _HEADLINE]
    return [(path, measure) for path, measure in found if is_number(measure.get('value'))]


def heat(confusion: Json) -> Heat | None:
    """
    Choose what to show of a confusion matrix: the classes that come up most.

    :param confusion: with ``labels`` and ``counts``, rows truth, columns said.
    :returns: at most 16 classes and 'nothing', in the order of the results; None where it is
        empty.
    """
    labels, counts = confusion.get('labels') or [], confusion.get('counts') or []
    weights = [sum(row) + sum(other[i] for other in counts) for i, row in enumerate(counts)]
    present = [i for i, weight in enumerate(weights) if weight]
    if not present:
        return None
    by_weight = sorted(present, key=lambda i: (labels[i] != 'nothing', -weights[i]))
    shown = sorted(by_weight[: _MOST_CLASSES + ('nothing' in labels)])
    rows = []
    for i in shown:
        whole = sum(counts[i]) or 1
        # The least share that is there at all has a shade.
        rows.append(tuple((counts[i][j], -(-10 * counts[i][j] // whole)) for j in shown))
    return Heat(tuple(labels[i] for i in shown), tuple(rows), len(present) - len(shown))


def confusions(confusion: Json) -> list[tuple[str, str, int]]:
    """Return truth, what was said and how often: the most frequent mistakes of all classes."""
    labels, counts = confusion.get('labels') or [], confusion.get('counts') or []
    wrong = [
        (truth, said, counts[i][j])
        for i, truth in enumerate(labels)
        for j, said in enumerate(labels)
        if i != j and counts[i][j]
    ]
    return sorted(wrong, key=lambda one: -one[2])[:_MOST_CONFUSIONS]


def at_fault(wrong: Json) -> str:
    """Say which part of the program a wrong answer is due to."""
    if wrong.get('was_detected') is None:
        return ''
    return 'fusion' if wrong['was_detected'] else 'detector: not detected'


def troubles(results: Json) -> Iterator[str]:
    """Yield, a sentence each, what a reader must know before the figures."""
    for recording in results.get('recordings') or ():
        name = base_name(recording.get('path', ''))
        for problem in recording.get('problems') or ():
            yield f'{name}: {problem}'
        if recording.get('failed'):
            yield f'{name}: {recording["failed"]} of {recording.get("images")} images failed.'
        if not recording.get('answered') and not recording.get('problems'):
            yield f'{name}: no image was answered.'
    truth = results.get('truth') or {}
    missing = amount(truth.get('unmatched_truths'))
    if missing:
        yield f'{missing} images of the truth are in no recording: they are not counted.'
    if amount(truth.get('unmatched_images')):
        yield f'{amount(truth["unmatched_images"])} images have no truth: they are not judged.'


def changed_settings(results: Json) -> list[tuple[str, Any, Any]]:
    """Return name, value and default of every setting that has not its default."""
    used = results.get('settings') or {}
    return [
        (one.name, used[one.name], one.default)
        for one in fields(Settings)
        if one.name in used and used[one.name] != one.default
    ]


def title(results: Json) -> str:
    """Name the recordings."""
    names = [base_name(one.get('path', '')) for one in results.get('recordings') or ()]
    if len(names) > 3:
        return f'{names[0]} and {len(names) - 1} more recordings'
    return ', '.join(names) or 'no recording'
