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

"""Boxes: overlap, position words, relations."""

from grounded_perception import geometry
import numpy as np
import pytest


def boxes(*rows):
    return np.array(rows, np.float32).reshape(len(rows), 4)


def test_no_box_is_no_trouble():
    none = boxes()
    assert geometry.iou(none, boxes((0, 0, 1, 1))).shape == (0, 1)
    assert geometry.area(none).shape == (0,)
    assert geometry.clip(none, 10, 10).shape == (0, 4)
    for relation in geometry.RELATIONS.values():
        assert relation(none, none).shape == (0, 0)


def test_iou_of_halves_and_of_nothing():
    a = boxes((0, 0, 10, 10), (3, 3, 3, 3))
    b = boxes((0, 0, 10, 5), (20, 20, 30, 30), (3, 3, 3, 3))
    np.testing.assert_allclose(geometry.iou(a, b), [[0.5, 0, 0], [0, 0, 0]], atol=1e-6)


def test_clip_keeps_boxes_inside():
    clipped = geometry.clip(boxes((-5, 2, 30, 40)), width=20, height=10)
    np.testing.assert_array_equal(clipped, [[0, 2, 20, 10]])


@pytest.mark.parametrize(
    ('position', 'best'),
    [
        ('left', 0),
        ('right', 1),
        ('top', 2),
        ('bottom', 3),
        ('middle', 4),
        ('top left', 5),
        ('nearest', 3),
    ],
)
def test_position_words_point_where_people_mean(position, best):
    where = boxes(
        (0, 40, 20, 60),
        (80, 40, 100, 60),
        (40, 0, 60, 20),
        (30, 60, 70, 100),
        (40, 40, 60, 60),
        (5, 5, 20, 20),
    )
    assert geometry.place(where, 100, 100, position).argmax() == best


def test_farthest_is_the_opposite_of_nearest():
    where = boxes((0, 0, 10, 10), (0, 50, 50, 100))
    near, far = (geometry.place(where, 100, 100, p) for p in ('nearest', 'farthest'))
    np.testing.assert_allclose(near, -far)


TABLE = (0, 50, 100, 100)
CUP = (40, 35, 55, 60)


@pytest.mark.parametrize(
    ('relation', 'a', 'b', 'holds'),
    [
        ('left of', (0, 0, 10, 10), (30, 0, 40, 10), True),
        ('left of', (30, 0, 40, 10), (0, 0, 10, 10), False),
        ('right of', (30, 0, 40, 10), (0, 0, 10, 10), True),
        ('above', (0, 0, 10, 10), (0, 30, 10, 40), True),
        ('below', (0, 0, 10, 10), (0, 30, 10, 40), False),
        ('on', CUP, TABLE, True),
        ('on', (40, 0, 55, 20), TABLE, False),
        ('under', TABLE, CUP, True),
        ('in', (10, 10, 20, 20), (0, 0, 40, 40), True),
        ('in', (50, 50, 60, 60), (0, 0, 40, 40), False),
        ('next to', (0, 0, 20, 20), (22, 0, 42, 20), True),
        ('next to', (0, 0, 20, 20), (200, 0, 220, 20), False),
        ('in front of', (10, 20, 40, 80), (20, 10, 45, 50), True),
        ('behind', (10, 20, 40, 80), (20, 10, 45, 50), False),
    ],
)
def test_relations(relation, a, b, holds):
    degree = geometry.RELATIONS[relation](boxes(a), boxes(b))[0, 0]
    assert 0 <= degree <= 1
    assert (degree > 0.5) == holds
