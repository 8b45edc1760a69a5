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

"""``ground``: one sentence, or a file of them; the JSON contract."""

import io
import json
import sys

import cv2
from grounded_perception.cli import answers
from grounded_perception.detectors.scripted import ScriptedDetector
from grounded_perception.records import Status
import pytest

pytestmark = pytest.mark.usefixtures('words')

LEFT, RIGHT = [10.0, 48.0, 70.0, 96.0], [120.0, 48.0, 190.0, 96.0]
PERSON = [84.0, 24.0, 110.0, 108.0]
KEYS = {
    'image', 'expression', 'status', 'bbox_xyxy', 'score', 'candidates', 'reason', 'phrases',
    'not_understood', 'latency_ms', 'quality',
}  # fmt: skip


@pytest.fixture
def ask(cli, photos, scripted):
    """Ask one sentence of one image and return its JSON object."""

    def call(sentence: str) -> dict:
        result = cli('ground', photos / 'b.png', sentence, '--json', *scripted)
        assert (result.code, result.err) == (0, '')
        (line,) = result.lines
        return line

    return call


@pytest.fixture
def batch(cli, photos, scripted, tmp_path):
    """Run lines (objects or raw bytes) as a batch."""

    def call(*lines: dict | bytes, more: tuple = ('--json',)):
        raw = [line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines]
        file = tmp_path / 'questions.jsonl'
        file.write_bytes(b'\n'.join(raw) + b'\n')
        return cli('ground', '--batch', file, '--images', photos, *more, *scripted)

    return call


@pytest.fixture
def detections(monkeypatch) -> list[int]:
    """Count how often the detector really runs."""
    seen: list[int] = []
    plain = ScriptedDetector.propose

    def counted(self, rgb, *rest):
        seen.append(id(rgb))
        return plain(self, rgb, *rest)

    monkeypatch.setattr(ScriptedDetector, 'propose', counted)
    return seen


def question(image: str, expression: str, **more) -> dict:
    return {'image': image, 'expression': expression, **more}


def test_found(ask, photos):
    line = ask('the person')
    assert set(line) == KEYS
    assert (line['image'], line['expression']) == (str(photos / 'b.png'), 'the person')
    assert line['status'] == 'FOUND'
    assert line['bbox_xyxy'] == PERSON
    assert 0.5 < line['score'] <= 1
    assert line['candidates'] == [
        {'label': 'person', 'score': line['score'], 'bbox_xyxy': PERSON, 'phrase': 'the person'}
    ]
    (phrase,) = line['phrases']
    assert phrase['bboxes_xyxy'] == [PERSON]
    assert {k: phrase[k] for k in ('phrase', 'status', 'score')} == {
        'phrase': 'the person', 'status': 'FOUND', 'score': line['score'],
    }  # fmt: skip
    assert line['reason']
    assert line['not_understood'] == []
    assert line['latency_ms'] > 0


def test_ambiguous_has_candidates_and_no_box(ask):
    line = ask('the car')
    assert line['status'] == 'AMBIGUOUS'
    assert line['bbox_xyxy'] is None
    assert [c['bbox_xyxy'] for c in line['candidates']] == [LEFT, RIGHT]


def test_colours_are_seen_in_rgb(ask):
    # The left half of the picture is red: with the channels swapped it would be the right one.
    assert ask('the red car')['bbox_xyxy'] == LEFT
    assert ask('the blue car')['bbox_xyxy'] == RIGHT


def test_absent_has_neither_box_nor_candidates(ask):
    line = ask('the bus')
    assert line['status'] == 'ABSENT'
    assert line['bbox_xyxy'] is None
    assert line['candidates'] == []
    assert line['score'] > 0.5


def test_plural_lists_every_box(ask):
    line = ask('the cars')
    assert line['status'] == 'FOUND'
    assert line['bbox_xyxy'] in (LEFT, RIGHT)
    assert sorted(c['bbox_xyxy'] for c in line['candidates']) == [LEFT, RIGHT]
    assert sorted(line['phrases'][0]['bboxes_xyxy']) == [LEFT, RIGHT]


def test_an_unknown_word_is_named(ask):
    line = ask('the forklift')
    assert line['status'] == 'ABSENT'
    assert line['not_understood'] == ["'forklift' is none of the classes"]


