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

"""Bags that are cut off, damaged or none at all: read up to the break, and said."""

from contextlib import closing
import shutil
import struct

from grounded_perception.errors import RecordingError
from grounded_perception.evaluation.recordings.mcap_format import MAGIC, McapFormat
from grounded_perception.evaluation.recordings.opening import open_recording
from grounded_perception.evaluation.recordings.packing import ZSTD_MAGIC
from grounded_perception.evaluation.recordings.scanned import Source
import numpy as np
import pytest

COUNT = 24


def file_of(maker, tmp_path, form, compression=''):
    """Write a bag of one file with images that fill several chunks; return the file."""
    images = list(maker.images(COUNT, size=(96, 128)))
    if form == 'bag':
        return maker.write(tmp_path / 'whole.bag', images, compression=compression)
    storage = {'mcap': 'mcap', 'db3': 'sqlite3'}[form]
    folder = maker.write(tmp_path / 'whole', images, storage, compression, chunk=5)
    return next(each for each in folder.iterdir() if each.suffix != '.yaml')


def images_of(path):
    """Return the images that can be read and the problems."""
    with closing(open_recording(path)) as recording:
        images = [each.decode().rgb for each in recording.items()]
        assert len(images) == recording.count
        return images, recording.problems


FORMS = [
    ('mcap', ''), ('mcap', 'storage'), ('mcap', 'lz4'), ('mcap', 'message'), ('mcap', 'file'),
    ('db3', ''), ('db3', 'message'), ('db3', 'file'),
    ('bag', ''), ('bag', 'lz4'),
]  # fmt: skip


@pytest.mark.parametrize(('form', 'compression'), FORMS)
def test_a_cut_bag_is_read_up_to_the_cut(tmp_path, ros1, ros2, numbered, form, compression):
    file = file_of(ros1 if form == 'bag' else ros2, tmp_path, form, compression)
    data = file.read_bytes()
    read = []
    for share in (0.4, 0.6, 0.8, 0.95):
        file.write_bytes(data[: int(len(data) * share)])
        images, problems = images_of(file)
        assert all(np.array_equal(image, numbered(n, 96, 128)) for n, image in enumerate(images))
        assert any('breaks off at byte' in each for each in problems)
        assert any(f'{len(images)} images of /camera/image_raw' in each for each in problems)
        # A table's rows are found by their pages, each of which tells of a few.
        assert len(images) >= COUNT * share - (9 if form == 'db3' else 2)
        read.append(len(images))
    assert read == sorted(read) and read[-1] > 0


@pytest.mark.parametrize(('form', 'compression'), [('mcap', ''), ('bag', ''), ('db3', '')])
def test_every_cut_gives_a_prefix_or_a_clear_refusal(tmp_path, ros1, ros2, form, compression):
    file = file_of(ros1 if form == 'bag' else ros2, tmp_path, form, compression)
    data = file.read_bytes()
    rng = np.random.default_rng(3)
    for size in [0, 1, 8, 13, 100, 5000, *rng.integers(0, len(data), 25).tolist()]:
        file.write_bytes(data[:size])
        try:
            images, problems = images_of(file)
        except RecordingError as exc:
            assert file.name in str(exc)
        else:
            assert images and problems


def test_a_damaged_chunk_ends_the_reading_there(tmp_path, ros2, numbered):
    file = file_of(ros2, tmp_path, 'mcap', 'storage')
    data = bytearray(file.read_bytes())
    # The third chunk is no compressed data any more; the index is whole.
    begin = data.index(ZSTD_MAGIC, data.index(ZSTD_MAGIC, data.index(ZSTD_MAGIC) + 1) + 1)
    data[begin : begin + 4] = bytes(4)
    file.write_bytes(data)
    with closing(open_recording(file)) as recording:
        images = [each.decode().rgb for each in recording.items()]
        assert len(images) == 10
        assert all(np.array_equal(image, numbered(n, 96, 128)) for n, image in enumerate(images))
        assert f'breaks off after {len(images)} images' in recording.problems[0]


def loose(file):
    """Return the records of a file's chunks without chunks and without an index."""
    source = Source(file)
    blocks = McapFormat().blocks(source)
    records = [source.read(at, size) for at, size, _ in blocks]
    source.close()
    return records


def test_messages_without_chunks_and_index_are_put_in_order(tmp_path, ros2, numbered):
    file = file_of(ros2, tmp_path, 'mcap')
    first, second, *rest = loose(file)
    data_end = struct.pack('<BQI', 0x0F, 4, 0)
    footer = struct.pack('<BQQQI', 0x02, 20, 0, 0, 0)
    header = struct.pack('<BQII', 0x01, 8, 0, 0)  # of no profile at all
    # The first block declares the channel; the others were recorded in another order.
    body = b''.join([first, *reversed(rest), second])
    file.write_bytes(MAGIC + header + body + data_end + footer + MAGIC)
    images, problems = images_of(file)
    assert (len(images), problems) == (COUNT, ())
    assert all(np.array_equal(image, numbered(n, 96, 128)) for n, image in enumerate(images))
    # As a recorder leaves it that was killed.
    file.write_bytes(MAGIC + header + body[:-50_000])
    images, problems = images_of(file)
    assert len(images) == COUNT - 2
    assert 'breaks off' in problems[0]


