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
"""Region tokens: what is compared and counted once for all sentences about an image."""

from grounded_perception.fusion.tokens import region_tokens
from grounded_perception.records import Frame, Regions
import numpy as np
import pytest

#: Left, top, right, bottom: two that are equally far left, a large one, a near one.
BOXES = ((10, 10, 30, 30), (10, 50, 30, 70), (40, 10, 90, 60), (60, 70, 70, 95))


@pytest.fixture
def tokens(words):
    boxes = np.array(BOXES, np.float32)
    regions = Regions.of_labels(boxes, np.full(4, 0.9, np.float32), ('car',) * 4)
    return region_tokens(Frame(np.zeros((100, 100, 3), np.uint8)), regions, words)


def test_what_comes_before_is_counted_in_each_order(tokens):
    before = tokens.before(np.array([[1, 1, 1, 1], [0, 0.5, 1, 0]], np.float32))
    left, right, top, bottom, larger, smaller, nearer = before[0]
    np.testing.assert_allclose(left, [0, 0, 2, 2])  # equals do not come before each other
    np.testing.assert_allclose(right, [2, 2, 0, 0])
    np.testing.assert_allclose(top, [0, 2, 1, 3])
    np.testing.assert_allclose(bottom, [3, 1, 2, 0])
    np.testing.assert_allclose(larger, [1, 1, 0, 3])
    np.testing.assert_allclose(smaller, [1, 1, 3, 0])
    np.testing.assert_allclose(nearer, [3, 2, 0, 1])
    np.testing.assert_allclose(before[1, 0], [0, 0, 0.5, 0.5])


def test_what_is_made_once_is_not_made_again(tokens):
    made = []
    for _ in range(3):
        assert tokens.once('key', lambda: made.append(1) or 7) == 7
    assert made == [1]
    assert tokens.related('left of') is tokens.related('left of')
