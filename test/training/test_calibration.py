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

"""Temperature, calibration error, reliability and metrics; numpy alone."""

import cv2
from grounded_perception.calibration import Bin, binned, BINS, calibration_error, error_by_chance
from grounded_perception.errors import TrainingError
from grounded_perception.training.fitting.calibration import fit_temperature, reliability
from grounded_perception.training.fitting.metrics import measure
from grounded_perception.training.fitting.plots import draw_curves, draw_reliability
import numpy as np
import pytest


def sampled(temperature, images=400, seed=0):
    """Return logits that are too sharp by a temperature, and truths drawn from what they mean."""
    random = np.random.default_rng(seed)
    logits, targets = [], []
    for _ in range(images):
        n, b = int(random.integers(2, 8)), 4
        z = random.normal(size=(b, n)) * 2
        p = np.exp(z) / np.exp(z).sum(1, keepdims=True)
        truth = [random.choice(n, p=row) for row in p]
        logits.append((z * temperature).astype(np.float32))
        targets.append(np.eye(n, dtype=np.float32)[truth])
    return logits, targets


@pytest.mark.parametrize('temperature', [0.4, 1.0, 3.0])
def test_the_temperature_is_found(temperature):
    logits, targets = sampled(temperature)
    found = fit_temperature(logits, targets)
    assert found == pytest.approx(temperature, rel=0.1)
    before = calibration_error(reliability(logits, targets))
    after = calibration_error(reliability(logits, targets, found))
    assert after < 0.04
    assert after <= before + 0.01


def test_without_sentences_there_is_no_temperature():
    with pytest.raises(TrainingError, match='held out'):
        fit_temperature([], [])


def test_answers_that_are_always_right_stay_within_limits():
    logits = [np.array([[5.0, -5.0]], np.float32)]
    assert 0.04 < fit_temperature(logits, [np.array([[1.0, 0.0]], np.float32)]) < 1
    assert fit_temperature(logits, [np.array([[0.0, 1.0]], np.float32)]) == pytest.approx(20)


def test_reliability_counts_by_confidence():
    logits = [np.log(np.array([[0.9, 0.1], [0.6, 0.4], [0.9, 0.1]], np.float32))]
    targets = [np.array([[1, 0], [0, 1], [0, 1]], np.float32)]
    bins = reliability(logits, targets)
    assert len(bins) == BINS
    assert [b.count for b in bins if b.count] == [1, 2]
    assert bins[13].accuracy == 0.5
    assert calibration_error(bins) == pytest.approx((0.6 + 2 * 0.4) / 3)
    assert calibration_error(reliability([], [])) == 0


@pytest.mark.parametrize('answers', [50, 300, 5000])
def test_chance_alone_makes_an_error_of_few_answers(answers):
    random = np.random.default_rng(1)
    confidence = random.uniform(0.2, 1, answers)
    honest = [binned(confidence, random.random(answers) < confidence) for _ in range(300)]
    drawn = error_by_chance(honest[0])
    errors = [calibration_error(bins) for bins in honest]
    assert drawn.mean() == pytest.approx(np.mean(errors), rel=0.1)
    boastful = binned(confidence, random.random(answers) < confidence - 0.2)
    assert calibration_error(boastful) > np.quantile(drawn, 0.95)
    np.testing.assert_array_equal(drawn, error_by_chance(honest[0]))


def test_where_answers_are_certain_and_right_chance_makes_no_error():
    assert not error_by_chance([Bin(1.0, 1.0, 9), Bin(0.0, 0.0, 0)]).any()
    assert not error_by_chance([]).any()


def test_metrics_count_by_status_and_kind(learnable):
    examples = learnable(20)
    right = [np.where(e.target > 0, 5.0, 0.0) for e in examples]
    figures = measure(right, examples)
    assert figures.accuracy == 1
    assert figures.total.count == sum(len(e.target) for e in examples)
    assert set(figures.by_status) == {'FOUND', 'ABSENT'}
    assert sum(s.count for s in figures.by_kind.values()) == figures.total.count
    none = [np.eye(e.target.shape[1])[[-1] * len(e.target)] for e in examples]
    figures = measure(none, examples)
    assert figures.by_status['ABSENT'].accuracy == 1
    assert figures.by_status['FOUND'].accuracy == 0


def test_an_answer_is_right_when_it_is_one_of_several(learnable):
    (example,) = learnable(1, regions=(3, 4), sentences=(1, 2))
    example.target[:] = [[0.5, 0.5, 0, 0]]
    assert measure([np.array([[0, 1.0, 0, 0]])], [example]).accuracy == 1
    assert measure([np.array([[0, 0, 1.0, 0]])], [example]).accuracy == 0


def test_pictures_are_drawn(tmp_path):
    logits, targets = sampled(2.0, 50)
    draw_reliability(reliability(logits, targets), tmp_path / 'r.png', 'ECE')
    rows = [
        {'step': '5', 'loss': '2.0', 'accuracy': ''},
        {'step': '9', 'loss': '1.0', 'accuracy': '0.5', 'FOUND': '0.25', 'nll': '1.5'},
    ]
    draw_curves(rows, tmp_path)
    for name in ('r.png', 'loss.png', 'accuracy.png'):
        image = cv2.imread(str(tmp_path / name))
        assert len(np.unique(image.reshape(-1, 3), axis=0)) > 3
    draw_curves([], tmp_path / 'nowhere')  # nothing to draw is no error
