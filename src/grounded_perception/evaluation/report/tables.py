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
from typing import Any, NamedTuple

from grounded_perception.evaluation.report.texts import amount, base_name, is_number
from grounded_perception.evaluation.results import Json
from grounded_perception.settings import Settings


class Head(NamedTuple):
    """
    A figure at the top of a report.

    :param path: where it was measured.
    :param of: what it is about.
    :param title: its name, for somebody who has read nothing else.
    """

    path: str
    of: str
    title: str


#: The figures at the top of a report.
_HEADLINE = (
    Head('detection.summary.AP', 'boxes', 'AP, IoU .50 to .95'),
    Head('detection.summary.AP50', 'boxes', 'AP, IoU .50'),
    Head('detection.at_threshold.precision', 'boxes at threshold', 'precision'),
    Head('detection.at_threshold.recall', 'boxes at threshold', 'recall'),
    Head('detection.at_threshold.f1', 'boxes at threshold', 'F1'),
    Head('detection.at_threshold.accuracy', 'boxes at threshold', 'accuracy'),
    Head('grounding.summary.accuracy', 'sentences', 'answered rightly'),
    Head('grounding.summary.found_accuracy', 'sentences', 'right, thing there'),
    Head('grounding.summary.absent_accuracy', 'sentences', 'right, thing absent'),
    Head('calibration.ece', 'sentences', 'calibration error'),
    Head('tracking.MOTA', 'tracks', 'MOTA'),
    Head('tracking.IDF1', 'tracks', 'IDF1'),
    Head('latency.total.p50', 'speed', 'latency p50'),
    Head('latency.total.p95', 'speed', 'latency p95'),
    Head('latency.throughput_hz', 'speed', 'throughput'),
    Head('realtime.drop_share', 'real time', 'share dropped'),
    Head('realtime.age_ms.p95', 'real time', 'answer age p95'),
    Head('realtime.streaming.AP', 'real time', 'streaming AP'),
)
#: Of an evaluation of what a running node answered.
ONLY_PUBLISHED = (
    'The answers are those that a running node published: detections below its threshold are not '
    'known, so that AP, AR and curves are those of what was published, and lower than of all. '
    'Images that it dropped are judged in streaming AP alone.'
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


def headline(metrics: Json) -> list[tuple[Head, Json]]:
    """Return the figures that come first, and the measure of each."""
    found = [(head, as_measure(value_at(metrics, head.path))) for head in _HEADLINE]
    return [(head, measure) for head, measure in found if is_number(measure.get('value'))]


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
    if results.get('interrupted'):
        yield 'The evaluation was interrupted: the figures are of the images that it came to.'
    if results.get('answers'):
        yield ONLY_PUBLISHED
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
