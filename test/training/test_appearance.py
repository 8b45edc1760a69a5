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

"""The bank's rows look as they were asked to."""

from grounded_perception.imaging.colour import COLOURS
from grounded_perception.training.looks.appearance import Bank, look_of
from grounded_perception.training.scene import Thing
import numpy as np
import pytest

BOX = (0.0, 0.0, 10.0, 10.0)


@pytest.fixture(scope='module')
def bank() -> Bank:
    return Bank(np.random.default_rng(5), 900)


def test_same_seed_same_rows():
    one, two = (Bank(np.random.default_rng(1), 20) for _ in range(2))
    assert one.looks == two.looks
    np.testing.assert_array_equal(one.descriptors.vectors(), two.descriptors.vectors())


def test_rows_are_finite_and_distinct(bank):
    vectors = bank.descriptors.vectors()
    assert len(vectors) == len(bank) == 900
    assert np.isfinite(vectors).all()
    assert len(np.unique(vectors, axis=0)) > 890
    np.testing.assert_allclose(bank.descriptors.colours.sum(axis=1), 1, atol=1e-3)


def test_rows_have_the_colour_that_was_asked(bank):
    rng = np.random.default_rng(0)
    right = []
    for name in ('car', 'suitcase', 'bus', 'cup', 'dog', 'couch'):
        for colour in COLOURS:
            for _ in range(5):
                row = bank.draw(Thing(name, BOX, (colour,), 3.0), rng)
                shares = bank.descriptors.colours[row]
                right.append(shares[COLOURS.index(colour)] > 0.25)
    assert np.mean(right) > 0.75


def test_persons_wear_what_was_asked(bank):
    rng = np.random.default_rng(0)
    top, legs = [], []
    for a in ('red', 'blue', 'black', 'white', 'green'):
        for b in ('blue', 'black', 'brown', 'white'):
            row = bank.draw(Thing('person', BOX, (a, b), 3.0, {'top': a, 'legs': b}), rng)
            bands = bank.descriptors.bands[row]
            top.append(bands[1, COLOURS.index(a)] > 0.15)
            legs.append(bands[2, COLOURS.index(b)] > 0.15)
    assert np.mean(top) > 0.7
    assert np.mean(legs) > 0.6


def test_draw_prefers_the_exact_look(bank):
    rng = np.random.default_rng(0)
    zebra = Thing('zebra', BOX, ('white', 'black'), 3.0, texture='striped')
    assert bank.looks[bank.draw(zebra, rng)] == look_of(zebra)
    assert bank.looks[bank.draw_background(rng)].silhouette == 'nothing'
    assert bank.looks[bank.draw_patch(zebra, rng)].silhouette == 'patch'


def test_a_look_that_no_row_has_falls_back_to_its_colour(bank):
    rng = np.random.default_rng(0)
    odd = Thing('giraffe', BOX, ('purple', 'pink'), 3.0, texture='checked')
    assert bank.looks[bank.draw(odd, rng)].colours[0] == 'purple'


def test_saved_bank_is_the_same(bank, tmp_path):
    path = tmp_path / 'bank.npz'
    bank.save(path)
    loaded = Bank.load(path)
    assert loaded.looks == bank.looks
    np.testing.assert_array_equal(loaded.descriptors.vectors(), bank.descriptors.vectors())
    thing = Thing('car', BOX, ('red',), 3.0)
    draws = [b.draw(thing, np.random.default_rng(9)) for b in (bank, loaded)]
    assert draws[0] == draws[1]
