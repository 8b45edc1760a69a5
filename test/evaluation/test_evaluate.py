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

"""Evaluations whole: what they leave, what they do again, and that the numbers are the same."""

from dataclasses import replace
import gzip
import json
from pathlib import Path
import re
import shutil
import signal
import zlib

import cv2
from grounded_perception.detectors import scripted
from grounded_perception.errors import RecordingError, TruthError
from grounded_perception.evaluation.evaluate import evaluate, Way
from grounded_perception.evaluation.plan import expanded, Plan
from grounded_perception.evaluation.truth.sources import TruthSource
from grounded_perception.evaluation.writing.reading import read
from grounded_perception.records import Regions
from grounded_perception.wire import bag as bags
from grounded_perception.wire import topics
import numpy as np
import pytest

pytestmark = pytest.mark.model
DETECTIONS = topics.DETECTIONS.of()


def test_what_an_evaluation_leaves(street, run, tmp_path):
    results, watcher = run(street.plan(command='the left car'))
    out = tmp_path / 'out'
    assert (watcher.total, watcher.known, watcher.images) == (12, 0, 12)
    assert json.loads((out / 'results.json').read_text()) == results
    assert results['schema'] == 'grounded_perception/results/1'
    assert not results['interrupted']
    (told,) = results['recordings']
    assert (told['images'], told['answered'], told['problems']) == (12, 12, [])
    assert told['topic'] == '/camera/image'
    assert results['truth']['matched'] == 12
    detection = results['metrics']['detection']
    assert 0 < detection['summary']['AP']['value'] < 1
    assert detection['at_threshold']['recall']['value'] > 0.5
    assert str(street.bag) in (out / 'report.html').read_text()
    assert (out / results['frames']['worst'][0]['image']).is_file()
    written = list(read(out / 'bags' / 'bag'))
    assert len(written) == 12
    assert all(each.grounding and each.jpeg for each in written)
    kinds = [topic for topic, _, _ in bags.messages(out / 'bags' / 'bag')]
    assert kinds.count(DETECTIONS) == 12
    assert not list(out.glob('**/*.part'))


def again(street, run, **changes):
    """Evaluate as changed after it was evaluated as it is; return how many images were known."""
    run(street.plan(annotated=False))
    way = {name: changes.pop(name) for name in ('seed', 'rate', 'drop') if name in changes}
    plan = street.plan(changes.pop('settings', None), annotated=False, **changes)
    return run(plan, **way)[1]


@pytest.mark.parametrize(
    'changes',
    [{}, {'settings': {'threads': 1}}, {'seed': 3}, {'rate': 2.0, 'drop': True}],
    ids=str,
)
def test_what_was_done_is_not_done_again(street, run, changes):
    watcher = again(street, run, **changes)
    assert (watcher.known, watcher.images) == (12, 0)


@pytest.mark.parametrize(
    'changes', [{'settings': {'threshold': 0.5}}, {'command': 'a car'}], ids=str
)
def test_what_answers_otherwise_is_done_again(street, run, changes):
    watcher = again(street, run, **changes)
    assert (watcher.known, watcher.images) == (0, 12)


def test_a_truth_or_a_model_that_was_written_anew_is_seen(street, run, tmp_path):
    script, truth = tmp_path / 'script.json', tmp_path / 'truth.json'
    shutil.copy(street.truth, truth)
    script.write_text(street.plan().options['scripted'].script)
    plan = street.plan(
        options={'scripted': scripted.Options(script=str(script))},
        truth=street.source(paths=(truth,)),
    )
    first, _ = run(plan)
    script.write_text('[["car", 0.9, 0.05, 0.4, 0.35, 0.8]]')
    second, watcher = run(plan)
    assert watcher.images == 12
    assert first['models'] != second['models']
    told = json.loads(truth.read_text())
    told['annotations'].pop()
    truth.write_text(json.dumps(told))
    third, watcher = run(plan)
    assert watcher.images == 12
    assert third['truth']['boxes'] == second['truth']['boxes'] - 1


