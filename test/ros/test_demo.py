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

"""The demo end to end: real node, real camera process, real pictures, real DDS."""

import os
from pathlib import Path
import re
import signal
import subprocess
import sys
import uuid

import pytest

pytestmark = [pytest.mark.ros, pytest.mark.model]
pytest.importorskip('rclpy', reason='ROS 2 is not installed')
pytest.importorskip('vision_msgs', reason='vision_msgs is not installed')
rosbags = pytest.importorskip('rosbags.highlevel', reason='rosbags is not installed')

from grounded_perception.ros.demo import scenes  # noqa: E402  needs ROS

DEMO = [sys.executable, '-m', 'grounded_perception.ros.demo.conductor']
#: Marks the demo's processes, so that one that is left behind is found.
MARK = 'GROUNDED_PERCEPTION_TEST_RUN'
#: Long, for a machine that does much else beside.
DEADLINE_S = 120


@pytest.fixture
def environment():
    """Return an environment with a mark; afterwards no process may carry it."""
    mark = uuid.uuid4().hex
    # The demo chooses a domain of its own.
    kept = {k: v for k, v in os.environ.items() if k != 'ROS_DOMAIN_ID'}
    yield kept | {MARK: mark}
    left = [
        path.parent.name for path in Path('/proc').glob('[0-9]*/environ') if mark in _environ(path)
    ]
    for process in left:
        os.kill(int(process), signal.SIGKILL)
    assert not left, f'the demo left processes behind: {left}'


def _environ(path):
    try:
        return path.read_bytes().decode(errors='replace')
    except OSError:
        return ''


@pytest.fixture
def scikit_media():
    missing = scenes.built_in(False)[1]
    if missing:
        pytest.skip(f'not installed: {", ".join(missing)}')


def demo(environment, *arguments):
    done = subprocess.run(
        [*DEMO, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    assert 'Traceback' not in done.stderr, done.stderr
    return done


def bag_counts(folder):
    counts = {}
    with rosbags.AnyReader([folder / 'bag']) as reader:
        for connection, _, data in reader.messages():
            reader.deserialize(data, connection.msgtype)
            counts[connection.topic] = counts.get(connection.topic, 0) + 1
    return counts


def test_short_demo_answers_as_a_person_would(environment, scikit_media, tmp_path):
    done = demo(environment, '--short', '--output', str(tmp_path))
    assert done.returncode == 0, done.stdout + done.stderr
    assert '7 of 7 commands answered' in done.stdout
    assert re.search(r'find the motorcycle +FOUND +motorcycle +(0\.9\d|1\.00)', done.stdout)
    assert re.search(r'a dog +ABSENT', done.stdout)
    assert "'forklift' is not among" in done.stdout

    counts = bag_counts(tmp_path)
    assert counts['/command'] == 7
    frames = counts['/perception/grounding']
    assert counts['/perception/query_state'] == frames + 7
    assert counts['/camera/image_raw/compressed'] >= 7
    assert 'metadata.yaml' in os.listdir(tmp_path / 'bag')

    page = (tmp_path / 'index.html').read_text()
    pictures = re.findall(r'<img src="(pictures/[^"]+\.jpg)"', page)
    assert len(pictures) >= 7
    assert all((tmp_path / name).read_bytes()[:2] == b'\xff\xd8' for name in pictures)
    assert 'http' not in page


def test_own_pictures_and_odd_sentences(environment, photo, tmp_path):
    coffee = _path_of('coffee.png')
    done = demo(
        environment,
        *('--image', coffee, '--output', str(tmp_path)),
        *('--command', 'the  cup', '--command', 'what is this?', '--command', ''),
        *('--command', 'the bowl and a cat'),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert '4 of 4 commands answered' in done.stdout
    assert re.search(r'the cup +FOUND', done.stdout)
    assert done.stdout.count('REFUSED') == 1
    assert re.search(r'what is this\? +(ANSWERED|CANNOT_TELL)', done.stdout)
    assert re.search(r'- a cat +ABSENT', done.stdout)


def _path_of(name):
    from grounded_perception.ros.demo import media

    return str(media.locate(f'scikit-image/{name}'))


def test_interrupted_demo_leaves_what_it_has(environment, scikit_media, tmp_path):
    process = subprocess.Popen(
        [*DEMO, '--output', str(tmp_path)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    for line in process.stdout:  # it ends with the process, which gives up waiting by itself
        if 'a dog' in line:
            break
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 130, output + errors
    assert 'interrupted; what came so far is kept' in output
    assert errors == ''
    assert bag_counts(tmp_path)['/command'] >= 3
    assert 'the cat' in (tmp_path / 'index.html').read_text()


def test_node_that_cannot_start_is_explained(environment, tmp_path):
    cache = tmp_path / 'cache'
    cache.write_text('a file where a folder must be')
    broken = environment | {'GROUNDED_PERCEPTION_CACHE': str(cache)}
    picture = _own_picture()
    done = demo(
        broken, '--image', picture, '--command', 'a car', '--output', str(tmp_path / 'out')
    )
    assert done.returncode == 1
    assert done.stderr.startswith('demo: the node refused to configure\n')
    assert 'GROUNDED_PERCEPTION_CACHE' in done.stderr
    assert bag_counts(tmp_path / 'out') == {}


def _own_picture():
    from grounded_perception.ros.demo import media

    found = media.locate('own/street.jpg')
    if found is None:
        pytest.skip('the pictures of this package are not installed')
    return str(found)


def test_missing_picture_is_named(environment, tmp_path):
    done = demo(
        environment, '--image', 'nothing.png', '--command', 'a car', '--output', str(tmp_path)
    )
    assert done.returncode == 1
    assert 'there is no file nothing.png' in done.stderr


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (['--image', 'a.png'], 'say what to look for'),
        (['--camera', '0', '--video', 'a.mp4', '--command', 'x'], '--camera goes without'),
        (['--rate', '0'], '--rate must be in'),
    ],
)
def test_wrong_command_lines_are_explained(environment, arguments, words):
    done = demo(environment, *arguments)
    assert done.returncode == 2
    assert words in done.stderr
