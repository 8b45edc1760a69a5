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

from typing import NamedTuple

from grounded_perception.fusion.tokens import RegionTokens, TextTokens
from grounded_perception.imaging.colour import kindred, shown_as
from grounded_perception.language.clothes import grown
from grounded_perception.pose_estimators.postures import chances
from grounded_perception.records import Floats, Garment
import numpy as np

#: Share of a box at which it counts as being of a colour.
COLOUR_SHARE = 0.3
#: A third of a box (a shirt, a stripe) shows a colour less surely than the whole.
_BAND_TRUST = 0.8
#: What a person shows anywhere counts less where the place of a garment cannot be seen, ...
_UNSEEN = 0.5
#: ... and this much where it can be, for joints may be found astray.
_ASTRAY = 0.1
#: A part ("with the green ribbon") is about so much smaller than what it is a part of.
_PART_GAIN = 4.0


class Coloured(NamedTuple):
    """
    A colour that a phrase asks for.

    :param colour: a name for :func:`.imaging.colour.shown_as`.
    :param garment: what has it; None = the whole thing.
    :param part: what of the thing has it; empty = not said.
    """

    colour: str
    garment: Garment | None = None
    part: str = ''

    @property
    def name(self) -> str:
        """The colour, and what has it."""
        return f'{self.colour} {self.garment.name if self.garment else self.part}'.strip()


def coloured(regions: RegionTokens, text: TextTokens) -> tuple[Coloured, ...]:
    """
    List the colours that a phrase asks for.

    :param regions: N region tokens.
    :param text: the phrase.
    :returns: each with the garment that has it, where somebody looks at people, or the part.
    """
    phrase = text.phrase
    if not (phrase.colours or phrase.garments or phrase.parts):
        return ()
    garments = phrase.garments if regions.persons is not None and text.persons else ()
    worn = [Coloured(colour, each) for each in garments for colour in each.colours]
    bare = [c for c in phrase.colours if not any(c in g.colours for g in garments)]
    parts = [
        Coloured(c, grown(each) if regions.persons and text.persons else None, each.name)
        for each in phrase.parts
        for c in each.colours
    ]
    return (*map(Coloured, bare), *worn, *parts)


def colour_shares(regions: RegionTokens, text: TextTokens, part: Coloured) -> Floats:
    """
    Measure how much of a colour each region shows.

    That is as a whole, in one of its thirds, or where a person wears what is said to have it.

    :param regions: N region tokens.
    :param text: the phrase that names the colour.
    :param part: one of :func:`coloured`.
    :returns: ``(N,)`` float32 in [0, 1].
    """
    return _shares(regions, text, part, shown_as(part.colour), 'colour')


def whole_shares(regions: RegionTokens, colour: str) -> Floats:
    """
    Measure how much of a colour each region shows as a whole.

    :param regions: N region tokens.
    :param colour: a name for :func:`.imaging.colour.shown_as`.
    :returns: ``(N,)`` float32 in [0, 1].
    """
    return regions.once(('whole', colour), lambda: regions.descriptors.colours @ shown_as(colour))


def kin_shares(regions: RegionTokens, text: TextTokens, part: Coloured) -> Floats:
    """
    Measure how much each region shows that people may call by a colour's name.

    :param regions: N region tokens.
    :param text: the phrase that names the colour.
    :param part: one of :func:`coloured`.
    :returns: ``(N,)`` float32 in [0, 1], at least :func:`colour_shares`.
    """
    return _shares(regions, text, part, kindred(part.colour), 'kin')


def postures(regions: RegionTokens, text: TextTokens, posture: str) -> Floats | None:
    """
    Say how probably regions are people who hold themselves in a way.

    :param regions: N region tokens.
    :param text: the phrase that names it.
    :param posture: one of :data:`.pose_estimators.postures.POSTURES`.
    :returns: ``(N,)`` float32 in [0, 1]; None where nobody looks.
    """
    if regions.persons is None or not text.persons:
        return None
    return chances(regions.persons.posture(posture, regions.belief(text.persons)), posture)


def _shares(
    regions: RegionTokens, text: TextTokens, part: Coloured, names: Floats, how: str
) -> Floats:
    """Return ``(N,)`` shares of what ``names`` ``(11,)`` weighs, where it is said to be."""
    described = regions.descriptors
    whole = regions.once(
        (how, part.colour), lambda: _most(described.colours @ names, described.bands @ names)
    )
    if part.part and part.garment is None:
        return np.asarray(np.minimum(_PART_GAIN * whole, 1), np.float32)
    if regions.persons is None or part.garment is None:
        return whole
    worn = regions.persons.colours(part.garment.zone, regions.belief(text.persons)) @ names
    mixed = (1 - _ASTRAY) * worn + _ASTRAY * whole
    return np.asarray(np.where(np.isnan(worn), _UNSEEN * whole, mixed), np.float32)


def _most(whole: Floats, bands: Floats) -> Floats:
    """Return ``(N,)`` what the whole ``(N,)`` or the best of its thirds ``(N, 3)`` shows."""
    best = bands.max(axis=1, initial=0)
    return np.asarray(np.maximum(whole, _BAND_TRUST * best), np.float32)