def test_a_recording_that_was_moved_is_found_as_done(street, run, tmp_path, monkeypatch):
    here, there = (tmp_path / name / 'bag' for name in ('here', 'there'))
    shutil.copytree(street.bag, here)
    first, _ = run(street.plan(recordings=(here,)))
    there.parent.mkdir()
    here.rename(there)
    monkeypatch.chdir(there.parent)
    second, watcher = run(street.plan(recordings=(Path('bag'),)))
    assert (watcher.known, watcher.images) == (12, 0)
    (before,), (now,) = first['recordings'], second['recordings']
    assert (now['path'], now['absolute_path']) == ('bag', str(there))
    assert now['digest'] == before['digest']


def test_copies_of_a_recording_are_done_once(street, run, tmp_path):
    there = tmp_path / 'there' / street.bag.name
    shutil.copytree(street.bag, there)
    results, watcher = run(street.plan(recordings=(street.bag, there)))
    assert watcher.images == 12
    assert [told['images'] for told in results['recordings']] == [12, 12]
    # An image counts once, however many recordings have it.
    assert results['truth']['matched'] == 12
    assert sorted(p.name for p in (tmp_path / 'out' / 'bags').iterdir()) == ['bag', 'bag_']


def test_in_real_time_the_streaming_accuracy_stands_beside_the_other(street, run):
    results, _ = run(street.plan(), rate=1.0, drop=True)
    real = results['metrics']['realtime']
    assert (real['answered'], real['dropped']) == (12, 0)
    assert real['age_ms']['p50'] < 100
    # Always one image late; the first image of all finds nobody ready.
    assert (
        real['streaming']['AP50']['value']
        < results['metrics']['detection']['summary']['AP50']['value']
    )
    assert run(street.plan())[0]['metrics']['realtime'] is None


def seeing(boxes):
    """
    Make a detector that finds in every image what is there, shifted by what its pixels say.

    ``boxes``: checksum of the pixels → labels with boxes; not one pixel may be another.
    """

    def propose(detector, rgb, phrases, floor, limit):
        if not rgb.any():  # the blank image before the first one
            return Regions.empty()
        crc = zlib.crc32(np.ascontiguousarray(rgb).tobytes())
        labels, there = boxes[crc]
        rng = np.random.default_rng(crc)
        sizes = np.tile(there[:, 2:] - there[:, :2], 2)
        found = (there + rng.normal(0, 0.08, there.shape) * sizes).astype(np.float32)
        scores = rng.uniform(0.05, 1, len(labels)).astype(np.float32)
        regions = Regions.of_labels(found, scores, labels)
        order = np.argsort(-scores, kind='stable')
        return regions.take(order[scores[order] >= floor][:limit])

    return propose


@pytest.mark.shared
def test_coco_through_a_bag_is_coco_from_the_images(
    shared_data, recorder, run, tmp_path, monkeypatch, street
):
    coco = shared_data / 'coco_train2017_90'
    told = json.loads((coco / 'instances.json').read_text())
    told['images'] = told['images'][:20]
    ids = {image['id'] for image in told['images']}
    told['annotations'] = [a for a in told['annotations'] if a['image_id'] in ids]
    names = {category['id']: category['name'] for category in told['categories']}
    truth, folder = tmp_path / 'instances.json', tmp_path / 'images'
    truth.write_text(json.dumps(told))
    folder.mkdir()
    boxes, messages, places = {}, [], []
    for number, image in enumerate(told['images']):
        file = coco / 'images' / image['file_name']
        data = file.read_bytes()
        (folder / file.name).write_bytes(data)
        rgb = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        mine = [a for a in told['annotations'] if a['image_id'] == image['id']]
        there = np.array([a['bbox'] for a in mine], np.float64).reshape(-1, 4)
        there[:, 2:] += there[:, :2]
        labels = tuple(names[a['category_id']] for a in mine)
        boxes[zlib.crc32(np.ascontiguousarray(rgb).tobytes())] = labels, there
        stamp_ns = 10**18 + number * 10**8
        messages.append(('/image/compressed', stamp_ns, recorder.jpeg(data, stamp_ns)))
        places.append({'stamp_ns': stamp_ns, 'image': file.name})
    frames_map = tmp_path / 'frames.json'
    frames_map.write_text(json.dumps(places))
    bag = recorder.write(tmp_path / 'bag', messages)

    monkeypatch.setattr(scripted.ScriptedDetector, 'propose', seeing(boxes))
    source = TruthSource((truth,))
    plan = street.plan(recordings=(folder,), truth=source, annotated=False)
    from_images, _ = run(plan, 'from_images')
    plan = replace(plan, recordings=(bag,), truth=replace(source, frames_map=frames_map))
    from_bag, _ = run(plan, 'from_bag')
    for results in (from_images, from_bag):
        assert results['truth']['matched'] == results['recordings'][0]['answered'] == 20
    ap = from_images['metrics']['detection']['summary']['AP']['value']
    assert 0.1 < ap < 0.9
    assert from_bag['metrics']['detection'] == from_images['metrics']['detection']


