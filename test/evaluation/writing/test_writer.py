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

"""The bag of an evaluation holds what the pipeline answered, on the node's topics."""

import math
import os

import cv2
import numpy as np
import pytest

pytest.importorskip('rosbags', reason='rosbags is not installed')

from grounded_perception.evaluation.writing.messages import boxes_of
from grounded_perception.evaluation.writing.reading import read
from grounded_perception.evaluation.writing.writer import BagWriter
from grounded_perception.wire import bag, contents
from rosbags.highlevel import AnyReader

SECOND = 1_000_000_000
ORDER = ('nothing asked', 'FOUND', 'AMBIGUOUS', 'ABSENT', 'both', 'nothing seen')


def write(folder, perceptions, query, picture=None, node='/perception'):
    with BagWriter(folder, node) as writer:
        for n, name in enumerate(ORDER, start=1):
            asked = None if name == 'nothing asked' else query
            stamp, logged = n * SECOND + 7, n * SECOND + 50
            writer.frame(
                stamp,
                'camera',
                logged,
                perceptions[name],
                asked,
                1 if asked else 0,
                33.25,
                picture,
            )
    return writer.counts


def test_answers_are_read_back(perceptions, query, tmp_path):
    counts = write(tmp_path / 'answers', perceptions, query)
    assert counts == {
        '/perception/detections': 6,
        '/perception/grounding': 4,
        '/perception/query_state': 4,
    }
    frames = dict(zip(ORDER, read(tmp_path / 'answers'), strict=True))
    for n, (name, frame) in enumerate(frames.items(), start=1):
        given = perceptions[name].detections
        assert (frame.stamp_ns, frame.frame_id) == (n * SECOND + 7, 'camera')
        np.testing.assert_array_equal(frame.detections.boxes_px, given.boxes_px)
        np.testing.assert_array_equal(frame.detections.scores, given.scores)
        assert frame.detections.labels == given.labels
    assert frames['nothing asked'].grounding is None
    assert frames['nothing asked'].state == frames['nothing seen'].state == {}


def test_groundings_and_states_belong_to_their_frames(perceptions, query, tmp_path):
    write(tmp_path / 'answers', perceptions, query)
    frames = dict(zip(ORDER, read(tmp_path / 'answers'), strict=True))
    found = frames['FOUND']
    assert found.grounding.labels == ('the car',)
    np.testing.assert_array_equal(
        found.grounding.boxes_px, perceptions['FOUND'].candidates.boxes_px[1:2]
    )
    assert found.grounding.scores == pytest.approx([0.85])
    assert found.state['status'] == 'FOUND'
    assert found.state['command'] == query.command.text
    assert found.state['stamp'] == '2.000000007'
    assert found.state['latency_ms'] == '33.2'
    assert found.state['phrase_1.check_1'] == 'is a car: 0.80 yes'
    assert frames['AMBIGUOUS'].grounding.labels == ('a car', 'a car')
    assert len(frames['ABSENT'].grounding) == 0
    assert frames['ABSENT'].state['status'] == 'ABSENT'
    assert frames['both'].state['phrase_2.text'] == 'the dog'


def test_answers_are_logged_with_their_images(perceptions, query, tmp_path):
    """Played beside the original, image and answer come together."""
    write(tmp_path / 'answers', perceptions, query)
    times = [time for _, time, _ in bag.messages(tmp_path / 'answers')]
    assert sorted(set(times)) == [n * SECOND + 50 for n in range(1, 7)]


def test_same_answers_give_the_same_bytes(perceptions, query, tmp_path):
    for place in ('a', 'b'):
        (tmp_path / place).mkdir()
        write(tmp_path / place / 'answers', perceptions, query)
    a, b = ((tmp_path / p / 'answers' / 'answers.mcap').read_bytes() for p in 'ab')
    assert a == b


def test_pictures_are_jpeg_on_the_topic_of_image_transport(perceptions, query, tmp_path):
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:, :32] = (250, 10, 20)
    counts = write(tmp_path / 'answers', perceptions, query, picture)
    assert counts['/perception/annotated/compressed'] == 6
    for frame in read(tmp_path / 'answers'):
        seen = cv2.imdecode(np.frombuffer(frame.jpeg, np.uint8), cv2.IMREAD_COLOR)[..., ::-1]
        assert seen.shape == picture.shape
        assert np.abs(seen[:, :30].astype(int) - picture[:, :30]).max() < 8
    formats = {
        message.format
        for topic, _, message in bag.messages(tmp_path / 'answers')
        if topic.endswith('compressed')
    }
    assert formats == {'rgb8; jpeg compressed bgr8'}


