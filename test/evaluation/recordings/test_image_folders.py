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

"""Folders of images and films."""

from contextlib import closing
import hashlib
import shutil

import cv2
from grounded_perception.errors import FrameError, RecordingError
from grounded_perception.evaluation.recordings.opening import kind_of, open_recording
import numpy as np
import pytest


@pytest.fixture
def film(tmp_path):
    """Make a film of ten frames at 25 Hz, each brighter than the one before."""
    path = tmp_path / 'film.avi'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 25, (160, 120))
    if not writer.isOpened():
        pytest.skip('OpenCV cannot write films here')
    for number in range(10):
        noise = np.random.default_rng(number).integers(0, 40, (120, 160, 3), np.uint8)
        writer.write(20 * np.uint8(number) + noise)
    writer.release()
    return path


def test_images_come_in_the_order_in_which_people_count(tmp_path, numbered):
    names = ['img1.png', 'img2.png', 'IMG3.PNG', 'img10.bmp', 'img011.tif', 'img100.png']
    for number, name in enumerate(names):
        assert cv2.imwrite(str(tmp_path / name), numbered(number)[..., ::-1])
    (tmp_path / '.img0.png').write_bytes(b'hidden')
    (tmp_path / 'labels.txt').write_text('not an image')
    (tmp_path / 'img0.png').mkdir()
    with closing(open_recording(tmp_path, rate_hz=4)) as recording:
        shots = list(recording.items())
        assert [each.name for each in shots] == names
        assert [each.stamp_ns for each in shots] == [n * 250_000_000 for n in range(6)]
        for number, shot in enumerate(shots):
            assert np.array_equal(shot.decode().rgb, numbered(number))
        assert (recording.count, recording.problems, recording.command_topic) == (6, (), '')
        assert [(each.type, each.count) for each in recording.streams] == [('image', 6)]
        with pytest.raises(RecordingError, match='has no topics'):
            recording.detections('/truth')


@pytest.mark.parametrize('ending', ['jpg', 'jpeg', 'webp'])
def test_lossy_images_are_read_as_opencv_reads_them(tmp_path, numbered, ending):
    file = tmp_path / f'a.{ending}'
    assert cv2.imwrite(str(file), numbered(1)[..., ::-1])
    with closing(open_recording(tmp_path)) as recording:
        (shot,) = recording.items()
        assert np.array_equal(shot.decode().rgb[..., ::-1], cv2.imread(str(file)))


def test_a_damaged_image_fails_alone(tmp_path, numbered):
    cv2.imwrite(str(tmp_path / '1.png'), numbered(1))
    (tmp_path / '2.png').write_bytes(b'rubbish')
    cv2.imwrite(str(tmp_path / '3.png'), numbered(3))
    with closing(open_recording(tmp_path)) as recording:
        first, second, third = recording.items()
        with pytest.raises(FrameError, match=r'2\.png'):
            second.decode()
        (tmp_path / '3.png').unlink()
        with pytest.raises(FrameError, match=r'3\.png cannot be read: No such file'):
            third.decode()
        assert first.decode().width == 32


def test_one_image_is_a_recording_of_one(tmp_path, numbered):
    file = tmp_path / 'IMG1.PNG'
    cv2.imwrite(str(file), numbered(1)[..., ::-1])
    cv2.imwrite(str(tmp_path / 'img2.png'), numbered(2))
    with closing(open_recording(file)) as recording:
        (shot,) = recording.items()
        assert (shot.name, shot.index, recording.count) == ('IMG1.PNG', 0, 1)
        assert np.array_equal(shot.decode().rgb, numbered(1))
        assert recording.digest() == hashlib.sha256(file.read_bytes()).hexdigest()
        with pytest.raises(RecordingError, match='has no topics'):
            recording.detections('/truth')
    with pytest.raises(RecordingError, match='is an image and has no topics'):
        open_recording(file, '/image')


def test_the_digest_of_a_folder_is_of_names_and_content(tmp_path, numbered):
    digests = []
    for name in ('a.png', 'b.png'):
        folder = tmp_path / name[0]
        folder.mkdir()
        cv2.imwrite(str(folder / name), numbered(1))
        digests.append(open_recording(folder).digest())
    shutil.copy(tmp_path / 'a' / 'a.png', tmp_path / 'b' / 'a.png')
    (tmp_path / 'b' / 'b.png').unlink()
    digests.append(open_recording(tmp_path / 'b').digest())
    assert digests[0] == digests[2] != digests[1]


def test_a_film_is_stamped_by_its_rate(film):
    with closing(open_recording(film)) as recording:
        shots = list(recording.items())
        assert recording.count == len(shots) == 10
        assert [each.stamp_ns for each in shots] == [n * 40_000_000 for n in range(10)]
        levels = [float(each.decode().rgb.mean()) for each in shots]
        assert levels == pytest.approx([20 * n + 19.5 for n in range(10)], abs=3)
        again = [each.decode().rgb for each in recording.items()]
        assert all(np.array_equal(a.decode().rgb, b) for a, b in zip(shots, again, strict=True))
        assert recording.problems == ()


def test_a_cut_film_is_read_up_to_the_cut(film):
    data = film.read_bytes()
    film.write_bytes(data[: int(len(data) * 0.6)])
    with closing(open_recording(film)) as recording:
        count = len(list(recording.items()))
        assert 0 < count < 10
        if recording.count == 10:
            assert recording.problems == (f'the film breaks off after {count} of 10 frames',)


@pytest.mark.parametrize('name', ['film.mp4', 'film.avi', 'film.mkv', 'film.webm'])
def test_what_is_no_film_is_refused(tmp_path, name, capfd):
    (tmp_path / name).write_bytes(b'rubbish' * 100)
    with pytest.raises(RecordingError, match=r'cannot be read|no frame'):
        open_recording(tmp_path / name)


def test_what_is_not_there_or_nothing_is_refused(tmp_path):
    with pytest.raises(RecordingError, match='does not exist'):
        open_recording(tmp_path / 'nowhere')
    with pytest.raises(RecordingError, match='is no recording; allowed: a bag'):
        open_recording(tmp_path)
    with pytest.raises(RecordingError, match='rate must be above 0 Hz, got 0'):
        open_recording(tmp_path, rate_hz=0)


def test_topics_of_a_folder_or_film_are_refused(tmp_path, film, numbered):
    with pytest.raises(RecordingError, match='is a film and has no topics, /image was asked for'):
        open_recording(film, '/image')
    folder = tmp_path / 'images'
    folder.mkdir()
    cv2.imwrite(str(folder / '1.png'), numbered(1))
    with pytest.raises(RecordingError, match='is a folder and has no topics'):
        open_recording(folder, command_topic='/command')


def test_what_a_path_is(tmp_path, film, numbered):
    images, bag = tmp_path / 'images', tmp_path / 'bag'
    images.mkdir()
    bag.mkdir()
    assert kind_of(images) == kind_of(tmp_path / 'nowhere') == ''
    cv2.imwrite(str(images / '1.png'), numbered(1))
    assert kind_of(images / '1.png') == 'image'
    (bag / 'bag_0.mcap').write_bytes(b'')
    (tmp_path / 'without_ending').write_bytes(b'#ROSBAG V2.0\n')
    kinds = [kind_of(each) for each in (images, film, bag, tmp_path / 'without_ending')]
    assert kinds == ['folder', 'film', 'bag', 'bag']
