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

"""Whoever does the work, the numbers are the same."""

from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from dataclasses import replace
import multiprocessing

from grounded_perception.detectors import scripted
from grounded_perception.errors import RecordingError, SettingsError
from grounded_perception.evaluation import crew, kept
from grounded_perception.evaluation.plan import units
import pytest

pytestmark = pytest.mark.model


def test_two_workers_are_as_one(street, run, lasting, tmp_path):
    plan = street.plan(stretch=2)
    alone, _ = run(plan, 'alone')
    together, watcher = run(plan, 'together', workers=2)
    assert watcher.images == 12
    assert lasting(together) == lasting(alone)
    assert together['recordings'] == alone['recordings']
    bags = [tmp_path / out / 'bags' / 'bag' / 'bag.mcap' for out in ('alone', 'together')]
    assert len({bag.stat().st_size for bag in bags}) == 1


def test_a_worker_that_was_killed_is_replaced(street, run, lasting, tmp_path):
    plan = replace(street.plan(stretch=1), recordings=(street.bag,))
    some = list(units(plan, street.bag))
    killed = []

    def kill(images):
        if images and not killed:
            killed.append(multiprocessing.active_children()[0])
            killed[0].kill()

    (tmp_path / 'work').mkdir()
    crew.together(plan, some, tmp_path / 'work', kill, 2)
    assert killed
    assert all(kept.is_done(plan, unit, tmp_path / 'work') for unit in some)


def test_workers_that_die_again_and_again_are_given_up(street, tmp_path, monkeypatch):
    class Dying(nullcontext):
        def __init__(self, *given):
            super().__init__(self)

        def submit(self, *given):
            raise BrokenProcessPool('killed')

    monkeypatch.setattr(crew, 'ProcessPoolExecutor', Dying)
    plan = street.plan()
    with pytest.raises(RecordingError, match=r'died 3 times .* 3 parts are left'):
        crew.together(plan, list(units(plan, street.bag)), tmp_path, lambda images: None, 2)


def test_what_is_wrong_is_told_by_a_worker_as_by_oneself(street, run):
    wrong = {'scripted': scripted.Options(script='[["car"]]')}
    with pytest.raises(SettingsError, match='not a list of regions'):
        run(street.plan(options=wrong, truth=None), workers=2)
    assert not multiprocessing.active_children()
