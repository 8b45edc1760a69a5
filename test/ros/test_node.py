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

"""The node over real DDS, with the scripted detector: what goes in, comes out, is refused."""

from collections import defaultdict
from pathlib import Path
import threading
import time

import numpy as np
import pytest

pytestmark = [pytest.mark.ros, pytest.mark.model]
rclpy = pytest.importorskip('rclpy', reason='ROS 2 is not installed')
pytest.importorskip('vision_msgs', reason='vision_msgs is not installed')

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus  # noqa: E402  needs ROS
from grounded_perception.ros.node import PerceptionNode  # noqa: E402
from rcl_interfaces.srv import SetParameters  # noqa: E402
from rclpy.parameter import Parameter  # noqa: E402
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy  # noqa: E402
from sensor_msgs.msg import CompressedImage, Image  # noqa: E402
from std_msgs.msg import String  # noqa: E402
from std_srvs.srv import SetBool, Trigger  # noqa: E402
from vision_msgs.msg import Detection2DArray, LabelInfo  # noqa: E402

SCRIPT = (
    '[["car", 0.9, 0.0, 0.4, 0.3, 0.8], ["car", 0.85, 0.6, 0.4, 0.9, 0.8],'
    ' ["person", 0.8, 0.4, 0.2, 0.5, 0.9], ["bus", 0.35, 0.1, 0.1, 0.2, 0.2]]'
)
#: What a camera sees: anything but a blank, which gets no answers.
PIXELS = np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)
LATCHED = QoSProfile(depth=50, durability=DurabilityPolicy.TRANSIENT_LOCAL)


class Peer:
    """The rest of the robot: a camera, a commander and a listener."""

    def __init__(self, ros, image_qos):
        self.node = ros.create_node('peer', namespace='robot')
        self.image = self.node.create_publisher(Image, 'image', image_qos)
        self.compressed = self.node.create_publisher(CompressedImage, 'image/compressed', 1)
        self.command = self.node.create_publisher(String, 'command', 10)
        self.heard = defaultdict(list)
        self.info = []
        self.states, self.diagnostics = [], []
        for name in ('detections', 'grounding'):
            self.listen(name, Detection2DArray)
        self.listen('answer', String)
        self.node.create_subscription(
            DiagnosticStatus, '/robot/perception/query_state', self.states.append, LATCHED
        )
        self.node.create_subscription(
            DiagnosticArray, '/diagnostics', lambda m: self.diagnostics.extend(m.status), 10
        )
        self.sent = 0
        self._next_image = 0.0

    def listen(self, name, kind):
        self.node.create_subscription(
            kind, f'/robot/perception/{name}', self.heard[name].append, 10
        )

    def look_at_pictures(self):
        self.listen('annotated', Image)
        self.listen('attention', Image)

    def send_image(self, **fields):
        self.sent += 1
        message = Image(height=48, width=64, encoding='rgb8', step=192, data=PIXELS.tobytes())
        message.header.stamp = self.node.get_clock().now().to_msg()
        message.header.frame_id = 'camera_optical_frame'
        for name, value in fields.items():
            setattr(message, name, value)
        self.image.publish(message)
        return message

    def film(self, **fields):
        """Send an image as a camera does, 20 in a second: a flood would only starve the node."""
        if time.monotonic() < self._next_image:
            return None
        self._next_image = time.monotonic() + 0.05
        return self.send_image(**fields)

    def state(self, **wanted):
        """Return the values of the last state that has these, if there is one."""
        for message in reversed(self.states):
            values = {pair.key: pair.value for pair in message.values}
            if all(values.get(key) == value for key, value in wanted.items()):
                return values
        return None

    def diagnostic(self, name, words):
        return any(d.name.endswith(name) and words in d.message for d in self.diagnostics)


@pytest.fixture
def make(ros, spin):
    """Return a function that starts a node and its peer; both go at the end."""
    made = []

    def start(image_qos=1, activate=True, **parameters):
        parameters = {
            'detector': 'scripted',
            'scripted.script': SCRIPT,
            'diagnostics_period_s': 0.1,
            **parameters,
        }
        node = PerceptionNode(
            namespace='robot',
            parameter_overrides=[Parameter(k, value=v) for k, v in parameters.items()],
        )
        peer = Peer(ros, image_qos)
        made.extend((node, peer.node))
        if activate:
            assert node.trigger_configure() == rclpy.lifecycle.TransitionCallbackReturn.SUCCESS
            assert node.trigger_activate() == rclpy.lifecycle.TransitionCallbackReturn.SUCCESS
            camera = peer.compressed if 'image_transport' in parameters else peer.image
            spin(
                lambda: (
                    camera.get_subscription_count()
                    and peer.command.get_subscription_count()
                    and peer.node.count_publishers('/robot/perception/grounding')
                ),
                node,
                peer.node,
                what='discovery',
            )
        return node, peer

    yield start
    for node in made:
        node.destroy_node()


