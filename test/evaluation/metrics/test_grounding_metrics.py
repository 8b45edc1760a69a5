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

"""Sentences and their answers: what is right, whose fault it is not, and how sure it was."""

from grounded_perception.calibration import BINS
from grounded_perception.evaluation.metrics.grounding import Answers
from grounded_perception.evaluation.truth.records import TrueSentence
import pytest

A, B, FAR = [0, 0, 50, 50], [100, 0, 150, 50], [300, 0, 350, 50]


def sentence(number, status, box=None, kinds=(), key='a'):
    return TrueSentence(key, number, f'sentence {number}', status, box and tuple(box), kinds)


@pytest.fixture
def measured(truth_of, result_of):
    """Return a function: sentences and replies of one image → grounding and calibration."""

    def measure(sentences, replies):
        answers = Answers(truth_of([], sentences=sentences))
        answers.add('bag', result_of('a', replies=tuple(replies), index=7))
        return answers.grounding(), answers.calibration()

    return measure


def test_every_status_is_judged_and_told(measured, reply_of):
    sentences = [
        sentence(0, 'FOUND', A, ('colour',)),
        sentence(1, 'FOUND', A, ('colour', 'position')),
        sentence(2, 'FOUND', A),
        sentence(3, 'ABSENT', kinds=('colour',)),
        sentence(4, 'AMBIGUOUS'),
        sentence(5, 'FOUND', FAR),
        sentence(6, 'ABSENT'),
    ]
    two = ((A, B), (0.7, 0.2))
    grounding, _ = measured(
        sentences,
        [
            reply_of(0, 'FOUND', *two),
            reply_of(1, 'FOUND', *two, best=1),  # the wrong one
            reply_of(2, 'ABSENT', *two, none=0.8),
            reply_of(3, 'ABSENT', *two, none=0.8),
            reply_of(4, 'AMBIGUOUS', *two),
            reply_of(5, 'ABSENT', *two, none=0.8),  # not among the candidates
            reply_of(6, 'REFUSED', none=1.0),
            reply_of(-1, 'FOUND', *two),  # to a command: nobody knows
            reply_of(99, 'FOUND', *two),  # to a sentence that is none
        ],
    )
    shares = {name: (one['value'], one['count']) for name, one in grounding['summary'].items()}
    assert shares == {
        'accuracy': (pytest.approx(3 / 7), 7),
        'found_accuracy': (pytest.approx(1 / 4), 4),
        'absent_accuracy': (0.5, 2),
        'ambiguous_accuracy': (1.0, 1),
        'given_detection': (pytest.approx(1 / 3), 3),
        'detector_recall': (0.75, 4),
    }
    assert grounding['by_kind']['colour']['value'] == 0.5  # of the things that are there
    assert grounding['by_kind']['position']['value'] == 0
    assert grounding['confusion'] == {
        'labels': ['FOUND', 'ABSENT', 'AMBIGUOUS', 'REFUSED'],
        'counts': [[2, 2, 0, 0], [0, 1, 0, 1], [0, 0, 1, 0], [0, 0, 0, 0]],
    }
    assert [one['said'] for one in grounding['wrong']] == ['FOUND', 'ABSENT', 'ABSENT', 'REFUSED']
    assert grounding['wrong'][2] == {
        'frame': 7, 'recording': 'bag', 'key': 'a', 'expression': 'sentence 5', 'truth': 'FOUND',
        'said': 'ABSENT', 'reason': 'because', 'was_detected': False,
    }  # fmt: skip
    assert grounding['wrong'][3]['was_detected'] is None


def test_a_failed_frame_refuses_its_sentences_and_a_dropped_one_is_left_out(truth_of, result_of):
    sentences = [sentence(0, 'FOUND', A), sentence(1, 'ABSENT'), sentence(2, 'ABSENT', key='b')]
    answers = Answers(truth_of([], sentences=sentences))
    answers.add('bag', result_of('b', outcome='dropped'))
    assert answers.grounding() is None
    answers.add('bag', result_of('a', outcome='failed', error='no pixels'))
    grounding = answers.grounding()
    assert grounding['summary']['accuracy']['value'] == 0
    assert grounding['summary']['accuracy']['count'] == 2
    assert grounding['wrong'][0]['reason'] == 'the frame failed: no pixels'
    assert answers.calibration() is None


def test_calibration_counts_the_likeliest_answer(measured, reply_of):
    sentences = [sentence(i, 'FOUND', A) for i in range(5)]
    sentences += [sentence(5, 'AMBIGUOUS'), sentence(6, 'ABSENT')]
    two = (A, B)
    _, calibration = measured(
        sentences,
        [
            reply_of(0, 'FOUND', two, (0.9, 0.05)),
            reply_of(1, 'FOUND', two, (0.05, 0.9), best=1),
            reply_of(2, 'FOUND', two, (0.5, 0.4), asks_all=True),  # no choice
            reply_of(3, 'ABSENT', two, (0.0, 0.0), none=1.0),  # the fusion was not asked
            reply_of(4, 'ABSENT', (), (), none=0.9),
            reply_of(5, 'AMBIGUOUS', two, (0.5, 0.4)),
            reply_of(6, 'ABSENT', two, (0.3, 0.1), none=0.6),
        ],
    )
    bins = {i: one for i, one in enumerate(calibration['bins']) if one['count']}
    assert len(calibration['bins']) == BINS
    assert {i: (one['count'], one['accuracy']) for i, one in bins.items()} == {
        9: (1, 1),
        13: (2, 0.5),
    }
    assert bins[13]['confidence'] == pytest.approx(0.9)
    assert bins[13]['low'] == pytest.approx(13 / 15)
    assert calibration['bins'][0]['accuracy'] is None
    assert calibration['ece']['value'] == pytest.approx((2 * 0.4 + 0.4) / 3)
    assert calibration['ece']['count'] == 3


def test_intervals_come_from_frames(truth_of, result_of, reply_of):
    sentences = [sentence(2 * n + i, 'FOUND', A, key=f'{n}') for n in range(40) for i in range(2)]
    answers = Answers(truth_of([], sentences=sentences))
    for n in range(40):
        kind = 'FOUND' if n % 4 else 'ABSENT'
        replies = tuple(reply_of(2 * n + i, kind, (A,), (0.8,), none=0.2) for i in range(2))
        answers.add('bag', result_of(f'{n}', replies=replies))
    accuracy = answers.grounding()['summary']['accuracy']
    assert accuracy['value'] == 0.75
    # Of 40 frames, not of 80 answers.
    assert accuracy['high'] - accuracy['low'] == pytest.approx(3.92 * 0.0685, rel=0.2)
    error = answers.calibration()['ece']
    assert error['value'] == pytest.approx(0.2)
    assert error['low'] <= error['value'] <= error['high']
