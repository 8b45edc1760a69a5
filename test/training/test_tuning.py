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

"""Weights to begin with, what is held out, what is mixed, and what is said of it."""

from dataclasses import replace

from grounded_perception.errors import ModelMissing, TrainingError
from grounded_perception.training.shipping.origin import Base, base_of, Origin
from grounded_perception.training.tuning import start as starting
from grounded_perception.training.tuning.own import held_out, mixed, sentences
import pytest

torch = pytest.importorskip('torch', reason="torch is not installed: extra 'train'")
pytest.importorskip('accelerate', reason="Accelerate is not installed: extra 'train'")

from grounded_perception.fusion.network import FusionNetwork, NetworkConfig  # noqa: E402
from grounded_perception.fusion.storage import load, save_network  # noqa: E402
from grounded_perception.training.fitting.options import FitOptions  # noqa: E402
from grounded_perception.training.fitting.trainer import CHECKPOINT, fit  # noqa: E402

TINY = NetworkConfig(width=16, layers=1, heads=2, pair_width=8, gates=2)
STILL = FitOptions(epochs=1, batch=8, learning_rate=1e-12)


def tiny(seed, **rest):
    torch.manual_seed(seed)
    return FusionNetwork(replace(TINY, **rest))


def close(a, b):
    a, b = a.state_dict(), b.state_dict()
    return all(torch.allclose(a[key], b[key], atol=1e-5) for key in a)


@pytest.mark.usefixtures('fitting')
def test_a_fit_begins_with_the_weights_it_is_given(learnable, tmp_path):
    sets = learnable(16), learnable(8, 1)
    fit(TINY, *sets, STILL, tmp_path, tiny(5, temperature=2.0))
    assert close(load(tmp_path / CHECKPOINT), tiny(5))
    resumed = replace(STILL, resume=True)
    for other in (None, tiny(6)):
        with pytest.raises(TrainingError, match='other start \\(sha256\\)'):
            fit(TINY, *sets, resumed, tmp_path, other)
    fit(TINY, *sets, resumed, tmp_path, tiny(5))
    with pytest.raises(TrainingError, match='to begin with are of size'):
        fit(replace(TINY, gates=3), *sets, STILL, tmp_path / 'new', tiny(5))


@pytest.mark.usefixtures('fitting')
def test_a_fit_from_nothing_goes_on_only_from_nothing(learnable, tmp_path):
    sets = learnable(16), learnable(8, 1)
    fit(TINY, *sets, STILL, tmp_path)
    with pytest.raises(TrainingError, match='other start \\(sha256\\)'):
        fit(TINY, *sets, replace(STILL, resume=True), tmp_path, tiny(5))


def test_the_weights_that_ship_begin_where_there_are_some(monkeypatch, tmp_path):
    monkeypatch.setattr(starting, 'PACKAGED', tmp_path / 'weights')
    with pytest.raises(ModelMissing, match='no trained weights ship'):
        starting.load_start('trained')
    (tmp_path / 'weights').mkdir()
    network = tiny(1, temperature=3.0)
    save_network(tmp_path / 'weights' / 'fusion.safetensors', network, {'origin': {'own': ['a']}})
    start = starting.load_start('trained')
    assert close(start.network, network)
    assert start.base.own == ('a',)
    assert starting.size_of(None, 1, start) == TINY
    assert starting.size_of(8, None, None) == NetworkConfig(width=8)


def test_a_tenth_of_the_pictures_is_held_out_in_any_order():
    names = [f'{i}.jpg' for i in range(57)]
    assert held_out(names) == held_out(names[::-1])
    assert [len(held_out(names[:n])) for n in (0, 9, 10, 57)] == [0, 0, 1, 5]


def test_own_sentences_become_about_half(learnable):
    invented, own = learnable(100), learnable(7, 1)
    every, times = mixed(invented, own)
    assert times > 1
    assert sentences(every[len(invented) :]) == pytest.approx(sentences(invented), rel=0.1)
    assert mixed(own, invented)[1] == 1


@pytest.mark.parametrize(
    ('origin', 'pure', 'licence'),
    [
        (Origin(), True, False),
        (Origin(own='mine'), False, True),
        (Origin(Base('b', 'f00d', ())), True, False),
        (Origin(Base('b', 'f00d', None)), False, False),
        (Origin(Base('b', 'f00d', None), 'mine'), False, True),
        (Origin(Base('b', 'f00d', ('mine',))), False, True),
    ],
)
def test_what_weights_learned_from_is_said_truthfully(origin, pure, licence):
    text = ' '.join(origin.text().split())
    assert ('Invented scenes only' in text) == pure == (origin.licence == 'Apache-2.0')
    assert ('holds for the weights: check it before shipping' in text) == licence
    assert ('f00d' in text) == (origin.base is not None)
    assert base_of('b', '1', {'origin': origin.as_dict()}).own == origin.every
