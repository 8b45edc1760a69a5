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

"""What the node publishes and what an evaluation writes are the same messages."""

import numpy as np
import pytest

pytestmark = [pytest.mark.ros, pytest.mark.model]
pytest.importorskip('rclpy', reason='ROS 2 is not installed')
pytest.importorskip('vision_msgs', reason='vision_msgs is not installed')
pytest.importorskip('rosbags', reason='rosbags is not installed')

from grounded_perception.assembly import build  # noqa: E402  needs ROS
from grounded_perception.detectors import scripted  # noqa: E402
from grounded_perception.errors import CommandError  # noqa: E402
from grounded_perception.evaluation.writing import messages as written  # noqa: E402
from grounded_perception.records import Frame  # noqa: E402
from grounded_perception.ros import messages as published  # noqa: E402
from grounded_perception.ros.node import PerceptionNode  # noqa: E402
from grounded_perception.settings import Settings  # noqa: E402
from grounded_perception.wire import bag, contents, topics  # noqa: E402
from rclpy.parameter import Parameter  # noqa: E402
from rclpy.serialization import deserialize_message, serialize_message  # noqa: E402
from std_msgs.msg import Header  # noqa: E402

SCRIPT = (
    '[["car", 0.9, 0.0, 0.4, 0.3, 0.8], ["car", 0.85, 0.6, 0.4, 0.9, 0.8],'
    ' ["person", 0.8, 0.4, 0.2, 0.5, 0.9], ["bus", 0.35, 0.1, 0.1, 0.2, 0.2]]'
)
COMMANDS = {
    'the person': 'FOUND',
    'cars and a dog': 'FOUND',
    'the shiny car on the left': 'FOUND',
    'the car': 'AMBIGUOUS',
    'the dog': 'ABSENT',
    'the forklift': 'ABSENT',
}
STAMP_NS = 1_700_000_000_000_000_123
LATENCY_MS = 12.345
FRAME = Frame(np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8), STAMP_NS, 'camera')


@pytest.fixture(scope='module')
def pipeline():
    made = build(Settings(detector='scripted'), {'scripted': scripted.Options(script=SCRIPT)})
    yield made
    made.close()


@pytest.fixture
def headers():
    """Return the header as the node gets it, and as an evaluation makes it."""
    of_image = Header(frame_id=FRAME.frame_id)
    of_image.stamp.sec, of_image.stamp.nanosec = divmod(STAMP_NS, 1_000_000_000)
    return of_image, written.header(STAMP_NS, FRAME.frame_id)


def assert_same(ours, theirs):
    """Compare the bytes on the wire; the node leaves what it finds between the fields."""
    store, name = bag.typestore(), ours.__msgtype__
    wire, expected = bytes(store.serialize_cdr(ours, name)), serialize_message(theirs)
    assert len(wire) == len(expected)
    assert wire == bytes(store.serialize_cdr(store.deserialize_cdr(expected, name), name))
    assert deserialize_message(wire, type(theirs)) == theirs


@pytest.mark.parametrize('command', COMMANDS)
def test_answers_are_the_same(pipeline, headers, command):
    of_node, ours = headers
    query = pipeline.understand(command)
    perception = pipeline.perceive(FRAME, query)
    found = contents.detections(perception.detections)
    assert len(found) == 3
    assert_same(written.array(ours, found), published.detections(of_node, perception.detections))
    assert_same(
        written.array(ours, contents.groundings(perception)),
        published.groundings(of_node, perception),
    )
    state = contents.answer(3, query, perception, STAMP_NS, LATENCY_MS)
    assert state.values['status'] == COMMANDS[command]
    assert state.values['stamp'] == '1700000000.000000123'
    theirs = published.answer(3, query, perception, of_node, LATENCY_MS)
    assert_same(written.status(state), theirs)
    assert_same(
        written.status(contents.query_state(3, command, query)),
        published.query_state(3, command, query),
    )


@pytest.mark.parametrize('question', ['how many cars are there?', 'what is the man thinking?'])
def test_answers_to_questions_are_the_same(pipeline, headers, question):
    of_node, _ = headers
    query = pipeline.understand(question)
    assert query.is_question
    answer = pipeline.answer(FRAME, query, pipeline.perceive(FRAME, query))
    assert_same(
        written.status(contents.answered(4, query, answer, STAMP_NS, LATENCY_MS)),
        published.answered(4, query, answer, of_node, LATENCY_MS),
    )
    assert_same(
        written.status(contents.unanswered(4, query, STAMP_NS, 'no model')),
        published.unanswered(4, query, of_node, 'no model'),
    )


def test_refusals_and_deeds_are_the_same(pipeline):
    with pytest.raises(CommandError) as refused:
        pipeline.understand('')
    for rest in ({'error': str(refused.value)}, {'done': 'remembered'}, {}):
        assert_same(
            written.status(contents.query_state(5, 'ä "x"', None, **rest)),
            published.query_state(5, 'ä "x"', None, **rest),
        )


def test_node_publishes_on_the_topics_that_are_written_down(ros):
    """Names, types and offers in a bag are those of the running node."""
    node = PerceptionNode(parameter_overrides=[Parameter('detector', value='scripted')])
    assert node.get_fully_qualified_name() == f'/{topics.NODE}'
    assert node.trigger_configure() == ros.lifecycle.TransitionCallbackReturn.SUCCESS
    for topic in vars(topics).values():
        if not isinstance(topic, topics.Topic) or topic is topics.ANNOTATED_JPEG:
            continue
        (offered,) = node.get_publishers_info_by_topic(topic.of())
        ours = bag.offered_by_node(topic)
        assert offered.topic_type == topic.type
        assert offered.qos_profile.durability.value == ours.durability.value
        assert offered.qos_profile.reliability.value == ours.reliability.value
        profile = next(p for p in node.publishers if p.topic_name == topic.of()).qos_profile
        assert profile.depth == ours.depth
    node.destroy_node()
