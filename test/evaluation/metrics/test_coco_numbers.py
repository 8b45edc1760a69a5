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

"""COCO's twelve numbers: as published, and as pycocotools has them, for draws of frames too."""

from contextlib import redirect_stdout
import io
import json
import time

from grounded_perception.evaluation.metrics import average_precision
from grounded_perception.evaluation.metrics.average_precision import NAMES
from grounded_perception.evaluation.metrics.bootstrap import Draws
from grounded_perception.evaluation.metrics.coco_matching import CocoMatching
from grounded_perception.evaluation.metrics.detection import Detection, Precisions
from grounded_perception.settings import Settings
import numpy as np
import pytest

pytest.importorskip('pycocotools')
CLASSES = ('cat', 'dog', 'cow')


def by_pycocotools(frames, results, classes=CLASSES):
    """Return the twelve numbers as pycocotools alone computes them."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    def xywh(box):
        x1, y1, x2, y2 = map(float, box)
        return [x1, y1, x2 - x1, y2 - y1]

    truths = [
        {
            'id': 0, 'image_id': n, 'category_id': classes.index(label), 'bbox': xywh(box),
            'area': float(area), 'iscrowd': int(ignored),
        }
        for n, one in enumerate(frames)
        for label, box, area, ignored in zip(
            one.labels, one.boxes_px, one.areas_px, one.ignored, strict=True
        )
    ]  # fmt: skip
    found = [
        {
            'image_id': n,
            'category_id': classes.index(label),
            'bbox': xywh(box),
            'score': float(score),
        }
        for n, one in enumerate(results)
        for label, box, score in zip(
            one.detections.labels, one.detections.boxes_px, one.detections.scores, strict=True
        )
    ]
    for i, one in enumerate(truths):
        one['id'] = i + 1
    with redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = {
            'images': [{'id': n} for n in range(len(frames))],
            'categories': [{'id': k} for k in range(len(classes))],
            'annotations': truths,
        }
        coco.createIndex()
        evaluation = COCOeval(coco, coco.loadRes(found), 'bbox')
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation


def matching_of(frames, results, classes=CLASSES):
    matching = CocoMatching(classes)
    for one, result in zip(frames, results, strict=True):
        matching.add(one, result.detections)
    return matching


@pytest.mark.shared
def test_published_numbers_to_the_printed_digit(shared, frame_of, truth_of, result_of):
    folder = shared('metrics_reference/cocoapi_val2014_100')
    given = json.loads((folder / 'instances_val2014_100.json').read_text())
    said = json.loads((folder / 'instances_val2014_fakebbox100_results.json').read_text())
    names = {one['id']: one['name'] for one in given['categories']}

    def corners(box):
        x, y, width, height = box
        return [x, y, x + width, y + height]

    frames, results = [], []
    for n, image in enumerate(sorted(one['id'] for one in given['images'])):
        objects = [one for one in given['annotations'] if one['image_id'] == image]
        pairs = [(names[one['category_id']], corners(one['bbox'])) for one in objects]
        crowds = [i for i, one in enumerate(objects) if one['iscrowd']]
        areas = [one['area'] for one in objects]
        frames.append(frame_of(str(image), pairs, crowds, areas))
        found = [
            (names[one['category_id']], one['score'], corners(one['bbox']))
            for one in said
            if one['image_id'] == image
        ]
        results.append(result_of(str(image), found, index=n))
    classes = tuple(names[number] for number in sorted(names))
    detection = Detection(truth_of(frames, classes), Settings())
    for result in results:
        detection.add('bag', result)
    summary = detection.summary()['summary']
    expected = json.loads((folder / 'EXPECTED.json').read_text())
    assert {name: round(summary[name]['value'], 6) for name in expected} == expected
    for measure in summary.values():
        assert measure['low'] <= measure['high']
        assert measure['count'] == 830


def test_all_twelve_and_the_classes_are_those_of_pycocotools(random_frames):
    frames, results = random_frames(120)  # more than a batch
    reference = by_pycocotools(frames, results)
    measured = Precisions.of(matching_of(frames, results), 0)
    summary = measured.summary(NAMES)
    ours = [summary[name]['value'] for name in NAMES]
    np.testing.assert_allclose(ours, reference.stats, atol=1e-9)
    assert 0.1 < summary['AP']['value'] < 0.9
    precision = reference.eval['precision']
    for k in range(len(CLASSES)):
        own = measured.of_class(k, ('AP', 'AP50'))
        assert own['AP']['value'] == pytest.approx(precision[:, :, k, 0, 2].mean(), abs=1e-9)
        assert own['AP50']['value'] == pytest.approx(precision[0, :, k, 0, 2].mean(), abs=1e-9)


def test_a_draw_gives_what_pycocotools_gives_for_the_frames_drawn(random_frames):
    frames, results = random_frames(12)
    classes = matching_of(frames, results).finish()
    rng = np.random.default_rng(3)
    weights = rng.multinomial(12, np.full(12, 1 / 12), 4).astype(float)
    draws = Draws(np.arange(12), weights)
    ours = average_precision.mean([average_precision.of_class(one, draws) for one in classes])
    for row, times in zip(ours, weights.astype(int), strict=True):
        drawn = np.repeat(np.arange(12), times)
        reference = by_pycocotools([frames[i] for i in drawn], [results[i] for i in drawn])
        known = reference.stats > -1
        np.testing.assert_allclose(row[known], reference.stats[known], atol=1e-9)
        assert np.isnan(row[~known]).all()


def test_a_class_without_objects_is_not_averaged(frame_of, result_of):
    box = [0, 0, 50, 50]
    frames = [frame_of('a', [('cat', box)])]
    results = [result_of('a', [('cat', 0.9, box), ('dog', 0.9, box), ('horse', 1, box)])]
    measured = Precisions.of(matching_of(frames, results), 0)
    summary = measured.summary(NAMES)
    perfect = {'value': pytest.approx(1.0), 'low': None, 'high': None, 'count': 1}
    assert summary['AP'] == perfect
    assert summary['APs']['value'] is None  # there is no small object
    assert measured.of_class(1, ('AP',))['AP']['value'] is None


def test_what_is_ignored_is_ignored_whatever_it_is(frame_of, result_of):
    there, ignored = [0, 0, 50, 50], [100, 0, 300, 200]
    inside = [110, 10, 160, 60]
    found = [('cat', 0.95, inside), ('dog', 0.9, inside), ('cat', 0.8, there)]
    frames = [frame_of('a', [('cat', there), ('', ignored)], ignored=[1])]
    classes = matching_of(frames, [result_of('a', found)]).finish()
    assert [one.truths for one in classes] == [1, 0, 0]
    assert Precisions.of(matching_of(frames, [result_of('a', found)]), 0).summary(('AP',))['AP'][
        'value'
    ] == pytest.approx(1)
    frames = [frame_of('a', [('cat', there), ('dog', ignored)], ignored=[1])]
    measured = Precisions.of(matching_of(frames, [result_of('a', found)]), 0)
    assert measured.summary(('AP',))['AP']['value'] == pytest.approx(0.5)  # no dog: a wrong cat


def test_ninety_photographs_take_less_than_five_seconds(random_frames):
    frames, results = random_frames(90)
    boxes = sum(len(one) for one in frames)
    begin = time.process_time()
    Precisions.of(matching_of(frames, results), 0).summary(NAMES)
    assert time.process_time() - begin < 5
    assert boxes > 200