def test_topics_offer_what_the_node_offers(perceptions, query, tmp_path):
    write(tmp_path / 'answers', perceptions, query, np.zeros((8, 8, 3), np.uint8))
    with AnyReader([tmp_path / 'answers']) as reader:
        offers = {c.topic.split('/', 2)[2]: c.ext.offered_qos_profiles for c in reader.connections}
        types = {c.topic.split('/', 2)[2]: c.msgtype for c in reader.connections}
    assert types == {
        'detections': 'vision_msgs/msg/Detection2DArray',
        'grounding': 'vision_msgs/msg/Detection2DArray',
        'query_state': 'diagnostic_msgs/msg/DiagnosticStatus',
        'annotated/compressed': 'sensor_msgs/msg/CompressedImage',
    }
    assert {name: (o[0].durability.name, o[0].depth) for name, o in offers.items()} == {
        'detections': ('VOLATILE', 5),
        'grounding': ('VOLATILE', 5),
        'query_state': ('TRANSIENT_LOCAL', 1),
        'annotated/compressed': ('VOLATILE', 1),
    }
    assert {o[0].reliability.name for o in offers.values()} == {'RELIABLE'}


def test_node_may_have_another_name(perceptions, query, tmp_path):
    counts = write(tmp_path / 'answers', perceptions, query, node='/robot/eyes')
    assert set(counts) == {f'/robot/eyes/{n}' for n in ('detections', 'grounding', 'query_state')}
    assert len(list(read(tmp_path / 'answers', '/robot/eyes'))) == 6
    assert list(read(tmp_path / 'answers')) == []


def test_states_of_commands_are_no_answers(perceptions, query, tmp_path):
    with BagWriter(tmp_path / 'answers') as writer:
        writer.state(1, contents.query_state(1, 'the car', query))
        writer.frame(2, '', 2, perceptions['FOUND'], query, 1)
        writer.state(3, contents.query_state(2, '', None, error='empty'))
    (frame,) = read(tmp_path / 'answers')
    assert frame.state['status'] == 'FOUND'
    assert math.isnan(float(frame.state['latency_ms']))
    states = [m for topic, _, m in bag.messages(tmp_path / 'answers') if 'state' in topic]
    assert [s.message for s in states] == ['PENDING', 'the car: FOUND', 'empty']
    assert [s.level for s in states] == [contents.OK, contents.OK, contents.ERROR]


def test_failure_leaves_no_bag(perceptions, query, tmp_path):
    with pytest.raises(KeyError), BagWriter(tmp_path / 'answers') as writer:
        writer.frame(1, '', 1, perceptions['FOUND'], query, 1)
        raise KeyError
    assert os.listdir(tmp_path) == []


def test_detections_of_others_are_read_as_far_as_they_go():
    """Someone else's message may have no hypothesis, and the best one last."""
    kinds = bag.typestore().types
    empty = {'results': [], 'id': ''}

    def detection(x, **fields):
        center = kinds['vision_msgs/msg/Pose2D'](kinds['vision_msgs/msg/Point2D'](x, 5.0), 0.0)
        bbox = kinds['vision_msgs/msg/BoundingBox2D'](center, 4.0, 2.0)
        return kinds['vision_msgs/msg/Detection2D'](header=None, bbox=bbox, **fields)

    guess = kinds['vision_msgs/msg/ObjectHypothesis']('car', 0.5)
    guess = kinds['vision_msgs/msg/ObjectHypothesisWithPose'](guess, None)
    message = kinds['vision_msgs/msg/Detection2DArray'](
        header=None, detections=[detection(10.0, **empty), detection(20.0, results=[guess], id='')]
    )
    boxes = boxes_of(message)
    assert boxes.labels == ('car', '')
    np.testing.assert_array_equal(boxes.boxes_px, [[18, 4, 22, 6], [8, 4, 12, 6]])
    assert boxes.scores.tolist() == [0.5, 0.0]