def perceive(peer, spin, node, **fields):
    """Send images until one is answered, as a camera would; return its detections."""
    before = len(peer.heard['detections'])
    sent = {}

    def answered():
        if len(peer.heard['detections']) == before and (message := peer.film(**fields)):
            sent[(message.header.stamp.sec, message.header.stamp.nanosec)] = message
        return len(peer.heard['detections']) > before

    spin(answered, node, peer.node, what='detections')
    return peer.heard['detections'][-1], sent


def test_detections_carry_header_label_score_and_original_pixels(make, spin):
    node, peer = make()
    got, sent = perceive(peer, spin, node)
    assert (got.header.stamp.sec, got.header.stamp.nanosec) in sent
    assert got.header.frame_id == 'camera_optical_frame'
    first = got.detections[0]
    assert first.header == got.header
    assert first.results[0].hypothesis.class_id == 'car'
    assert first.results[0].hypothesis.score == pytest.approx(0.9)
    assert first.bbox.center.position.x == pytest.approx(0.15 * 64, abs=1e-3)
    assert first.bbox.size_y == pytest.approx(0.4 * 48, abs=1e-3)
    assert len(got.detections) == 3  # the bus is below the threshold


@pytest.mark.parametrize(
    ('command', 'status', 'label', 'boxes'),
    [
        ('find the person', 'FOUND', 'person', 1),
        ('the car on the left', 'FOUND', 'car', 1),
        ('cars', 'FOUND', 'car', 2),
        ('the car', 'AMBIGUOUS', 'car', 2),
        ('the dog', 'ABSENT', '', 0),
        ('the lorry', 'ABSENT', '', 0),
        ('the forklift', 'ABSENT', '', 0),
    ],
)
def test_a_command_is_answered(make, spin, command, status, label, boxes):
    node, peer = make()
    peer.command.publish(String(data=command))
    spin(lambda: peer.state(status='PENDING'), node, peer.node, what='acceptance')
    perceive(peer, spin, node)
    spin(lambda: peer.state(status=status), node, peer.node, what=f'{status}')
    state = peer.state(status=status)
    assert state['query_id'] == '1'
    assert state['phrase_1.label'] == label
    assert state['quality'] == ''
    assert bool(state['not_understood']) == ('forklift' in command)
    spin(lambda: peer.heard['grounding'], node, peer.node, what='grounding')
    found = peer.heard['grounding'][-1].detections
    assert len(found) == boxes
    if boxes:
        phrase, detector = found[0].results
        assert detector.hypothesis.class_id == label
        assert 0 < phrase.hypothesis.score <= 1


def test_a_late_listener_learns_the_state(make, spin, ros):
    node, peer = make()
    peer.command.publish(String(data='the person'))
    spin(lambda: peer.state(status='PENDING'), node, peer.node)
    late, heard = ros.create_node('late'), []
    late.create_subscription(
        DiagnosticStatus, '/robot/perception/query_state', heard.append, LATCHED
    )
    spin(lambda: heard, node, late, what='the latched state')
    late.destroy_node()


@pytest.mark.parametrize(
    ('text', 'reason'),
    [
        ('', 'must have a word'),
        ('\x00\x07\x1b', 'must have a word'),
        ('a' * 1_000_000, 'characters'),
    ],
)
def test_a_command_that_cannot_be_used_is_refused_and_the_old_one_holds(make, spin, text, reason):
    node, peer = make()
    peer.command.publish(String(data='the person'))
    peer.command.publish(String(data=text))
    spin(lambda: peer.state(status='REFUSED'), node, peer.node, what='refusal')
    assert reason in peer.state(status='REFUSED')['error']
    perceive(peer, spin, node)
    spin(lambda: peer.state(status='FOUND', command='the person'), node, peer.node)


