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

"""A camera's bag made of photographs: read by two benchmarks."""

from __future__ import annotations

from pathlib import Path

import cv2
from grounded_perception.wire.bag import Bag, typestore
import numpy as np

COMPRESSED = 'sensor_msgs/msg/CompressedImage'


def make_bag(images: Path, folder: Path, count: int) -> None:
    """Write photographs as a camera's bag of 30 Hz."""
    store = typestore()
    kinds = store.types
    files = sorted(images.glob('*.jpg'))
    with Bag(folder) as bag:
        for i in range(count):
            time_ns = 1_000_000_000 + i * 33_333_333
            stamp = kinds['builtin_interfaces/msg/Time'](*divmod(time_ns, 1_000_000_000))
            header = kinds['std_msgs/msg/Header'](stamp, 'camera')
            picture = cv2.imread(str(files[i % len(files)]))
            data = cv2.imencode('.jpg', cv2.resize(picture, (640, 480)))[1].reshape(-1)
            message = kinds[COMPRESSED](header, 'jpeg', np.asarray(data, np.uint8))
            cdr = store.serialize_cdr(message, COMPRESSED)
            bag.write('/camera/image/compressed', COMPRESSED, time_ns, bytes(cdr))
