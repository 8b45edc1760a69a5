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

"""The running node and an evaluation answer the same to the same images."""

from collections import defaultdict

import pytest

pytestmark = [pytest.mark.ros, pytest.mark.model]
pytest.importorskip('rclpy', reason='ROS 2 is not installed')
pytest.importorskip('vision_msgs', reason='vision_msgs is not installed')
pytest.importorskip('rosbags', reason='rosbags is not installed')

from diagnostic_msgs.msg import DiagnosticStatus  # noqa: E402  needs ROS
from grounded_perception.detectors import scripted  # noqa: E402
from grounded_perception.evaluation.evaluate import evaluate, Way  # noqa: E402
from grounded_perception.evaluation.plan import Plan  # noqa: E402
from grounded_perception.evaluation.recordings.base import Said  # noqa: E402
from grounded_perception.ros.node import PerceptionNode  # noqa: E402
from grounded_perception.settings import Settings  # noqa: E402
from grounded_perception.wire import bag, topics  # noqa: E402
import numpy as np  # noqa: E402
from rclpy.parameter import Parameter  # noqa: E402
from rclpy.qos import DurabilityPolicy, QoSProfile  # noqa: E402
from rclpy.serialization import deserialize_message  # noqa: E402
from sensor_msgs.msg import CompressedImage, Image  # noqa: E402
from std_msgs.msg import String  # noqa: E402
from vision_msgs.msg import Detection2DArray  # noqa: E402

