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

"""Evaluating from the command line: killed, interrupted, and with everything broken."""

from collections.abc import Callable
import gzip
import json
import os
from pathlib import Path
import signal
import subprocess
import sys
import time

import cv2
from grounded_perception.evaluation.writing.reading import read
import numpy as np
import pytest

pytestmark = pytest.mark.model
pytest.importorskip('pycocotools')
BEGIN_NS, STEP_NS = 1_700_000_000_000_000_000, 100_000_000
PIXELS = np.random.default_rng(0).integers(0, 255, (60, 100, 3), np.uint8)
DEADLINE_S = 60


@pytest.fixture
def images(recorder) -> Callable:
    """Return a function: a number of images, or their stamps → their messages."""

    def make(stamps, rgb=PIXELS, topic='/camera/image'):
        if isinstance(stamps, int):
            stamps = [BEGIN_NS + number * STEP_NS for number in range(stamps)]
        for number, stamp_ns in enumerate(stamps):
            yield topic, BEGIN_NS + number * STEP_NS, recorder.raw(rgb, stamp_ns)

    return make


@pytest.fixture
def truth(tmp_path) -> Callable:
    """Return a function: changes of a COCO truth → its file; it is of images 0.jpg, 1.jpg, ..."""

    def make(count=3, **changes):
        boxes = [[5, 24, 30, 24], [60, 24, 35, 24]]
        told = {
            'images': [
                {'id': i, 'file_name': f'{i}.jpg', 'width': 100, 'height': 60}
                for i in range(count)
            ],
            'annotations': [
                {'id': 2 * i + j, 'image_id': i, 'category_id': 3, 'bbox': [*box]}
                for i in range(count)
                for j, box in enumerate(boxes)
            ],
            'categories': [{'id': 3, 'name': 'car'}],
        }
        for name, change in changes.items():
            change(told[name])
        file = tmp_path / 'instances.json'
        file.write_text(json.dumps(told))
        rows = [{'index': i, 'image': f'{i}.jpg'} for i in range(count)]
        (tmp_path / 'frames.json').write_text(json.dumps(rows))
        return ['--truth', file, '--frames-map', tmp_path / 'frames.json']

    return make


@pytest.fixture
def evaluate(cli, words, scripted, tmp_path) -> Callable:
    """Return a function that evaluates into the folder ``out``."""
    return lambda *arguments: cli('evaluate', *arguments, *scripted, '--out', tmp_path / 'out')


def finals(out: Path) -> list[str]:
    """Return what lies in a folder under a final name, but for what is kept to go on from."""
    if not out.exists():
        return []
    return sorted(path.name for path in out.iterdir() if path.name != 'work')


def test_headline_figures_and_where_the_report_is(evaluate, recorder, images, truth, tmp_path):
    bag = recorder.write(tmp_path / 'bag', images(3))
    result = evaluate(bag, *truth(), '--command', 'the left car', '--rate', '1', '--drop')
    assert (result.code, result.err) == (0, '')
    assert 'bag: 3 images, 0.2 s long (/camera/image)' in result.out
    assert 'coco, 3 images matched, 6 boxes' in result.out
    assert f'report: {tmp_path}/out/report.html' in result.out
    told = json.loads((tmp_path / 'out' / 'results.json').read_text())
    assert told['arguments'] == sys.argv[1:]
    assert told['metrics']['realtime']['rate'] == 1
    metrics = evaluate(bag, *truth(), '--json').lines
    assert metrics[0]['detection']['at_threshold']['recall']['value'] == 1


def test_one_image_with_packed_sentences_about_it(evaluate, tmp_path):
    image, sentences = tmp_path / '0.png', tmp_path / 'refexp.jsonl.gz'
    cv2.imwrite(str(image), PIXELS)
    row = {'image': '0.png', 'expression': 'the left car', 'status': 'FOUND'}
    row['bbox_xyxy'] = [5, 24, 35, 48]
    sentences.write_bytes(gzip.compress(json.dumps(row).encode()))
    result = evaluate(image, '--truth', sentences)
    assert (result.code, result.err) == (0, '')
    assert '0.png: 1 images' in result.out
    told = json.loads((tmp_path / 'out' / 'results.json').read_text())
    assert told['metrics']['grounding']['summary']['accuracy']['count'] == 1
    assert len(list(read(tmp_path / 'out' / 'bags' / '0'))) == 1


