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

"""The charts of a report, each from its part of the results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
import math

from grounded_perception.evaluation.report.svg import Axis, FULL, NARROW, Plot, Size, WIDE
from grounded_perception.evaluation.report.texts import is_number, number
from grounded_perception.evaluation.results import Json

#: As many lines as can be told apart by colour.
MOST_LINES = 6
_CURVE = tuple[list[float], list[float]]


def curve(given: Json) -> _CURVE:
    """Return recall and precision where both are numbers."""
    pairs = [
        (r, p)
        for r, p in zip(given.get('recall') or (), given.get('precision') or (), strict=False)
        if is_number(r) and is_number(p) and p >= 0
    ]
    return [r for r, _ in pairs], [p for _, p in pairs]


def precision_recall(detection: Json) -> str:
    """
    Draw precision over recall: of all classes bold, of the most frequent in colours.

    :param detection: the results' part ``detection``.
    :returns: SVG; empty where there is no curve.
    """
    curves = {name: curve(one) for name, one in (detection.get('pr_curves') or {}).items()}
    curves = {name: one for name, one in curves.items() if one[0]}
    if not curves:
        return ''
    named = lines_shown(detection)
    worked_at = _working_point(detection)

    def draw(size: Size) -> Plot:
        plot = Plot(
            size,
            'Precision over recall at IoU 0.5, one line a class. The numbers are in the tables.',
            Axis('recall', 0, 1),
            Axis('precision', 0, 1),
        )
        for name, (recall, precision) in curves.items():
            if name != 'all' and name not in named:
                plot.line(zip(recall, precision, strict=True), 'line faint', name)
        for n, name in reversed(list(enumerate(named))):
            plot.line(zip(*curves[name], strict=True), f'line s{n + 1}', name)
        if 'all' in curves:
            plot.line(zip(*curves['all'], strict=True), 'line all', 'all classes')
        if worked_at:
            plot.dot(*worked_at, 4.5, 'working', 'at the threshold')
        return plot

    return _fitting(draw)


def lines_shown(detection: Json) -> list[str]:
    """Name the classes whose lines have a colour: those with the most truths."""
    classes = detection.get('per_class') or {}
    curves = detection.get('pr_curves') or {}
    known = [name for name in classes if name in curves and curve(curves[name])[0]]
    return sorted(known, key=lambda name: -(classes[name].get('truths') or 0))[:MOST_LINES]


def _working_point(detection: Json) -> tuple[float, float] | None:
    """Return recall and precision at the chosen threshold, as measured."""
    at = detection.get('at_threshold') or {}
    recall, precision = ((at.get(k) or {}).get('value') for k in ('recall', 'precision'))
    if is_number(recall) and is_number(precision):
        return recall, precision
    return None


def spark(given: Json) -> str:
    """Draw precision over recall as small as a word."""
    recall, precision = curve(given)
    if not recall:
        return ''
    told = ' '.join(
        f'{2 + 60 * r:.1f},{22 - 20 * p:.1f}' for r, p in zip(recall, precision, strict=True)
    )
    return (
        '<svg class="spark" viewBox="0 0 64 24" role="img" aria-label="precision over recall">'
        f'<path class="axis" d="M2 2V22H62"/><polyline class="line s1" points="{told}"/></svg>'
    )


def whisker(measure: Json | None, low: float = 0, high: float = 1) -> str:
    """Draw a number and its interval on a scale, as small as a word."""
    value = (measure or {}).get('value')
    if not is_number(value) or high <= low:
        return ''

    def at(v: float) -> float:
        return round(3 + 94 * min(max((v - low) / (high - low), 0.0), 1.0), 1)

    assert measure is not None
    ends = measure.get('low'), measure.get('high')
    drawn = '<path class="grid" d="M3 7H97"/>'
    if is_number(ends[0]) and is_number(ends[1]):
        drawn += f'<path class="range" d="M{at(ends[0]):g} 7H{at(ends[1]):g}"/>'
    drawn += f'<circle class="point" cx="{at(value):g}" cy="7" r="3"/>'
    return f'<svg class="whisker" viewBox="0 0 100 14" aria-hidden="true">{drawn}</svg>'


def spread(percentiles: Json, longest: float) -> str:
    """Draw the median as a bar and p95 and p99 as marks behind it, as small as a word."""
    p50, p95, p99 = (percentiles.get(k) for k in ('p50', 'p95', 'p99'))
    if not (is_number(p50) and is_number(p95) and is_number(p99)) or longest <= 0:
        return ''
    a, b, c = (round(2 + 146 * value / longest, 1) for value in (p50, p95, p99))
    return (
        '<svg class="spread" viewBox="0 0 150 14" aria-hidden="true">'
        f'<path class="grid" d="M{b:g} 7H{c:g}M{c:g} 3V11"/>'
        f'<rect class="tail" x="2" y="4" width="{max(b - 2, 0.5):g}" height="6"/>'
        f'<rect class="fill" x="2" y="2" width="{max(a - 2, 0.5):g}" height="10"/></svg>'
    )


def reliability(calibration: Json) -> str:
    """
    Draw how often answers are right over how sure they claim to be.

    :param calibration: the results' part ``calibration``.
    :returns: SVG; empty where no bin has anything in it.
    """
    bins = [
        one
        for one in calibration.get('bins') or ()
        if one.get('count') and is_number(one.get('confidence')) and is_number(one.get('accuracy'))
    ]
    if not bins:
        return ''
    most = max(one['count'] for one in bins)

    def draw(size: Size) -> Plot:
        plot = Plot(
            size,
            'Share of right answers over claimed confidence. On the diagonal is well calibrated.',
            Axis('confidence claimed', 0, 1),
            Axis('share that is right', 0, 1),
        )
        plot.line([(0, 0), (1, 1)], 'line ideal', 'perfectly calibrated')
        points = [(one['confidence'], one['accuracy']) for one in bins]
        for x, y in points:
            plot.line([(x, x), (x, y)], 'line gap')
        plot.line(points, 'line s1')
        for one, (x, y) in zip(bins, points, strict=True):
            told = f'{one["count"]} answers claim {number(x)}, {number(y)} are right'
            plot.dot(x, y, 3 + 5 * math.sqrt(one['count'] / most), 'bubble', told)
        return plot

    return _fitting(draw)


def latency_histogram(latency: Json) -> str:
    """Draw how many frames took how long, with the percentiles."""
    given = latency.get('histogram') or {}
    edges, counts = given.get('edges_ms') or [], given.get('counts') or []
    if not counts or len(edges) != len(counts) + 1 or not any(counts):
        return ''
    total = latency.get('total') or {}
    marks = [(k, total[k]) for k in ('p50', 'p95', 'p99') if is_number(total.get(k))]

    def draw(size: Size) -> Plot:
        plot = Plot(
            size,
            'Histogram of the time a frame takes; percentiles are marked and in the table.',
            Axis('milliseconds a frame', edges[0], max(edges[-1], *(v for _, v in marks), 0)),
            Axis('frames', 0, 1.3 * max(counts)),
        )
        for low, high, count in zip(edges, edges[1:], counts, strict=False):
            if count:
                told = f'{count} frames: {number(low, "ms")} to {number(high, "ms")} ms'
                plot.bar(low, high, count, 'bar', told)
        for row, (name, value) in enumerate(marks):
            plot.down(value, f'{name} {number(value, "ms")}', 'rule', row)
        return plot

    return _fitting(draw)


def latency_timeline(latency: Json) -> str:
    """Draw how long each frame took over the recording."""
    given = latency.get('timeline') or {}
    points = [
        (t, ms)
        for t, ms in zip(given.get('t_s') or (), given.get('ms') or (), strict=False)
        if is_number(t) and is_number(ms)
    ]
    if not points:
        return ''
    total = latency.get('total') or {}
    highest = max(ms for _, ms in points)

    def draw(size: Size) -> Plot:
        plot = Plot(
            size,
            'The time each frame takes over the time of the recording, in milliseconds.',
            Axis('seconds of the recording', min(t for t, _ in points), points[-1][0]),
            Axis('milliseconds', 0, 1.08 * highest),
        )
        plot.dots(points, 'speck')
        for name in ('p95', 'p50'):
            if is_number(total.get(name)):
                plot.across(total[name], name, 'rule')
        return plot

    return _fitting(draw, FULL)


def shift(delta: float, low: float | None, high: float | None, most: float, verdict: str) -> str:
    """
    Draw a change to the left or right of zero, as small as a word.

    :param delta: the change.
    :param low: lower end of its interval, or None.
    :param high: upper end, or None.
    :param most: the change at either end of the scale.
    :param verdict: class of the mark, for its colour.
    :returns: SVG.
    """

    def at(v: float) -> float:
        return round(60 + 56 * min(max(v / most, -1.0), 1.0), 1)

    drawn = '<path class="axis" d="M60 1V15"/>'
    if low is not None and high is not None:
        drawn += f'<path class="range" d="M{at(low):g} 8H{at(high):g}"/>'
    drawn += f'<circle class="mark {verdict}" cx="{at(delta):g}" cy="8" r="4"/>'
    return f'<svg class="shift" viewBox="0 0 120 16" aria-hidden="true">{drawn}</svg>'


def _fitting(draw: Callable[[Size], Plot], *more: Size) -> str:
    """Draw a chart in each size; the page shows the one that fits."""
    sizes: Sequence[tuple[Size, str]] = [(NARROW, 'narrow'), (WIDE, 'wide')]
    sizes = [*sizes, *((size, 'full') for size in more)]
    drawn = ''.join(draw(size).svg(f'chart {css}') for size, css in sizes)
    return f'<div class="plot{" wide-plot" if more else ""}">{drawn}</div>'
