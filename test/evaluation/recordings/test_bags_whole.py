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

"""Bags of every format that are whole: all images, in their order, bit by bit."""

from contextlib import closing
import copy
import hashlib
import shutil
import sqlite3

from grounded_perception.errors import FrameError, RecordingError
from grounded_perception.evaluation.recordings.base import Said, Shot
from grounded_perception.evaluation.recordings.opening import open_recording
import numpy as np
import pytest


def read(path, **options):
    """Return what a recording holds, its images decoded, and its problems."""
    with closing(open_recording(path, **options)) as recording:
        items = list(recording.items())
        shots = [each for each in items if isinstance(each, Shot)]
        assert recording.count == len(shots)
        assert [each.index for each in shots] == list(range(len(shots)))
        return items, [each.decode().rgb for each in shots], recording.problems


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
@pytest.mark.parametrize('compression', ['', 'message', 'file', 'storage', 'lz4'])
def test_every_storage_and_compression_gives_the_same(
    tmp_path, ros2, numbered, names, storage, compression
):
    if storage == 'sqlite3' and compression in ('storage', 'lz4'):
        pytest.skip('the format has no such compression')
    bag = ros2.write(tmp_path / 'bag', ros2.images(7), storage, compression, chunk=2)
    shots, images, problems = read(bag)
    assert problems == ()
    for number, (shot, image) in enumerate(zip(shots, images, strict=True)):
        assert np.array_equal(image, numbered(number))
        assert shot.stamp_ns == names.BEGIN + number * names.SECOND // 10
        assert shot.logged_ns == shot.stamp_ns + 5_000_000
        assert (shot.frame_id, shot.topic, shot.name) == ('camera', '/camera/image_raw', '')


@pytest.mark.parametrize('compression', ['', 'bz2', 'lz4'])
def test_bags_of_ros1(tmp_path, ros1, numbered, compression):
    bag = ros1.write(tmp_path / 'one.bag', ros1.images(5), compression=compression)
    _, images, problems = read(bag)
    assert problems == ()
    assert all(np.array_equal(image, numbered(n)) for n, image in enumerate(images))
    assert len(images) == 5


@pytest.mark.parametrize('ending', ['.mcap', '.db3', '.mcap.zstd', '.db3.zstd'])
@pytest.mark.parametrize('lies', ['alone', 'without metadata', 'under another name'])
def test_a_file_is_a_bag_by_itself(tmp_path, ros2, ending, lies):
    storage = 'mcap' if '.mcap' in ending else 'sqlite3'
    compression = 'file' if ending.endswith('.zstd') else ''
    bag = ros2.write(tmp_path / 'bag', ros2.images(3), storage, compression)
    file = bag / f'bag{ending}'
    if lies == 'without metadata':
        (bag / 'metadata.yaml').unlink()
        file = bag
    if lies == 'under another name':
        # Characters that a database's address gives a meaning to.
        file = file.rename(tmp_path / f'100% #1?{ending}')
    _, images, problems = read(file)
    assert (len(images), problems) == (3, ())


def test_split_files_are_read_one_after_the_other(tmp_path, ros2, numbered):
    folder = tmp_path / 'split'
    folder.mkdir()
    for number in range(11):  # _10 comes after _9
        part = ros2.write(tmp_path / f'part_{number}', ros2.images(2, start=2 * number))
        shutil.move(part / f'part_{number}.mcap', folder / f'split_{number}.mcap')
    _, images, problems = read(folder)
    assert problems == ()
    assert all(np.array_equal(image, numbered(n)) for n, image in enumerate(images))
    assert len(images) == 22


def test_files_and_chunks_that_overlap_are_merged_by_the_time_of_recording(tmp_path, ros2):
    every = list(ros2.images(12))
    folder = tmp_path / 'split'
    folder.mkdir()
    for number in range(2):
        part = ros2.write(tmp_path / f'part_{number}', every[number::2], chunk=2)
        shutil.move(part / f'part_{number}.mcap', folder / f'split_{number}.mcap')
    shots, _, problems = read(folder)
    assert [each.logged_ns for each in shots] == [logged for _, _, logged, _ in every]
    assert problems == ()


