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


"""The charts: ticks, where things are drawn, and what is left out."""

import re
from xml.etree import ElementTree

from grounded_perception.evaluation.report import plots
from grounded_perception.evaluation.report.svg import Axis, NARROW, Plot, ticks, WIDE
import pytest


@pytest.mark.parametrize(('ends', 'most', 'wanted'), [
    ((0, 1), 5, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
    ((0, 1), 2, [0, 0.5, 1.0]),
    ((17.3, 91.0), 5, [20, 40, 60, 80]),
    ((0, 12345), 4, [0, 5000, 10000]),
    ((-0.3, 0.2), 5, [-0.3, -0.2, -0.1, 0.0, 0.1, 0.2]),
])  # fmt: skip
def test_ticks_are_round_numbers(ends, most, wanted):
    assert ticks(*ends, most) == pytest.approx(wanted)


def test_values_are_drawn_within_the_axes_even_where_they_are_outside():
    plot = Plot(WIDE, 'label', Axis('x', 0, 10), Axis('y', 0, 1))
    assert plot.x_at(0) < plot.x_at(5) < plot.x_at(10)
    assert plot.y_at(0) > plot.y_at(0.5) > plot.y_at(1), 'up is more'
    assert plot.x_at(11) == plot.x_at(10)
    assert plot.y_at(-4) == plot.y_at(0)


def test_an_axis_without_extent_is_drawn_all_the_same():
    plot = Plot(NARROW, 'label', Axis('x', 3, 3), Axis('y', 0, 0))
    plot.dots([(3, 0)], 'speck')
    assert ElementTree.fromstring(plot.svg('chart')).tag == 'svg'


def test_texts_in_a_chart_are_escaped():
    plot = Plot(WIDE, 'a "label" <b>', Axis('<x>', 0, 1), Axis('y & z', 0, 1))
    plot.line([(0, 0), (1, 1)], 'line', '<script>')
    plot.down(0.5, '<p50>', 'rule')
    root = ElementTree.fromstring(plot.svg('chart'))
    assert root.get('aria-label') == 'a "label" <b>'
    texts = [each.text for each in root.iter() if each.text]
    assert {'<x>', 'y & z', '<script>', '<p50>'} <= set(texts)


@pytest.mark.parametrize('draw', [
    lambda m: plots.precision_recall(m['detection']),
    lambda m: plots.reliability(m['calibration']),
    lambda m: plots.latency_histogram(m['latency']),
    lambda m: plots.latency_timeline(m['latency']),
], ids=['curves', 'reliability', 'histogram', 'timeline'])  # fmt: skip
def test_each_chart_is_well_formed_and_has_titles_at_both_axes(results, draw):
    drawn = ElementTree.fromstring(draw(results['metrics']))
    sizes = drawn.findall('svg')
    assert [svg.get('viewBox') for svg in sizes][:2] == ['0 0 320 240', '0 0 560 320']
    for svg in sizes:
        width, height = map(float, svg.get('viewBox').split()[2:])
        texts = svg.findall('text')
        assert len([t for t in texts if t.get('class') == 'title']) == 2
        assert len([t for t in texts if t.get('class') == 'tick']) >= 5
        for text in texts:
            assert 0 <= float(text.get('x')) <= width
            assert 0 <= float(text.get('y')) <= height


def test_nothing_to_draw_is_no_chart(bare):
    latency = bare['metrics']['latency']
    assert plots.latency_histogram(latency) == plots.latency_timeline(latency) == ''
    assert plots.precision_recall({}) == plots.reliability({}) == plots.spark({}) == ''
    assert plots.precision_recall({'pr_curves': {'all': {'recall': [], 'precision': []}}}) == ''
    assert plots.whisker(None) == plots.whisker({'value': None}) == ''
    assert plots.spread({'p50': None, 'p95': 1, 'p99': 2}, 3) == ''


def test_the_classes_with_most_objects_have_colours(results):
    detection = results['metrics']['detection']
    shown = plots.lines_shown(detection)
    assert shown == ['person', 'car', 'bicycle', 'truck', 'traffic light', 'dog']
    drawn = plots.precision_recall(detection)
    assert drawn.count('class="line faint"') == 2 * (9 - 6)
    detection['per_class']['cup']['truths'] = 10_000
    assert plots.lines_shown(detection)[0] == 'cup'


def test_the_percentiles_are_marked_in_the_histogram(results):
    latency = results['metrics']['latency']
    drawn = plots.latency_histogram(latency)
    for name in ('p50', 'p95', 'p99'):
        assert f'{name} {latency["total"][name]:.1f}' in drawn
    bars = re.findall(r'class="bar"', drawn)
    assert len(bars) == 2 * sum(1 for n in latency['histogram']['counts'] if n)


def test_a_change_is_drawn_on_its_side_of_zero():
    def place(delta):
        drawn = plots.shift(delta, delta - 0.01, delta + 0.01, 0.1, 'worse')
        return float(re.search(r'cx="([\d.]+)"', drawn)[1])

    assert place(-0.05) < place(0) == 60 < place(0.05)
    assert place(-99) == 4
