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

"""From which score on a class is published: the best, and only where others bear it out."""

from grounded_perception.evaluation.metrics.coco_matching import CocoMatching
from grounded_perception.evaluation.metrics.operating_point import best_f1, tally
from grounded_perception.evaluation.results import Boxes
from grounded_perception.evaluation.truth.records import TrueFrame
from grounded_perception.evaluation.tuning.aims import Aim, f1, precision, recall
from grounded_perception.evaluation.tuning.parts import PARTS, turns
from grounded_perception.evaluation.tuning.thresholds import Chooser
from grounded_perception.settings import Settings
import numpy as np
import pytest

pytest.importorskip('pycocotools')
BOX = [10.0, 10.0, 60.0, 60.0]
ELSEWHERE = [200.0, 10.0, 260.0, 60.0]


def matching_of(frames, names):
    """Match frames: (name, score or None = missed, whether it is right) each, one box of each."""
    matching = CocoMatching(names)
    for number, things in enumerate(frames):
        true = [name for name, score, right in things if right or score is None]
        said = [(name, score, right) for name, score, right in things if score is not None]
        boxes = np.array([BOX] * len(true), np.float32).reshape(-1, 4)
        truth = TrueFrame(
            str(number),
            boxes,
            tuple(true),
            np.zeros(len(true), bool),
            np.full(len(true), 2500, np.float32),
            np.full(len(true), -1, np.int64),
        )
        found = np.array([BOX if right else ELSEWHERE for *_, right in said], np.float32)
        scores = np.array([score for _, score, _ in said], np.float32)
        names_said = tuple(name for name, *_ in said)
        matching.add(truth, Boxes.of(found.reshape(-1, 4), scores, names_said))
    return matching


def chosen(frames, names, aim=None, least=10, **settings):
    given = Settings(**settings)
    return Chooser(matching_of(frames, names), names, given, aim or Aim(), least, 0).chosen()


def row(tuned, name):
    return next(each for each in tuned.classes if each.name == name)


def noisy(count=60, seed=0):
    """Frames where a cat's right scores lie around .6, its wrong ones around .4."""
    rng = np.random.default_rng(seed)
    return [
        [('cat', float(np.clip(rng.normal(0.6 if right else 0.4, 0.12), 0.02, 1)), bool(right))]
        for right in rng.random(count) < 0.6
    ]


def test_the_threshold_of_the_best_f1_is_a_short_number_between_two_scores():
    (verdicts,) = matching_of(noisy(), ['cat']).finish()
    best, ours = best_f1(verdicts), Aim().threshold(verdicts)
    below = verdicts.scores[verdicts.scores < best['threshold']].max()
    assert below < ours <= best['threshold']
    assert len(str(ours)) <= 6
    counted = tally(verdicts, np.float32(ours), 60)
    sums = np.array([counted.right.sum(), counted.wrong.sum(), counted.missed.sum()])
    assert f1(sums) == pytest.approx(best['f1'])


@pytest.mark.parametrize('floor', [0.7, 0.9, 1.0])
def test_a_floor_of_precision_finds_the_most_that_it_allows(floor):
    (verdicts,) = matching_of(noisy(), ['cat']).finish()
    best = Aim(floor).threshold(verdicts)

    def counts(at):
        one = tally(verdicts, np.float32(at), 60)
        return np.array([one.right.sum(), one.wrong.sum(), one.missed.sum()])

    assert precision(counts(best)) >= floor
    allowed = [c for c in map(counts, verdicts.scores) if precision(c) >= floor]
    assert recall(counts(best)) == max(map(recall, allowed))


def test_no_threshold_has_a_precision_that_is_out_of_reach():
    (verdicts,) = matching_of([[('cat', 0.9, False)], [('cat', 0.5, True)]], ['cat']).finish()
    assert Aim(0.9).threshold(verdicts) is None
    assert 0 < Aim(0.5).threshold(verdicts) <= 0.5


def test_equal_scores_are_published_together():
    frames = [[('cat', 0.5, True)], [('cat', 0.5, False)], [('cat', 0.9, True)]]
    (verdicts,) = matching_of(frames, ['cat']).finish()
    assert 0.5 < Aim(1.0).threshold(verdicts) <= 0.9


