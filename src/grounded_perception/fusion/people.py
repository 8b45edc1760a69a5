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
Evidence of what people do, that a network was never told of: it is added to what it says.

Postures, that somebody wears what was said, usual looks, and whose hands are at what.
"""

from __future__ import annotations

from collections.abc import Sequence

from grounded_perception import geometry
from grounded_perception.fusion.measures import COLOUR_SHARE, coloured, kin_shares
from grounded_perception.fusion.nats import logs, Nats
from grounded_perception.fusion.tokens import RegionTokens, TextTokens
import numpy as np
from numpy.typing import NDArray

#: A network knows that colours deceive; those that are looked for where they are worn less so.
_WORN_GAIN = 0.4
_HAND_GAIN = 1.0
#: Who is likelier to hold something than this share of the likeliest is as good; nobody's hand
#: being nearer than the least says nothing of anybody.
_AS_GOOD, _LEAST = 0.8, 0.3


def people(
    regions: RegionTokens,
    text: TextTokens,
    named: NDArray[np.bool_],
    anchors: Sequence[Nats | None],
    looks: Nats,
) -> Nats | None:
    """
    Weigh what is seen of people.

    :param regions: N region tokens.
    :param text: the phrase.
    :param named: ``(N,)`` which of them may be what it names.
    :param anchors: for each of its relations ``(N,)`` in [0, 1], how likely a region is what it
        leads to; None where no region can be.
    :param looks: ``(N,)`` nats of postures and usual looks, rows of the evidence too.
    :returns: ``(N,)`` nats; None where nobody was looked at.
    """
    if regions.persons is None or not (text.persons or text.holders):
        return None
    total = looks
    for part in coloured(regions, text):
        if part.garment:
            # By what people may call so: a brown jacket may be the orange one in shade.
            total = total + _WORN_GAIN * logs(kin_shares(regions, text, part) / COLOUR_SHARE)
    for relation, anchor in zip(text.phrase.relations, anchors, strict=True):
        if relation.by_hand and anchor is not None and text.holders:
            total = total + _HAND_GAIN * _in_hand(regions, text, named, anchor)
    return total


def _in_hand(
    regions: RegionTokens, text: TextTokens, named: NDArray[np.bool_], anchor: Nats
) -> Nats:
    """Return nats of holding the anchor, or being held by it."""
    assert regions.persons is not None
    near = regions.persons.reach(regions.belief(text.holders))
    size = geometry.area(regions.boxes_px)
    near = np.where(size[None] < size[:, None], near, 0)  # nobody holds what is larger than he
    classes = text.match.class_names
    if not text.phrase.noun or set(classes) & set(text.holders):
        best = (near * anchor[None]).max(axis=1, initial=0)
    else:
        best = np.nanmax(
            np.where(anchor[:, None] > 0.05, near * anchor[:, None], 0), axis=0, initial=0
        )
    top = np.nanmax(np.where(named, best, 0), initial=0)
    if top < _LEAST:
        return np.zeros(len(regions))
    return logs(np.where(np.isnan(best), _AS_GOOD, best / (_AS_GOOD * top)))
