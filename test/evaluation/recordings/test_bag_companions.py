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

"""A camera's calibration and depth beside its images: found by name, read, and fitted together."""

from contextlib import closing

import cv2
from grounded_perception.evaluation.recordings.base import Stream
from grounded_perception.evaluation.recordings.companions import (
    companions,
    depth_topics,
    info_topic,
)
from grounded_perception.evaluation.recordings.opening import open_recording
import numpy as np
import pytest

IMAGE, INFO = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CameraInfo'
K = [525.0, 0.0, 319.5, 0.0, 525.0, 239.5, 0.0, 0.0, 1.0]


@pytest.mark.parametrize(
    ('image', 'info'),
    [
        ('/camera/image_raw', '/camera/camera_info'),
        ('/camera/image_raw/compressed', '/camera/camera_info'),
        ('/camera/compressed', '/camera/camera_info'),
        ('/image_raw', '/camera_info'),
        ('/robot/camera/color/image_raw', '/robot/camera/color/camera_info'),
        ('/camera/image_raw', ''),
    ],
)
def test_camera_info_lies_where_image_transport_has_it(image, info):
    others = ['/other/camera_info', '/camera/depth/camera_info', '/robot/camera/camera_info']
    streams = [Stream(each, INFO, 3) for each in [*others, info] if each]
    streams += [Stream('/camera/camera_info', IMAGE, 3)]
    found = info_topic(streams, image)
    assert (found.topic if found else '') == info


def test_a_topic_without_a_message_is_none():
    assert info_topic([Stream('/camera/camera_info', INFO, 0)], '/camera/image_raw') is None


@pytest.mark.parametrize(
    ('image', 'depth', 'belongs'),
    [
        ('/camera/image_raw', '/camera/depth/image_raw', True),
        ('/camera/image_raw/compressed', '/camera/depth/image_raw/compressedDepth', True),
        ('/camera/rgb/image_color', '/camera/depth_registered/image', True),
        ('/camera/color/image_raw', '/camera/aligned_depth_to_color/image_raw', True),
        ('/kinect2/hd/image_color', '/kinect2/hd/image_depth_rect', True),
        ('/Camera/image', '/Camera/Depth', True),
        ('/rgb/image_raw', '/depth_to_rgb/image_raw', True),
        ('/image_raw', '/depth/image_raw', True),
        ('/left/image_raw', '/right/depth/image_raw', False),
        ('/image_raw', '/right/depth/image_raw', False),
        ('/robot/left/color/image', '/robot/right/depth/image', False),
        ('/camera/color/image_raw', '/camera/infra1/image_raw', False),
        ('/camera/depth/image', '/camera/depth/image', False),
    ],
)
def test_depth_lies_in_the_cameras_namespace(image, depth, belongs):
    streams = [Stream(depth, IMAGE, 3), Stream(image, IMAGE, 3)][: 1 + (depth != image)]
    assert [each.topic for each in depth_topics(streams, image)] == [depth] * belongs


@pytest.fixture(params=['ros2', 'ros1'])
def maker(request):
    return request.getfixturevalue(request.param)


def info(maker, stamp_ns, size=(640, 480), k=K, roi=(0, 0), binning=0):
    """Make a CameraInfo; ``size`` and ``roi`` are widths and heights."""
    types = maker.store.types
    region = types['sensor_msgs/msg/RegionOfInterest'](0, 0, roi[1], roi[0], False)
    d, r, p = (np.zeros(count) for count in (5, 9, 12))
    return types[INFO](
        maker.header(stamp_ns, 'optical'), size[1], size[0], 'plumb_bob', d, np.array(k), r, p,
        binning, binning, region,
    )  # fmt: skip


def write(maker, path, infos=(), more=()):
    """Write a bag of two images with what belongs to them."""
    messages = list(maker.images(2, '/camera/rgb/image_raw'))
    for (_, _, logged_ns, _), told in zip(messages[:], infos, strict=False):
        messages.append(('/camera/rgb/camera_info', INFO, logged_ns, told))
    messages += [(topic, IMAGE, messages[0][2], image) for topic, image in more]
    return maker.write(path, sorted(messages, key=lambda each: each[2]))


def told(path, sizes):
    with closing(open_recording(path)) as recording:
        return companions(recording, sizes)


