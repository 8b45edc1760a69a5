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

"""``verify``: boxes matched between an exact and a fast detector, and the verdict."""

import argparse
import json

from grounded_perception.cli import verify
from grounded_perception.detectors import owlvit, scripted
from grounded_perception.errors import FrameError, SettingsError
from grounded_perception.records import Regions
import numpy as np
import pytest


def regions(*rows):
    """Return regions of (label, score, x1, y1, x2, y2), best first."""
    rows = sorted(rows, key=lambda row: -row[1])
    boxes = np.array([row[2:] for row in rows], np.float32).reshape(-1, 4)
    scores = np.array([row[1] for row in rows], np.float32)
    return Regions.of_labels(boxes, scores, tuple(row[0] for row in rows))


CAT = ('cat', 0.9, 0, 0, 100, 100)
DOG = ('dog', 0.6, 200, 0, 300, 100)


class Fake:
    """A detector that finds what it was told and remembers what it was asked."""

    names = ()

    def __init__(self, found, runtime):
        self.found, self.runtime, self.asked, self.closed = found, runtime, [], False

    def propose(self, rgb, phrases, floor, limit):
        self.asked.append((rgb.shape, phrases, floor))
        return self.found

    def close(self):
        self.closed = True


@pytest.fixture
def pair(monkeypatch):
    """Return a function: what torch and what OpenVINO find → the detectors as they are loaded."""

    def arrange(exact, fast):
        loaded = []

        def load(options, compute):
            assert all(detector.closed for detector, *_ in loaded), 'two networks in memory'
            is_exact = options.runtime == 'torch'
            detector = Fake(exact if is_exact else fast, 'torch' if is_exact else 'openvino bf16')
            loaded.append((detector, options, compute))
            return detector

        monkeypatch.setattr(owlvit, 'load', load)
        return loaded

    return arrange


def call(*arguments):
    parser = argparse.ArgumentParser()
    verify.add_arguments(parser)
    return verify.run(parser.parse_args([str(a) for a in arguments]))


OWL = ['--detector', 'owlvit', '--option', 'owlvit.checkpoint=here']


def test_equal_detectors_pass(pair, photos, capsys):
    loaded = pair(regions(CAT, DOG), regions(CAT, DOG))
    assert call(photos, *OWL, '--words', 'cat, dog', '--precision', 'bf16') == 0
    out = capsys.readouterr().out
    assert 'reference: torch' in out
    assert 'chosen:    openvino bf16' in out
    assert '3 images: 6 boxes in both, 0 lost, 0 new' in out
    assert 'mean 1.0000, least 1.0000' in out
    assert out.endswith('within --max-drift 0.05\n')
    (_, exact, f32), (fast, chosen, bf16) = loaded
    assert (exact.runtime, f32.precision) == ('torch', 'f32')
    assert (chosen.runtime, bf16.precision) == ('auto', 'bf16')
    # One more to warm up, and each asked for the words below the threshold.
    assert fast.asked == [((120, 200, 3), ('cat', 'dog'), 0.125)] * 4


def test_the_reference_is_never_quantised(pair, photos):
    loaded = pair(regions(CAT), regions(CAT))
    int8 = ['--option', 'owlvit.quantize=int8', '--option', f'owlvit.calibration={photos}']
    assert call(photos / 'b.png', *OWL, *int8) == 0
    assert [options.quantize for _, options, _ in loaded] == ['none', 'int8']


def test_beyond_the_bound_it_fails_and_says_what(pair, photos, capsys):
    moved = ('cat', 0.7, 0, 0, 100, 80)
    pair(regions(CAT, DOG), regions(moved, ('cup', 0.5, 0, 0, 9, 9)))
    assert call(photos / 'b.png', *OWL) == 1
    assert capsys.readouterr().out.splitlines()[-1] == (
        'beyond --max-drift 0.05: 1 of 2 boxes are lost, 1 boxes are new beside 2, boxes overlap '
        'by 0.800 on average, scores change by 0.200 on average'
    )
    assert call(photos / 'b.png', *OWL, '--max-drift', '0.5', '--json') == 0
    told = json.loads(capsys.readouterr().out)
    assert told['iou_min'] == pytest.approx(0.8)
    assert told['score_change_max'] == pytest.approx(0.2)
    assert (told['matched'], told['lost'], told['new'], told['trouble']) == (1, 1, 1, '')
    assert told['reference_ms'] > 0 < told['chosen_ms']


def test_nothing_found_is_no_success(pair, photos, capsys):
    pair(regions(), regions())
    assert call(photos, *OWL) == 1
    assert 'nothing was compared' in capsys.readouterr().out


def test_a_box_that_only_crosses_the_threshold_is_not_lost():
    near = [('cat', score, 0, 0, 100, 100) for score in (0.26, 0.24)]
    drift = verify.compare(regions(near[0]), regions(near[1]), 0.25)
    assert (drift.lost, drift.new, len(drift.overlaps)) == (0, 0, 1)
    assert drift.changes == pytest.approx((0.02,))
    assert verify.compare(regions(near[1]), regions(near[1]), 0.25) == verify.Drift()


def test_each_box_is_matched_once_and_within_its_word():
    twice = regions(CAT, ('cat', 0.8, 0, 0, 100, 96))
    drift = verify.compare(twice, regions(CAT), 0.25)
    assert (len(drift.overlaps), drift.lost, drift.new) == (1, 1, 0)
    assert drift.overlaps == (1.0,)
    drift = verify.compare(regions(CAT), regions(('dog', 0.9, *CAT[2:])), 0.25)
    assert (len(drift.overlaps), drift.lost, drift.new) == (0, 1, 1)
    for one, other in ((regions(), regions(CAT)), (regions(CAT), regions())):
        drift = verify.compare(one, other, 0.25)
        assert drift.lost + drift.new == 1


def test_a_detector_without_runtimes_is_compared_with_its_own_f32(photos, monkeypatch, capsys):
    precisions = []

    def load(options, compute):
        precisions.append(compute.precision)
        return Fake(regions(CAT), '')

    monkeypatch.setattr(scripted, 'load', load)
    assert call(photos, '--detector', 'scripted') == 0
    assert precisions == ['f32', 'auto']


@pytest.mark.parametrize('option', ['--max-drift', '--threshold'])
def test_bounds_are_shares(photos, option):
    with pytest.raises(SettingsError, match=rf'{option} must be in \[0, 1\], got 2\.0'):
        call(photos, *OWL, option, '2')


def test_an_image_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / 'x.png').touch()
    with pytest.raises(FrameError, match=r'x\.png: not an image'):
        call(tmp_path / 'x.png', *OWL)