def test_the_default_command_of_a_parameter_file_holds(evaluate, recorder, images, tmp_path):
    bag = recorder.write(tmp_path / 'bag', images(2))
    params = tmp_path / 'params.yaml'
    params.write_text('perception:\n  ros__parameters:\n    default_command: the person\n')
    assert evaluate(bag, '--params-file', params).code == 0
    first = next(read(tmp_path / 'out' / 'bags' / 'bag'))
    assert first.state['command'] == 'the person'
    assert evaluate(bag, '--params-file', params, '--command', 'cars').code == 0
    assert next(read(tmp_path / 'out' / 'bags' / 'bag')).state['command'] == 'cars'


@pytest.mark.parametrize(
    ('arguments', 'words_in_it'),
    [
        (['--workers', '0'], '--workers must be at least 1'),
        (['--stretch', '0'], '--stretch must be at least 1'),
        (['--drop'], '--drop needs --rate'),
        (['--rate', '-1'], '--rate must be above 0'),
        (['--ray', 'auto', '--workers', '2'], 'done in one way'),
    ],
)
def test_wrong_usage(evaluate, arguments, words_in_it):
    result = evaluate('bag', *arguments)
    assert result.code == 2
    assert words_in_it in result.err


def refused(result, out, *words_in_it):
    """Check that nothing came of it but a clear word."""
    assert result.code == 1
    assert result.err.startswith('grounded-perception: ')
    assert result.err.count('\n') == 1
    for text in words_in_it:
        assert text in result.err
    assert finals(out) == []


def test_a_bag_that_breaks_off_is_evaluated_up_to_there(
    evaluate, recorder, images, truth, tmp_path
):
    rng = np.random.default_rng(1)
    noise = rng.integers(0, 255, (60, 100, 3), np.uint8)
    bag = recorder.write(tmp_path / 'bag', images(400, noise))
    (file,) = bag.glob('*.mcap')
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    result = evaluate(bag, *truth(400), '--no-annotated')
    assert result.code == 0
    assert 'breaks off' in result.err
    told = json.loads((tmp_path / 'out' / 'results.json').read_text())
    (recording,) = told['recordings']
    assert 0 < recording['images'] < 400
    assert any('breaks off' in problem for problem in recording['problems'])
    assert told['truth']['matched'] == recording['images']
    assert len(list(read(tmp_path / 'out' / 'bags' / 'bag'))) == recording['images']
    assert 'breaks off' in (tmp_path / 'out' / 'report.html').read_text()
    assert 'breaks off' in evaluate(bag, *truth(400), '--no-annotated', '--json').err


def test_an_empty_bag(evaluate, recorder, truth, tmp_path):
    bag = recorder.write(tmp_path / 'bag', [])
    refused(evaluate(bag, *truth()), tmp_path / 'out', str(bag), 'no messages')
    (tmp_path / 'nothing.mcap').write_bytes(b'')
    refused(evaluate(tmp_path / 'nothing.mcap'), tmp_path / 'out', 'nothing.mcap', 'empty')


def test_a_bag_without_images(evaluate, recorder, tmp_path):
    bag = recorder.write(tmp_path / 'bag', [('/chatter', BEGIN_NS, recorder.text('hello'))])
    refused(evaluate(bag), tmp_path / 'out', 'no images', '/chatter (std_msgs/msg/String, 1)')


def test_a_topic_of_another_type(evaluate, recorder, images, tmp_path):
    messages = [*images(1), ('/chatter', BEGIN_NS, recorder.text('hello'))]
    bag = recorder.write(tmp_path / 'bag', messages)
    refused(
        evaluate(bag, '--topic', '/chatter'),
        tmp_path / 'out',
        'of type std_msgs/msg/String',
        'must be sensor_msgs/msg/Image',
    )


def test_a_truth_of_other_images(evaluate, recorder, images, truth, tmp_path):
    bag = recorder.write(tmp_path / 'bag', images(3))
    arguments = truth()
    (tmp_path / 'frames.json').write_text('[{"stamp_ns": 7, "image": "0.jpg"}]')
    refused(evaluate(bag, *arguments), tmp_path / 'out', 'instances.json', 'truth of other images')