def test_what_is_worth_more():
    rightly, widely = np.array([5.0, 0, 5]), np.array([9.0, 3, 1])
    assert Aim().worth(widely) > Aim().worth(rightly)
    assert Aim(0.9).worth(rightly) > Aim(0.9).worth(widely)
    nothing = np.zeros(3)
    assert (precision(nothing), recall(nothing), f1(nothing)) == (1, 0, 0)


def test_a_class_has_its_own_threshold_where_the_general_one_is_wrong_for_it():
    # Dogs are right from .2 on; cats wrong below .7, and there are more of them.
    frames = [
        [('dog', 0.2 + n % 3 / 100, True), ('cat', 0.8, True), ('cow', 0.45, False)]
        + [('cat', 0.5, False)] * (n % 2 + 1)
        for n in range(40)
    ]
    tuned = chosen(frames, ['cat', 'dog', 'cow'])
    assert 0.5 < tuned.cuts.general <= 0.8
    assert tuned.cuts.own.keys() == {'dog'}
    assert tuned.cuts.of('dog') <= 0.2
    dog = row(tuned, 'dog')
    assert dog.thresholds == (0.4, tuned.cuts.of('dog'))
    assert (f1(dog.before), f1(dog.after), f1(dog.tried)) == (0, 1, 1)
    assert row(tuned, 'cow').note == 'general: few objects'
    assert f1(tuned.whole.after) == 1 > f1(tuned.whole.before)


def test_few_objects_make_no_threshold_of_their_own():
    frames = [[('dog', 0.2, True), ('cat', 0.8, True), ('cat', 0.5, False)]] * 9 + [
        [('cat', 0.8, True), ('cat', 0.5, False)]
    ] * 30
    assert not chosen(frames, ['cat', 'dog'], least=10).cuts.own
    assert 'dog' in chosen(frames, ['cat', 'dog'], least=9).cuts.own


def test_what_does_not_help_on_other_frames_is_not_taken():
    # Scores say nothing here: a threshold chosen on some frames is chance.
    rng = np.random.default_rng(3)
    names = [f'class {n}' for n in range(12)]
    frames = [
        [(name, float(rng.uniform(0.3, 0.9)), bool(rng.random() < 0.5)) for name in names]
        for _ in range(24)
    ]
    raw = [Aim().threshold(v) for v in matching_of(frames, names).finish()]
    assert len(set(raw)) > 6, 'each would be another one'
    tuned = chosen(frames, names)
    assert len(tuned.cuts.own) <= 1
    assert f1(tuned.whole.tried) <= f1(tuned.whole.after)


def test_what_the_user_set_stays_where_nothing_better_is_known():
    frames = [[('dog', 0.6, True), ('cat', 0.6, True), ('cat', 0.3, False)]] * 20
    tuned = chosen(frames, ['cat', 'dog', 'Big Cow'], class_thresholds='big cow: 0.9, dog: 0.5')
    assert tuned.cuts.own == {'Big Cow': 0.9, 'dog': 0.5}
    assert row(tuned, 'dog').note == 'as it was: no help elsewhere'
    assert tuned.cuts.general == 0.4


def test_the_same_seed_chooses_the_same():
    first, second = (chosen(noisy(), ['cat']) for _ in range(2))
    assert first.cuts == second.cuts
    assert first.whole.tried.tolist() == second.whole.tried.tolist()


def test_each_frame_is_tried_on_once_and_neighbours_together():
    within = np.ones(100, bool)
    within[::7] = False
    tried = np.zeros(100, int)
    for chosen_on, tried_on in turns(within, 0):
        assert not (chosen_on & tried_on).any()
        assert ((chosen_on | tried_on) == within).all()
        tried += tried_on
    assert (tried == within).all()
    assert len(list(turns(within, 0))) == PARTS
    film = np.ones(4000, bool)
    parts = [tried_on for _, tried_on in turns(film, 0)]
    assert sum(np.count_nonzero(np.diff(part.astype(int))) for part in parts) < 100
    assert len(list(turns(np.ones(1, bool), 0))) == 1