def test_metadata_says_which_files_belong(tmp_path, ros2):
    bag = ros2.write(tmp_path / 'bag', ros2.images(2))
    other = ros2.write(tmp_path / 'other', ros2.images(5))
    shutil.copy(other / 'other.mcap', bag / 'aaa.mcap')
    assert len(read(bag)[1]) == 2
    metadata = bag / 'metadata.yaml'
    metadata.write_text(metadata.read_text().replace('- bag.mcap', '- bag.mcap\n  - gone.mcap'))
    _, images, problems = read(bag)
    assert (len(images), problems) == (2, ('gone.mcap is missing',))
    metadata.write_text('nothing: of use')
    _, images, problems = read(bag)
    assert len(images) == 7
    assert len(problems) == 1 and 'metadata.yaml cannot be read' in problems[0]


def test_metadata_does_not_reach_out_of_its_folder(tmp_path, ros2):
    ros2.write(tmp_path / 'secret', ros2.images(5))
    bag = ros2.write(tmp_path / 'bag', ros2.images(2))
    metadata = bag / 'metadata.yaml'
    metadata.write_text(
        metadata.read_text().replace('- bag.mcap', '- bag.mcap\n  - ../secret/secret.mcap')
    )
    _, images, problems = read(bag)
    assert (len(images), problems) == (2, ('secret.mcap is missing',))


def test_commands_come_between_images(tmp_path, ros2, names):
    images = list(ros2.images(3))
    said = ('/robot/command', names.TEXT, images[1][2] + 1, ros2.text('the red cup'))
    bag = ros2.write(tmp_path / 'bag', [*images, said])  # written late, recorded early
    items, _, _ = read(bag)
    assert [type(each) is Said for each in items] == [False, False, True, False]
    assert items[2] == Said('the red cup', said[2])
    with closing(open_recording(bag)) as recording:
        assert recording.command_topic == '/robot/command'
        assert [(each.topic, each.count) for each in recording.streams] == [
            ('/camera/image_raw', 3),
            ('/robot/command', 1),
        ]


def test_reading_twice_gives_the_same(tmp_path, ros2):
    bag = ros2.write(tmp_path / 'bag', ros2.images(6), chunk=2)
    with closing(open_recording(bag)) as recording:
        first, second = ([each.decode().rgb for each in recording.items()] for _ in range(2))
        assert all(np.array_equal(*pair) for pair in zip(first, second, strict=True))
        # Two readings at once do not disturb each other.
        pairs = zip(recording.items(), recording.items(), strict=True)
        assert all(a.stamp_ns == b.stamp_ns for a, b in pairs)


def test_raw_images_are_not_copied(tmp_path, ros2):
    bag = ros2.write(tmp_path / 'bag', ros2.images(1))
    with closing(open_recording(bag)) as recording:
        (shot,) = recording.items()
        assert np.shares_memory(shot.decode().rgb, shot.message.data)


def test_stamps_that_go_back_or_are_missing_are_told_once(tmp_path, ros2, names, numbered):
    stamps = [10, 30, 20, 0, 40, 35]
    messages = [
        ('/image', names.IMAGE, 1000 + n, ros2.image(numbered(n), stamp))
        for n, stamp in enumerate(stamps)
    ]
    bag = ros2.write(tmp_path / 'bag', messages)
    shots, images, problems = read(bag)
    assert [each.stamp_ns for each in shots] == [10, 30, 20, 1003, 40, 35]
    assert all(np.array_equal(image, numbered(n)) for n, image in enumerate(images))
    assert [each.partition(':')[0] for each in problems] == [
        '1 of 6 images have no stamp',
        '3 of 6 images are stamped earlier than the one before',
    ]
    with closing(open_recording(bag)) as recording:
        for _ in range(2):
            list(recording.items())
            assert len(recording.problems) == 2