@pytest.mark.shared
def test_all_the_real_bags_at_once(shared_data, run, street, tmp_path):
    recordings = expanded([shared_data / 'rosbags'])
    assert len(recordings) == 5
    results, watcher = run(street.plan(recordings=recordings, truth=None))
    assert [each['images'] for each in results['recordings']] == [3, 3, 3, 4, 4]
    assert all(each['answered'] == each['images'] for each in results['recordings'])
    assert watcher.images == 17
    for folder, told in zip(
        sorted((tmp_path / 'out' / 'bags').iterdir()), results['recordings'], strict=True
    ):
        assert len(list(read(folder))) == told['images']
    assert results['metrics']['detection'] is None
    assert results['metrics']['latency']['total']['count'] == 17


def test_a_truth_on_a_topic_of_the_bag(street, run, recorder, film, tmp_path):
    run(street.plan(truth=None))
    answers = [
        ('/truth', time_ns, (topics.DETECTIONS.type, message))
        for topic, time_ns, message in bags.messages(tmp_path / 'out' / 'bags' / 'bag')
        if topic == DETECTIONS
    ]
    bag = recorder.write(tmp_path / 'both', [*film(12), *answers])
    results, _ = run(street.plan(recordings=(bag,), truth=TruthSource(topic='/truth')), 'judged')
    assert results['truth']['form'] == 'bag'
    assert results['truth']['matched'] == 12
    detection = results['metrics']['detection']
    assert detection['summary']['AP']['value'] == 1
    at_threshold = detection['at_threshold']
    assert (at_threshold['recall']['value'], at_threshold['precision']['value']) == (1, 1)
    assert at_threshold['tp'] == 36
    with pytest.raises(RecordingError, match='there is no topic /other'):
        run(street.plan(recordings=(bag,), truth=TruthSource(topic='/other')))
    with pytest.raises(RecordingError, match='it must be vision_msgs/msg/Detection2DArray'):
        run(street.plan(recordings=(bag,), truth=TruthSource(topic='/camera/image')))


def test_calibration_and_depth_beside_the_images_are_told(street, run, recorder, film, tmp_path):
    types, info = recorder.store.types, 'sensor_msgs/msg/CameraInfo'
    region = types['sensor_msgs/msg/RegionOfInterest'](0, 0, 0, 0, False)
    k = np.array([50.0, 0, 31, 0, 51, 21, 0, 0, 1])
    none = np.zeros(5)
    calibration = types[info](
        recorder.header(1, 'lens'), 60, 100, 'plumb_bob', none, k, np.eye(3).ravel(),
        np.zeros(12), 1, 1, region,
    )  # fmt: skip
    kind, depth = recorder.raw(np.zeros((2, 2, 3), np.uint8), 1)
    depth.encoding, depth.step = '16UC1', 4
    depth.data = np.array([0, 900, 2100, 2200], '<u2').view(np.uint8)
    shots = list(film(12))
    messages = [
        *shots,
        ('/camera/camera_info', shots[0][1], (info, calibration)),
        ('/camera/depth/image', shots[0][1], (kind, depth)),
    ]
    bag = recorder.write(tmp_path / 'camera', messages)
    results, _ = run(street.plan(recordings=(bag,)))
    (told,) = results['recordings']
    assert (told['camera']['topic'], told['camera']['fits_images']) == (
        '/camera/camera_info',
        False,
    )
    assert [(each['topic'], each['valid_share']) for each in told['depth']] == [
        ('/camera/depth/image', 0.75)
    ]
    # The images of the street are of several sizes.
    assert '/camera/camera_info is of images of 100 x 60 pixels, 1 of 12' in told['problems'][0]
    page = (tmp_path / 'out' / 'report.html').read_text()
    assert re.search(r'<td>/camera/camera_info</td><td>lens</td>.*100 × 60.*<td>no</td>', page)
    assert re.search(
        r'<td>/camera/depth/image</td><td>16UC1</td>.*0\.750.*0\.90.*2\.20', page, re.S
    )
    plain, _ = run(street.plan(), 'plain')
    assert (plain['recordings'][0]['camera'], plain['recordings'][0]['depth']) == (None, [])
    assert 'camera_info' not in (tmp_path / 'plain' / 'report.html').read_text()


