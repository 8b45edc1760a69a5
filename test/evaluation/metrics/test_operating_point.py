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

"""What is published at a threshold, the curve it is a point of, and what is taken for what."""

from grounded_perception.evaluation.metrics.bootstrap import Draws
from grounded_perception.evaluation.metrics.coco_matching import CocoMatching
from grounded_perception.evaluation.metrics.confusion import Confusion
from grounded_perception.evaluation.metrics.detection import Detection
from grounded_perception.evaluation.metrics.matching import matched, NOTHING, PASSED_OVER
from grounded_perception.evaluation.metrics.operating_point import best_f1, curve, tally
from grounded_perception.evaluation.results import Boxes
from grounded_perception.settings import Settings
import numpy as np
import pytest

pytest.importorskip('pycocotools')
A, B, C = [0, 0, 50, 50], [100, 0, 150, 50], [200, 0, 250, 50]


def verdicts_of(frames, results, name='cat'):
    matching = CocoMatching((name,))
    for one, result in zip(frames, results, strict=True):
        matching.add(one, result.detections)
    return matching.finish()[0]


def test_own_matching_is_that_of_pycocotools(random_frames):
    classes = ('cat', 'dog', 'cow')
    frames, results = random_frames(60, classes)
    for name in classes:
        verdicts = verdicts_of(frames, results, name)
        ours = tally(verdicts, np.float32(0.4), 60)
        for n, (one, result) in enumerate(zip(frames, results, strict=True)):
            boxes = result.detections
            said = [
                i
                for i, label in enumerate(boxes.labels)
                if label == name and boxes.scores[i] >= 0.4
            ]
            true = [i for i, label in enumerate(one.labels) if label == name]
            found = matched(boxes.boxes_px[said], one.boxes_px[true], one.ignored[true])
            assert ours.right[n] == (found >= 0).sum()
            assert ours.wrong[n] == (found == NOTHING).sum()
            assert ours.missed[n] == (~one.ignored[true]).sum() - (found >= 0).sum()


def test_matching_takes_the_best_box_first_and_passes_over_what_is_ignored():
    boxes = np.array([A, [0, 0, 48, 50], B, [110, 10, 120, 20], C], np.float32)
    truths = np.array([A, [100, 0, 300, 300]], np.float32)
    found = matched(boxes, truths, np.array([False, True]))
    assert found.tolist() == [0, NOTHING, PASSED_OVER, PASSED_OVER, PASSED_OVER]
    assert matched(boxes, truths[:0], np.zeros(0, bool)).tolist() == [NOTHING] * 5
    assert matched(boxes[:0], truths, np.array([False, True])).shape == (0,)


def test_shares_at_the_threshold(frame_of, truth_of, result_of):
    frames = [frame_of('a', [('cat', A), ('cat', B)]), frame_of('b', [('dog', C)])]
    detection = Detection(truth_of(frames), Settings(threshold=0.7))
    detection.add('bag', result_of('a', [('cat', 0.7, A), ('cat', 0.8, C), ('cat', 0.69, B)]))
    detection.add('bag', result_of('b', [('dog', 0.9, C), ('person', 0.9, A)]))
    at = detection.summary()['at_threshold']
    assert (at['tp'], at['fp'], at['fn'], at['threshold'], at['iou']) == (2, 1, 1, 0.7, 0.5)
    assert at['accuracy']['value'] == pytest.approx(2 / 4)
    assert at['precision']['value'] == at['recall']['value'] == pytest.approx(2 / 3)
    assert at['f1']['value'] == pytest.approx(2 / 3)
    assert at['precision']['low'] <= 2 / 3 <= at['precision']['high']


def test_a_class_may_have_a_threshold_of_its_own(frame_of, truth_of, result_of):
    frames = [frame_of('a', [('cat', A), ('dog', B)])]
    settings = Settings(threshold=0.7, class_thresholds='Cat: 0.5')
    detection = Detection(truth_of(frames), settings)
    detection.add('bag', result_of('a', [('cat', 0.5, A), ('dog', 0.6, B)]))
    summary = detection.summary()
    assert summary['at_threshold']['class_thresholds'] == {'cat': 0.5}
    assert summary['per_class']['cat']['recall']['value'] == 1
    assert summary['per_class']['dog']['recall']['value'] == 0
    assert summary['per_class']['dog']['precision']['value'] is None
    assert summary['per_class']['cat']['detections'] == 1


