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

"""Invents scenes: a place, what is found there, what rests on what, seen by a camera."""

from __future__ import annotations

import math

from grounded_perception.training.scene import Scene, Thing
from grounded_perception.training.world.catalogue import catalogue, Habitat
from grounded_perception.training.world.dice import Dice, Weighted
from grounded_perception.training.world.layout import Camera, Solid, visible
from grounded_perception.training.world.placing import Item, Stage
import numpy as np

#: Image sizes and how often they occur: COCO's, then cameras of robots and cars.
_SIZES = Weighted(
    {
        (640, 480): 36, (640, 427): 18, (640, 426): 6, (480, 640): 12, (427, 640): 8,
        (500, 375): 5, (640, 360): 4, (1280, 720): 6, (1242, 375): 3, (1920, 1080): 2,
    }
)  # fmt: skip
#: How many things are put into a scene; those hidden or too small are gone afterwards.
_COUNTS = Weighted(
    {1: 4, 2: 7, 3: 9, 4: 10, 5: 11, 6: 11, 7: 10, 8: 9, 10: 10, 12: 8, 16: 7, 22: 5}
)
_MOST = 14
#: How often the main class occurs in a scene that has it more than once.
_DUPLICATES = Weighted({2: 44, 3: 28, 4: 16, 5: 12})
#: A duplicate looks like the first of its class / is its near-identical twin at its side.
_SAME_COLOURS, _TWIN = 0.25, 0.18
#: What is hidden more than this is not there.
_MOST_HIDDEN = 0.7
#: Smallest side in pixels, smallest √(box area / image area), smallest share inside the image.
_LEAST_SIDE, _LEAST_SIZE, _LEAST_INSIDE = 5, 0.016, 0.3


def scene(rng: np.random.Generator) -> Scene:
    """
    Invent a scene.

    :param rng: source of chance.
    :returns: a scene of 1 to 14 things.
    """
    dice = Dice(rng)
    while True:
        width, height = dice.pick(_SIZES)
        things = _compose(dice, width, height)
        if things:
            return Scene(width, height, things)


def _compose(dice: Dice, width: int, height: int) -> tuple[Thing, ...]:
    """Return the things of one attempt; none when nothing of it is seen."""
    habitat = dice.pick(catalogue().habitats)
    table = dice.chance(habitat.table)
    name = dice.pick(habitat.names)
    stage, first = _focus(dice, width, height, name, table)
    for _ in range(dice.pick(_DUPLICATES) - 1 if dice.chance(0.5) else 0):
        twin = dice.chance(_TWIN)
        like = first if twin or dice.chance(_SAME_COLOURS) else None
        stage.add(name, like=like, beside=first if twin else None)
    _fill(stage, dice, habitat, name)
    return _seen(stage)


def _focus(dice: Dice, width: int, height: int, name: str, table: bool) -> tuple[Stage, Item]:
    """Set the camera so that a thing of the main class has a usual size in the picture."""
    kind = catalogue().kinds[name]
    body = Solid(0, 0, 0, *_size(dice, name))
    tall = body.height if not table else max(body.height, body.depth * 0.6)
    share = min(max(math.exp(dice.normal(-1.5, 0.65)), 0.06), 0.95)
    focal = max(width, height) * dice.uniform(0.8, 1.6)
    away = focal * math.sqrt(body.width * tall) / (share * math.sqrt(width * height))
    away = max(away, 0.3)
    if table and kind.stands == 'surface':
        down = math.radians(dice.uniform(12, 60))
        above, body.z = away * math.sin(down), away * math.cos(down)
    elif table:
        above, body.z = dice.uniform(0.35, 0.8), max(away, 0.7)
    else:
        above = min(dice.uniform(1.0, 2.0), dice.uniform(0.15, 0.85) * away + body.height / 2)
        body.z = away
    camera = Camera(width, height, focal, above, 0.0)
    view = camera.half_view(body.z)
    # As a person points a camera: rather in the middle, seldom cut at a side.
    body.x = dice.uniform(-0.9, 0.9) * max(view - body.width / 2, 0.15 * view)
    stage = Stage(dice, camera, table, body.z)
    first = stage.add(name, solid=body)
    middle = first.solid.base + first.solid.height / 2
    aim = math.atan2(above - middle, first.solid.z) + dice.normal(-0.03, 0.17) * height / focal
    stage.camera = Camera(width, height, focal, above, aim)
    return stage, first


def _size(dice: Dice, name: str) -> tuple[float, float, float]:
    """Return width, height and depth of a thing."""
    kind = catalogue().kinds[name]
    height = dice.uniform(*kind.height)
    wide = height * dice.uniform(*kind.ratio)
    return wide, height, wide * kind.depth


def _fill(stage: Stage, dice: Dice, habitat: Habitat, main: str) -> None:
    """Put the other things there, each with what it rests on or what rests on it."""
    count = dice.pick(_COUNTS)
    rests = catalogue().rests
    if stage.table and dice.chance(0.75):
        stage.add('dining table')
    hosts = [host for host in rests.get(main, ()) if host in habitat.names.values]
    if hosts and not stage.table and dice.chance(0.5):
        stage.add(hosts[dice.below(len(hosts))])
    previous = main
    while len(stage.items) < count:
        # Things come in flocks: half of the time another one of what was put there last.
        previous = previous if dice.chance(0.15) else dice.pick(habitat.names)
        stage.add(previous)


def _seen(stage: Stage) -> tuple[Thing, ...]:
    """Return what the camera sees of the things on a stage."""
    camera, items = stage.camera, stage.items
    whole = np.array([camera.box(item.solid) for item in items], np.float32)
    order = np.array([item.order for item in items], np.float32)
    parts, shares = visible(whole, order)
    limits = np.array([camera.width, camera.height] * 2, np.float32)
    boxes = np.clip(parts, 0, limits)
    sides = boxes[:, 2:] - boxes[:, :2]
    area = sides[:, 0] * sides[:, 1]
    before = np.maximum((whole[:, 2] - whole[:, 0]) * (whole[:, 3] - whole[:, 1]), 1)
    keep = (sides.min(axis=1) >= _LEAST_SIDE) & (shares >= 1 - _MOST_HIDDEN)
    keep &= area >= _LEAST_SIZE**2 * camera.width * camera.height
    # A table may fill the picture and reach far beyond it.
    keep &= (area / before >= _LEAST_INSIDE * shares) | (area > 0.1 * limits[0] * limits[1])
    # The first items are the ones that the scene is about.
    kept = np.flatnonzero(keep)[:_MOST].tolist()
    number = {old: new for new, old in enumerate(kept)}
    rounded = boxes.round(1).tolist()
    return tuple(
        Thing(
            name=items[i].name,
            box=(rounded[i][0], rounded[i][1], rounded[i][2], rounded[i][3]),
            colours=items[i].colours,
            depth_m=round(camera.away(items[i].solid), 2),
            parts=items[i].parts,
            texture=items[i].texture,
            on=number.get(items[i].on, -1),
            inside=number.get(items[i].inside, -1),
        )
        for i in kept
    )
