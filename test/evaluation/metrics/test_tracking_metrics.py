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

"""Tracks: as published, and by hand."""

import json

from grounded_perception.evaluation.metrics.tracking import Tracking
from grounded_perception.settings import Settings
import pytest

pytest.importorskip('motmetrics')
A, B, FAR = [0, 0, 50, 50], [100, 0, 150, 50], [300, 0, 350, 50]


def rows_of(path):
    """Return frame → (number, xyxy) of a MOTChallenge file."""
    found = {}
    for line in path.read_text().split():
        frame, number, x, y, width, height, *_ = map(float, line.split(','))
        found.setdefault(int(frame), []).append((int(number), [x, y, x + width, y + height]))
    return found


@pytest.mark.shared
def test_published_numbers_to_the_printed_digit(shared, frame_of, truth_of, result_of):
    folder = shared('metrics_reference/mot_TUD-Campus')
    true, said = (rows_of(folder / name) for name in ('gt.txt', 'test.txt'))
    frames = [
        frame_of(str(n), [('person', box) for _, box in rows], tracks=[i for i, _ in rows])
        for n, rows in sorted(true.items())
    ]
    tracking = Tracking(truth_of(frames, ('person',), has_tracks=True), Settings())
    for n in sorted(true):
        rows = said.get(n, [])
        found = [('person', 1.0, box) for _, box in rows]
        tracking.add('bag', result_of(str(n), found, n, tracks=[i for i, _ in rows]))
    summary = tracking.summary()
    names = {
        'MOTA': 'MOTA', 'MOTP': 'MOTP', 'IDF1': 'IDF1', 'Rcll': 'recall', 'Prcn': 'precision',
        'FP': 'false_positives', 'FN': 'misses', 'IDs': 'switches', 'FM': 'fragmentations',
        'MT': 'mostly_tracked', 'ML': 'mostly_lost',
    }  # fmt: skip
    printed = {
        theirs: round(summary[ours]['value'], 3)
        if isinstance(summary[ours], dict)
        else summary[ours]
        for theirs, ours in names.items()
    }
    expected = json.loads((folder / 'EXPECTED.json').read_text())
    assert printed == {name: expected[name] for name in names}
    for name in ('MOTA', 'MOTP', 'precision', 'recall'):
        assert summary[name]['low'] <= summary[name]['value'] <= summary[name]['high']
    assert summary['IDF1']['low'] is None


@pytest.fixture
def tracked(frame_of, truth_of, result_of):
    """Return a function: rows of (recording, objects, found, tracks) → the numbers."""

    def measure(*rows, **more):
        frames = [
            frame_of(str(n), objects, tracks=range(len(objects)), **more)
            for n, (_, objects, _, _) in enumerate(rows)
        ]
        truth = truth_of(frames, has_tracks=True)
        tracking = Tracking(truth, Settings(threshold=0.5))
        for n, (recording, _, found, tracks) in enumerate(rows):
            tracking.add(recording, result_of(str(n), found, n, tracks=tracks))
        return tracking.summary()

    return measure


def test_a_switch_is_one_and_classes_are_kept_apart(tracked):
    cat, dog = ('cat', A), ('dog', B)
    right = [('cat', 0.9, A), ('dog', 0.9, B)]
    summary = tracked(
        ('bag', [cat, dog], right, [1, 2]),
        ('bag', [cat, dog], right, [1, 3]),
        ('bag', [cat, dog], [('dog', 0.9, A), ('dog', 0.4, B)], [1, 3]),
    )
    assert (summary['switches'], summary['false_positives'], summary['misses']) == (1, 1, 2)
    assert summary['MOTA']['value'] == pytest.approx(1 - 4 / 6)
    assert summary['MOTA']['count'] == 6


def test_another_recording_begins_anew(tracked):
    there = [('cat', A)]
    rows = [(bag, there, [('cat', 0.9, A)], [n]) for n, bag in enumerate(('one', 'two'))]
    summary = tracked(*rows)
    assert summary['switches'] == 0
    assert summary['MOTA']['value'] == summary['IDF1']['value'] == 1
    rows = [('one', there, found, tracks) for _, there, found, tracks in rows]
    assert tracked(*rows)['switches'] == 1


def test_what_fits_only_what_is_ignored_is_left_out(tracked):
    objects = [('cat', A), ('', [200, 0, 400, 200])]
    found = [('cat', 0.9, A), ('cat', 0.8, FAR)]
    assert tracked(('bag', objects, found, [1, 2]), ignored=[1])['false_positives'] == 0


def test_without_numbers_nothing_is_tracked(tracked):
    assert tracked(('bag', [('cat', A)], [('cat', 0.9, A)], None)) is None
    assert tracked(('bag', [('cat', A)], [], None)) is None


def test_tracks_where_nothing_is(tracked):
    summary = tracked(('bag', [], [('cat', 0.9, A)], [1]))
    assert summary['false_positives'] == 1
    assert summary['recall']['value'] is None
    json.dumps(summary, allow_nan=False)