def test_masks_of_what_answers(cli, photos, scripted, tmp_path):
    arguments = ['ground', photos / 'b.png', 'the car and the bus', '--json', *scripted]
    (line,) = cli(*arguments, '--masks', '--save', tmp_path / 'with').lines
    assert set(line) == KEYS
    assert [c['bbox_xyxy'] for c in line['candidates']] == [LEFT, RIGHT]
    for candidate in line['candidates']:
        assert candidate['mask']['size'] == [120, 200]
        assert sum(candidate['mask']['counts']) == 120 * 200
    (plain,) = cli(*arguments, '--save', tmp_path / 'without').lines
    assert 'mask' not in plain['candidates'][0]
    pictures = [next((tmp_path / name).iterdir()).read_bytes() for name in ('with', 'without')]
    assert pictures[0] != pictures[1]


def test_several_phrases(ask):
    line = ask('find the bus, the car and the person')
    assert [p['status'] for p in line['phrases']] == ['ABSENT', 'AMBIGUOUS', 'FOUND']
    assert line['status'] == 'FOUND'
    assert line['bbox_xyxy'] == PERSON
    assert [c['phrase'] for c in line['candidates']] == ['the person']


@pytest.mark.parametrize(
    ('statuses', 'expected'),
    [
        ('ABSENT', 'ABSENT'),
        ('ABSENT ABSENT', 'ABSENT'),
        ('ABSENT AMBIGUOUS', 'AMBIGUOUS'),
        ('AMBIGUOUS FOUND ABSENT', 'FOUND'),
    ],
)
def test_statuses_add_up(statuses, expected):
    assert answers.overall([Status(s) for s in statuses.split()]) is Status(expected)


def test_answer_for_people(cli, photos, scripted):
    result = cli('ground', photos / 'b.png', 'the car and the person', *scripted)
    assert result.code == 0
    assert f'{photos / "b.png"}: "the car and the person"' in result.out
    assert '  AMBIGUOUS 0.' in result.out
    assert '  FOUND 0.' in result.out
    assert 'not understood' in cli('ground', photos / 'b.png', 'the forklift', *scripted).out


@pytest.mark.parametrize('sentence', ['', '   ', 'clear', 'x' * 600])
def test_an_unusable_sentence_is_an_error(cli, photos, scripted, sentence):
    result = cli('ground', photos / 'b.png', sentence, '--json', *scripted)
    assert result.code == 1
    (line,) = result.lines
    assert set(line) == {'image', 'expression', 'error'}
    assert result.err == f'grounded-perception: {line["error"]}\n'


def test_an_unusable_image_is_an_error(cli, photos, scripted):
    result = cli('ground', photos / 'none.png', 'the car', '--json', *scripted)
    assert result.code == 1
    assert 'No such file' in result.lines[0]['error']
    silent = cli('ground', photos / 'none.png', 'the car', *scripted)
    assert (silent.code, silent.out) == (1, '')
    assert silent.err.count('\n') == 1


def test_batch_keeps_order_and_other_keys(batch):
    result = batch(
        question('b.png', 'the person', id=1),
        question('a.jpg', 'the bus', id=2, tags=['x']),
        question('b.png', 'the red car', id=3),
    )
    assert (result.code, result.err) == (0, '')
    assert [(r['id'], r['status']) for r in result.lines] == [
        (1, 'FOUND'), (2, 'ABSENT'), (3, 'FOUND'),
    ]  # fmt: skip
    assert result.lines[1]['tags'] == ['x']
    assert set(result.lines[0]) == KEYS | {'id'}
    assert result.lines[0]['image'] == 'b.png'


def test_batch_detects_an_image_once(batch, detections):
    names = ('b.png', 'a.jpg', 'b.png', 'b.png', 'a.jpg')
    sentences = ('the car', 'the bus', 'the person', 'cars', 'the red car')
    result = batch(*(question(n, s) for n, s in zip(names, sentences, strict=True)))
    assert result.code == 0
    assert len(detections) == 2
    assert [r['image'] for r in result.lines] == list(names)


