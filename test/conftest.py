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

"""Real photographs, and bags made of images."""

import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest


@pytest.fixture(scope='session')
def photo():
    """Return a function: name of a photograph of scikit-image's wheel → RGB."""
    found = importlib.util.find_spec('skimage')  # found, not imported: the import costs a second
    if found is None or found.origin is None:
        pytest.skip('scikit-image, whose wheel holds the photographs, is not installed')
    folder = Path(found.origin).parent / 'data'

    def load(name):
        image = cv2.imread(str(folder / name))
        if image is None:
            pytest.skip(f'{name} is not in the wheel of scikit-image')
        return np.ascontiguousarray(image[..., ::-1])

    return load


class Recorder:
    """Makes messages and writes bags; needs rosbags."""

    def __init__(self):
        from grounded_perception.wire.bag import Bag, typestore

        self._bag = Bag
        self.store = typestore()

    def header(self, stamp_ns, frame_id='camera'):
        types = self.store.types
        time = types['builtin_interfaces/msg/Time'](*divmod(stamp_ns, 10**9))
        return types['std_msgs/msg/Header'](stamp=time, frame_id=frame_id)

    def jpeg(self, data, stamp_ns):
        """Make an image message of a file's bytes."""
        kind = 'sensor_msgs/msg/CompressedImage'
        data = np.frombuffer(data, np.uint8)
        return kind, self.store.types[kind](self.header(stamp_ns), 'jpeg', data)

    def raw(self, rgb, stamp_ns):
        """Make an image message of pixels."""
        kind = 'sensor_msgs/msg/Image'
        height, width = rgb.shape[:2]
        fields = (height, width, 'rgb8', 0, 3 * width, rgb.reshape(-1))
        return kind, self.store.types[kind](self.header(stamp_ns), *fields)

    def text(self, words):
        """Make a command."""
        kind = 'std_msgs/msg/String'
        return kind, self.store.types[kind](words)

    def write(self, folder, messages):
        """Write messages: (topic, logged_ns, (type, message)) each."""
        with self._bag(folder) as bag:
            for topic, logged_ns, (kind, message) in messages:
                bag.write(topic, kind, logged_ns, self.store.serialize_cdr(message, kind))
        return folder


@pytest.fixture(scope='session')
def recorder():
    """Return what writes bags."""
    pytest.importorskip('rosbags')
    return Recorder()
