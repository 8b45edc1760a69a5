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

"""``compare``: tables and an exit code for gates."""

import json

import pytest

SCHEMA = 'grounded_perception/results/1'


def measure(value):
    return {'value': value, 'low': value - 0.05, 'high': value + 0.05, 'count': 90}


def results(ap=0.5, accuracy=0.7, p95=40.0, digest='same'):
    spent = {'p50': 30.0, 'p95': p95, 'p99': 50.0, 'mean': 30.0, 'count': 90}
    metrics = {
        'detection': {
            'summary': {'AP': measure(ap)},
            'at_threshold': {'threshold': 0.4, 'iou': 0.5, 'f1': measure(0.6)},
            'per_class': {'cat': {'AP': measure(ap), 'truths': 20}},
        },
        'grounding': {'summary': {'accuracy': measure(accuracy)}, 'by_kind': {}},
        'latency': {'stages': {}, 'total': spent, 'throughput_hz': measure(25.0)},
    }
    recording = {'path': 'drive', 'digest': digest, 'answered': 90}
    return {
        'schema': SCHEMA,
        'settings': {'threshold': 0.4},
        'recordings': [recording],
        'truth': {'digest': digest},
        'metrics': metrics,
    }


@pytest.fixture
def run_of(tmp_path):
    """Return a function: name and results → the folder of an evaluation."""

    def make(name, **changes):
        folder = tmp_path / name
        folder.mkdir()
        (folder / 'results.json').write_text(json.dumps(results(**changes)))
        return folder

    return make


def test_what_is_as_good_passes(cli, run_of):
    result = cli('compare', run_of('a'), run_of('b', ap=0.52, p95=60.0) / 'results.json')
    assert (result.code, result.err) == (0, '')
    assert 'no regression' in result.out
    assert 'detection.summary.AP' in result.out


def test_what_is_worse_fails_and_comes_first(cli, run_of):
    result = cli('compare', run_of('a'), run_of('b', ap=0.3, accuracy=0.75))
    assert result.code == 1
    lines = result.out.splitlines()
    head = next(n for n, line in enumerate(lines) if line.startswith('figure'))
    assert lines[head + 1].startswith('detection.summary.AP ')
    assert lines[-1].endswith('b: regressed: detection.summary.AP')


@pytest.mark.parametrize(
    ('changes', 'arguments', 'code'),
    [
        ({'ap': 0.48}, [], 1),
        ({'ap': 0.48}, ['--tolerance', '0.05'], 0),
        ({'ap': 0.495}, [], 0),
        ({'ap': 0.495}, ['--tolerance', '0'], 1),
        ({'p95': 60.0}, [], 0),
        ({'p95': 60.0}, ['--slower', '0.2'], 1),
        ({'p95': 60.0}, ['--slower', '0.6'], 0),
    ],
)
def test_gates(cli, run_of, changes, arguments, code):
    assert cli('compare', run_of('a'), run_of('b', **changes), *arguments).code == code


def test_any_of_several_that_is_worse_fails(cli, run_of):
    result = cli('compare', run_of('a'), run_of('b', ap=0.3), run_of('c', ap=0.6))
    assert result.code == 1
    assert 'b: regressed' in result.out
    assert 'c: no regression' in result.out


def test_as_json(cli, run_of):
    base = run_of('a')
    result = cli('compare', base, run_of('b', ap=0.3), '--json')
    assert result.code == 1
    (told,) = result.lines
    (other,) = told['others']
    assert told['base'] == str(base)
    assert other['regressions'] == ['detection.summary.AP']
    ap = next(each for each in other['figures'] if each['figure'] == 'detection.summary.AP')
    assert ap['delta'] == pytest.approx(-0.2)
    assert (ap['verdict'], ap['significant']) == ('worse', True)
    assert (ap['base']['value'], ap['other']['value']) == (0.5, 0.3)


def test_a_page_is_written(cli, run_of, tmp_path):
    pytest.importorskip('jinja2')
    out = tmp_path / 'new' / 'folder'
    result = cli('compare', run_of('a'), run_of('b'), '--out', out)
    assert result.code == 0
    assert result.out.splitlines()[-1] == f'page: {out / "compare.html"}'
    assert 'detection' in (out / 'compare.html').read_text()


def test_different_data_cannot_be_compared(cli, run_of):
    result = cli('compare', run_of('a'), run_of('b', digest='other'))
    assert (result.code, result.out) == (1, '')
    assert 'cannot be compared: The truths differ. The recordings differ.' in result.err


@pytest.mark.parametrize(
    ('text', 'words'), [('{', 'is no JSON'), ('[]', 'no results'), ('{"schema": 1}', 'got 1')]
)
def test_what_is_no_evaluation_is_said(cli, run_of, text, words):
    good, bad = run_of('a'), run_of('b')
    (bad / 'results.json').write_text(text)
    result = cli('compare', good, bad)
    assert (result.code, result.out) == (1, '')
    assert words in result.err
    assert str(bad / 'results.json') in result.err


def test_a_folder_without_results_is_said(cli, run_of, tmp_path):
    result = cli('compare', run_of('a'), tmp_path / 'nowhere')
    assert result.code == 1
    assert 'nowhere cannot be read' in result.err


@pytest.mark.parametrize('arguments', [['--tolerance', '-1'], ['--slower', 'nan']])
def test_wrong_numbers_are_wrong_usage(cli, run_of, arguments):
    assert cli('compare', run_of('a'), run_of('b'), *arguments).code == 2


def test_two_are_needed(cli, run_of):
    assert cli('compare', run_of('a')).code == 2