@pytest.mark.parametrize(
    ('fields', 'words'),
    [
        ({'step': 3}, 'step must be at least 192'),
        ({'encoding': '32FC1'}, 'is not a colour or gray image'),
        ({'data': b''}, 'got 0'),
        ({'height': 0}, 'must have pixels'),
        ({'width': 2**31}, 'pixels'),
    ],
)
def test_a_bad_image_is_reported_and_the_next_is_served(make, spin, fields, words):
    node, peer = make()

    def reported():
        peer.send_image(**fields)
        return peer.diagnostic('perception', words)

    spin(reported, node, peer.node, what='the diagnostic')
    perceive(peer, spin, node)


def test_a_zero_stamp_is_served_and_warned_of(make, spin):
    node, peer = make()
    stamp = peer.node.get_clock().now().to_msg().__class__()
    header = Image().header
    header.stamp = stamp
    perceive(peer, spin, node, header=header)
    spin(lambda: peer.diagnostic('image', 'zero stamp'), node, peer.node, what='the warning')


def test_a_detector_that_fails_now_and_then_does_not_end_the_node(make, spin):
    node, peer = make(**{'scripted.fail_every': 2})
    perceive(peer, spin, node)

    def reported():
        peer.film()
        return peer.diagnostic('perception', 'scripted failure')

    spin(reported, node, peer.node, what='the diagnostic')
    perceive(peer, spin, node)


def test_checks_are_told_one_by_one(make, spin):
    node, peer = make()
    peer.command.publish(String(data='the shiny car left of the person'))
    spin(lambda: peer.state(status='PENDING'), node, peer.node, what='acceptance')
    perceive(peer, spin, node)
    spin(lambda: peer.state(status='FOUND'), node, peer.node, what='FOUND')
    state = peer.state(status='FOUND')
    checks = [state[f'phrase_1.check_{n}'] for n in (1, 2, 3)]
    assert checks[0] == 'is a car: 0.90 yes'
    assert checks[1].startswith('left of the person: ')
    assert checks[1].endswith(' yes')
    assert checks[2] == 'shiny: not checked'


def test_a_camera_in_the_dark_is_reported_and_answers_nothing_for_sure(make, spin):
    node, peer = make()
    peer.command.publish(String(data='the person'))
    spin(lambda: peer.state(status='PENDING'), node, peer.node, what='acceptance')
    perceive(peer, spin, node, data=bytes(48 * 192))
    spin(lambda: peer.state(quality='too dark'), node, peer.node, what='the state')
    state = peer.state(quality='too dark')
    assert (state['status'], state['phrase_1.score']) == ('ABSENT', '0.500')
    spin(lambda: peer.diagnostic('image quality', 'too dark'), node, peer.node, what='diagnostic')
    perceive(peer, spin, node)
    peer.diagnostics.clear()
    spin(lambda: peer.diagnostic('image quality', 'good enough'), node, peer.node, what='quiet')


def test_twins_resolve_to_the_one_that_was_answered(make, spin):
    node, peer = make()
    peer.command.publish(String(data='the car'))
    perceive(peer, spin, node)
    spin(lambda: peer.state(status='AMBIGUOUS'), node, peer.node, what='AMBIGUOUS')
    assert set_parameter(spin, node, peer, 'ambiguity_margin', 0.0).successful
    perceive(peer, spin, node)

    def found():
        peer.film()
        return peer.state(status='FOUND')

    spin(found, node, peer.node, what='FOUND')
    assert set_parameter(spin, node, peer, 'ambiguity_margin', 0.2).successful
    before = len(peer.heard['detections'])

    def several():
        peer.film()
        return len(peer.heard['detections']) > before + 5

    spin(several, node, peer.node, what='images')
    last = {pair.key: pair.value for pair in peer.states[-1].values}
    assert last['status'] == 'FOUND'
    assert 'was meant before' in last['phrase_1.reason']


def test_pictures_are_drawn_only_for_someone(make, spin):
    node, peer = make()
    peer.command.publish(String(data='the person'))
    perceive(peer, spin, node)
    assert node.count_subscribers('/robot/perception/annotated') == 0
    peer.look_at_pictures()

    def seen():
        peer.film()
        return peer.heard['annotated'] and peer.heard['attention']

    spin(seen, node, peer.node, what='pictures')
    drawn = peer.heard['annotated'][-1]
    assert (drawn.height, drawn.width, drawn.encoding) == (48, 64, 'rgb8')
    assert np.frombuffer(drawn.data, np.uint8).any()
    why = peer.heard['attention'][-1]
    assert why.encoding == 'rgb8'
    assert why.step == 3 * why.width
    assert len(why.data) == why.step * why.height


