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

"""What is done, cut into units; what makes a unit another one."""

from dataclasses import replace
import shutil

from grounded_perception.detectors import scripted
from grounded_perception.errors import RecordingError
from grounded_perception.evaluation.plan import expanded, Plan, units
import pytest


def cut(plan):
    return [(unit.first, unit.end) for unit in units(plan, plan.recordings[0])]


def test_a_recording_is_cut_where_no_image_rests_on_those_before(street):
    assert cut(street.plan()) == [(0, 5), (5, 10), (10, -1)]
    assert cut(street.plan(stretch=6)) == [(0, 6), (6, -1)]
    assert cut(street.plan(command='the car')) == [(0, 5), (5, 10), (10, -1)]
    # Without a command nothing is remembered, whatever the settings say.
    assert cut(street.plan({'smoothing_s': 0.5})) == [(0, 5), (5, 10), (10, -1)]
    assert cut(street.plan({'smoothing_s': 0.5}, command='the car')) == [(0, -1)]


def test_a_recorded_command_is_a_command(street, recorder, film, tmp_path):
    bag = recorder.write(tmp_path / 'bag', film(7, {0: 'the car'}))
    plan = street.plan({'smoothing_s': 0.5}, recordings=(bag,))
    assert cut(plan) == [(0, -1)]
    assert cut(replace(plan, settings=street.plan().settings)) == [(0, 5), (5, -1)]


def keys(plan):
    return [unit.key(plan) for unit in units(plan, plan.recordings[0])]


@pytest.mark.parametrize(
    'changes',
    [
        {'command': 'the car'},
        {'truth': None},
        {'image_topic': '/camera/image'},
        {'annotated': False},
        {'options': {'scripted': scripted.Options(fail_every=5)}},
        {'models': {'fusion': 'of other weights'}},
    ],
)
def test_what_changes_an_answer_makes_other_units(street, changes):
    plan = street.plan()
    assert not set(keys(plan)) & set(keys(replace(plan, **changes)))


def test_a_setting_makes_other_units_and_threads_do_not(street):
    plan = street.plan()
    assert not set(keys(plan)) & set(keys(street.plan({'threshold': 0.5})))
    assert keys(plan) == keys(street.plan({'threads': 1}))


def test_a_truth_that_changed_makes_other_units(street):
    first, second = (street.plan(truth=street.source(digest=digest)) for digest in ('a', 'b'))
    assert not set(keys(first)) & set(keys(second))


def test_it_is_the_content_that_counts_not_where_it_lies(street, tmp_path):
    there = tmp_path / 'elsewhere' / street.bag.name
    shutil.copytree(street.bag, there)
    assert keys(street.plan(recordings=(there,))) == keys(street.plan())


def test_a_folder_of_recordings(street, tmp_path):
    for name in ('b', 'a'):
        shutil.copytree(street.bag, tmp_path / name)
    (tmp_path / 'notes.txt').write_text('nothing to replay')
    (tmp_path / '._c.mp4').write_bytes(b'what a Mac leaves beside c.mp4')
    assert expanded([tmp_path]) == (tmp_path / 'a', tmp_path / 'b')
    with pytest.raises(RecordingError, match='named twice'):
        expanded([tmp_path, tmp_path / 'a'])
    nothing = tmp_path / 'nothing'
    nothing.mkdir()
    with pytest.raises(RecordingError, match='holds no recording'):
        expanded([nothing])


def test_a_plan_without_truth_has_an_identity(street):
    assert Plan((street.bag,)).identity['truth'] is None