def test_the_calibration_is_told(maker, tmp_path, names):
    found = told(write(maker, tmp_path / 'bag', [info(maker, names.BEGIN)] * 2), {(640, 480): 2})
    assert found.camera == {
        'topic': '/camera/rgb/camera_info', 'count': 2, 'frame_id': 'optical', 'width': 640,
        'height': 480, 'model': 'plumb_bob', 'D': [0.0] * 5, 'K': K, 'fits_images': True,
    }  # fmt: skip
    assert (found.depth, found.problems) == ([], [])


@pytest.mark.parametrize(
    ('infos', 'sizes', 'fits'),
    [
        ([{}], {(640, 480): 2}, True),
        ([{}], {(320, 240): 2}, False),
        ([{}], {(640, 480): 1, (320, 240): 1}, False),
        # A camera that crops tells of each image what holds for it.
        ([{}, {'size': (320, 240)}], {(640, 480): 1, (320, 240): 1}, True),
        ([{'binning': 2}], {(320, 240): 2}, True),
        ([{'roi': (100, 80)}], {(100, 80): 2}, True),
        # Drivers without a calibration; images that were not looked at.
        ([{'size': (0, 0), 'k': [0.0] * 9}], {(320, 240): 2}, None),
        ([{}], {}, None),
    ],
)
def test_whether_it_fits_the_images(ros2, tmp_path, names, infos, sizes, fits):
    path = write(ros2, tmp_path / 'bag', [info(ros2, names.BEGIN, **each) for each in infos])
    found = told(path, sizes)
    assert found.camera['fits_images'] is fits
    wrong = (
        f'/camera/rgb/camera_info is of images of 640 x 480 pixels, {sizes.get((320, 240))} of 2 '
        'images are 320 x 240'
    )
    assert found.problems == ([wrong] if fits is False else [])


def test_what_is_not_a_number_is_none(ros2, tmp_path, names):
    k = [float('nan'), *K[1:]]
    found = told(write(ros2, tmp_path / 'bag', [info(ros2, names.BEGIN, k=k)]), {})
    assert found.camera['K'] == [None, *K[1:]]


def test_a_damaged_one_is_a_problem(ros2, tmp_path):
    found = told(write(ros2, tmp_path / 'bag', [b'\0\1\0\0rubbish']), {(32, 24): 2})
    assert found.camera is None
    (problem,) = found.problems
    assert 'is not a sensor_msgs/msg/CameraInfo' in problem


def test_a_folder_has_nothing_beside_its_images(tmp_path, numbered):
    cv2.imwrite(str(tmp_path / '1.png'), numbered(1))
    found = told(tmp_path, {(32, 24): 1})
    assert (found.camera, found.depth, found.problems) == (None, [], [])


@pytest.mark.shared
def test_depth_of_a_real_camera(maker, tmp_path, names, shared):
    pair = shared('rgbd_redwood5')
    pixels = cv2.imread(str(pair / 'depth' / '00000.png'), cv2.IMREAD_UNCHANGED)
    size, data = {'height': 480, 'width': 640}, pixels.view(np.uint8)
    metres = (pixels / 1000).astype(np.float32).view(np.uint8)

    def image(encoding, data, step):
        header = maker.header(names.BEGIN)
        return maker.store.types[IMAGE](header, 480, 640, encoding, 0, step, data.reshape(-1))

    depth = [
        ('/camera/depth/a', image('16UC1', data, 1280)),
        ('/camera/depth/b', image('32FC1', metres, 2560)),
        ('/camera/depth/c', image('16UC1', data[:9], 1280)),
    ]
    first, second, broken = told(write(maker, tmp_path / 'bag', more=depth), {}).depth
    there = pixels[pixels > 0] / 1000
    assert first == {
        'topic': '/camera/depth/a', 'images': 1, 'encoding': '16UC1', 'problem': '', **size,
        'valid_share': pytest.approx(there.size / pixels.size, abs=1e-4),
        'nearest_m': pytest.approx(there.min()), 'farthest_m': pytest.approx(there.max()),
    }  # fmt: skip
    assert 0.5 < first['nearest_m'] < first['farthest_m'] < 10
    assert second == {**first, 'topic': '/camera/depth/b', 'encoding': '32FC1'}
    assert (broken['width'], broken['valid_share']) == (None, None)
    assert 'bytes are no 640 x 480 image' in broken['problem']


def test_a_real_camera_whose_images_are_cropped_one_by_one(real_bags):
    # KITTI's rectified images are not all as large; each has its own camera_info.
    found = told(real_bags / 'kitti_0_2_sqlite3', {(1224, 370): 1, (1242, 375): 2})
    assert (found.camera['fits_images'], found.problems) == (True, [])
    assert found.camera['K'][0] == pytest.approx(707.0493)
