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

"""Bags that are written here: whole or not at all, complete, and readable by the format's text."""

from importlib import resources
from io import BytesIO
import os
from pathlib import Path
import re
import shutil
import struct

import pytest

pytest.importorskip('rosbags', reason='rosbags is not installed')

from grounded_perception.errors import RecordingError
from grounded_perception.wire import bag, topics
from rosbags.rosbag2 import Writer
from rosbags.typesys import get_types_from_msg, get_typestore, Stores
import yaml

INTERFACES = Path(__file__).resolve().parents[2] / 'interfaces' / 'vision_msgs' / 'msg'
STRING = 'std_msgs/msg/String'
#: No bag that is written here holds it.
UNUSED = {topics.LABEL_INFO.type}
MAGIC = b'\x89MCAP0\r\n'
BUILT_IN = re.compile(r'(u?int(8|16|32|64)|float(32|64)|bool|byte|char|w?string)(<=\d+)?')


def said(text):
    store = bag.typestore()
    return store.serialize_cdr(store.types[STRING](data=text), STRING)


def write(folder, *texts):
    with bag.Bag(folder) as made:
        for n, text in enumerate(texts):
            made.write('/command', STRING, n, said(text), [bag.offered_by_node(topics.ANSWER)])
    return made


def texts_of(folder):
    return [message.data for _, _, message in bag.messages(folder)]


def test_definitions_are_those_of_the_interfaces():
    """The hash covers names, fields, their types and their order, and all nested types."""
    public = get_typestore(Stores.ROS2_JAZZY)
    types = {}
    for file in INTERFACES.glob('*.msg'):
        types |= get_types_from_msg(file.read_text(), f'vision_msgs/msg/{file.stem}')
    public.register(types)
    ours = [name for name in bag.typestore().types if name.startswith('vision_msgs/')]
    assert len(ours) == 7
    for name in ours:
        assert bag.typestore().hash_rihs01(name) == public.hash_rihs01(name)


def test_definitions_are_data_of_the_package():
    """A file that setup.py installs, as it does every .txt beside the code."""
    assert resources.files('grounded_perception.wire').joinpath('vision_msgs.txt').is_file()


@pytest.mark.parametrize(
    'name', sorted({t.type for t in vars(topics).values() if isinstance(t, topics.Topic)} - UNUSED)
)
def test_schemas_define_every_type_that_they_use(name):
    text, _ = bag.typestore().generate_msgdef(name, ros_version=2)
    parts = re.split(r'=+\nMSG: (\S+)\n', text)
    defined = set(parts[1::2])
    used = {
        line.split()[0].split('[')[0]
        for part in parts[::2]
        for line in part.splitlines()
        if line and '=' not in line
    }
    assert {each for each in used if not BUILT_IN.fullmatch(each)} == defined


def test_bag_is_read_back(tmp_path):
    made = write(tmp_path / 'answers', 'one', 'two')
    assert made.counts == {'/command': 2}
    bag.verify(tmp_path / 'answers', made.counts)
    assert texts_of(tmp_path / 'answers') == ['one', 'two']
    with pytest.raises(RecordingError, match='written were'):
        bag.verify(tmp_path / 'answers', {'/command': 3})


def test_empty_bag_is_a_bag(tmp_path):
    assert write(tmp_path / 'answers').counts == {}
    bag.verify(tmp_path / 'answers', {})


def test_description_is_one_that_humble_reads(tmp_path):
    """Up to version 8 the offers are a text in the text, enumerations are numbers."""
    write(tmp_path / 'answers', 'one')
    text = (tmp_path / 'answers' / 'metadata.yaml').read_text()
    told = yaml.safe_load(text)['rosbag2_bagfile_information']
    assert told['version'] == 8
    assert told['storage_identifier'] == 'mcap'
    assert told['compression_format'] == told['compression_mode'] == ''
    assert told['relative_file_paths'] == ['answers.mcap']
    assert isinstance(told['custom_data'], dict)
    topic = told['topics_with_message_count'][0]['topic_metadata']
    (offer,) = yaml.safe_load(topic['offered_qos_profiles'])
    assert (offer['history'], offer['depth'], offer['reliability']) == (1, 5, 1)
    assert offer['durability'] == 2
    assert offer['deadline'] == {'sec': 9223372036, 'nsec': 854775807}


def records(data):
    """Yield mcap records: place, opcode, content (https://mcap.dev/spec)."""
    stream = BytesIO(data)
    while start := stream.read(1):
        (size,) = struct.unpack('<Q', stream.read(8))
        content = stream.read(size)
        assert len(content) == size
        yield stream.tell() - size - 9, start[0], content


def texts(content, place, count):
    """Read length-prefixed texts."""
    for _ in range(count):
        (size,) = struct.unpack_from('<I', content, place)
        yield content[place + 4 : place + 4 + size].decode()
        place += 4 + size


