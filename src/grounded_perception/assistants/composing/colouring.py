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
"""Which colour a thing has, in one word or two, and whether it has the one that was said."""

from __future__ import annotations

from grounded_perception.imaging.colour import COLOURS, kindred, named_colours, shown_as
from grounded_perception.language.lexicon import groups
from grounded_perception.records import Floats
import numpy as np
from numpy.typing import NDArray

#: Share of a thing from which on a colour is its colour, and by how much it must lead.
_MAIN, _LEAD = 0.38, 0.1
#: Share from which on a second colour is worth telling.
_SECOND = 0.26
#: Share below which not even a guess is made.
_GUESS = 0.36
#: How much a pixel says of what a thing is called: shade turns white to gray and paint to black
#: and brown, light turns nothing to red. Nobody says "gray" of a white cup.
_WEIGHTS: Floats = np.array(
    [
        {'gray': 0.7, 'white': 1.35, 'black': 1.0, 'green': 1.0, 'brown': 1.0}.get(name, 1.6)
        for name in COLOURS
    ],
    np.float32,
)
#: Share from which on it can be said that a thing is of a colour, as for grounding; below the
#: other, counting the colours that light makes of it, that it is not.
_IS, _IS_NOT = 0.3, 0.12
#: A third of a thing shows a colour less surely than the whole.
_BAND_TRUST = 0.8
#: Where in the box of an upright person garments are, where nobody looks at joints: upper and
#: lower end, as shares of it.
_SPANS = {'head': (0.0, 0.14), 'torso': (0.18, 0.48), 'legs': (0.5, 0.82), 'feet': (0.92, 1.0)}
#: Those that reach from the shoulders to the knees.
_LONG = ('dress', 'suit', 'gown', 'robe', 'outfit', 'clothes', 'clothing', 'uniform')
_LONG_SPAN = (0.15, 0.85)
#: Garments too small to be told from what is around them.
_TINY = (
    'tie', 'belt', 'watch', 'glasses', 'sunglasses', 'goggles', 'gloves', 'glove', 'necklace',
    'earrings', 'bracelet', 'buttons', 'ribbon', 'mask', 'scarf', 'socks', 'sock',
)  # fmt: skip


def main_colours(shares: Floats) -> tuple[tuple[str, ...], float]:
    """
    Name the colours of a thing.

    :param shares: ``(11,)`` shares of :data:`.imaging.colour.COLOURS`.
    :returns: one name, or two where both are plain, or none where none is; and how sure that is.
    """
    seen = shares * _WEIGHTS
    seen = seen * (float(shares.sum()) / max(float(seen.sum()), 1e-6))
    order = np.argsort(-seen, kind='stable')
    first, second, third = (float(seen[i]) for i in order[:3])
    if second >= _SECOND and second - third >= _LEAD / 2:
        return (COLOURS[order[0]], COLOURS[order[1]]), min(first + second, 1.0) * 0.8
    if first >= _MAIN and first - second >= _LEAD:
        return (COLOURS[order[0]],), min(0.4 + first * 0.6, 0.95)
    if first >= _GUESS:
        return (COLOURS[order[0]],), first
    return (), 0.0


def zone_of(part: str) -> str:
    """
    Say where on a body something is.

    :param part: a garment, or hair.
    :returns: one of :data:`grounded_perception.pose_estimators.worn.ZONES`; empty where unknown.
    """
    return 'head' if part == 'hair' else groups('worn_on').get(part, '')


def garment_shares(rgb: NDArray[np.uint8], box: Floats, garment: str) -> Floats | None:
    """
    Measure the colours where a person wears a garment.

    :param rgb: uint8 ``(H, W, 3)`` RGB.
    :param box: ``(4,)`` xyxy in pixels, of the person.
    :param garment: its name.
    :returns: ``(11,)`` shares; None where it is too small to be seen.
    """
    x1, y1, x2, y2 = (float(v) for v in box)
    if garment in _TINY or (y2 - y1) < 24 or (x2 - x1) < 8:
        return None
    zone = zone_of(garment) or 'torso'
    low, high = _LONG_SPAN if garment in _LONG else _SPANS[zone]
    if y2 - y1 < 1.3 * (x2 - x1):  # half a person: the head fills more of the box
        is_top = zone == 'torso' and garment not in _LONG
        low, high = (0.45, 0.95) if is_top else (low * 1.5, min(high * 1.5, 1.0))
        if low >= 0.7:
            return None
    side = 0.28 * (x2 - x1)
    part = [x1 + side, y1 + low * (y2 - y1), x2 - side, y1 + high * (y2 - y1)]
    shares: Floats = named_colours(rgb, np.array([part], np.float32))[0]
    return shares


def degree(whole: Floats, bands: Floats, colour: str) -> float:
    """
    Measure how much of a thing can be called by a colour's name.

    :param whole: ``(11,)`` shares of it.
    :param bands: ``(3, 11)`` shares of its thirds.
    :param colour: a name for :func:`.imaging.colour.shown_as`.
    :returns: share in [0, 1].
    """
    names = shown_as(colour)
    return float(max(whole @ names, _BAND_TRUST * (bands @ names).max()))


def verdict(whole: Floats, bands: Floats, colour: str) -> tuple[bool | None, float]:
    """
    Say whether a thing has a colour.

    :param whole: ``(11,)`` shares of it.
    :param bands: ``(3, 11)`` shares of its thirds.
    :param colour: a name for :func:`.imaging.colour.shown_as`.
    :returns: yes, no, or None where light or size leave it open; and how sure that is.
    """
    shown = degree(whole, bands, colour)
    if shown >= _IS:
        return True, float(min(0.6 + 0.6 * (shown - _IS), 0.95))
    kin = kindred(colour)
    called = float(max(whole @ kin, _BAND_TRUST * (bands @ kin).max()))
    if shown < _IS_NOT and called < 0.5:
        return False, float(min(0.6 + 1.2 * (_IS_NOT - shown) + 0.3 * (0.5 - called), 0.95))
    return None, 0.0
