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

"""What a running node answered, measured: by stamp, whatever order, clock and gaps it came in."""

from dataclasses import replace
import json

from grounded_perception.cli.main import main
from grounded_perception.errors import RecordingError
from grounded_perception.evaluation.plan import AnswersBag
from grounded_perception.evaluation.recordings.outputs import Outputs
from grounded_perception.wire import bag, topics
import numpy as np
import pytest

pytestmark = pytest.mark.model

COMMAND = 'the left car'
IMAGES = 12


@pytest.fixture(scope='module')
def sentences(street, tmp_path_factory):
    """Return a truth of boxes and of the command, right in image 3 and wrong in image 4."""
    rows = [
        {'image': '3.jpg', 'expression': 'The left  car', 'status': 'FOUND'},
        {'image': '4.jpg', 'expression': COMMAND, 'status': 'ABSENT'},
        {'image': '5.jpg', 'expression': 'the person', 'status': 'FOUND'},
    ]
    boxes = {'3.jpg': [6, 29, 35, 58], '5.jpg': [1, 1, 9, 9]}
    lines = [json.dumps({**row, 'bbox_xyxy': boxes.get(row['image'])}) for row in rows]
    file = tmp_path_factory.mktemp('sentences') / 'sentences.jsonl'
    file.write_text('\n'.join(lines))
    return street.source(paths=(street.truth, file), form='auto')


@pytest.fixture(scope='module')
def offline(street, tmp_path_factory):
    """Evaluate once; return the results and the bag that was written."""
    pytest.importorskip('pycocotools')
    from grounded_perception.evaluation.evaluate import evaluate, Way

    class Nobody:
        def __getattr__(self, name):
            return lambda *given: None

    out = tmp_path_factory.mktemp('offline')
    return evaluate(street.plan(command=COMMAND), out, Way(), Nobody()), out / 'bags' / 'bag'


def said(folder):
    """Read a bag's messages, less its pictures, as the recorder writes them."""
    for topic, time_ns, message in bag.messages(folder):
        if 'annotated' not in topic:
            yield topic, time_ns, (message.__msgtype__, message)


@pytest.fixture
def live(offline, recorder, tmp_path):
    """Return a function that writes the bag anew as somebody else would have recorded it."""

    def record(name='live', later_ns=0, lost=(), node='/perception', topics_first=False):
        messages = list(said(offline[1]))
        times = sorted({time_ns for _, time_ns, _ in messages})
        if topics_first:  # the last of one topic before the first of the next
            messages.sort(key=lambda each: (each[0] != topics.QUERY_STATE.of(), each[0]))
            messages = [(t, times[0] + n, m) for n, (t, _, m) in enumerate(messages)]
        kept = (
            (topic.replace('/perception', node, 1), time_ns + later_ns, message)
            for topic, time_ns, message in messages
            if topics_first or times.index(time_ns) not in lost
        )
        return recorder.write(tmp_path / name, kept)

    return record


def answered(street, path, **changes):
    return street.plan(answers=AnswersBag(path), bag=False, **changes)


def test_what_was_published_measures_as_it_did_when_it_was_answered(street, offline, run):
    results, watcher = run(answered(street, offline[1]))
    before, now = offline[0]['metrics']['detection'], results['metrics']['detection']
    for part in ('at_threshold', 'confusion'):
        assert now[part] == before[part]
    assert now['summary']['AP50']['value'] <= before['summary']['AP50']['value']
    assert results['answers']['path'] == str(offline[1])
    assert results['models'] == {}
    assert watcher.images == street.count
    assert results['metrics']['latency']['total']['count'] == 0


def test_an_image_without_an_answer_was_dropped_and_ages_are_the_recorders(street, live, run):
    played = live(later_ns=80_000_000, lost=(2, 7, 8), node='/robot/perception')
    results, _ = run(answered(street, played), rate=2.0)
    (recording,) = results['recordings']
    assert (recording['answered'], recording['dropped'], recording['failed']) == (9, 3, 0)
    real = results['metrics']['realtime']
    assert (real['answered'], real['dropped'], real['rate']) == (9, 3, 2.0)
    assert real['age_ms']['p50'] == pytest.approx(40)  # twice as fast: half the time has passed
    assert real['streaming']['AP']['value'] > 0