def test_an_open_vocabulary_is_judged_by_what_it_was_asked_for(street, run, monkeypatch):
    propose = scripted.ScriptedDetector.propose

    def asked_for(self, rgb, phrases, floor, limit):
        found = propose(self, rgb, phrases, floor, limit)
        return found.take(np.isin(found.labels, phrases))

    monkeypatch.setattr(scripted.ScriptedDetector, 'names', ())
    monkeypatch.setattr(scripted.ScriptedDetector, 'propose', asked_for)
    results, _ = run(street.plan(command='the car on the left'))
    classes = results['metrics']['detection']['per_class']
    assert classes['car']['AP50']['value'] > 0.5
    assert classes['person']['detections'] == 0
    assert classes['person']['recall']['value'] == 0
    nothing, _ = run(street.plan(), 'without a command')
    assert nothing['metrics']['detection']['summary']['AP']['value'] == 0


class Impatient:
    """Presses Ctrl-C after some images."""

    def __init__(self, patience):
        self.patience = patience

    def begin(self, total, known):
        if not self.patience:
            raise KeyboardInterrupt

    def count(self, images):
        self.patience -= images
        if self.patience == 0:
            signal.raise_signal(signal.SIGINT)

    def stage(self, text):
        pass


def test_an_interrupted_evaluation_has_every_image_once(street, run, tmp_path):
    before, _ = run(street.plan())
    plan, out = street.plan(), tmp_path / 'out'
    # Everything again, given up in the second of three units: it is done up to there.
    assert evaluate(plan, out, Way(fresh=True), Impatient(7))['interrupted']
    with gzip.open(out / 'frames.jsonl.gz', 'rt') as lines:
        assert [json.loads(line)['index'] for line in lines] == [0, 1, 2, 3, 4, 5, 6, 10, 11]
    assert run(plan)[0]['recordings'] == before['recordings']
    assert evaluate(plan, tmp_path / 'new', Way(), Impatient(7))['recordings'][0]['images'] == 7
    results, _ = run(plan, 'new')
    assert results['recordings'] == before['recordings']
    for name in ('out', 'new'):  # of what was shorter nothing is left
        assert len(list((tmp_path / name / 'work').glob('*.jsonl.gz'))) == 3
        assert len(list((tmp_path / name / 'work').iterdir())) == 3 * 3


def test_what_is_interrupted_before_its_first_image_leaves_everything_as_it_is(
    street, run, tmp_path
):
    run(street.plan())
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / 'out').iterdir()}
    with pytest.raises(KeyboardInterrupt):
        evaluate(street.plan(command='a car'), tmp_path / 'out', Way(), Impatient(0))
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / 'out').iterdir()} == before


def test_a_truth_of_other_images_is_refused_before_the_work(street, run, tmp_path):
    places = tmp_path / 'places.json'
    places.write_text('[{"stamp_ns": 5, "image": "0.jpg"}]')
    with pytest.raises(TruthError, match='truth of other images'):
        run(street.plan(truth=street.source(frames_map=places)))
    assert not (tmp_path / 'out').exists()


def test_images_without_truth_are_counted_and_not_judged(street, run, tmp_path):
    told = json.loads(street.truth.read_text())
    told['images'] = told['images'][2:]
    told['annotations'] = [a for a in told['annotations'] if a['image_id'] >= 2]
    truth = tmp_path / 'truth.json'
    truth.write_text(json.dumps(told))
    results, _ = run(street.plan(truth=street.source(paths=(truth,))))
    assert results['truth']['matched'] == 10
    assert results['truth']['unmatched_images'] == 2
    assert results['truth']['unmatched_truths'] == 0


def test_a_plan_of_speed_alone_needs_no_library_of_metrics(street, tmp_path, run):
    results, _ = run(Plan((street.bag,), street.plan().settings, street.plan().options, bag=False))
    assert not (tmp_path / 'out' / 'bags').exists()
    assert results['metrics']['latency']['throughput_hz']['value'] > 0