def test_best_f1_and_curve_by_hand(frame_of, result_of):
    frames = [frame_of('a', [('cat', A), ('cat', B)])]
    found = [('cat', 0.9, A), ('cat', 0.8, C), ('cat', 0.5, B), ('cat', 0.5, C)]
    verdicts = verdicts_of(frames, [result_of('a', found)])
    # Scores .9, .8, .5 and .5 find 1, 1, 2 and 2 of two: equal ones only come together.
    assert best_f1(verdicts) == {'threshold': pytest.approx(0.9), 'f1': pytest.approx(2 / 3)}
    told = curve([verdicts])
    assert told['recall'] == [i / 100 for i in range(101)]
    assert told['precision'][:51] == [1.0] * 51
    assert told['precision'][51:] == [pytest.approx(2 / 3, abs=1e-6)] * 50
    assert told['threshold'][50:52] == [pytest.approx(0.9), pytest.approx(0.5)]


def test_nothing_to_find_and_nothing_found(frame_of, result_of):
    empty = verdicts_of([frame_of('a')], [result_of('a', [('cat', 0.9, A)])])
    assert best_f1(empty) is None
    assert curve([empty]) == {'recall': [], 'precision': [], 'threshold': []}
    blind = verdicts_of([frame_of('a', [('cat', A)])], [result_of('a')])
    assert best_f1(blind) is None
    assert curve([blind])['recall'] == []


def test_the_area_below_the_curve_is_ap50(random_frames, truth_of):
    frames, results = random_frames(40)
    detection = Detection(truth_of(frames, ('cat', 'dog', 'cow')), Settings())
    for result in results:
        detection.add('bag', result)
    summary = detection.summary()
    for name, numbers in summary['per_class'].items():
        area = sum(summary['pr_curves'][name]['precision']) / 101
        assert area == pytest.approx(numbers['AP50']['value'], abs=1e-5)
    assert set(summary['pr_curves']) == {'all', 'cat', 'dog', 'cow'}


def test_confusion_tells_what_is_taken_for_what(frame_of):
    confusion = Confusion(('cat', 'dog', 'cow', 'sheep'), Settings(threshold=0.4))
    objects = [('cat', A), ('dog', B), ('cow', C), ('cow', [300, 0, 400, 100])]
    said = np.array([A, B, [300, 300, 350, 350], [310, 10, 350, 50], C, A], np.float32)
    labels = ('cat', 'cat', 'dog', 'dog', 'cow', 'person')
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.3, 0.9], np.float32)
    confusion.add(frame_of('a', objects, ignored=[3]), Boxes.of(said, scores, labels))
    table = confusion.to_json()
    assert table['labels'] == ['cat', 'dog', 'cow', 'nothing']  # nobody spoke of sheep
    assert table['counts'] == [[1, 0, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 1, 0, 0]]


def test_intervals_narrow_with_the_frames_and_repeat():
    rng = np.random.default_rng(0)

    def width(frames):
        right = (rng.random(frames) < 0.7).astype(float)
        one, again = (Draws.of(frames, 1000, 5).ratio(right, np.ones(frames)) for _ in range(2))
        assert one == again
        assert one.low < one.value < one.high
        return one.high - one.low

    # 1.96 standard errors to either side.
    assert width(100) == pytest.approx(2 * 1.96 * np.sqrt(0.7 * 0.3 / 100), rel=0.2)
    assert width(5000) == pytest.approx(2 * 1.96 * np.sqrt(0.7 * 0.3 / 5000), rel=0.2)


def test_neighbours_are_drawn_together_where_there_are_many():
    draws = Draws.of(2500, 10, 0)
    assert draws.weights.shape == (10, 1000)
    assert np.bincount(draws.block).tolist() == [3, 2] * 500
    assert draws.totals(np.ones(2500)) == pytest.approx(2500, rel=0.1)
    assert not len(Draws.of(1, 10, 0).weights)