def test_order_between_topics_does_not_matter(street, offline, live, run, sentences):
    results, _ = run(answered(street, live(topics_first=True), truth=sentences))
    grounding = results['metrics']['grounding']
    assert grounding['summary']['accuracy'] == {
        'value': 0.5, 'low': 0.0, 'high': 1.0, 'count': 2,
    }  # fmt: skip
    (wrong,) = grounding['wrong']
    assert (wrong['expression'], wrong['truth'], wrong['said']) == (COMMAND, 'ABSENT', 'FOUND')
    same = offline[0]['metrics']['detection']['at_threshold']
    assert results['metrics']['detection']['at_threshold'] == same


def test_of_another_clock_no_age_is_told(street, live, run):
    results, _ = run(answered(street, live(later_ns=10**18)))
    real = results['metrics']['realtime']
    assert (real['answered'], real['age_ms']['p50'], real['streaming']) == (IMAGES, None, None)
    (problem,) = results['recordings'][0]['problems']
    assert 'ages of 12 answers are not known' in problem
    assert '--use-sim-time' in problem


def test_images_and_answers_may_lie_in_one_bag(street, offline, recorder, film, run, tmp_path):
    messages = sorted([*film(IMAGES), *said(offline[1])], key=lambda each: each[1])
    robot = recorder.write(tmp_path / 'robot', messages)
    results, _ = run(answered(street, robot, recordings=(robot,)))
    same = offline[0]['metrics']['detection']['at_threshold']
    assert results['metrics']['detection']['at_threshold'] == same


def test_a_changed_bag_of_answers_is_read_again(street, live, run):
    first, _ = run(answered(street, live()))
    again, _ = run(answered(street, live(lost=(0,))))
    counts = [each['recordings'][0]['answered'] for each in (first, again)]
    assert counts == [IMAGES, IMAGES - 1]


def test_what_breaks_off_is_read_to_its_break(live):
    folder = live()
    (file,) = folder.glob('*.mcap')
    file.write_bytes(file.read_bytes()[:-200])
    outputs = Outputs(folder)
    assert outputs.images
    assert any('break' in each or 'index' in each for each in outputs.problems), outputs.problems
    outputs.close()


def test_what_is_no_detection_is_left_out_and_told(street, offline, run, recorder, tmp_path):
    def spoilt():
        for topic, time_ns, (kind, message) in said(offline[1]):
            if topic == topics.DETECTIONS.of():
                message.detections[0].bbox.size_x = float('nan')
            yield topic, time_ns, (kind, message)

    results, _ = run(answered(street, recorder.write(tmp_path / 'spoilt', spoilt())))
    (recording,) = results['recordings']
    assert recording['answered'] == IMAGES
    assert any(
        '12 detections left out, the first because: detection 0: size_x is a finite' in each
        for each in recording['problems']
    )
    before, now = (r['metrics']['detection']['at_threshold'] for r in (offline[0], results))
    assert now['tp'] == before['tp'] - IMAGES


def test_answers_to_other_images_are_refused(street, live, run, recorder, film, tmp_path):
    blank = np.zeros((8, 8, 3), np.uint8)
    other = [(topic, time_ns, recorder.raw(blank, time_ns)) for topic, time_ns, _ in film(3)]
    elsewhere = recorder.write(tmp_path / 'elsewhere', other)
    plan = replace(answered(street, live()), recordings=(elsewhere,), truth=None)
    with pytest.raises(RecordingError, match='none of its 12 answers has the stamp'):
        run(plan)
    assert not list((tmp_path / 'out').glob('work/*'))


def test_several_nodes_must_be_told_apart(street, live, recorder, tmp_path):
    with pytest.raises(RecordingError, match=r'of none.*/camera/image'):
        Outputs(street.bag)
    nodes = (live('a', node='/left/perception'), live('b', node='/right/perception'))
    both = recorder.write(tmp_path / 'both', (each for node in nodes for each in said(node)))
    with pytest.raises(
        RecordingError, match=r'several nodes.*/left/perception, /right/perception'
    ):
        Outputs(both)
    with pytest.raises(RecordingError, match='/up/perception/detections'):
        Outputs(both, '/up/perception')
    one = Outputs(both, '/left/perception')
    assert one.images == IMAGES
    one.close()


@pytest.mark.parametrize('more', [['--workers', '2'], ['--command', 'x'], ['--ray', 'local']])
def test_who_has_answered_already_needs_nobody(more, capsys):
    assert main(['evaluate', 'bag', '--answers', 'other', *more]) == 2
    assert '--answers: the node has answered' in capsys.readouterr().err
