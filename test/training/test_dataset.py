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

"""Examples made of scenes: the same for a seed, whatever the processes; their truth."""

from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext

from grounded_perception.errors import ModelMissing, TrainingError
from grounded_perception.imaging.colour import COLOURS
from grounded_perception.imaging.descriptors import Descriptors
from grounded_perception.language.command import parse
from grounded_perception.records import Quantity, Status
from grounded_perception.training.examples import STATUSES
from grounded_perception.training.looks.weather import weathered
from grounded_perception.training.scene import Expression, Scene, Thing
from grounded_perception.training.speech.guesses import guessed, is_said
import numpy as np
import pytest

pytest.importorskip('tqdm', reason="tqdm is not installed: extra 'train'")

from grounded_perception.training import dataset
from grounded_perception.training.dataset import build


@pytest.fixture(scope='module')
def few():
    """Return the examples of 12 scenes."""
    try:
        return build(12, 4, seed=3)
    except ModelMissing as exc:
        pytest.skip(str(exc))


def two_cups(*boxes):
    things = tuple(Thing('cup', box, ('white',), 1.0) for box in boxes)
    return Scene(640, 480, things)


SCENE = two_cups((200, 150, 440, 400), (10, 10, 40, 40))
BOTH = Expression('the old cup', (0, 1), Status.AMBIGUOUS, Quantity.ONE, 'ambiguous')


@pytest.mark.model
def test_examples_are_whole(few):
    assert len(few) >= 8
    for example in few:
        b, n = example.member.shape
        assert example.target.shape == (b, n + 1)
        assert len(example.kinds) == len(example.status) == b
        np.testing.assert_allclose(example.target.sum(axis=1), 1, rtol=1e-5)
        for name in ('regions', 'boxes', 'text', 'text_mask', 'evidence'):
            assert np.isfinite(getattr(example.inputs, name)).all()
        absent = example.status == STATUSES.index(Status.ABSENT)
        np.testing.assert_array_equal(example.target[:, -1] == 1, absent)
        np.testing.assert_array_equal(example.member.any(axis=1), ~absent)
        several = (example.target[:, :-1] > 0).sum(axis=1) > 1
        assert not (several & (example.status == STATUSES.index(Status.ABSENT))).any()


@pytest.mark.model
def test_more_processes_make_the_same(few):
    again = build(12, 4, seed=3, workers=2)
    assert [e.kinds for e in again] == [e.kinds for e in few]
    for one, other in zip(again, few, strict=True):
        np.testing.assert_array_equal(one.target, other.target)
        np.testing.assert_array_equal(one.inputs.regions, other.inputs.regions)


class Fragile(nullcontext):
    """Processes that die after one chunk each."""

    def __init__(self, *given):
        super().__init__(self)

    def map(self, make, chunks):
        for number, chunk in enumerate(chunks):
            if number:
                raise BrokenProcessPool('killed')
            yield make(chunk)


@pytest.fixture
def fragile(monkeypatch):
    """Let processes die, and have few surfaces, which is quick."""
    monkeypatch.setattr(dataset, 'ProcessPoolExecutor', Fragile)
    monkeypatch.setattr(dataset, '_FEWEST_SURFACES', 20)
    return monkeypatch


@pytest.mark.model
def test_processes_that_die_are_replaced_and_what_they_made_is_kept(fragile):
    fragile.setattr(dataset, '_CHUNK', 2)
    again, alone = (build(6, 4, seed=3, workers=workers) for workers in (2, 1))
    assert [e.kinds for e in again] == [e.kinds for e in alone]
    for one, other in zip(again, alone, strict=True):
        np.testing.assert_array_equal(one.inputs.regions, other.inputs.regions)


@pytest.mark.model
def test_processes_that_die_again_and_again_are_given_up(fragile):
    fragile.setattr(dataset, '_CHUNK', 1)
    with pytest.raises(TrainingError, match=r'died 3 times .* scene 3: try fewer'):
        build(6, 4, seed=3, workers=2)


@pytest.mark.model
def test_perfect_eyes_see_everything():
    for example in build(6, 4, seed=3, perfect=True):
        for kind, status in zip(example.kinds, example.status, strict=True):
            assert (STATUSES[status] is Status.ABSENT) == kind.startswith('absent')


def test_an_unseen_detail_means_the_one_that_stands_out():
    rng = np.random.default_rng(0)
    phrase = parse('the dusty cup', 100).phrases[0]
    assert phrase.unresolved
    meant = [guessed(phrase, BOTH, SCENE, rng) for _ in range(400)]
    ones = [m.meant[0] for m in meant if m.status is Status.FOUND]
    assert 0.7 < len(ones) / 400 < 0.9
    assert 0.85 < ones.count(0) / len(ones) < 1
    plain = parse('the cup', 100).phrases[0]
    assert guessed(plain, BOTH, SCENE, rng) is BOTH


def test_what_stands_out_is_spoken_of():
    rng = np.random.default_rng(0)

    def share(thing):
        said = Expression('it', (thing,), Status.FOUND, Quantity.ONE, 'position')
        return np.mean([is_said(said, SCENE, rng) for _ in range(300)])

    assert share(0) > 0.95
    assert share(1) < 0.4


def test_light_fades_colours_and_keeps_them_shares():
    n = 200
    colours = np.zeros((n, 11), np.float32)
    colours[:, COLOURS.index('orange')] = 1
    colours[-1] = 0  # a box without pixels
    bands = np.repeat(colours[:, None], 3, axis=1)
    plain = Descriptors(
        colours, bands, *(np.zeros((n, width), np.float32) for width in (10, 8, 36, 6))
    )
    rng = np.random.default_rng(0)
    faded = [weathered(plain, rng) for _ in range(20)]
    shares = np.concatenate([each.colours[:-1] for each in faded])
    np.testing.assert_allclose(shares.sum(axis=1), 1, rtol=1e-4)
    assert not faded[0].colours[-1].any()
    orange = shares[:, COLOURS.index('orange')]
    assert 0.3 < orange.mean() < 0.9
    moved = shares[orange < 0.2]
    assert len(moved) > 20
    kin = moved[:, [COLOURS.index(name) for name in ('brown', 'red', 'yellow')]].sum(axis=1)
    assert np.median(kin) > moved[:, COLOURS.index('blue')].mean()
