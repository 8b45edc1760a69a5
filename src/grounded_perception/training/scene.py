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

"""
Invented scenes, sentences about them, and what a detector sees of them.

A scene is what truly is there; an observation is what a detector and the descriptors make of it:
things missed, doubled, called by another name, their boxes shaken. A sentence is said about the
scene, answered from the observation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from grounded_perception.imaging.descriptors import Descriptors
from grounded_perception.records import Quantity, Regions, Status
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Thing:
    """
    One thing in a scene.

    :param name: its class, one of the 80 COCO names.
    :param box: xyxy in pixels, inside the image, the visible part.
    :param colours: basic colour terms of its body, the one that covers most first; never empty.
    :param parts: of persons: garment → colour, with the keys ``'hat'``, ``'top'``, ``'legs'``.
    :param texture: ``'plain'``, ``'striped'``, ``'spotted'`` or ``'checked'``.
    :param depth_m: distance from the camera.
    :param on: index of the thing that it stands or lies on; -1 = none.
    :param inside: index of the thing that holds it; -1 = none.
    """

    name: str
    box: tuple[float, float, float, float]
    colours: tuple[str, ...]
    depth_m: float
    parts: Mapping[str, str] = field(default_factory=dict)
    texture: str = 'plain'
    on: int = -1
    inside: int = -1


@dataclass(frozen=True)
class Scene:
    """
    What truly is there.

    :param width: image width in pixels.
    :param height: image height in pixels.
    :param things: in no order.
    """

    width: int
    height: int
    things: tuple[Thing, ...]


@dataclass(frozen=True)
class Expression:
    """
    A sentence about a scene, and what it means.

    :param text: as a person would type or say it, command wrapper and slips included.
    :param meant: indices of the things that fit; empty when ABSENT.
    :param status: FOUND when it means these (one; or all of them for a plural; or any of them
        for "a dog"), AMBIGUOUS when it asks for one and several fit equally.
    :param quantity: whether one, any or all are asked for.
    :param kind: what tells the target from others, one of :data:`KINDS`.
    """

    text: str
    meant: tuple[int, ...]
    status: Status
    quantity: Quantity
    kind: str


KINDS: tuple[str, ...] = (
    'name', 'attribute', 'position', 'ordinal', 'size', 'depth', 'relation', 'two-hop',
    'negation', 'plural', 'combined', 'absent class', 'absent attribute', 'absent relation',
    'ambiguous',
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Observation:
    """
    A scene as a detector and the descriptors see it.

    :param regions: N regions with posterior over the 80 COCO names, best score first.
    :param descriptors: their descriptors, N rows.
    :param thing: ``(N,)`` index of the thing that a region shows (doubles share it), -1 for a
        region that shows nothing.
    """

    regions: Regions
    descriptors: Descriptors
    thing: NDArray[np.intp]