SCRIPT = (
    '[["car", 0.9, 0.0, 0.4, 0.3, 0.8], ["car", 0.85, 0.6, 0.4, 0.9, 0.8],'
    ' ["person", 0.8, 0.4, 0.2, 0.5, 0.9], ["bus", 0.35, 0.1, 0.1, 0.2, 0.2]]'
)
BEGIN_NS, STEP_NS = 1_700_000_000_000_000_000, 100_000_000
#: What is compared; of the query's state everything but how long the answer took.
COMPARED = (topics.DETECTIONS, topics.GROUNDING, topics.QUERY_STATE)
LATCHED = QoSProfile(depth=50, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Silent:
    """Watches an evaluation and says nothing."""

    def begin(self, total, known):
        pass

    def count(self, images):
        pass

    def stage(self, text):
        pass


class Robot:
    """Sends what a bag holds to the node, one after the other, and keeps what it publishes."""

    def __init__(self, ros, spin, node, kind):
        self.node, self.spin = node, lambda *given, **named: spin(*given, node, peer, **named)
        self.peer = peer = ros.create_node('robot')
        self.kind = kind
        name = 'image/compressed' if kind is CompressedImage else 'image'
        self.image = peer.create_publisher(kind, name, 1)
        self.command = peer.create_publisher(String, 'command', 10)
        self.heard = defaultdict(list)
        for topic in COMPARED:
            kind = DiagnosticStatus if topic.latched else Detection2DArray
            listener = self.heard[topic.of()].append
            peer.create_subscription(kind, topic.of(), listener, LATCHED if topic.latched else 10)
        self.spin(
            lambda: (
                self.image.get_subscription_count()
                and self.command.get_subscription_count()
                and all(peer.count_publishers(topic.of()) for topic in COMPARED)
            ),
            what='discovery',
        )

    def say(self, text):
        before = len(self.heard[topics.QUERY_STATE.of()])
        self.command.publish(String(data=text))
        self.spin(
            lambda: len(self.heard[topics.QUERY_STATE.of()]) > before, what='the new command'
        )

    def show(self, data, is_asked):
        before = {topic: len(self.heard[topic.of()]) for topic in COMPARED}
        self.image.publish(deserialize_message(data, self.kind))
        wanted = COMPARED if is_asked else COMPARED[:1]
        self.spin(
            lambda: all(len(self.heard[t.of()]) > before[t] for t in wanted), what='the answer'
        )


@pytest.fixture
def robot(ros, spin):
    """Return a function: parameters and type of the images → a robot with its node."""
    made = []

    def start(kind, **parameters):
        parameters = {
            # What is replayed is old, and is not to be dropped for that.
            'max_image_age_s': 0.0,
            'image_transport': 'compressed' if kind is CompressedImage else 'raw',
            **parameters,
        }
        node = PerceptionNode(
            parameter_overrides=[Parameter(k, value=v) for k, v in parameters.items()]
        )
        made.append(node)
        success = ros.lifecycle.TransitionCallbackReturn.SUCCESS
        assert node.trigger_configure() == success
        assert node.trigger_activate() == success
        robot = Robot(ros, spin, node, kind)
        made.append(robot.peer)
        return robot

    yield start
    for node in made:
        node.destroy_node()


def messages_of(plan):
    """Return what a plan's recording holds: the type of its images; texts, and images in CDR."""
    recording = plan.open(plan.recordings[0])
    (name,) = (each.type for each in recording.streams if each.topic == recording.image_topic)
    messages = [
        item.text
        if isinstance(item, Said)
        else bytes(bag.typestore().serialize_cdr(item.message, name))
        for item in recording.items()
    ]
    recording.close()
    return CompressedImage if 'Compressed' in name else Image, messages


def played(robot, messages, command):
    """Play a recording to the node; return what it published, topic by topic."""
    if command:
        robot.say(command)
    for message in messages:
        if isinstance(message, str):
            robot.say(message)
            command = message
        else:
            robot.show(message, bool(command))
    return robot.heard


def told(message):
    """Return all that a message says, but for how long the answer took."""
    if isinstance(message, Detection2DArray):
        return message
    return {pair.key: pair.value for pair in message.values if pair.key != 'latency_ms'}


def compare(plan, heard, folder):
    """Compare what the node published with the bag of an evaluation."""
    evaluate(plan, folder, Way(), Silent())
    written = defaultdict(list)
    for topic, _, message in bag.messages(folder / 'bags' / plan.recordings[0].name):
        name = message.__msgtype__
        kind = DiagnosticStatus if name.startswith('diagnostic') else Detection2DArray
        if any(topic == each.of() for each in COMPARED):
            data = bytes(bag.typestore().serialize_cdr(message, name))
            written[topic].append(deserialize_message(data, kind))
    counts = {}
    for topic in COMPARED:
        ours, theirs = map(told, written[topic.of()]), map(told, heard[topic.of()])
        if topic is topics.QUERY_STATE:  # an evaluation writes answers only
            theirs = (state for state in theirs if 'stamp' in state)
        ours, theirs = list(ours), list(theirs)
        assert ours == theirs, topic.name
        counts[topic.name] = len(ours)
    return counts


def film(recorder, folder, texts):
    """Record noise of several sizes, and commands before the images of some numbers."""
    rng = np.random.default_rng(3)

    def messages():
        for number in range(10):
            stamp_ns = BEGIN_NS + number * STEP_NS
            if number in texts:
                yield '/command', stamp_ns, recorder.text(texts[number])
            rgb = rng.integers(
                0, 255, (48 + 6 * (number % 3), 64 + 10 * (number % 4), 3), np.uint8
            )
            yield '/image', stamp_ns + 5_000_000, recorder.raw(rgb, stamp_ns)

    return recorder.write(folder, messages())


def test_the_same_answers_to_a_made_bag(robot, recorder, tmp_path):
    texts = {2: 'the car', 4: 'cars and the person', 6: 'the forklift', 7: 'the left car'}
    plan = Plan(
        (film(recorder, tmp_path / 'made', texts),),
        Settings(detector='scripted'),
        {'scripted': scripted.Options(script=SCRIPT)},
    )
    assert plan.remembers
    kind, messages = messages_of(plan)
    heard = played(robot(kind, detector='scripted', **{'scripted.script': SCRIPT}), messages, '')
    counts = compare(plan, heard, tmp_path / 'out')
    assert counts == {'detections': 10, 'grounding': 8, 'query_state': 8}
    statuses = {told(state).get('status') for state in heard[topics.QUERY_STATE.of()]}
    assert statuses >= {'FOUND', 'AMBIGUOUS', 'ABSENT'}


@pytest.mark.shared
def test_the_same_answers_to_a_real_bag_by_the_real_detector(robot, request, tmp_path):
    path = request.config.rootpath.parent / 'shared/data/rosbags/kitti_0_2_sqlite3'
    if not path.exists():
        pytest.skip(f'{path} is not there')
    plan = Plan((path,), Settings(), command='the car on the left')
    kind, messages = messages_of(plan)
    assert kind is CompressedImage
    heard = played(robot(kind), messages, plan.command)
    counts = compare(plan, heard, tmp_path / 'out')
    assert counts == {'detections': 3, 'grounding': 3, 'query_state': 3}
    assert any(message.detections for message in heard[topics.GROUNDING.of()])
