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

"""Shown once, found again: with a simple classifier, and on photographs with the embedded one."""

from grounded_perception.classifiers import efficientnet
from grounded_perception.compute import Compute
from grounded_perception.errors import CommandError, FrameError, ModelMissing
from grounded_perception.exemplars.exemplar import Looks
from grounded_perception.exemplars.gallery import Gallery
from grounded_perception.exemplars.matching import answer, Options, Scale
from grounded_perception.exemplars.store import Store
from grounded_perception.records import Status
import numpy as np
import pytest


@pytest.fixture
def gallery(tmp_path, classifier):
    return Gallery(Store(tmp_path), classifier, Options())


def test_shown_once_found_again(gallery, classifier, scene):
    rgb, boxes = scene
    shown = gallery.show('my block', rgb, boxes[1], 'test')
    assert gallery.names == ('my block',)
    assert gallery.numbers('My Block') == (shown.number,)
    later = np.ascontiguousarray(rgb[:, ::-1])
    turned = boxes[::-1].copy()
    turned[:, [0, 2]] = 400 - turned[:, [2, 0]]
    found = gallery.find('my block', Looks.of(classifier, later, turned), turned)
    assert (found.status, found.indices) == (Status.FOUND, (1,))
    rest = turned[[0, 2]]
    assert gallery.find('my block', Looks.of(classifier, later, rest), rest).status is (
        Status.ABSENT
    )


def test_a_second_start_knows_what_was_shown(gallery, classifier, scene, tmp_path):
    rgb, boxes = scene
    gallery.show('red', rgb, boxes[0], 'test')
    gallery.show('green', rgb, boxes[1], 'test')
    gallery.show('green', rgb, boxes[1] + 2, 'test')
    before = classifier.looked
    again = Gallery(Store(tmp_path), classifier, Options())
    assert again.names == ('green', 'red')
    assert len(again.numbers('green')) == 2
    assert classifier.looked == before  # features of the same model are read, not made
    regions = Looks.of(classifier, rgb, boxes)
    assert again.find('red', regions, boxes).indices == (0,)


def test_another_network_looks_at_the_pictures_again(gallery, classifier, scene, tmp_path):
    rgb, boxes = scene
    gallery.show('red', rgb, boxes[0], 'test')
    classifier.feature_model = 'colours-2'
    before = classifier.looked
    again = Gallery(Store(tmp_path), classifier, Options())
    assert classifier.looked == before + 1
    assert again.find('red', Looks.of(classifier, rgb, boxes), boxes).indices == (0,)


def test_what_is_broken_is_told(gallery, scene, tmp_path):
    rgb, boxes = scene
    kept = gallery.show('red', rgb, boxes[0], 'test')
    gallery.show('blue', rgb, boxes[2], 'test')
    (tmp_path / 'red' / kept.number / 'about.json').unlink()
    gallery.reload()
    assert gallery.names == ('blue',)
    assert kept.number in gallery.problems[0]
    with pytest.raises(CommandError, match=r"exemplars of 'red'; names known: blue"):
        gallery.numbers('red')


@pytest.mark.parametrize(
    'box', [[500, 0, 600, 50], [10, 10, 12, 60], [np.nan, 0, 9, 9], [50, 50, 10, 10]]
)
def test_a_box_with_hardly_anything_in_it_is_refused(gallery, scene, box):
    with pytest.raises(FrameError, match='at least 8 x 8'):
        gallery.show('red', scene[0], np.array(box, np.float32), 'test')
    assert gallery.names == ()


@pytest.mark.model
def test_a_table_is_not_a_rival_of_the_cup_on_it():
    near = np.array([[0.9], [0.89], [0.2]], np.float32)
    boxes = np.array([[40, 40, 60, 60], [0, 0, 100, 100], [70, 0, 90, 20]], np.float32)
    found = answer('mug', near, boxes, Scale(0.5, 0.1), Options())
    assert found.status is Status.FOUND
    assert found.indices == (0,)


def test_a_cat_is_found_beside_other_things(tmp_path, photo):
    try:
        classifier = efficientnet.load(efficientnet.Options(), Compute(precision='f32'))
    except ModelMissing as exc:
        pytest.skip(str(exc))
    cat, cup, bike = (photo(n) for n in ('chelsea.png', 'coffee.png', 'motorcycle_left.png'))
    gallery = Gallery(Store(tmp_path), classifier, Options())
    gallery.show('our cat', cat, np.array([110, 10, 400, 290], np.float32), 'test')
    gallery.show('cup', cup, np.array([130, 50, 450, 340], np.float32), 'test')
    frame = np.full((400, 1200, 3), 120, np.uint8)
    frame[50:350, 100:400] = cup[50:350, 150:450]
    darker = (cat[::1, ::-1] * 0.7).astype(np.uint8)
    frame[50:350, 500:900] = darker[:300, :400]
    frame[50:350, 920:1190] = bike[100:400, 200:470]
    boxes = np.array([[100, 50, 400, 350], [500, 50, 900, 350], [920, 50, 1190, 350]], np.float32)
    regions = Looks.of(classifier, frame, boxes)
    found = gallery.find('our cat', regions, boxes)
    assert (found.status, found.indices) == (Status.FOUND, (1,))
    without = Looks(regions.features[[0, 2]], regions.colours[[0, 2]])
    assert gallery.find('our cat', without, boxes[[0, 2]]).status is Status.ABSENT
    assert gallery.find('cup', regions, boxes).indices == (0,)
