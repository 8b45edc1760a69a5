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

"""Sees invented scenes as the embedded detector would: misses, doubles, wrong names, bad boxes."""

from __future__ import annotations

from grounded_perception import geometry
from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.fusion.candidates import distinct
from grounded_perception.records import Floats, Regions
from grounded_perception.training.looks.appearance import Bank
from grounded_perception.training.scene import Observation, Scene
from grounded_perception.training.sight import noise
from grounded_perception.training.sight.sightings import Sighting, Viewer
from grounded_perception.training.world.dice import Dice
import numpy as np
from numpy.typing import NDArray

#: As the detector is asked; grounding chooses its own threshold above.
FLOOR = 0.1
#: Share of the scenes that are looked at in tiles as well.
_TILED = 0.35
#: A region shows the thing with which its IoU is at least this.
_SHOWS_IOU = 0.5
_COLUMN = {name: i for i, name in enumerate(COCO_NAMES)}


def observe(
    scene: Scene, bank: Bank, rng: np.random.Generator, tiled: bool | None = None
) -> Observation:
    """
    See a scene.

    :param scene: what is there.
    :param bank: what surfaces look like.
    :param rng: source of chance.
    :param tiled: whether tiles of the image are looked at besides the whole; None = by chance.
    :returns: regions after :func:`.distinct`, best score first.
    """
    dice = Dice(rng)
    tiled = dice.chance(_TILED) if tiled is None else tiled
    viewer = Viewer(scene, noise.TILED if tiled else noise.WHOLE, bank, dice, rng)
    seen = sorted(viewer.look(), key=lambda s: -s.score)
    if not seen:
        nothing = np.zeros((0, len(COCO_NAMES)), np.float32)
        regions = Regions(
            np.zeros((0, 4), np.float32), np.zeros(0, np.float32), (), COCO_NAMES, nothing
        )
        return Observation(
            regions, bank.descriptors.take(np.zeros(0, np.intp)), np.zeros(0, np.intp)
        )
    boxes = np.array([s.box for s in seen], np.float32)
    every = Regions(
        boxes,
        np.array([s.score for s in seen], np.float32),
        tuple(s.name for s in seen),
        COCO_NAMES,
        _posterior(seen, rng),
    )
    regions = distinct(every, FLOOR)
    # What is left is a subsequence: both are sorted by score.
    rows, start = [], 0
    for box in regions.boxes_px:
        while (boxes[start] != box).any():
            start += 1
        rows.append(start)
        start += 1
    left = [seen[i] for i in rows]
    descriptors = bank.descriptors.take(np.array([s.row for s in left], np.intp))
    return Observation(regions, descriptors, _shown(left, regions.boxes_px, scene))


def observe_perfectly(scene: Scene, bank: Bank, rng: np.random.Generator) -> Observation:
    """
    See a scene as it is: every thing, once, by its name; for runs that have to be short.

    :param scene: what is there.
    :param bank: what surfaces look like.
    :param rng: source of chance.
    :returns: one region for each thing.
    """
    n = len(scene.things)
    names = tuple(thing.name for thing in scene.things)
    posterior = np.zeros((n, len(COCO_NAMES)), np.float32)
    posterior[np.arange(n), [_COLUMN[name] for name in names]] = 0.95
    boxes = np.array([thing.box for thing in scene.things], np.float32).reshape(n, 4)
    rows = np.array([bank.draw(thing, rng) for thing in scene.things], np.intp)
    regions = Regions(boxes, np.full(n, 0.95, np.float32), names, COCO_NAMES, posterior)
    return Observation(regions, bank.descriptors.take(rows), np.arange(n))


def _posterior(seen: list[Sighting], rng: np.random.Generator) -> Floats:
    """Return what is believed of every class: the name's score, a second, a third, and dust."""
    dust = rng.standard_normal((len(seen), len(COCO_NAMES)), dtype=np.float32)
    common = rng.standard_normal((len(seen), 1), dtype=np.float32)
    posterior = noise.REST * np.exp(noise.REST_SPREAD * dust + noise.REST_COMMON * common)
    for row, s in enumerate(seen):
        for name, belief in s.others:
            posterior[row, _COLUMN[name]] = belief
        posterior[row] = np.minimum(posterior[row], s.score)
        posterior[row, _COLUMN[s.name]] = s.score
    return np.asarray(posterior, np.float32)


def _shown(seen: list[Sighting], boxes: Floats, scene: Scene) -> NDArray[np.intp]:
    """Return which thing each region shows: the one that it came from, or one of its name."""
    truth = np.array([t.box for t in scene.things], np.float32)
    overlaps = geometry.iou(boxes, truth)
    result = np.full(len(seen), -1, np.intp)
    for row, s in enumerate(seen):
        if s.thing >= 0 and overlaps[row, s.thing] >= _SHOWS_IOU:
            result[row] = s.thing
            continue
        named = [
            (overlaps[row, i], i)
            for i, thing in enumerate(scene.things)
            if thing.name == s.name and overlaps[row, i] >= _SHOWS_IOU
        ]
        if named:
            result[row] = max(named)[1]
    return result
