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

"""``ask``, ``classify`` and ``exemplar``: words about pictures, with the real embedded models."""

from pathlib import Path

import grounded_perception
import pytest

pytestmark = pytest.mark.model
MEDIA = Path(grounded_perception.__file__).parent / 'demo_media'
STREET, DESK = MEDIA / 'street.jpg', MEDIA / 'desk.jpg'


@pytest.fixture(autouse=True)
def models():
    from grounded_perception.classifiers import efficientnet
    from grounded_perception.errors import ModelMissing

    try:
        efficientnet.prepare()
    except ModelMissing as exc:
        pytest.skip(str(exc))


def test_questions_are_answered_in_words(cli):
    result = cli('ask', STREET, 'is there a car?', 'how many unicorns are there?', '--json')
    assert result.code == 0, result.err
    car, unicorn = result.lines
    assert car['answer'].startswith('Yes')
    assert car['rests_on'][0]['label'] == 'car'
    assert unicorn['status'] == 'CANNOT_TELL'
    assert 'unicorn' in unicorn['answer']


def test_without_a_question_the_picture_is_described(cli, tmp_path):
    result = cli('ask', DESK, '--save', tmp_path)
    assert result.code == 0, result.err
    assert 'laptop' in result.out
    assert list(tmp_path.glob('*.png'))


def test_an_unknown_assistant_is_refused(cli):
    result = cli('ask', DESK, '--assistant', 'oracle')
    assert result.code == 1
    assert 'assistant must be one of none, blip, composed' in result.err


def test_each_thing_gets_one_of_the_names(cli):
    result = cli('classify', STREET, 'taxi', 'fire engine', '--regions', '--json')
    assert result.code == 0, result.err
    (line,) = result.lines
    cars = [t['labels'] for t in line['things'] if t['thing'] == 'car']
    assert max(car['taxi'] for car in cars) > 0.5
    assert max(car['fire engine'] for car in cars) < 0.2


def test_a_name_that_no_picture_taught_is_said_to_be_so(cli):
    result = cli('classify', STREET, 'qwertzuiop', 'taxi')
    assert result.code == 0
    assert 'qwertzuiop' in result.err


def test_what_was_shown_is_found_again(cli, tmp_path):
    store = ('--store', tmp_path / 'shown')
    box = '174,16,1074,692'  # the laptop
    assert cli('exemplar', 'add', 'my machine', DESK, '--box', box, *store).code == 0
    assert cli('exemplar', 'list', *store).out == 'my machine: 1\n'
    found = cli('exemplar', 'find', 'my machine', DESK, '--json', *store).lines[0]
    assert found['status'] != 'ABSENT'  # its keyboard may look like it, too
    assert found['bboxes_xyxy'][0] == pytest.approx([174, 16, 1074, 692], abs=12)
    elsewhere = cli('exemplar', 'find', 'my machine', STREET, '--json', *store).lines[0]
    assert elsewhere['status'] == 'ABSENT'
    cli('exemplar', 'rename', 'my machine', 'laptop', *store)
    assert cli('exemplar', 'remove', 'laptop', *store).code == 0
    assert cli('exemplar', 'list', *store).out == ''


@pytest.mark.parametrize(
    ('words', 'reason'),
    [
        (('find', 'nothing', STREET), 'nothing'),
        (('add', 'x', STREET, '--box', '1,2,3'), '--box'),
        (('list', 'x'), 'takes 0 words'),
    ],
)
def test_what_cannot_be_done_is_said(cli, tmp_path, words, reason):
    result = cli('exemplar', *words, '--store', tmp_path)
    assert result.code in (1, 2)
    assert reason in result.err
