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

"""Invented scenes are possible ones."""

from collections import Counter

from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.imaging.colour import COLOURS
from grounded_perception.training.looks.silhouettes import SILHOUETTES
from grounded_perception.training.scene import Scene
from grounded_perception.training.world.catalogue import catalogue
from grounded_perception.training.world.scenes import scene
import numpy as np
import pytest


@pytest.fixture(scope='module')
def scenes() -> list[Scene]:
    rng = np.random.default_rng(7)
    return [scene(rng) for _ in range(600)]


def test_same_seed_same_scene():
    assert scene(np.random.default_rng(3)) == scene(np.random.default_rng(3))
    assert scene(np.random.default_rng(3)) != scene(np.random.default_rng(4))


def test_catalogue_knows_every_class_and_nothing_else():
    known = catalogue()
    assert tuple(known.kinds) == COCO_NAMES
    assert set(known.focal) == set(COLOURS)
    for kind in known.kinds.values():
        assert kind.silhouette in SILHOUETTES
        assert set(kind.colours.values) <= set(COLOURS)
        assert set(kind.lookalikes) <= set(COCO_NAMES)
        assert 0 < kind.height[0] <= kind.height[1]
    for child, hosts in known.rests.items():
        assert {child, *hosts} <= set(COCO_NAMES)
    placed = {name for habitat in known.habitats.values for name in habitat.names.values}
    assert placed == set(COCO_NAMES)


def test_boxes_lie_inside_the_image(scenes):
    for s in scenes:
        for t in s.things:
            x1, y1, x2, y2 = t.box
            assert 0 <= x1 < x2 <= s.width
            assert 0 <= y1 < y2 <= s.height
            assert min(x2 - x1, y2 - y1) >= 4
            assert t.depth_m > 0


def test_colours_parts_and_textures_are_known(scenes):
    for s in scenes:
        for t in s.things:
            assert t.colours and len(set(t.colours)) == len(t.colours)
            assert set(t.colours) <= set(COLOURS)
            assert t.texture in ('plain', 'striped', 'spotted', 'checked')
            if t.name == 'person':
                assert {'top', 'legs'} <= set(t.parts) <= {'top', 'legs', 'hat'}
                assert t.colours[0] == t.parts['top']
            else:
                assert not t.parts


def test_what_rests_on_or_in_another_can(scenes):
    rests = catalogue().rests
    count = 0
    for s in scenes:
        for i, t in enumerate(s.things):
            assert -1 <= t.on < len(s.things) and -1 <= t.inside < len(s.things)
            assert i not in (t.on, t.inside)
            assert t.on < 0 or t.inside < 0
            if t.on >= 0:
                assert rests[t.name][s.things[t.on].name].mode == 'on'
            if t.inside >= 0:
                assert rests[t.name][s.things[t.inside].name].mode == 'in'
            count += t.on >= 0 or t.inside >= 0
    assert count > 0.1 * sum(len(s.things) for s in scenes)


def test_near_things_are_lower_and_larger(scenes):
    lower, larger = [], []
    for s in scenes:
        standing = [
            t
            for t in s.things
            if t.on < 0 and t.inside < 0 and catalogue().kinds[t.name].stands == 'floor'
        ]
        for a in standing:
            for b in standing:
                if a.name == b.name and a.depth_m < 0.7 * b.depth_m:
                    lower.append(a.box[3] > b.box[3])
                    larger.append(a.box[3] - a.box[1] > b.box[3] - b.box[1])
    assert len(lower) > 50
    assert np.mean(lower) > 0.8
    assert np.mean(larger) > 0.7


def test_scenes_have_few_to_many_things_and_duplicates(scenes):
    counts = [len(s.things) for s in scenes]
    assert min(counts) >= 1 and max(counts) <= 14
    assert 4 < np.mean(counts) < 6
    most = [Counter(t.name for t in s.things).most_common(1)[0][1] for s in scenes]
    assert 0.45 < np.mean([m >= 2 for m in most]) < 0.8
    hats = ['hat' in t.parts for s in scenes for t in s.things if t.name == 'person']
    assert 0.2 < np.mean(hats) < 0.4


def test_twins_look_the_same_and_others_differ(scenes):
    pairs = [
        (a, b)
        for s in scenes
        for i, a in enumerate(s.things)
        for b in s.things[:i]
        if a.name == b.name and a.name in ('car', 'person', 'chair', 'cup', 'suitcase')
    ]
    same = np.mean([a.colours == b.colours for a, b in pairs])
    assert 0.1 < same < 0.7
