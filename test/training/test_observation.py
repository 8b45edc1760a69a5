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

"""What is seen of invented scenes has the faults that the detector has on photographs."""

from grounded_perception import geometry
from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.fusion.candidates import distinct
from grounded_perception.training.looks.appearance import Bank
from grounded_perception.training.scene import Observation, Scene, Thing
from grounded_perception.training.sight import noise
from grounded_perception.training.sight.observation import FLOOR, observe
from grounded_perception.training.world.scenes import scene
import numpy as np
import pytest

Seen = list[tuple[Scene, Observation]]


@pytest.fixture(scope='module')
def bank() -> Bank:
    return Bank(np.random.default_rng(5), 150)


@pytest.fixture(scope='module')
def seen(bank) -> Seen:
    rng = np.random.default_rng(11)
    scenes = [scene(rng) for _ in range(500)]
    return [(s, observe(s, bank, rng, tiled=False)) for s in scenes]


def test_same_seed_same_observation(bank):
    world = scene(np.random.default_rng(2))
    one, two = (observe(world, bank, np.random.default_rng(8)) for _ in range(2))
    np.testing.assert_array_equal(one.regions.boxes_px, two.regions.boxes_px)
    np.testing.assert_array_equal(one.regions.posterior, two.regions.posterior)
    np.testing.assert_array_equal(one.descriptors.vectors(), two.descriptors.vectors())
    np.testing.assert_array_equal(one.thing, two.thing)


def test_regions_are_what_a_detector_gives(seen):
    for world, observation in seen:
        regions = observation.regions
        assert regions.names == COCO_NAMES
        assert len(observation.descriptors) == len(observation.thing) == len(regions)
        assert (np.diff(regions.scores) <= 0).all()
        assert (regions.scores >= FLOOR).all() and (regions.scores <= 1).all()
        assert (regions.boxes_px >= 0).all()
        assert (regions.boxes_px <= [world.width, world.height] * 2).all()
        assert (geometry.area(regions.boxes_px) > 0).all()
        columns = [COCO_NAMES.index(label) for label in regions.labels]
        own = regions.posterior[np.arange(len(regions)), columns]
        np.testing.assert_allclose(own, regions.scores, rtol=1e-6)
        assert (regions.posterior >= 0).all() and (regions.posterior <= 1).all()


def test_doubles_are_merged_already(seen):
    for _, observation in seen:
        assert len(distinct(observation.regions, FLOOR)) == len(observation.regions)


def test_thing_indices_match_boxes(seen):
    shown = 0
    for world, observation in seen:
        truth = np.array([t.box for t in world.things], np.float32)
        overlaps = geometry.iou(observation.regions.boxes_px, truth)
        for i, thing in enumerate(observation.thing):
            if thing >= 0:
                assert overlaps[i, thing] >= 0.5
                shown += 1
            else:
                named = [t.name == observation.regions.labels[i] for t in world.things]
                assert not (overlaps[i][named] >= 0.5).any()
    assert shown > len(seen)


def _recall(seen: Seen, low: float, high: float) -> float:
    found = []
    for world, observation in seen:
        for i, t in enumerate(world.things):
            area = (t.box[2] - t.box[0]) * (t.box[3] - t.box[1])
            if low <= (area / (world.width * world.height)) ** 0.5 < high:
                found.append(i in observation.thing)
    return float(np.mean(found))


def test_rates_are_near_the_measured_ones(seen):
    assert 0.05 < _recall(seen, 0, 0.06) < 0.3
    assert 0.25 < _recall(seen, 0.06, 0.15) < 0.5
    assert 0.6 < _recall(seen, 0.15, 0.3) < 0.85
    assert 0.8 < _recall(seen, 0.3, 1.1) < 0.97
    things = sum(len(s.things) for s, _ in seen)
    false = sum((o.thing < 0).sum() for _, o in seen)
    assert 0.6 < false / things < 1.1
    scores = np.concatenate([o.regions.scores[o.thing >= 0] for _, o in seen])
    assert 0.5 < np.median(scores) < 0.85
    stray = np.concatenate([o.regions.scores[o.thing < 0] for _, o in seen])
    assert 0.12 < np.median(stray) < 0.2


def test_names_of_found_things_are_mostly_right(seen):
    right = [
        o.regions.labels[i] == s.things[t].name
        for s, o in seen
        for i, t in enumerate(o.thing)
        if t >= 0
    ]
    assert 0.88 < np.mean(right) < 0.98


def test_tiles_find_more(bank, seen):
    rng = np.random.default_rng(11)
    tiled = [(s, observe(s, bank, rng, tiled=True)) for s, _ in seen]
    assert _recall(tiled, 0, 0.15) > _recall(seen, 0, 0.15) + 0.1
    assert sum(len(o.thing) for _, o in tiled) > 1.4 * sum(len(o.thing) for _, o in seen)


def test_nothing_found_is_an_empty_observation(bank):
    speck = Scene(640, 480, (Thing('cup', (5.0, 5.0, 11.0, 11.0), ('red',), 9.0),))
    rng = np.random.default_rng(0)
    empty = [o for o in (observe(speck, bank, rng, False) for _ in range(60)) if not len(o.thing)]
    assert empty
    assert empty[0].regions.posterior.shape == (0, 80)
    assert len(empty[0].descriptors) == 0


def test_tables_are_read_between_their_rows():
    table = noise.WHOLE.scores
    assert noise.at(table, 0.0, 0.5) == pytest.approx(table[0, 3])
    assert noise.at(table, 2.0, 0.5) == pytest.approx(table[-1, 3])
    middle = noise.at(table, float((noise.SIZES[3] + noise.SIZES[4]) / 2), 0.5)
    assert min(table[3:5, 3]) <= middle <= max(table[3:5, 3])