@pytest.mark.parametrize(
    ('changes', 'words_in_it'),
    [
        (
            {'annotations': lambda rows: rows[3]['bbox'].__setitem__(0, float('nan'))},
            ['annotations[3]', 'finite'],
        ),
        ({'annotations': lambda rows: rows[3].update(id=0)}, ['annotations[3]', '0', 'twice']),
        ({'images': lambda rows: rows[2].update(id=0)}, ['images[2]', '0', 'twice']),
    ],
    ids=['NaN', 'annotation', 'image'],
)
def test_a_truth_that_is_broken(evaluate, recorder, images, truth, tmp_path, changes, words_in_it):
    bag = recorder.write(tmp_path / 'bag', images(3))
    refused(evaluate(bag, *truth(**changes)), tmp_path / 'out', 'instances.json', *words_in_it)


def test_boxes_without_area_are_left_out_and_told(evaluate, recorder, images, truth, tmp_path):
    bag = recorder.write(tmp_path / 'bag', images(3))
    flat = {'annotations': lambda rows: rows[3]['bbox'].__setitem__(2, 0)}
    result = evaluate(bag, *truth(**flat))
    assert result.code == 0
    assert '1 box without width or height left out' in result.err
    assert 'annotations[3]' in result.err
    told = json.loads((tmp_path / 'out' / 'results.json').read_text())
    assert told['truth']['boxes'] == 5


def test_a_mapping_to_a_class_that_nobody_knows(evaluate, recorder, images, truth, tmp_path):
    bag = recorder.write(tmp_path / 'bag', images(3))
    classes = tmp_path / 'classes.yaml'
    classes.write_text('car: automobil\n')
    refused(evaluate(bag, *truth(), '--classes', classes), tmp_path / 'out', 'automobil', 'car')


def test_stamps_that_go_backwards_are_told(evaluate, recorder, images, truth, tmp_path):
    stamps = [BEGIN_NS + number * STEP_NS for number in (0, 2, 1)]
    bag = recorder.write(tmp_path / 'bag', images(stamps))
    result = evaluate(bag, *truth())
    assert result.code == 0
    assert '1 of 3 images are stamped earlier than the one before' in result.err
    results = json.loads((tmp_path / 'out' / 'results.json').read_text())
    assert results['recordings'][0]['images'] == 3


def test_what_is_no_recording(evaluate, tmp_path):
    notes = tmp_path / 'notes.txt'
    notes.write_text('nothing to replay')
    refused(evaluate(notes), tmp_path / 'out', 'notes.txt is no recording; allowed')
    refused(evaluate(tmp_path / 'nothing'), tmp_path / 'out', 'nothing does not exist')


def test_a_folder_that_cannot_be_written(cli, words, scripted, recorder, images, tmp_path):
    bag = recorder.write(tmp_path / 'bag', images(1))
    file = tmp_path / 'file'
    file.write_text('precious')
    result = cli('evaluate', bag, *scripted, '--out', file / 'out')
    refused(result, tmp_path / 'out', 'cannot be made', 'Not a directory')
    assert file.read_text() == 'precious'
    out = tmp_path / 'out'
    (out / 'bags' / 'bag').mkdir(parents=True)
    (out / 'bags' / 'bag' / 'notes.txt').write_text('precious')
    result = cli('evaluate', bag, *scripted, '--out', out)
    assert result.code == 1
    assert 'notes.txt' in result.err
    assert (out / 'bags' / 'bag' / 'notes.txt').read_text() == 'precious'
    assert not (out / 'results.json').exists()


COUNT, STRETCH = 75, 3
INTERRUPTED = (
    'grounded-perception: interrupted: these are the figures of what is whole; the same command '
    'again goes on from here\n'
)


@pytest.fixture
def long_bag(recorder, images, tmp_path) -> Path:
    """Record images that take a while."""
    rgb = cv2.resize(PIXELS, (640, 480), interpolation=cv2.INTER_CUBIC)
    return recorder.write(tmp_path / 'bag', images(COUNT, rgb))