def test_compressed_images(make, spin):
    import cv2

    node, peer = make(image_transport='compressed')
    _, jpeg = cv2.imencode('.jpg', PIXELS)
    message = CompressedImage(format='jpeg', data=jpeg.tobytes())

    def answered():
        peer.compressed.publish(message)
        return peer.heard['detections']

    spin(answered, node, peer.node, what='detections')


def call(spin, node, peer, kind, name, request):
    client = peer.node.create_client(kind, name)
    spin(client.service_is_ready, node, peer.node, what=name)
    future = client.call_async(request)
    spin(future.done, node, peer.node, what=f'{name} answer')
    peer.node.destroy_client(client)
    return future.result()


def test_services_enable_and_clear(make, spin):
    node, peer = make()
    face = '/robot/perception/'
    assert call(spin, node, peer, SetBool, face + 'set_enabled', SetBool.Request()).success

    def ignored():
        peer.film()
        return any(
            v.key == 'disabled' and int(v.value) > 0 for d in peer.diagnostics for v in d.values
        )

    spin(ignored, node, peer.node, what='the count of ignored images')
    assert not peer.heard['detections']
    call(spin, node, peer, SetBool, face + 'set_enabled', SetBool.Request(data=True))
    perceive(peer, spin, node)
    peer.command.publish(String(data='the person'))
    spin(lambda: peer.state(query_id='1'), node, peer.node)  # an image may still come
    assert call(spin, node, peer, Trigger, face + 'clear', Trigger.Request()).success
    spin(lambda: peer.state(status='CLEARED'), node, peer.node, what='the cleared state')


@pytest.mark.parametrize(
    ('question', 'status', 'words'),
    [
        ('how many cars are there?', 'ANSWERED', 'two cars'),
        ('what do you see?', 'ANSWERED', 'person'),
        ('describe', 'ANSWERED', 'person'),
        ('how many unicorns are there?', 'CANNOT_TELL', 'unicorn'),
    ],
)
def test_a_question_is_answered_once_and_the_command_holds(make, spin, question, status, words):
    node, peer = make()
    peer.command.publish(String(data='the person'))
    peer.command.publish(String(data=question))
    spin(lambda: peer.state(query_id='2', status='PENDING'), node, peer.node, what='acceptance')
    perceive(peer, spin, node)
    spin(lambda: peer.state(status=status), node, peer.node, what='the answer')
    state = peer.state(status=status)
    assert words in state['answer']
    assert (state['query_id'], state['by']) == ('2', 'composed')
    spin(lambda: peer.heard['answer'], node, peer.node, what='the text')
    assert peer.heard['answer'][0].data == state['answer']
    perceive(peer, spin, node)
    spin(lambda: peer.state(status='FOUND', command='the person'), node, peer.node)
    assert len(peer.heard['answer']) == 1


def test_a_slow_assistant_does_not_hold_up_detections(make, spin, monkeypatch):
    from grounded_perception.assistants.composed import ComposedAssistant

    quick, may_answer = ComposedAssistant.answer, threading.Event()

    def slow(self, rgb, question, seen):
        assert may_answer.wait(30)
        return quick(self, rgb, question, seen)

    monkeypatch.setattr(ComposedAssistant, 'is_quick', False)
    monkeypatch.setattr(ComposedAssistant, 'answer', slow)
    node, peer = make()
    for question in ('how many cars are there?', 'is there a person?'):
        peer.command.publish(String(data=question))
    spin(lambda: peer.state(query_id='2'), node, peer.node, what='acceptance')
    for _ in range(3):
        perceive(peer, spin, node)
    assert not peer.heard['answer']
    may_answer.set()

    def both():
        peer.film()
        return len(peer.heard['answer']) == 2

    spin(both, node, peer.node, what='both answers')
    assert 'two cars' in peer.heard['answer'][0].data
    assert peer.heard['answer'][1].data.startswith('Yes')


def test_an_assistant_that_fails_is_reported_and_the_node_goes_on(make, spin, monkeypatch):
    from grounded_perception.assistants.composed import ComposedAssistant

    def broken(self, rgb, question, seen):
        raise ValueError('the answer is gone')

    monkeypatch.setattr(ComposedAssistant, 'answer', broken)
    node, peer = make()
    peer.command.publish(String(data='is there a person?'))
    spin(lambda: peer.state(status='PENDING'), node, peer.node, what='acceptance')
    perceive(peer, spin, node)
    spin(lambda: peer.state(status='FAILED'), node, peer.node, what='the failure')
    assert 'the answer is gone' in peer.state(status='FAILED')['error']
    perceive(peer, spin, node)


