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

"""All parts together: what is there, what is null, and that each number has a definition."""

import json
import subprocess
import sys

from grounded_perception.errors import ModelMissing
from grounded_perception.evaluation.metrics import summarise
from grounded_perception.evaluation.metrics.definitions import DEFINITIONS
from grounded_perception.evaluation.pacing import in_real_time
from grounded_perception.evaluation.results import FrameResult
from grounded_perception.evaluation.truth.records import TrueSentence
from grounded_perception.settings import Settings
import pytest

pytest.importorskip('pycocotools')
A, B = [0, 0, 50, 50], [100, 0, 150, 50]
PARTS = {'detection', 'grounding', 'calibration', 'latency', 'realtime', 'tracking'}


def measured(truth, results, **more):
    summary = summarise(truth, [('bag', results)], Settings(), **more)
    json.dumps(summary, allow_nan=False)  # no number that is none
    assert set(summary) == PARTS
    return summary


def leaves(value, path=()):
    """Yield the path of every number; a measure is one."""
    if isinstance(value, dict) and 'value' not in value:
        for key, below in value.items():
            yield from leaves(below, (*path, key))
    else:
        yield path


@pytest.fixture
def everything(frame_of, truth_of, result_of, reply_of):
    """Return a truth and results that all parts have something to say about."""
    frames = [frame_of(str(n), [('cat', A), ('dog', B)], tracks=[1, 2]) for n in range(6)]
    sentences = [
        TrueSentence(str(n), n, 'the cat', 'FOUND', tuple(A), ('name',)) for n in range(6)
    ]
    truth = truth_of(frames, sentences=sentences, has_tracks=True)
    results = [
        result_of(
            str(n),
            [('cat', 0.9, A), ('dog', 0.6, B), ('dog', 0.2, A)][n % 2 :],
            n,
            tracks=[1, 2, 3][n % 2 :],
            replies=(reply_of(n, 'FOUND', (A, B), (0.8, 0.1), none=0.1),),
            timings_ms={'detect': 700.0, 'ground': 3.0},
            age_ms=703.0,
        )
        for n in range(6)
    ]
    return truth, results


def test_every_number_has_a_definition(everything):
    pytest.importorskip('motmetrics')
    truth, results = everything
    paced = [('bag', in_real_time(results, 2.0, True))]
    summary = measured(truth, results, paced=paced, rate=2.0)
    assert all(summary.values())
    assert summary['realtime']['dropped'] > 0
    described = set()
    for part, *path in leaves(summary):
        named = (part, path[0]) in {
            ('detection', 'per_class'), ('latency', 'stages'),
            ('detection', 'pr_curves'), ('grounding', 'by_kind'),
        }  # fmt: skip
        short = '.'.join((part, *(path[:1] + path[2:] if named else path)))
        words = short.split('.')
        found = [k for k in range(2, len(words) + 1) if '.'.join(words[:k]) in DEFINITIONS]
        if found:
            described.add('.'.join(words[: found[-1]]))
        else:
            assert short in (
                'grounding.wrong', 'calibration.bins', 'calibration.of',
                'detection.at_threshold.class_thresholds',
            )  # fmt: skip
    assert described == set(DEFINITIONS)
    for one in DEFINITIONS.values():
        assert one.title
        assert one.text.endswith('.')
        assert one.better in ('higher', 'lower', '')


def test_results_read_back_from_json_measure_the_same(everything):
    truth, results = everything
    told = [FrameResult.from_json(json.loads(json.dumps(one.to_json()))) for one in results]
    assert measured(truth, told, seed=1) == measured(truth, results, seed=1)


def test_without_a_truth_only_times_are_measured(result_of):
    summary = measured(None, [result_of(timings_ms={'detect': 5.0})])
    assert summary['latency']['total']['count'] == 1
    assert {part for part, value in summary.items() if value is None} == PARTS - {'latency'}


def test_no_frames_and_all_dropped(truth_of, frame_of, result_of):
    truth = truth_of([frame_of('a', [('cat', A)])], has_tracks=True)
    for results in ([], [result_of('a', outcome='dropped')], [result_of('other')]):
        summary = measured(truth, results, paced=[('bag', results)])
        assert summary['detection'] is None
        assert summary['grounding'] is None
        assert summary['tracking'] is None
    assert measured(truth_of([]), [result_of('a')])['detection'] is None
    assert measured(truth_of([frame_of('a')], ()), [result_of('a')])['detection'] is None


def test_a_failed_frame_found_nothing(truth_of, frame_of, result_of):
    truth = truth_of([frame_of('a', [('cat', A)])])
    failed = result_of('a', [('cat', 0.9, A)], outcome='failed')
    summary = measured(truth, [failed])['detection']
    assert summary['summary']['AP']['value'] == 0
    assert (summary['at_threshold']['tp'], summary['at_threshold']['fn']) == (0, 1)
    assert summary['at_threshold']['precision']['value'] is None


def test_frames_without_objects(truth_of, frame_of, result_of):
    truth = truth_of([frame_of('a'), frame_of('b')])
    summary = measured(truth, [result_of('a', [('cat', 0.9, A)]), result_of('b')])['detection']
    assert summary['summary']['AP'] == {'value': None, 'low': None, 'high': None, 'count': 0}
    assert summary['at_threshold']['fp'] == 1
    assert list(summary['per_class']) == ['cat']
    assert summary['per_class']['cat']['best_f1'] is None


def test_one_frame_has_no_intervals(truth_of, frame_of, result_of):
    truth = truth_of([frame_of('a', [('cat', A), ('dog', B)])])
    summary = measured(truth, [result_of('a', [('cat', 0.9, A)])])['detection']
    half = {'value': pytest.approx(0.5), 'low': None, 'high': None, 'count': 2}
    assert summary['summary']['AP'] == half
    assert summary['at_threshold']['recall']['low'] is None


@pytest.mark.parametrize('library', ['pycocotools', 'motmetrics'])
def test_a_missing_library_is_named_with_its_install_line(
    library, truth_of, frame_of, monkeypatch
):
    for name in [*sys.modules, library]:
        if name.partition('.')[0] == library:
            monkeypatch.setitem(sys.modules, name, None)
    truth = truth_of([frame_of('a', [('cat', A)])], has_tracks=True)
    with pytest.raises(ModelMissing, match=rf"{library}: pip install 'grounded_perception\[eval"):
        summarise(truth, [], Settings())


def test_nothing_heavy_is_imported_before_it_is_needed():
    code = (
        'import sys, grounded_perception.evaluation.metrics; '
        'sys.exit(any(name in sys.modules for name in ("pycocotools", "motmetrics", "pandas")))'
    )
    assert subprocess.run([sys.executable, '-c', code]).returncode == 0
