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


"""Two runs side by side: differences with their intervals, what a gate stops, and what it must."""

from dataclasses import fields
import math
import re

from grounded_perception.errors import TruthError
from grounded_perception.evaluation.metrics.definitions import DEFINITIONS
from grounded_perception.evaluation.report import compare, compare_many, comparison
from grounded_perception.evaluation.report.compare import Comparison
from grounded_perception.evaluation.report.figures import figures
import pytest


def one(compared: Comparison, path: str):
    return next(each for each in compared.deltas if each.path == path)


def gone_through(compared):
    return [each.path for each in compared.regressions(0.01)]


def test_every_figure_that_is_compared_has_a_definition_that_says_what_is_better(results):
    found = list(figures(results['metrics']))
    assert len(found) > 90
    assert not {figure.definition for _, figure in found} - set(DEFINITIONS)
    assert all(DEFINITIONS[figure.definition].better for _, figure in found)


def test_a_run_against_itself_is_the_same_in_everything(results):
    compared = compare(results, results)
    assert {each.verdict for each in compared.deltas} == {'same'}
    assert compared.warnings == compared.changed == ()
    assert not compared.is_regression(0)


def test_a_difference_has_the_hybrid_of_both_intervals(results, better_or_worse):
    ap = one(compare(results, better_or_worse(shift=-0.06)), 'detection.summary.AP')
    assert ap.value == pytest.approx(-0.06)
    # Each run reaches from 0.04 below to 0.032 above: the halves that face each other count.
    assert ap.low == pytest.approx(-0.06 - math.hypot(0.04, 0.032))
    assert ap.high == pytest.approx(-0.06 + math.hypot(0.032, 0.04))
    assert (ap.verdict, ap.is_significant) == ('worse', True)
    small = one(compare(results, better_or_worse(shift=-0.02)), 'detection.summary.AP')
    assert (small.verdict, small.is_significant) == ('worse', False)


def test_what_is_better_depends_on_the_figure(results, better_or_worse):
    compared = compare(results, better_or_worse(shift=0.03, factor=1.5))
    assert one(compared, 'detection.summary.AP').verdict == 'better'
    assert one(compared, 'detection.per_class.dog.AP').verdict == 'better'
    assert one(compared, 'grounding.by_kind.colour').figure.of == 'colour'
    assert one(compared, 'latency.total.p95').verdict == 'worse', 'longer'
    assert one(compared, 'latency.throughput_hz').verdict == 'worse', 'fewer'
    assert one(compared, 'latency.total.p95').is_significant is None, 'it has no interval'
    assert one(compared, 'realtime.drop_share').verdict == 'same'


def test_regressions_come_first_those_about_the_whole_before_those_of_classes(
    results, better_or_worse
):
    other = better_or_worse(shift=0.03, factor=1.5)
    other['metrics']['detection']['summary']['APs'] |= {'value': 0.1, 'low': 0.05, 'high': 0.15}
    ranks = [each.verdict for each in compare(results, other).deltas]
    assert ranks == sorted(ranks, key=('worse', 'better', 'same').index)
    worse = [each for each in compare(results, other).deltas if each.verdict == 'worse']
    assert worse[0].path == 'detection.summary.APs'
    parts = [bool(each.figure.of) for each in worse]
    assert parts == sorted(parts)


def test_a_gate_stops_what_lost_more_than_the_tolerance(results, better_or_worse):
    compared = compare(results, better_or_worse(shift=-0.02, factor=1.5))
    assert compared.is_regression(0.01)
    assert not compared.is_regression(0.02), 'exactly the tolerance is allowed'
    stopped = compared.regressions(0.01)
    assert {each.path.partition('.')[0] for each in stopped} == {
        'detection', 'grounding', 'tracking'
    }, 'speed changes with the machine'  # fmt: skip
    assert not any(each.figure.of for each in stopped)


def test_speed_is_judged_where_it_is_asked_for(results, better_or_worse):
    compared = compare(results, better_or_worse(factor=1.5))
    assert not compared.is_regression(0)
    assert not compared.is_regression(0, slower=0.6)
    slower = {each.path for each in compared.regressions(0, slower=0.2)}
    assert {'latency.total.p95', 'latency.throughput_hz', 'realtime.age_ms.p50'} <= slower


def test_drops_where_there_were_none_are_slower_whatever_the_tolerance(results, better_or_worse):
    results['metrics']['realtime']['drop_share'] = 0.0
    stopped = compare(results, better_or_worse()).regressions(0.01, slower=10.0)
    assert [each.path for each in stopped] == ['realtime.drop_share']


def test_a_figure_that_is_no_longer_there_stops_a_gate(results, better_or_worse):
    other = better_or_worse()
    other['metrics']['grounding'] = None
    compared = compare(results, other)
    assert compared.deltas[0].verdict == 'gone'
    assert 'grounding.summary.accuracy' in gone_through(compared)
    back = compare(other, results)
    assert one(back, 'grounding.summary.accuracy').verdict == 'new'
    assert not back.is_regression(0)


