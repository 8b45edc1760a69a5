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

"""What the player plays, without ROS."""

import cv2
from grounded_perception.errors import FrameError
from grounded_perception.ros.player_sources import files, Film, fitted, open_file
import numpy as np
import pytest


@pytest.fixture
def picture(tmp_path):
    image = np.arange(60 * 80 * 3, dtype=np.uint8).reshape(60, 80, 3)
    path = tmp_path / 'a.png'
    assert cv2.imwrite(str(path), image)
    return path, image


@pytest.fixture
def film(tmp_path):
    """Write a film of 20 frames at 10 Hz; the n-th is as bright as 12 n."""
    path = tmp_path / 'film.avi'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 10.0, (64, 48))
    if not writer.isOpened():
        pytest.skip('this OpenCV cannot write films')
    for n in range(20):
        writer.write(np.full((48, 64, 3), 12 * n, np.uint8))
    writer.release()
    return path


def brightness(frame):
    return round(float(frame.mean()) / 12)


def test_photograph_is_the_file_bit_by_bit(picture):
    path, image = picture
    source = open_file(str(path), 0)
    assert source.name == 'a.png'
    assert np.array_equal(source.frame_at(0.0), image)
    assert source.frame_at(1.0) is source.frame_at(2.0)


def test_long_side_is_limited_and_small_pictures_are_left_alone():
    wide = np.zeros((100, 400, 3), np.uint8)
    assert fitted(wide, 200).shape == (50, 200, 3)
    assert fitted(wide, 400) is wide
    assert fitted(wide, 0) is wide


def test_film_keeps_its_own_time_and_ends(film):
    source = open_file(str(film), 0)
    assert [brightness(source.frame_at(t)) for t in (0.0, 0.1, 0.5, 1.2)] == [0, 1, 5, 12]
    assert source.frame_at(1.21) is source.frame_at(1.22)
    assert source.frame_at(9.0) is None
    assert brightness(source.frame_at(0.0)) == 0
    source.close()


def test_fragment_cuts_a_film(film):
    source = open_file(f'{film}#t=0.5,1', 0)
    assert brightness(source.frame_at(0.0)) == 5
    assert brightness(source.frame_at(0.4)) == 9
    assert source.frame_at(0.5) is None
    source.close()
    late = Film(film, 0, start_s=1.5)
    assert brightness(late.frame_at(0.0)) == 15
    late.close()


def test_folder_stands_for_its_photographs(picture):
    path, _ = picture
    (path.parent / 'notes.txt').write_text('no picture')
    (path.parent / 'b.JPG').write_bytes(path.read_bytes())
    assert files([str(path.parent), 'film.mp4']) == (
        str(path),
        str(path.parent / 'b.JPG'),
        'film.mp4',
    )


@pytest.mark.parametrize(
    ('name', 'content', 'words'),
    [
        ('nothing.png', None, 'there is no file'),
        ('broken.png', b'x', 'is not a picture'),
        ('broken.mp4', b'x', 'is not a film'),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, name, content, words):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FrameError, match=words) as caught:
        open_file(str(path), 0)
    assert name in str(caught.value)


def test_folder_without_photographs_is_refused(tmp_path):
    with pytest.raises(FrameError, match='no photograph'):
        files([str(tmp_path)])


def test_film_that_ends_before_it_starts_is_refused(film):
    with pytest.raises(FrameError, match='from 60 s on'):
        open_file(f'{film}#t=60', 0)
