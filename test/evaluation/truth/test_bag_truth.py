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

"""Detections recorded in a bag, as messages of the new and the old vision_msgs."""

from types import SimpleNamespace as Message

from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.errors import TruthError
from grounded_perception.evaluation.truth.bag import truth_of
import pytest


def new(name, x, y, width, height, track=''):
    """Make a detection as vision_msgs 4 does."""
    guess = Message(hypothesis=Message(class_id=name, score=1.0))
    other = Message(hypothesis=Message(class_id='dog', score=0.1))
    box = Message(center=Message(position=Message(x=x, y=y)), size_x=width, size_y=height)
    return Message(results=[other, guess], bbox=box, id=track)


def old(name, x, y, width, height):
    """Make a detection as vision_msgs did before."""
    guess = Message(id=name, score=1.0)
    return Message(
        results=[guess], bbox=Message(center=Message(x=x, y=y), size_x=width, size_y=height)
    )


def truth(*detections, **options):
    messages = [(1_000 + i, Message(detections=list(d))) for i, d in enumerate(detections)]
    return truth_of(messages, 'bag:/detections', class_names=COCO_NAMES, **options)


@pytest.mark.parametrize('kind', [new, old])
def test_boxes_by_stamp(kind):
    found = truth([kind('Pedestrian', 50.0, 40.0, 20.0, 10.0)], [])
    frame = found.frames['1000']
    assert frame.boxes_px.tolist() == [[40, 35, 60, 45]]
    assert frame.labels == ('person',)
    assert frame.stamp_ns == 1000
    assert len(found.frames['1001']) == 0
    assert not found.has_tracks


def test_tracks_where_every_detection_has_one():
    first = [new('person', 9, 9, 2, 2, 'anna'), new('person', 5, 5, 2, 2, 'ben')]
    second = [new('person', 6, 5, 2, 2, 'ben')]
    found = truth(first, second)
    assert found.has_tracks
    assert found.frames['1000'].track_ids.tolist() == [0, 1]
    assert found.frames['1001'].track_ids.tolist() == [1]
    assert not truth([new('person', 5, 5, 2, 2, 'x'), new('person', 9, 5, 2, 2, 'x')]).has_tracks


def test_numbers_for_classes_can_be_mapped():
    mapping = {'1': 'person'}
    assert truth([new('1', 5, 5, 2, 2)], mapping=mapping).frames['1000'].labels == ('person',)


def test_wrong_messages():
    good = new('person', 5, 5, 2, 2)
    empty = Message(results=[], bbox=good.bbox)
    for bad, words in (
        (new('person', float('nan'), 5, 2, 2), 'finite'),
        (new('person', 5, 5, -2, 2), 'wide'),
        (new(' ', 5, 5, 2, 2), 'an empty class'),
        (empty, 'no result'),
        (Message(results=good.results), "no field 'bbox'"),
    ):
        with pytest.raises(TruthError, match=rf'message 0 .*detection 1.*{words}'):
            truth([good, bad])
    twice = [(5, Message(detections=[good]))] * 2
    with pytest.raises(TruthError, match="'5' is there twice"):
        truth_of(twice, 'bag')
    with pytest.raises(TruthError, match='neither images nor sentences'):
        truth_of([], 'bag')
    with pytest.raises(TruthError, match='Detection2DArray is wanted'):
        truth_of([(5, Message(data='x'))], 'bag')