@pytest.mark.parametrize(('change', 'warning'), [
    (lambda r: r['truth'].update(digest='00'), 'truths differ'),
    (lambda r: r.update(truth=None), 'truths differ'),
    (lambda r: r['recordings'].pop(), 'recordings differ'),
    (lambda r: r['recordings'][0].update(digest='00'), 'recordings differ'),
    (lambda r: r['metrics']['detection']['at_threshold'].update(iou=0.75), 'IoU 0.5 and 0.75'),
])  # fmt: skip
def test_runs_on_other_data_are_compared_with_a_warning_and_pass_no_gate(
    results, better_or_worse, change, warning
):
    other = better_or_worse()
    change(other)
    compared = compare(results, other)
    assert re.search(warning, ' '.join(compared.warnings))
    with pytest.raises(TruthError, match='cannot be compared'):
        compared.is_regression(1.0)
    assert 'WARNING' in comparison.text(compared)


def test_a_run_that_was_cut_short_is_no_match(results, better_or_worse):
    other = better_or_worse()
    other['recordings'][0]['answered'] = 300
    assert compare(results, other).warnings == (), 'in real time images are dropped'
    for run in (results, other):
        run['metrics']['realtime'] = None
    assert compare(results, other).warnings == ('688 and 388 images were answered.',)


def test_unknown_digests_are_not_taken_for_equal(results, better_or_worse):
    other = better_or_worse()
    for run in (results, other):
        run['truth']['digest'] = run['recordings'][0]['digest'] = None
    assert len(compare(results, other).warnings) == 2


def test_recordings_in_another_order_are_the_same_recordings(results, better_or_worse):
    other = better_or_worse()
    other['recordings'].reverse()
    assert compare(results, other).warnings == ()


def test_what_differs_in_how_they_were_made_is_listed(results, better_or_worse):
    other = better_or_worse()
    other['settings']['threshold'] = 0.5
    other['models']['fusion'] = 'ee'
    del other['options']['detector']['threads']
    assert set(compare(results, other).changed) == {
        ('settings.threshold', '0.42', '0.5'), ('models.fusion', 'cd' * 32, 'ee'),
        ('options.detector.threads', '2', '–'),
    }  # fmt: skip


def test_nulls_are_no_figures(nulls, results):
    compared = compare(nulls, results)
    assert one(compared, 'detection.summary.AP').verdict == 'new'
    assert not [each for each in compare(nulls, nulls).deltas if 'summary' in each.path]


@pytest.mark.parametrize('broken', [{}, {'schema': 'other', 'metrics': {}}])
def test_what_is_no_evaluation_is_refused(results, broken):
    with pytest.raises(TruthError):
        compare(results, broken)
    bent = {**results, 'metrics': {'detection': {'summary': {'AP': {'value': 'high'}}}}}
    with pytest.raises(TruthError):
        compare(bent, results)


def test_the_terminal_has_a_line_for_each_figure(results, better_or_worse):
    text = comparison.text(compare(results, better_or_worse(shift=-0.06, factor=1.2)))
    line = next(row for row in text.splitlines() if row.startswith('detection.summary.AP '))
    assert re.split(r'\s{2,}', line) == [
        'detection.summary.AP', '0.610', '0.550', '−0.060', '−0.111 to −0.009',
        'worse, significant',
    ]  # fmt: skip
    assert re.search(r'latency\.total\.p50 .* worse, no interval', text)
    assert 'quadrature' in text


def test_many_runs_are_each_compared_with_the_first(results, better_or_worse, tmp_path):
    others = [better_or_worse(shift=-0.06), better_or_worse(shift=0.03)]
    found = compare_many(results, others)
    assert [each.names for each in found] == [('A', 'B'), ('A', 'C')]
    assert [each.is_regression(0.01) for each in found] == [True, False]
    with pytest.raises(ValueError, match='shorter'):
        compare_many(results, others, ('only one',))


def test_the_page_shows_regressions_before_all_else(results, better_or_worse, tmp_path):
    pytest.importorskip('jinja2')
    other = better_or_worse(shift=-0.06, factor=0.8)
    other['truth']['digest'] = '00'
    names = ('<script>alert("a")</script>', 'smaller')
    path = comparison.write(compare_many(results, [other], names), tmp_path)
    assert path == tmp_path / 'compare.html'
    page = path.read_text(encoding='utf-8')
    order = ('cannot be compared', 'Regressions (', 'Regressions of classes', 'Improvements (',
             'Side by side</h2>')  # fmt: skip
    assert [page.index(part) for part in order] == sorted(page.index(part) for part in order)
    assert '<script>alert' not in page
    assert '−0.111 to −0.009' in page
    assert not re.search(r'(?:src|href)="(?!#|data:)', page)


def test_a_delta_is_plain_data(results):
    names = {field.name for field in fields(compare(results, results).deltas[0])}
    assert {'path', 'before', 'after', 'low', 'high'} <= names
