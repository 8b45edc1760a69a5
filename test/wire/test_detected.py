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

"""One reader of detections, whoever wrote them and whatever library decoded them."""

from types import SimpleNamespace as Message

from grounded_perception.errors import RecordingError
from grounded_perception.wire.detected import Detected, detected
import pytest


def new(x=50, y=40.0, width=20.0, height=10.0, guesses=(('car', 0.5),), **fields):
    """Make a detection as vision_msgs 4 does."""
    results = [Message(hypothesis=Message(class_id=name, score=s)) for name, s in guesses]
    box = Message(center=Message(position=Message(x=x, y=y)), size_x=width, size_y=height)
    return Message(results=results, bbox=box, **{'id': '', **fields})


def old(x=50, y=40.0, width=20.0, height=10.0, guesses=(('car', 0.5),), **fields):
    """Make a detection as vision_msgs did before."""
    results = [Message(id=name, score=score) for name, score in guesses]
    box = Message(center=Message(x=x, y=y), size_x=width, size_y=height)
    return Message(results=results, bbox=box, **fields)


def array(*detections):
    return Message(detections=list(detections))


@pytest.mark.parametrize('kind', [new, old])
def test_centre_and_size_become_corners(kind):
    (found,) = detected(array(kind()))
    assert found == Detected((40.0, 35.0, 60.0, 45.0), (('car', 0.5),))


def test_hypotheses_keep_their_order_and_the_best_is_by_score():
    guesses = (('the left one', 0.4), (' car ', 0.9), ('bus', 0.9))
    (found,) = detected(array(new(guesses=guesses)))
    assert found.first == ('the left one', 0.4)
    assert found.best == ('car', 0.9)
    (found,) = detected(array(new(guesses=())))
    assert found.first == found.best == ('', 0.0)


def test_classes_may_be_numbers_and_tracks_have_two_names():
    found = detected(array(old(guesses=[(3, 1)], tracking_id='a'), new(id='b'), old()))
    assert found[0].first == ('3', 1.0)
    assert [each.track for each in found] == ['a', 'b', '']


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'x': float('nan')}, 'x is a finite number, got nan'),
        ({'height': float('inf')}, 'size_y is a finite number, got inf'),
        ({'width': -2.0}, 'a box is -2 wide and 10 high'),
        ({'guesses': [('car', float('nan'))]}, 'score is a finite number'),
        ({'guesses': [('car', 'much')]}, "score is a number, got 'much'"),
    ],
)
def test_what_is_no_detection_is_refused_by_its_number(changes, words):
    message = array(new(), new(**changes), new())
    with pytest.raises(RecordingError, match=f'^detection 1: {words}'):
        detected(message)
    told = []
    assert len(detected(message, told.append)) == 2
    assert [str(each).startswith(f'detection 1: {words}') for each in told] == [True]


def test_a_box_without_area_is_one():
    (found,) = detected(array(new(width=0.0)))
    assert found.box_px == (50.0, 35.0, 50.0, 45.0)


def test_another_message_is_refused():
    with pytest.raises(RecordingError, match=r"no field 'detections'.*Detection2DArray is wanted"):
        detected(Message(data='x'))
    with pytest.raises(RecordingError, match="detection 0: no field 'bbox'"):
        detected(array(Message(results=[])))