def test_mcap_file_keeps_to_its_specification(tmp_path):
    zstd = pytest.importorskip('backports.zstd')
    write(tmp_path / 'answers', *(f'{n:0100000}' for n in range(30)))
    data = (tmp_path / 'answers' / 'answers.mcap').read_bytes()
    assert data[:8] == data[-8:] == MAGIC
    found = [(place + 8, *rest) for place, *rest in records(data[8:-8])]
    opcodes = [opcode for _, opcode, _ in found]
    assert opcodes[0] == 0x01  # header
    assert opcodes[-1] == 0x02  # footer
    assert list(texts(found[0][2], 0, 1)) == ['ros2']

    chunks = {place: content for place, opcode, content in found if opcode == 0x06}
    assert len(chunks) > 1
    times, schemas = [], []
    for content in chunks.values():
        first, last, size, _ = struct.unpack_from('<QQQI', content)
        assert list(texts(content, 28, 1)) == ['zstd']
        inner = zstd.decompress(content[28 + 4 + 4 + 8 :])
        assert len(inner) == size
        logged = [
            struct.unpack_from('<Q', message, 6)[0]
            for _, opcode, message in records(inner)
            if opcode == 0x05
        ]
        assert (min(logged), max(logged)) == (first, last)
        times += logged
        schemas += [
            list(texts(content, 2, 2)) for _, opcode, content in records(inner) if opcode == 0x03
        ]
    assert times == list(range(30))
    assert schemas == [[STRING, 'ros2msg']]

    indexed = [struct.unpack_from('<QQQ', content) for _, op, content in found if op == 0x08]
    assert [place for _, _, place in indexed] == list(chunks)
    (statistics,) = (content for _, opcode, content in found if opcode == 0x0B)
    assert struct.unpack_from('<QHIIII', statistics) == (30, 1, 1, 0, 1, len(chunks))
    summary, _, _ = struct.unpack('<QQI', found[-1][2])
    assert summary in [place for place, _, _ in found]


def test_nothing_is_under_the_name_until_it_is_whole(tmp_path):
    folder = tmp_path / 'answers'
    with bag.Bag(folder) as made:
        made.write('/command', STRING, 1, said('one'))
        assert not folder.exists()
    assert os.listdir(tmp_path) == ['answers']


def test_failure_leaves_what_was_there(tmp_path):
    folder = tmp_path / 'answers'
    write(folder, 'old')
    with pytest.raises(KeyError), bag.Bag(folder) as made:
        made.write('/command', STRING, 1, said('new'))
        raise KeyError
    assert os.listdir(tmp_path) == ['answers']
    assert texts_of(folder) == ['old']


def test_killed_run_is_cleared_away_by_the_next(tmp_path):
    folder = tmp_path / 'answers'
    made = bag.Bag(folder)
    made.write('/command', STRING, 1, said('lost'))
    shutil.copytree(tmp_path / 'answers.part', tmp_path / 'left')
    made.discard()
    (tmp_path / 'left').rename(tmp_path / 'answers.part')
    assert (tmp_path / 'answers.part' / 'answers' / 'answers.mcap').is_file()
    write(folder, 'kept')
    assert os.listdir(tmp_path) == ['answers']
    assert texts_of(folder) == ['kept']


def test_only_own_bags_are_replaced(tmp_path):
    with Writer(tmp_path / 'recorded', version=8) as recorded:
        recorded.add_connection('/command', STRING, typestore=bag.typestore())
    write(tmp_path / 'ours', 'one')
    (tmp_path / 'ours' / 'thesis.txt').write_text('precious')
    (tmp_path / 'file').write_text('precious')
    (tmp_path / 'bare').mkdir()
    (tmp_path / 'bare' / 'drive.mcap').write_bytes(MAGIC)
    before = sorted(tmp_path.rglob('*'))
    for name in ('recorded', 'ours', 'file', 'bare'):
        with pytest.raises(RecordingError, match='choose another name'):
            bag.Bag(tmp_path / name)
    assert sorted(tmp_path.rglob('*')) == before


def test_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(RecordingError, match='file/answers cannot be written'):
        bag.Bag(tmp_path / 'file' / 'answers')


def test_damaged_bag_is_an_error_of_ours(tmp_path):
    write(tmp_path / 'answers', 'one', 'two')
    file = tmp_path / 'answers' / 'answers.mcap'
    file.write_bytes(file.read_bytes()[:-30])
    with pytest.raises(RecordingError, match='cannot be read back'):
        texts_of(tmp_path / 'answers')


def test_joined_bags_are_one(tmp_path):
    write(tmp_path / 'whole', 'one', 'two')
    write(tmp_path / 'a', 'one')
    with bag.Bag(tmp_path / 'b') as second:
        offered = [bag.offered_by_node(topics.ANSWER)]
        second.write('/command', STRING, 1, said('two'), offered)
    bag.join([tmp_path / 'a', tmp_path / 'b'], tmp_path / 'joined')
    whole, joined = tmp_path / 'whole' / 'whole.mcap', tmp_path / 'joined' / 'joined.mcap'
    assert whole.stat().st_size == pytest.approx(joined.stat().st_size, abs=9)
    described = [
        yaml.safe_load((file.parent / 'metadata.yaml').read_text()) for file in (whole, joined)
    ]
    for each in described:
        del each['rosbag2_bagfile_information']['relative_file_paths']
        del each['rosbag2_bagfile_information']['files']
    assert described[0] == described[1]
    assert texts_of(tmp_path / 'joined') == ['one', 'two']
    (tmp_path / 'b' / 'b.mcap').unlink()
    with pytest.raises(RecordingError, match='cannot be read back'):
        bag.join([tmp_path / 'a', tmp_path / 'b'], tmp_path / 'joined')
    assert texts_of(tmp_path / 'joined') == ['one', 'two']
