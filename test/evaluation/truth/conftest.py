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

"""Small truths of each form, and the real ones beside the checkout."""

import json

import cv2
from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.errors import TruthError
from grounded_perception.evaluation.truth.opening import load_truth
import numpy as np
import pytest


@pytest.fixture
def write(tmp_path):
    """Return a function: name and content → file in a fresh folder."""

    def put(name, content):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return put


@pytest.fixture
def picture(tmp_path):
    """Return a function: name, width and height → a gray picture in a fresh folder."""

    def put(name, width=100, height=50):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.full((height, width, 3), 90, np.uint8))
        return path

    return put


@pytest.fixture
def refused():
    """Return a function: that a truth is refused, with all of these words."""

    def check(path, *words, **options):
        with pytest.raises(TruthError) as info:
            load_truth(path, **{'class_names': COCO_NAMES, **options})
        for word in words:
            assert word in str(info.value)

    return check
