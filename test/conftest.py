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

"""Real photographs, and a vocabulary without a network for tests that need no language model."""

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
