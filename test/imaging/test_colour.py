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

"""Named colours."""

from grounded_perception.imaging.colour import COLOURS, named_colours
import numpy as np
import pytest

WHOLE = np.array([[0, 0, 40, 40]], np.float32)


@pytest.mark.parametrize(
    ('name', 'rgb'),
    [
        ('black', (12, 12, 12)),
        ('white', (245, 245, 245)),
        ('gray', (128, 128, 128)),
        ('red', (200, 25, 30)),
        ('orange', (250, 130, 10)),
        ('yellow', (250, 220, 20)),
        ('green', (40, 140, 50)),
        ('blue', (30, 70, 190)),
        ('purple', (110, 45, 140)),
        ('pink', (250, 160, 185)),
        ('brown', (115, 70, 35)),
    ],
)
def test_focal_colours_have_their_names(name, rgb):
    image = np.full((40, 40, 3), rgb, np.uint8)
    shares = named_colours(image, WHOLE)[0]
    assert COLOURS[shares.argmax()] == name
    assert shares.sum() == pytest.approx(1, abs=1e-4)


def test_the_middle_of_a_box_counts_most():
    image = np.full((40, 40, 3), (0, 150, 50), np.uint8)
    image[10:30, 10:30] = (220, 20, 30)
    shares = dict(zip(COLOURS, named_colours(image, WHOLE)[0], strict=True))
    assert shares['red'] > 0.4  # of a quarter of the area


def test_boxes_outside_the_image_have_no_colour():
    image = np.zeros((40, 40, 3), np.uint8)
    boxes = np.array([[50, 50, 60, 60], [5, 5, 5, 5]], np.float32)
    assert named_colours(image, boxes).sum() == 0
    assert named_colours(image, boxes[:0]).shape == (0, 11)