def test_values_of_the_input_are_not_taken_for_answers(batch):
    truth = {'status': 'FOUND', 'bbox_xyxy': [1, 2, 3, 4]}
    result = batch(question('b.png', 'the bus', **truth), question('none.png', 'the bus', **truth))
    absent, failed = result.lines
    assert (absent['status'], absent['bbox_xyxy'], absent['given']) == ('ABSENT', None, truth)
    assert failed['given'] == truth
    assert 'status' not in failed


def test_bad_lines_do_not_stop_the_others(batch):
    result = batch(
        b'{"image": "b.png"',
        b'[1, 2]',
        b'\xff\xfe',
        b'[' * 100_000,
        b'',
        question('b.png', 'the person'),
        {'image': 'b.png', 'id': 7},
        {'expression': 'the person', 'image': 5},
        question('', 'the person'),
        question('none.png', 'the person'),
        question('b.png', ''),
        question('b.png', 'the \ud800 person'),
        more=('--json',),
    )
    assert result.code == 1
    errors = [r.get('error', '') for r in result.lines]
    assert len(errors) == 11, 'an empty line is no line'
    assert all('not JSON' in errors[i] for i in (0, 2, 3))
    assert 'must be a JSON object, got list' in errors[1]
    assert result.lines[0]['line'] == 1
    assert errors[4] == '' == errors[10]
    assert result.lines[4]['status'] == 'FOUND'
    assert errors[5] == 'expression must be a text, got None'
    assert result.lines[5]['id'] == 7
    assert errors[6] == 'image must be a text, got 5'
    assert errors[7] == 'image must be a file name, got an empty text'
    assert 'none.png' in errors[8]
    assert errors[9]
    assert [line.split(': ')[1] for line in result.err.splitlines()] == [
        f'line {n}' for n in (1, 2, 3, 4, 7, 8, 9, 10, 11)
    ]


def test_a_failing_detector_does_not_stop_the_others(batch):
    asked = [question('b.png', 'cars'), question('a.jpg', 'cars'), question('c.bmp', 'cars')]
    result = batch(*asked, more=('--json', '--option', 'scripted.fail_every=2'))
    assert result.code == 1
    assert ['error' in r for r in result.lines] == [False, True, False]


def test_an_empty_batch_is_served(batch):
    result = batch()
    assert (result.code, result.out) == (0, '')


def test_batch_for_people(batch, photos):
    result = batch(question('b.png', 'the bus'), question('none.png', 'the bus'), more=())
    assert result.code == 1
    assert result.out.startswith('b.png: "the bus"\n  ABSENT')
    assert 'none.png' not in result.out
    assert 'line 2' in result.err


def test_batch_from_stdin(cli, photos, scripted, monkeypatch):
    raw = json.dumps(question(str(photos / 'b.png'), 'the person')).encode()
    monkeypatch.setattr(sys, 'stdin', io.TextIOWrapper(io.BytesIO(raw)))
    result = cli('ground', '--batch', '-', '--json', *scripted)
    assert result.code == 0
    assert result.lines[0]['bbox_xyxy'] == PERSON


def test_images_lie_beside_the_batch_by_default(cli, photos, scripted):
    file = photos / 'questions.jsonl'
    file.write_text(json.dumps(question('b.png', 'the person')))
    assert cli('ground', '--batch', file, '--json', *scripted).code == 0


def test_pictures_have_names_of_their_own(batch, photos, tmp_path):
    saved = tmp_path / 'drawn'
    asked = [question('b.png', 'the person'), question('a.jpg', 'the bus')]
    asked.append(question('b.png', 'the car and the bus'))
    before = {p: p.read_bytes() for p in photos.iterdir()}
    result = batch(*asked, more=('--json', '--save', saved, '--explain'))
    assert result.code == 0
    assert sorted(p.name for p in saved.iterdir()) == [
        'a-explained.png', 'a-grounded.png', 'b-explained-2.png', 'b-explained-3.png',
        'b-explained.png', 'b-grounded-2.png', 'b-grounded.png',
    ]  # fmt: skip
    picture = cv2.imread(str(saved / 'b-grounded.png'))
    green = (picture == (70, 220, 40)).all(axis=2)
    assert green.sum() > 100
    assert {p: p.read_bytes() for p in photos.iterdir()} == before
