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

"""How much of what a word says each region shows, measured once for all sentences of an image."""

from __future__ import annotations

from grounded_perception.fusion.tokens import RegionTokens, TextTokens
from grounded_perception.imaging.colour import COLOURS, KIN
from grounded_perception.records import Floats, Garment
import numpy as np

#: A third of a box (a shirt, a stripe) shows a colour less surely than the whole.
_BAND_TRUST = 0.8
#: What a person shows anywhere counts less where the place of a garment cannot be seen.
_UNSEEN = 0.6


def colour_shares(regions: RegionTokens, text: TextTokens, colour: str) -> Floats:
    """
    Measure how much of a colour each region shows.

    That is as a whole, in one of its thirds, or where a person wears what is said to have it.

    :param regions: N region tokens.
    :param text: the phrase that names the colour.
    :param colour: one of :data:`.imaging.colour.COLOURS`.
    :returns: ``(N,)`` float32 in [0, 1].
    """
    column, described = COLOURS.index(colour), regions.descriptors
    whole = regions.once(
        ('colour', colour),
        lambda: _most(described.colours[:, column], described.bands[:, :, column]),
    )
    return _worn(regions, text, colour, np.eye(len(COLOURS), dtype=np.float32)[column], whole)


def kin_shares(regions: RegionTokens, text: TextTokens, colour: str) -> Floats:
    """
    Measure how much each region shows that people may call by a colour's name.

    :param regions: N region tokens.
    :param text: the phrase that names the colour.
    :param colour: one of :data:`.imaging.colour.COLOURS`.
    :returns: ``(N,)`` float32 in [0, 1], at least :func:`colour_shares`.
    """
    kin, described = KIN[COLOURS.index(colour)], regions.descriptors
    whole = regions.once(
        ('kin', colour), lambda: _most(described.colours @ kin, described.bands @ kin)
    )
    return _worn(regions, text, colour, kin, whole)


def postures(regions: RegionTokens, text: TextTokens, posture: str) -> Floats | None:
    """
    Measure how far regions are people who hold themselves in a way.

    :param regions: N region tokens.
    :param text: the phrase that names it.
    :param posture: one of :data:`.pose_estimators.postures.POSTURES`.
    :returns: ``(N,)`` float32 in [0, 1], .5 where it cannot be told; None where nobody looks.
    """
    if regions.persons is None or not text.persons:
        return None
    return regions.persons.posture(posture, regions.belief(text.persons))


def garment_of(regions: RegionTokens, text: TextTokens, colour: str) -> Garment | None:
    """
    Name the garment whose colour is looked for where it is worn.

    :param regions: N region tokens.
    :param text: the phrase that names the colour.
    :param colour: one of :data:`.imaging.colour.COLOURS`.
    :returns: the garment; None where the colour is the whole's, or nobody looks at people.
    """
    if regions.persons is None or not text.persons:
        return None
    return next((g for g in text.phrase.garments if colour in g.colours), None)


def nearness(regions: RegionTokens, text: TextTokens) -> Floats:
    """
    Measure how near what each region is lies to what a noun means.

    :param regions: N region tokens.
    :param text: the phrase.
    :returns: ``(N,)`` float32 cosine of the region and the closest class of the noun; 1 where
        any thing will do.
    """
    if not len(text.semantics):
        return np.ones(len(regions), np.float32)
    return regions.once(
        ('near', text.match.class_names),
        lambda: np.asarray((regions.semantics @ text.semantics.T).max(axis=1), np.float32),
    )


def _worn(
    regions: RegionTokens, text: TextTokens, colour: str, names: Floats, whole: Floats
) -> Floats:
    """Return ``(N,)`` shares of what ``names`` ``(11,)`` weighs, where it is worn."""
    garment = garment_of(regions, text, colour)
    if regions.persons is None or garment is None:
        return whole
    shares = regions.persons.colours(garment.zone, regions.belief(text.persons)) @ names
    return np.asarray(np.fmax(shares, _UNSEEN * whole), np.float32)


def _most(whole: Floats, bands: Floats) -> Floats:
    """Return ``(N,)`` what the whole ``(N,)`` or the best of its thirds ``(N, 3)`` shows."""
    best = bands.max(axis=1, initial=0)
    return np.asarray(np.maximum(whole, _BAND_TRUST * best), np.float32)
