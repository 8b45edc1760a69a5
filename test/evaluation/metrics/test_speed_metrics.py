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

"""Times, and what becomes of accuracy when a camera does not wait."""

from grounded_perception.evaluation.metrics import series
from grounded_perception.evaluation.metrics.latency import Latency
from grounded_perception.evaluation.metrics.realtime import RealTime
from grounded_perception.evaluation.metrics.series import Series, Timeline
import numpy as np
import pytest

A, B = [0, 0, 50, 50], [100, 0, 150, 50]


def test_percentiles_of_stages_and_of_all_of_them(result_of):
    latency = Latency()
    for n in range(101):
        latency.add('bag', result_of(index=n, timings_ms={'detect': float(n), 'ground': 1.0}))
    latency.add('bag', result_of(index=101, outcome='dropped', timings_ms={'detect': 1e9}))
    latency.add('bag', result_of(index=102, outcome='failed'))
    summary = latency.summary()
    assert summary['stages']['detect'] == {
        'p50': 50, 'p95': 95, 'p99': 99, 'mean': 50, 'count': 101,
    }  # fmt: skip
    assert summary['total']['p95'] == 96
    assert summary['throughput_hz']['value'] == pytest.approx(1000 / 51)
    assert summary['throughput_hz']['low'] < 1000 / 51 < summary['throughput_hz']['high']
    assert sum(summary['histogram']['counts']) == 101
    assert len(summary['histogram']['edges_ms']) == len(summary['histogram']['counts']) + 1
    assert summary['timeline']['t_s'][:3] == [0, 1, 2]
    assert summary['timeline']['ms'][:3] == [1, 2, 3]


def test_recordings_follow_each_other_on_the_time_line(result_of):
    latency = Latency()
    for recording, begin in (('one', 1000), ('two', 5)):
        for n in range(3):
            latency.add(recording, result_of(at_s=begin + n, timings_ms={'detect': 1.0}))
    assert latency.summary()['timeline']['t_s'] == [0, 1, 2, 2, 3, 4]


def test_memory_does_not_grow_with_the_frames(monkeypatch):
    monkeypatch.setattr(series, '_MOST', 100)
    numbers, times = Series(), Timeline()
    for n in range(9999):
        numbers.add(n)
        times.add(n, float(n == 5000))
    assert len(numbers.kept) <= 100
    assert (np.diff(numbers.kept) == 128).all()  # every 128th, from the first on
    assert numbers.count == 9999
    assert numbers.mean == pytest.approx(4999)
    assert numbers.to_json(50)['p50'] == pytest.approx(5000, rel=0.02)
    points = times.to_json()
    assert 1000 <= len(points['t_s']) <= 2000
    assert max(points['ms']) == 1  # the one slow frame is still there


def test_without_answers_there_are_no_times():
    summary = Latency().summary()
    assert summary['total'] == {'p50': None, 'p95': None, 'p99': None, 'mean': None, 'count': 0}
    assert summary['throughput_hz']['value'] is None


def test_the_answer_that_was_finished_last_is_judged(frame_of, truth_of, result_of):
    # A thing jumps from A to B in each second; answers take 1.5 s.
    places = [A, B, A, B, A]
    frames = [frame_of(str(n), [('cat', place)]) for n, place in enumerate(places)]
    real_time = RealTime(truth_of(frames, ('cat',)), rate=1.0)
    for n, place in enumerate(places):
        outcome = 'dropped' if n == 1 else 'answered'
        found = [('cat', 0.9, place)]
        real_time.add('bag', result_of(str(n), found, n, outcome, age_ms=1500.0))
    summary = real_time.summary()
    assert (summary['answered'], summary['dropped'], summary['drop_share']) == (4, 1, 0.2)
    assert summary['age_ms'] == {'p50': 1500, 'p95': 1500, 'p99': 1500}
    # Image 2 is met by the answer to 0 (A, right), 3 by it again (wrong), 4 by that to 2 (right).
    assert summary['streaming']['AP']['count'] == 5
    # Of what is said, hits come second to ... as COCO: right, wrong, right of five.
    assert summary['streaming']['AP50']['value'] == pytest.approx((21 + 20 * 2 / 3) / 101)


def test_a_faster_recording_leaves_less_time(frame_of, truth_of, result_of):
    frames = [frame_of(str(n), [('cat', A)]) for n in range(4)]

    def streaming(rate):
        real_time = RealTime(truth_of(frames, ('cat',)), rate)
        for n in range(4):
            real_time.add('bag', result_of(str(n), [('cat', 0.9, A)], n, age_ms=900.0))
        return real_time.summary()['streaming']['AP']['value']

    # Three of four are met; at twice the rate an answer comes 1.8 s later: two are.
    assert streaming(1.0) == pytest.approx(76 / 101)
    assert streaming(2.0) == pytest.approx(51 / 101)


def test_nothing_is_known_of_another_recording(frame_of, truth_of, result_of):
    frames = [frame_of(str(n), [('cat', A)]) for n in range(2)]
    real_time = RealTime(truth_of(frames, ('cat',)), 1.0)
    real_time.add('one', result_of('0', [('cat', 0.9, A)], 0, age_ms=100.0))
    real_time.add('two', result_of('1', [('cat', 0.9, A)], 1, age_ms=100.0))
    assert real_time.summary()['streaming']['AP']['value'] == 0


def test_all_dropped_and_no_truth(result_of):
    real_time = RealTime(None, 1.0)
    real_time.add('bag', result_of(outcome='dropped'))
    assert real_time.summary() == {
        'rate': 1.0, 'answered': 0, 'dropped': 1, 'drop_share': 1.0,
        'age_ms': {'p50': None, 'p95': None, 'p99': None}, 'streaming': None,
    }  # fmt: skip
    assert RealTime(None, 1.0).summary()['drop_share'] is None