def test_what_is_pointed_out_is_remembered_and_found_by_its_looks(make, spin, tmp_path):
    from grounded_perception.classifiers import efficientnet
    from grounded_perception.errors import ModelMissing

    try:
        efficientnet.prepare()
    except ModelMissing as exc:
        pytest.skip(str(exc))
    node, peer = make(classifier='efficientnet', exemplars=str(tmp_path))
    peer.command.publish(String(data='remember this as Herbie'))
    spin(lambda: peer.state(status='REFUSED'), node, peer.node, what='refusal')
    peer.command.publish(String(data='the car on the left'))
    spin(lambda: peer.state(status='PENDING'), node, peer.node, what='acceptance')
    perceive(peer, spin, node)
    peer.command.publish(String(data='remember this as Herbie'))
    spin(lambda: peer.state(status='DONE'), node, peer.node, what='remembering')
    assert 'car is remembered' in peer.state(status='DONE')['answer']
    peer.heard['grounding'].clear()
    peer.command.publish(String(data='find things like Herbie'))
    spin(lambda: peer.state(status='PENDING', intent='like'), node, peer.node, what='acceptance')

    def answered():
        peer.film()
        states = [peer.state(intent='like', status=s) for s in ('FOUND', 'AMBIGUOUS')]
        return any(states) and peer.heard['grounding']

    spin(answered, node, peer.node, what='grounding')


def test_without_an_assistant_questions_are_refused(make, spin):
    node, peer = make(assistant='none')
    peer.command.publish(String(data='how many cars are there?'))
    spin(lambda: peer.state(status='REFUSED'), node, peer.node, what='refusal')
    assert 'assistant is none' in peer.state(status='REFUSED')['error']


def test_the_describe_service_waits_for_an_image(make, spin):
    node, peer = make()
    client = peer.node.create_client(Trigger, '/robot/perception/describe')
    spin(client.service_is_ready, node, peer.node, what='the service')
    future = client.call_async(Trigger.Request())

    def described():
        peer.film()
        return future.done()

    spin(described, node, peer.node, what='the description')
    assert future.result().success
    assert 'car' in future.result().message


def test_masks_are_made_only_for_someone(make, spin):
    node, peer = make()
    perceive(peer, spin, node)
    peer.node.create_subscription(
        LabelInfo, '/robot/perception/label_info', peer.info.append, LATCHED
    )
    peer.listen('label_mask', Image)

    def seen():
        peer.film()
        return peer.heard['label_mask'] and peer.info

    spin(seen, node, peer.node, what='masks')
    mask = peer.heard['label_mask'][-1]
    assert (mask.height, mask.width, mask.encoding) == (48, 64, 'mono8')
    names = {c.class_id: c.class_name for c in peer.info[-1].class_map}
    assert set(np.unique(np.frombuffer(mask.data, np.uint8)).tolist()) <= set(names)
    assert {'background', 'car', 'person'} <= set(names.values())


def set_parameter(spin, node, peer, name, value):
    request = SetParameters.Request(parameters=[Parameter(name, value=value).to_parameter_msg()])
    answer = call(spin, node, peer, SetParameters, '/robot/perception/set_parameters', request)
    return answer.results[0]


def test_live_settings_change_and_others_say_why_not(make, spin):
    node, peer = make()
    assert set_parameter(spin, node, peer, 'threshold', 0.2).successful
    got, _ = perceive(peer, spin, node)
    while len(got.detections) == 3:  # an image that was already under way
        got, _ = perceive(peer, spin, node)
    assert len(got.detections) == 4
    for name, value, reason in (
        ('threshold', 2.0, 'threshold'),
        ('threshold', 'high', ''),
        ('max_detections', -1, 'max_detections'),
        ('class_thresholds', 'unicorn:0.5', 'unicorn'),
        ('detector', 'ssd', 'when the node is configured'),
        ('ssd.tiles', 2, 'when the node is configured'),
    ):
        refused = set_parameter(spin, node, peer, name, value)
        assert not refused.successful
        assert reason in refused.reason


