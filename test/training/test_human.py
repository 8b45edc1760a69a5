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

"""Human sentences without pictures: grouped, named by vote, coloured by what others said."""

import gzip
import json

from grounded_perception.fusion.inputs import EVIDENCE_WIDTH, REGION_WIDTH
from grounded_perception.imaging.colour import COLOURS
from grounded_perception.language.encoder import TokenEmbeddings
from grounded_perception.language.vocabulary import Match
from grounded_perception.training.human.scenes import examples, look_of, questions, regions_of
from grounded_perception.training.human.text import guess_size, kind_of, read
import numpy as np
import pytest

NAMES = ('person', 'car', 'dog')
RED, BLUE = COLOURS.index('red'), COLOURS.index('blue')
LEFT, RIGHT = [0.0, 100.0, 200.0, 300.0], [400.0, 100.0, 240.0, 300.0]


class FewWords:
    """Three names, each an axis of the encoder's space."""

    def resolve(self, noun):
        known = (noun,) if noun in NAMES else () if noun else NAMES
        return Match(noun, 'understood' if known else 'unknown', known, 1.0, '')

    def embed(self, texts):
        return np.eye(384, dtype=np.float32)[[NAMES.index(text) for text in texts]]

    def tokens(self, text):
        return embed([text])[0]


def embed(texts):
    return [
        TokenEmbeddings(tuple(t.split()), np.ones((len(t.split()), 384), np.float32), ())
        for t in texts
    ]


def row(image_id, expression, box, category=(), **parsed):
    empty = {key: [] for key in ('color', 'size', 'abs_location', 'relation')}
    parse = {**empty, 'category': list(category), **parsed}
    return {'image_id': image_id, 'expression': expression, 'bbox_xywh': box, 'parse': parse}


ROWS = (
    row(7, 'red car', LEFT, ['car'], color=['red']),
    row(7, 'the car that is red', LEFT, ['car']),
    row(7, 'left dog', LEFT, ['dog'], abs_location=['left']),
    row(7, 'the blue one', RIGHT, ['thingamajig'], color=['blue']),
    row(7, 'car on the right', RIGHT, ['car'], abs_location=['right']),
    row(10, 'the dog', LEFT, ['dog']),
    row(10, 'the dog on the right', RIGHT, ['dog']),
    row(11, 'a lonely dog', LEFT, ['dog']),
)


@pytest.fixture
def path(tmp_path):
    """Return a file of sentences."""
    path = tmp_path / 'said_val.jsonl.gz'
    with gzip.open(path, 'wt') as stream:
        stream.writelines(json.dumps(each) + '\n' for each in ROWS)
    return path


def test_equal_boxes_of_an_image_are_one_region(path):
    scenes = read(path)
    assert [scene.image_id for scene in scenes] == [7, 10, 11]
    np.testing.assert_allclose(scenes[0].boxes_px, [[0, 100, 200, 400], [400, 100, 640, 400]])
    assert [said.region for said in scenes[0].said] == [0, 0, 0, 1, 1]
    assert [scene.is_held_out for scene in scenes] == [False, True, False]
    assert {said.source for said in scenes[0].said} == {'said_val'}


def test_two_files_of_one_picture_are_one_scene(path, tmp_path):
    other = tmp_path / 'other_val.jsonl.gz'
    with gzip.open(other, 'wt') as stream:
        stream.write(json.dumps(row(7, 'an auto', RIGHT)) + '\n')
    scene = read(path, other)[0]
    assert len(scene.boxes_px) == 2
    asked = [said for _, group in questions(scene, FewWords(), 'other_val') for said in group]
    assert [said.text for said in asked] == ['an auto']


def test_the_class_is_what_most_call_it(path):
    scenes = read(path)
    assert regions_of(scenes[0], FewWords()).labels == ('car', 'car')
    assert regions_of(scenes[1], FewWords()).labels == ('dog', 'dog')


def test_a_colour_is_known_from_the_others_only(path):
    scene = read(path)[0]
    first, _, _, blue, _ = scene.said
    known = look_of(scene).colours
    assert known[0, RED] > 0.5 > known[0, BLUE]
    assert known[1, BLUE] > 0.5
    np.testing.assert_allclose(known.sum(axis=1), 1, atol=1e-5)
    # another sentence calls the left one red, none the right one blue
    assert look_of(scene, first).colours[0, RED] > 0.5
    np.testing.assert_allclose(look_of(scene, blue).colours[1], 1 / len(COLOURS), atol=1e-6)
    assert np.isfinite(look_of(scene, blue).vectors()).all()


def test_sentences_without_colours_are_asked_together(path):
    groups = [[s.text for s in group] for _, group in questions(read(path)[0], FewWords())]
    assert groups == [
        ['red car', 'the car that is red'],
        ['left dog', 'car on the right'],
        ['the blue one'],
    ]


@pytest.mark.parametrize(
    ('reach', 'size'),
    [
        ((640, 420), (640, 480)),
        ((640, 427), (640, 428)),
        ((300, 480), (640, 480)),
        ((300, 600), (480, 640)),
        ((426.5, 640), (428, 640)),
        ((612, 611.2), (640, 612)),
    ],
)
def test_the_size_holds_all_boxes(reach, size):
    assert guess_size(*reach) == size


def test_kinds():
    assert kind_of({'color': ['red'], 'size': []}) == 'color'
    assert kind_of({'color': ['red'], 'size': ['big']}) == 'several'
    assert kind_of({'category': ['dog']}) == 'name only'


def test_examples_hold_what_the_node_would_ask(path):
    made = examples([path], FewWords(), embed)
    held_out = examples([path], FewWords(), embed, held_out=True)
    assert [len(each.kinds) for each in made] == [2, 2, 1]
    assert [len(each.kinds) for each in held_out] == [2]  # one region alone tells nothing
    np.testing.assert_array_equal(held_out[0].target, [[1, 0, 0], [0, 1, 0]])
    np.testing.assert_array_equal(held_out[0].member, [[1, 0], [0, 1]])
    np.testing.assert_array_equal(held_out[0].status, [0, 0])
    arrays = held_out[0].inputs
    assert arrays.regions.shape == (2, REGION_WIDTH)
    assert arrays.evidence.shape == (2, 2, EVIDENCE_WIDTH)
    assert all(np.isfinite(array).all() for array in vars(arrays).values())