def test_a_message_that_cannot_be_read_is_an_image_that_cannot_be_decoded(tmp_path, ros2, names):
    first, second, third = ros2.images(3)
    bag = ros2.write(tmp_path / 'bag', [first, (*second[:3], b'\0\1\0\0rubbish'), third])
    with closing(open_recording(bag)) as recording:
        shots = list(recording.items())
        assert [each.index for each in shots] == [0, 1, 2]
        with pytest.raises(FrameError, match='is not a sensor_msgs/msg/Image'):
            shots[1].decode()
        assert shots[1].stamp_ns == second[2]
        assert recording.problems == ('1 of 3 images cannot be read as messages',)


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
@pytest.mark.parametrize('has_definitions', [True, False])
def test_detections_are_read_from_the_bag(tmp_path, ros2, names, storage, has_definitions):
    truths = [
        ('/truth', names.DETECTIONS, 100 + n, ros2.detections(stamp, labels))
        for n, (stamp, labels) in enumerate([(7, ['dog', 'car']), (0, [])])
    ]
    bag = ros2.write(tmp_path / 'bag', [*ros2.images(1), *truths], storage)
    if not has_definitions:
        if storage == 'mcap':
            pytest.skip('mcap files always hold definitions')
        with closing(sqlite3.connect(bag / 'bag.db3')) as database:
            database.execute('DELETE FROM message_definitions')
            database.commit()
    with closing(open_recording(bag)) as recording:
        (stamp, first), (logged, second) = recording.detections('/truth')
        assert (stamp, logged, len(second.detections)) == (7, 101, 0)
        dog, car = first.detections
        assert dog.results[0].hypothesis.class_id == 'dog'
        assert (car.bbox.center.position.x, car.bbox.size_y) == (5.0, 4.0)
        with pytest.raises(RecordingError, match='it must be vision_msgs/msg/Detection2DArray'):
            recording.detections('/camera/image_raw')


def test_the_bags_own_definition_goes_before_ours(tmp_path, ros2, names):
    from rosbags.typesys import get_types_from_msg, get_typestore, Stores

    store = get_typestore(Stores.ROS2_JAZZY)
    text = 'std_msgs/Header header\nstring by\nstring[] detections\n'
    store.register(get_types_from_msg(text, names.DETECTIONS))
    other = store.types[names.DETECTIONS](ros2.header(7), 'somebody', ['a', 'b'])
    maker = copy.copy(ros2)
    maker.store = store
    messages = [*ros2.images(1), ('/truth', names.DETECTIONS, 1, other)]
    bag = maker.write(tmp_path / 'bag', messages)
    with closing(open_recording(bag)) as recording:
        ((_, read),) = recording.detections('/truth')
        assert (read.by, read.detections) == ('somebody', ['a', 'b'])


def test_the_digest_is_that_of_the_content(tmp_path, ros2):
    bag = ros2.write(tmp_path / 'bag', ros2.images(3))
    file = bag / 'bag.mcap'

    def digest(path):
        with closing(open_recording(path)) as recording:
            assert recording.digest() == recording.digest()
            return recording.digest()

    whole = digest(bag)
    assert digest(file) == hashlib.sha256(file.read_bytes()).hexdigest()
    metadata = bag / 'metadata.yaml'
    metadata.write_text(metadata.read_text() + '\n# copied\n')
    assert digest(bag) == whole
    other = ros2.write(tmp_path / 'else' / 'bag', ros2.images(4))
    assert digest(other) != whole


@pytest.mark.shared
@pytest.mark.parametrize(
    ('name', 'topic', 'sizes', 'first_stamp_ns'),
    [
        (
            'kitti_0_2_sqlite3',
            '/camera/image_raw/compressed',
            [(370, 1224), (375, 1242), (375, 1242)],
            1700000000000000000,
        ),
        ('mvtb_test_ros2', '/camera/raw', [(6, 8)] * 3, 1700000000000000000),
        ('mvtb_test_ros1.bag', '/camera/raw', [(6, 8)] * 3, 1700000000000000000),
        ('tiny_ros2_mcap', '/dvs/image_raw', [(260, 346)] * 4, 1540820324517214132),
        ('tiny_ros1.bag', '/dvs/image_raw', [(260, 346)] * 4, 1540820324517214132),
    ],
)
def test_real_bags(real_bags, name, topic, sizes, first_stamp_ns):
    shots, images, problems = read(real_bags / name)
    assert problems == ()
    assert {each.topic for each in shots} == {topic}
    assert [each.shape[:2] for each in images] == sizes
    assert shots[0].stamp_ns == first_stamp_ns


@pytest.mark.shared
@pytest.mark.parametrize('pair', [('tiny_ros2_mcap', 'tiny_ros1.bag')])
def test_a_converted_bag_has_the_same_images(real_bags, pair):
    ours, theirs = (read(real_bags / name)[1] for name in pair)
    assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))