def test_zeros_after_the_data_are_a_break(tmp_path, ros2):
    file = file_of(ros2, tmp_path, 'mcap')
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2] + bytes(len(data) // 2))
    images, problems = images_of(file)
    assert len(images) >= COUNT // 2 - 5
    assert 'breaks off' in problems[0]


def test_a_damaged_page_loses_its_own_messages(tmp_path, ros2):
    file = file_of(ros2, tmp_path, 'db3')
    data = bytearray(file.read_bytes())
    pages = [begin for begin in range(4096, len(data), 4096) if data[begin] == 0x0D]
    data[pages[-1] : pages[-1] + 4096] = b'\xff' * 4096
    file.write_bytes(data)
    with closing(open_recording(file)) as recording:
        count = len(list(recording.items()))
        assert COUNT // 2 < count < COUNT
        assert recording.problems


def test_one_broken_file_of_a_split_bag_does_not_hide_the_others(tmp_path, ros2):
    folder = tmp_path / 'split'
    folder.mkdir()
    for number in range(3):
        part = ros2.write(tmp_path / f'part_{number}', ros2.images(4, start=4 * number), chunk=1)
        shutil.move(part / f'part_{number}.mcap', folder / f'split_{number}.mcap')
    middle = folder / 'split_1.mcap'
    middle.write_bytes(middle.read_bytes()[:5500])
    images, problems = images_of(folder)
    assert 8 < len(images) < 12
    assert len(problems) == 1 and problems[0].startswith('split_1.mcap breaks off')
    middle.write_bytes(b'')
    images, problems = images_of(folder)
    assert (len(images), problems) == (8, ('split_1.mcap cannot be read (it is empty)',))


def test_an_unfinished_log_beside_a_database_is_told(tmp_path, ros2):
    bag = ros2.write(tmp_path / 'bag', ros2.images(2), 'sqlite3')
    (bag / 'bag.db3-wal').write_bytes(b'later')
    _, problems = images_of(bag)
    assert len(problems) == 1 and 'bag.db3-wal' in problems[0]


@pytest.mark.parametrize(
    ('name', 'content', 'message'),
    [
        ('empty.mcap', b'', 'it is empty'),
        ('empty.bag', b'', 'it is empty'),
        ('rubbish.mcap', b'rubbish, and more of it', 'it is no bag: it begins with 72756262'),
        ('rubbish.db3', b'SQLite format 3\0rubbish', 'its topics cannot be read'),
        ('rubbish.bag', b'#ROSBAG V2.0\nrubbish', 'a record has no header'),
        ('older.bag', b'#ROSBAG V1.2\nrubbish', 'it is no bag'),
        ('rubbish.mcap.zstd', b'\x28\xb5\x2f\xfdrubbish', 'it is empty'),
        ('head.mcap', b'\x89MCAP0\r\n', 'its end is missing'),
        ('other.txt', b'text', 'is no recording; allowed: a bag'),
    ],
)
def test_what_is_no_bag_is_refused(tmp_path, name, content, message):
    pytest.importorskip('rosbags')
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(RecordingError, match=message):
        open_recording(file)


@pytest.mark.parametrize('storage', ['mcap', 'sqlite3'])
def test_empty_bags_and_bags_without_images_are_refused(tmp_path, ros2, names, storage):
    empty = ros2.write(tmp_path / 'empty', [], storage)
    with pytest.raises(RecordingError, match='empty: it holds no messages'):
        open_recording(empty)
    text = ros2.write(
        tmp_path / 'text', [('/chatter', names.TEXT, 1, ros2.text('hello'))], storage
    )
    with pytest.raises(RecordingError, match=r'holds no images.*/chatter \(std_msgs/msg/String'):
        open_recording(text)


def test_an_empty_bag_of_ros1_is_refused(tmp_path, ros1):
    empty = ros1.write(tmp_path / 'empty.bag', [])
    with pytest.raises(RecordingError, match='holds no messages'):
        open_recording(empty)


def test_a_folder_with_nothing_but_metadata_is_refused(tmp_path):
    (tmp_path / 'metadata.yaml').write_text(
        'rosbag2_bagfile_information: {relative_file_paths: [a.mcap]}'
    )
    with pytest.raises(RecordingError, match=r'has no files: a\.mcap is missing'):
        open_recording(tmp_path)