def test_the_camera_that_stops_or_never_was_is_reported(make, spin):
    node, peer = make(stale_after_s=0.3)
    spin(lambda: peer.diagnostic('image', 'no image arrived'), node, peer.node)
    perceive(peer, spin, node)
    spin(lambda: peer.diagnostic('image', 'stopped'), node, peer.node, what='the diagnostic')
    peer.node.destroy_publisher(peer.image)
    spin(lambda: peer.diagnostic('image', 'nobody publishes /robot/image'), node, peer.node)


def test_a_reliable_subscription_names_a_best_effort_camera(make, spin):
    best_effort = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
    node, peer = make(
        image_qos=best_effort, activate=False, image_reliability='reliable', stale_after_s=0.3
    )
    node.trigger_configure()
    node.trigger_activate()
    spin(lambda: peer.diagnostic('image', 'incompatible RELIABILITY'), node, peer.node)


def test_auto_reliability_follows_the_publishers(make, spin):
    node, peer = make()
    spin(
        lambda: any(
            v.key == 'reliability' and v.value == 'reliable'
            for d in peer.diagnostics
            for v in d.values
        ),
        node,
        peer.node,
    )
    perceive(peer, spin, node)


def test_configuring_what_is_not_there_fails_with_a_reason(make, monkeypatch, tmp_path):
    from rclpy.lifecycle import TransitionCallbackReturn

    for parameters, reason in (
        ({'detector': 'yolo'}, 'detector must be one of'),
        ({'scripted.script': '{'}, 'scripted.script'),
    ):
        node, _ = make(activate=False, **parameters)
        assert node.trigger_configure() == TransitionCallbackReturn.FAILURE
        assert reason in node.failure
    (tmp_path / 'file').write_text('')
    monkeypatch.setenv('GROUNDED_PERCEPTION_CACHE', str(Path(tmp_path, 'file')))
    node, _ = make(activate=False)
    assert node.trigger_configure() == TransitionCallbackReturn.FAILURE
    assert 'GROUNDED_PERCEPTION_CACHE' in node.failure


def test_the_life_cycle_can_go_round(make, spin):
    node, peer = make()
    for _ in range(2):
        perceive(peer, spin, node)
        node.trigger_deactivate()
        node.trigger_cleanup()
        node.trigger_configure()
        node.trigger_activate()
        spin(lambda: peer.image.get_subscription_count(), node, peer.node)
    perceive(peer, spin, node)


def test_big_images_arrive_on_the_transport_that_is_chosen(make, spin):
    best_effort = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
    node, peer = make(image_qos=best_effort)
    big = {'height': 720, 'width': 1280, 'step': 3840, 'data': bytes(720 * 3840)}
    got, _ = perceive(peer, spin, node, **big)
    assert got.detections[0].bbox.size_x == pytest.approx(0.3 * 1280, abs=1e-2)


def test_ages_follow_the_simulated_clock(make, spin):
    from rosgraph_msgs.msg import Clock

    node, peer = make(use_sim_time=True, max_image_age_s=10.0)
    clock = peer.node.create_publisher(Clock, '/clock', 10)
    tick = Clock()
    tick.clock.sec = 1000

    def ticking():
        clock.publish(tick)
        return node.get_clock().now().nanoseconds == 1000 * 10**9

    spin(ticking, node, peer.node, what='the simulated time')
    header = Image().header
    header.stamp.sec = 995  # 5 s old by the simulation, decades old by the wall
    perceive(peer, spin, node, header=header)
    header.stamp.sec = 900

    def dropped():
        peer.send_image(header=header)
        return any(v.key == 'too_old' and int(v.value) for d in peer.diagnostics for v in d.values)

    spin(dropped, node, peer.node, what='the count of old images')


def test_remaps_and_qos_overrides_hold(ros):
    remaps = '-r image:=/front/image -r ~/detections:=/seen'
    parameters = '-p qos_overrides./command.subscription.depth:=3 -p detector:=scripted'
    arguments = f'--ros-args {remaps} {parameters}'.split()
    node = PerceptionNode(cli_args=arguments)
    try:
        node.trigger_configure()
        node.trigger_activate()
        listened = node.get_subscriber_names_and_types_by_node('perception', '/')
        assert '/front/image' in [topic for topic, _ in listened]
        assert node.count_publishers('/seen') == 1
        assert node.get_parameter('qos_overrides./command.subscription.depth').value == 3
    finally:
        node.destroy_node()
