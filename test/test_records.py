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

"""What the values that travel between the rooms refuse."""

from grounded_perception.errors import CommandError, FrameError, ModelFailed
from grounded_perception.records import Command, Frame, Intent, Regions
import numpy as np
import pytest


@pytest.mark.parametrize(
    'array',
    [
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((4, 4, 3), np.float32),
        np.zeros((0, 4, 3), np.uint8),
    ],
)
def test_a_frame_is_rgb_bytes_with_pixels(array):
    with pytest.raises(FrameError, match='image must'):
        Frame(array)


def test_a_frame_knows_its_sides():
    frame = Frame(np.zeros((3, 5, 3), np.uint8), stamp_ns=7, frame_id='camera')
    assert (frame.width, frame.height) == (5, 3)


@pytest.mark.parametrize(
    ('boxes', 'scores', 'problem'),
    [
        (np.zeros((1, 4)), np.zeros(2), 'need boxes'),
        (np.zeros((1, 3)), np.zeros(1), 'need boxes'),
        (np.full((1, 4), np.nan), np.zeros(1), 'finite'),
        (np.zeros((1, 4)), np.full(1, np.inf), 'finite'),
    ],
)
def test_regions_that_disagree_are_the_detectors_fault(boxes, scores, problem):
    with pytest.raises(ModelFailed, match=problem):
        Regions.of_labels(boxes.astype(np.float32), scores.astype(np.float32), ('car',))


def test_regions_are_taken_by_mask_or_order():
    boxes = np.arange(12, dtype=np.float32).reshape(3, 4)
    regions = Regions.of_labels(boxes, np.array([0.1, 0.2, 0.3], np.float32), ('a', 'b', 'c'))
    assert regions.take(np.array([False, True, True])).labels == ('b', 'c')
    assert regions.take(np.array([2, 0])).labels == ('c', 'a')
    assert len(Regions.empty()) == 0


def test_regions_of_two_looks_are_joined():
    first = Regions.of_labels(np.zeros((1, 4), np.float32), np.ones(1, np.float32), ('car',))
    second = Regions.of_labels(np.ones((2, 4), np.float32), np.ones(2, np.float32), ('dog',) * 2)
    assert first.joined(second).labels == ('car', 'dog', 'dog')
    assert first.joined(Regions.empty()) is first
    assert Regions.empty().joined(second) is second
    other = Regions(first.boxes_px, first.scores, ('car',), ('car',), np.ones((1, 1), np.float32))
    with pytest.raises(ModelFailed, match='class names'):
        first.joined(other)


def test_a_find_command_names_something():
    with pytest.raises(CommandError, match='no thing'):
        Command('find', Intent.FIND)
    assert Command('stop', Intent.CLEAR).phrases == ()
