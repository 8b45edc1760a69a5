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

"""What is known of the 80 classes: sizes, colours, places, supports, lookalikes; read once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
import json
from pathlib import Path

from grounded_perception.training.world.dice import Weighted

_FILE = Path(__file__).parents[1] / 'data' / 'world.json'


@dataclass(frozen=True)
class Kind:
    """
    One class of things.

    :param silhouette: what it looks like, a key of :data:`.silhouettes.SILHOUETTES`.
    :param height: lowest and highest height in metres.
    :param ratio: lowest and highest width through height.
    :param depth: depth as a share of the width.
    :param colours: colour of its body.
    :param second: probability of a second colour.
    :param stands: where it is found when it rests on nothing: ``'floor'``, ``'surface'``
        (a table or shelf), ``'wall'``, ``'pole'``, ``'air'``, ``'held'`` or ``'foot'``.
    :param base: lowest and highest height in metres of its foot when it rests on nothing.
    :param textures: how it is patterned.
    :param lookalikes: classes that it is taken for.
    """

    silhouette: str
    height: tuple[float, float]
    ratio: tuple[float, float]
    depth: float
    colours: Weighted[str]
    second: float
    stands: str
    base: tuple[float, float]
    textures: Weighted[str]
    lookalikes: tuple[str, ...]


@dataclass(frozen=True)
class Rest:
    """
    How a thing rests on or in another.

    :param mode: ``'on'`` or ``'in'``.
    :param lift: height of its foot as a share of the other's height.
    :param squash: factor on its own height: sitting, lying, half hidden.
    """

    mode: str
    lift: float
    squash: float


@dataclass(frozen=True)
class Habitat:
    """
    A place where photographs are taken.

    :param table: probability that the picture shows a table top and not the floor.
    :param names: classes found there.
    """

    table: float
    names: Weighted[str]


@dataclass(frozen=True)
class Catalogue:
    """
    All of it.

    :param kinds: class → what it is like.
    :param rests: class → what it rests on or in → how.
    :param habitats: the places.
    :param clothes: colours of a person's ``'top'``, ``'legs'`` and ``'hat'``.
    :param focal: colour name → typical sRGB values.
    """

    kinds: Mapping[str, Kind]
    rests: Mapping[str, Mapping[str, Rest]]
    habitats: Weighted[Habitat]
    clothes: Mapping[str, Weighted[str]]
    focal: Mapping[str, tuple[tuple[int, int, int], ...]]


@cache
def catalogue() -> Catalogue:
    """Return what is known of the classes."""
    data = json.loads(_FILE.read_text(encoding='utf-8'))
    palettes = {name: Weighted(weights) for name, weights in data['palettes'].items()}
    kinds = {
        name: Kind(
            silhouette=row['kind'],
            height=tuple(row['height']),
            ratio=tuple(row['ratio']),
            depth=row['depth'],
            colours=palettes[row['colours']]
            if isinstance(row['colours'], str)
            else Weighted(row['colours']),
            second=row['second'],
            stands=row['stands'],
            base=tuple(row['base']),
            textures=Weighted(row['textures']),
            lookalikes=tuple(data['similar'][name]),
        )
        for name, row in data['classes'].items()
    }
    rests = {
        child: {host: Rest(*row) for host, row in hosts.items()}
        for child, hosts in data['rests'].items()
    }
    habitats = Weighted(
        {
            Habitat(row['table'], Weighted(row['classes'])): row['weight']
            for row in data['habitats'].values()
        }
    )
    clothes = {'top': palettes['cloth'], 'legs': palettes['legs'], 'hat': palettes['hat']}
    focal = {name: tuple((r, g, b) for r, g, b in rows) for name, rows in data['focal'].items()}
    return Catalogue(kinds, rests, habitats, clothes, focal)
