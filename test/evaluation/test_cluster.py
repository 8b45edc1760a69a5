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

"""Units on a Ray cluster: the same numbers, nothing left behind, what is whole after Ctrl-C."""

import os
from pathlib import Path
import signal
import sys
from types import SimpleNamespace

from grounded_perception.evaluation import cluster, kept
from grounded_perception.evaluation.plan import units
from grounded_perception.evaluation.stopping import Interrupted
import pytest

pytestmark = pytest.mark.model


@pytest.fixture
def home(monkeypatch, tmp_path) -> Path:
    """Return an empty home, in which no other cluster's token is."""
    for name in ('RAY_AUTH_MODE', 'RAY_AUTH_TOKEN', 'RAY_AUTH_TOKEN_PATH'):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / 'home'
    folder.mkdir()
    monkeypatch.setenv('HOME', str(folder))
    return folder


def of_ray(environment):
    return {name: value for name, value in environment.items() if name.startswith('RAY_')}


def test_ray_is_as_one_process(street, run, lasting, tmp_path, home, capfd):
    ray = pytest.importorskip('ray')
    plan = street.plan(stretch=6)
    alone, _ = run(plan, 'alone')
    before = of_ray(os.environ)
    far, watcher = run(plan, 'far', ray='local')
    assert watcher.images == 12
    assert lasting(far) == lasting(alone)
    assert far['recordings'] == alone['recordings']
    bags = [tmp_path / out / 'bags' / 'bag' / 'bag.mcap' for out in ('alone', 'far')]
    assert len({bag.stat().st_size for bag in bags}) == 1
    assert not ray.is_initialized()
    assert of_ray(os.environ) == before
    assert not (home / '.ray').exists()
    assert capfd.readouterr().err == ''


def test_a_token_and_a_mode_of_the_users_own_are_left_alone(home, monkeypatch):
    monkeypatch.setenv('RAY_AUTH_MODE', 'disabled')
    monkeypatch.setenv('RAY_AUTH_TOKEN_PATH', '/my/token')
    with cluster._of_its_own():
        assert os.environ['RAY_USAGE_STATS_ENABLED'] == '0'
        assert os.environ['RAY_AUTH_MODE'] == 'disabled'
        assert 'RAY_AUTH_TOKEN' not in os.environ
    assert 'RAY_USAGE_STATS_ENABLED' not in os.environ


class FakeRay:
    """Does each task when it is given out; ``over`` of them are over, one is told of at once."""

    def __init__(self, over):
        self.over = over
        self.cancelled, self.begun = [], []
        no_error = type('NoError', (Exception,), {})
        self.exceptions = SimpleNamespace(RayTaskError=no_error, RayError=no_error)

    def init(self, address, **given):
        self.begun.append((address, 'RAY_AUTH_TOKEN' in os.environ))

    def shutdown(self):
        pass

    def put(self, given):
        return given

    def get(self, task):
        return task

    def remote(self, **given):
        return lambda do: SimpleNamespace(remote=do)

    def wait(self, tasks, num_returns=1, timeout=None):
        count = min(num_returns, self.over)
        self.over -= count
        return tasks[:count], tasks[count:]

    def cancel(self, task):
        self.cancelled.append(task)


@pytest.fixture
def interrupted(street, tmp_path, monkeypatch, home):
    """Press Ctrl-C after the first unit of four, when two are over; return what is done."""
    ray = FakeRay(over=2)
    monkeypatch.setitem(sys.modules, 'ray', ray)
    plan = street.plan(stretch=3, bag=False)
    some = list(units(plan, street.bag))
    counted = []

    def count(images):
        counted.append(images)
        if len(counted) == 1:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(Interrupted) as caught:
        cluster.on_ray(plan, some, tmp_path, count, 'ray://elsewhere:10001')
    assert caught.value.units == ()
    return ray, counted, [kept.is_done(plan, unit, tmp_path) for unit in some]


def test_after_ctrl_c_what_is_over_is_fetched_and_the_rest_cancelled(interrupted):
    ray, counted, done = interrupted
    assert counted == [3, 3]
    assert done == [True, True, False, False]
    assert len(ray.cancelled) == 2


def test_a_cluster_of_others_is_reached_as_ever(interrupted):
    ray, _, _ = interrupted
    assert ray.begun == [('ray://elsewhere:10001', False)]