class Process:
    """An evaluation in a process of its own, in a group of its own as in a terminal."""

    def __init__(self, *arguments):
        self.out = Path(arguments[-1])
        program = [sys.executable, '-m', 'grounded_perception', 'evaluate']
        self.process = subprocess.Popen(
            [*program, *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def done(self):
        """Return the units that are whole, with the time at which they were."""
        files = (self.out / 'work').glob('*.jsonl.gz')
        return {file.name: file.stat().st_mtime_ns for file in files}

    def wait_for(self, units):
        end = time.monotonic() + DEADLINE_S
        while len(self.done()) < units:
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < end, f'{units} units were not done in {DEADLINE_S} s'
            time.sleep(0.005)

    def signalled(self, number):
        """Signal the whole group, as a terminal does; return exit code and stderr."""
        os.killpg(self.process.pid, number)
        return self.ended()

    def ended(self):
        _, err = self.process.communicate(timeout=DEADLINE_S)
        return self.process.returncode, err


def lasting(out):
    metrics = json.loads((out / 'results.json').read_text())['metrics']
    return {name: part for name, part in metrics.items() if name != 'latency'}


def images_in(out):
    """Return the numbers of the images in the file of all results."""
    with gzip.open(out / 'frames.jsonl.gz', 'rt') as lines:
        return [json.loads(line)['index'] for line in lines]


@pytest.fixture
def arguments(long_bag, truth, scripted, tmp_path) -> list:
    params = tmp_path / 'params.yaml'  # nothing remembered: the bag can be cut
    params.write_text('perception:\n  ros__parameters:\n    smoothing_s: 0.0\n')
    return [
        long_bag, *truth(COUNT), *scripted, '--stretch', STRETCH, '--command', 'the left car',
        '--params-file', params, '--out',
    ]  # fmt: skip


def test_killed_in_the_middle_and_run_again(arguments, cli, tmp_path):
    whole, killed = tmp_path / 'whole', tmp_path / 'killed'
    first = Process(*arguments, killed)
    first.wait_for(4)
    code, _ = first.signalled(signal.SIGKILL)
    assert code == -signal.SIGKILL
    before = first.done()
    assert 4 <= len(before) < COUNT // STRETCH
    assert finals(killed) == []
    for out in (killed, whole):
        again = cli('evaluate', *arguments, out)
        assert (again.code, again.err) == (0, '')
    after = first.done()
    assert len(after) == COUNT // STRETCH
    assert {name: after[name] for name in before} == before
    assert lasting(killed) == lasting(whole)
    assert images_in(killed) == list(range(COUNT))
    assert [each.stamp_ns for each in read(killed / 'bags' / 'bag')] == [
        each.stamp_ns for each in read(whole / 'bags' / 'bag')
    ]
    assert not list(killed.glob('**/*.part'))


@pytest.mark.parametrize('crew', ['--workers=1', '--workers=2', '--ray=local'])
def test_interrupted_and_run_again(arguments, cli, tmp_path, crew):
    if 'ray' in crew:
        pytest.importorskip('ray')
    out = tmp_path / 'out'
    first = Process(crew, *arguments, out)
    first.wait_for(3)
    code, err = first.signalled(signal.SIGINT)
    assert code == 130
    assert err == INTERRUPTED
    told = json.loads((out / 'results.json').read_text())
    assert told['interrupted']
    (recording,) = told['recordings']
    some = images_in(out)
    assert 3 * STRETCH <= len(some) < COUNT
    assert some == sorted(set(some))
    assert recording['images'] == told['truth']['matched'] == len(some)
    written = list(read(out / 'bags' / 'bag'))
    assert [each.stamp_ns for each in written] == [BEGIN_NS + i * STEP_NS for i in some]
    assert all(each.grounding is not None and each.jpeg for each in written)
    assert 'The evaluation was interrupted' in (out / 'report.html').read_text()
    assert not list(out.glob('**/*.part'))
    before = first.done()
    again = cli('evaluate', *arguments, out)
    assert (again.code, again.err) == (0, '')
    after = first.done()
    assert len(after) == COUNT // STRETCH  # what was shorter is gone, what was whole as it was
    assert {n: t for n, t in after.items() if n in before}.items() <= before.items()
    assert len(after.keys() & before.keys()) >= 3
    assert not json.loads((out / 'results.json').read_text())['interrupted']
    assert images_in(out) == list(range(COUNT))
    assert len(list(read(out / 'bags' / 'bag'))) == COUNT
