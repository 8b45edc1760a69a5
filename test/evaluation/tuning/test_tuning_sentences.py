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

"""When an answer had better be ABSENT or AMBIGUOUS, tried on answers that were given."""

from grounded_perception.evaluation.results import Boxes, FrameResult, Reply
from grounded_perception.evaluation.truth.records import TrueSentence
from grounded_perception.evaluation.tuning.sentences import Asking
from grounded_perception.fusion.doubt import doubted
from grounded_perception.language.command import parse
from grounded_perception.records import Attention, Grounding, Quality, Status
from grounded_perception.settings import Settings
import numpy as np
import pytest

BOXES = np.array([[0, 0, 50, 50], [100, 0, 150, 50]], np.float32)
NOTHING = Boxes.of(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), ())


def reply_of(number, probabilities, none, status, indices, **more):
    fields = {
        'sentence': number,
        'phrase': 'the cat',
        'status': status,
        'score': 0.5,
        'margin': 0.1,
        'none_probability': none,
        'boxes_px': BOXES[: len(probabilities)],
        'probabilities': np.array(probabilities, np.float32),
        'labels': ('cat',) * len(probabilities),
        'indices': indices,
        'asks_all': False,
        'reason': 'because',
        'quantity': 'one',
    }
    return Reply(**{**fields, **more})


def frame_of(number, *replies, **more):
    fields = {
        'index': number, 'stamp_ns': number, 'logged_ns': number, 'key': str(number),
        'width': 640, 'height': 480, 'outcome': 'answered', 'error': '', 'detections': NOTHING,
        'replies': replies, 'quality': '', 'timings_ms': {}, 'age_ms': 0.0,
    }  # fmt: skip
    return FrameResult(**{**fields, **more})


def sentence(number, status, box=None):
    return TrueSentence(
        str(number), number, 'the cat', status, None if box is None else tuple(box)
    )


def chosen(pairs, balanced=False, **settings):
    """Choose of (sentence, reply) pairs, one a frame."""
    asking = Asking([one for one, _ in pairs], Settings(**settings), balanced, 0)
    for number, (_, reply) in enumerate(pairs):
        asking.add(frame_of(number, reply))
    return asking.chosen()


def test_too_eager_doubt_is_unlearnt():
    # The second is never meant, and yet likely enough to be asked about by default.
    pairs = [
        (sentence(n, 'FOUND', BOXES[0]), reply_of(n, [0.6, 0.35], 0.05, 'AMBIGUOUS', (0, 1)))
        for n in range(20)
    ]
    limits = chosen(pairs)
    assert limits.before.margin == 0.5
    assert limits.after.margin == 0.4, 'the nearest that does'
    assert (limits.was, limits.now, limits.tried) == ((0, 0, 0), (20, 0, 0), (20, 0, 0))
    assert limits.counts == (20, 0, 0)
    assert limits.fixed == 0


def test_absence_is_called_so_where_it_mostly_is():
    pairs = [
        (sentence(n, 'ABSENT'), reply_of(n, [0.3], 0.7, 'FOUND', (0,), none_probability=0.66))
        for n in range(20)
    ]
    limits = chosen(pairs)
    assert limits.after.absent == 0.65
    assert limits.now == (0, 20, 0)


def test_what_helps_some_and_hurts_more_is_not_taken():
    helped = [
        (sentence(n, 'FOUND', BOXES[0]), reply_of(n, [0.6, 0.35], 0.05, 'AMBIGUOUS', (0, 1)))
        for n in range(5)
    ]
    hurt = [
        (sentence(n, 'AMBIGUOUS'), reply_of(n, [0.6, 0.35], 0.05, 'AMBIGUOUS', (0, 1)))
        for n in range(5, 20)
    ]
    limits = chosen(helped + hurt)
    assert limits.after == limits.before
    assert limits.now == limits.tried == limits.was == (0, 0, 15)


def test_balanced_a_rare_status_weighs_as_much():
    rare = [
        (sentence(n, 'AMBIGUOUS'), reply_of(n, [0.7, 0.25], 0.05, 'FOUND', (0,)))
        for n in range(10)
    ]
    alike = [
        (sentence(n, 'FOUND', BOXES[0]), reply_of(n, [0.7, 0.25], 0.05, 'FOUND', (0,)))
        for n in range(10, 26)
    ]
    sure = [
        (sentence(n, 'FOUND', BOXES[0]), reply_of(n, [0.9, 0.05], 0.05, 'FOUND', (0,)))
        for n in range(26, 60)
    ]
    assert chosen(rare + alike + sure).after.margin == 0.5
    assert chosen(rare + alike + sure, balanced=True).after.margin > 0.6


def test_answers_that_come_from_elsewhere_stay_as_they_are():
    refused = reply_of(0, [], 1.0, 'REFUSED', (), quantity='')
    # By these probabilities it would be FOUND: something else decided.
    strange = reply_of(1, [0.9, 0.05], 0.05, 'ABSENT', ())
    unknown = reply_of(2, [0.0, 0.0], 1.0, 'ABSENT', ())
    pairs = [
        (sentence(0, 'FOUND', BOXES[0]), refused),
        (sentence(1, 'ABSENT'), strange),
        (sentence(2, 'ABSENT'), unknown),
    ]
    limits = chosen(pairs)
    assert limits.fixed == 2
    assert limits.now == limits.was == (0, 2, 0)
    assert limits.after == limits.before


@pytest.mark.parametrize('none', [0.1, 0.73, 0.77, 0.9])
def test_a_blurred_image_is_decided_as_if_it_were_not(none):
    blurred = Quality(0.1, 0.5, 0, 0, 'blurred', 'it is blurred')
    status = Status.ABSENT if none > Settings().absent_threshold else Status.FOUND
    answer = Grounding(
        parse('the cat', 100).phrases[0],
        status,
        () if status is Status.ABSENT else (0,),
        np.array([1 - none], np.float32),
        none,
        0.1,
        'because',
        Attention((), np.zeros((0, 1), np.float32)),
    )
    seen = doubted(answer, blurred)
    reply = reply_of(0, seen.probabilities, seen.none_probability, seen.status.value, seen.indices)
    asking = Asking([sentence(0, status.value, BOXES[0])], Settings(), False, 0)
    asking.add(frame_of(0, reply, quality='blurred'))
    assert asking.chosen().fixed == 0


def test_all_of_several_are_decided_too():
    reply = reply_of(0, [0.9, 0.8], 0.1, 'FOUND', (0, 1), asks_all=True, quantity='all', count=2)
    limits = chosen([(sentence(0, 'FOUND', BOXES[0]), reply)])
    assert (limits.fixed, limits.was) == (0, (1, 0, 0))


def test_replies_are_read_back_and_old_ones_say_nothing_of_the_phrase():
    reply = reply_of(3, [0.6, 0.4], 0.0, 'FOUND', (0,), count=2, singled_out=True)
    told = reply.to_json()
    again = Reply.from_json(told)
    assert (again.quantity, again.count, again.singled_out) == ('one', 2, True)
    old = {k: v for k, v in told.items() if k not in ('quantity', 'count', 'singled_out')}
    assert Reply.from_json(old).quantity == ''


def test_nothing_asked_nothing_chosen():
    asking = Asking([sentence(0, 'ABSENT')], Settings(), False, 0)
    asking.add(frame_of(0, outcome='failed'))
    asking.add(frame_of(1))
    assert asking.chosen() is None
