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

"""What people wear: garments in a sentence, their colours, where they are, and usual looks."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from grounded_perception.language.lexicon import groups, singular, words
from grounded_perception.records import Garment, Part


def garment(said: Sequence[str], at: int) -> Garment | None:
    """
    Read a garment and the colours said before it.

    :param said: the words of a sentence.
    :param at: index of the garment's name.
    :returns: the garment; None where the word names none, its place on a body is unknown, or no
        colour is said of it and it has none that it needs no word for ("jeans").
    """
    zone = groups('worn_on').get(said[at])
    found: list[str] = []
    shades: list[str] = []
    before = at - 1
    while before >= 0 and (_describes(said[before]) or (found and _joins(said, before))):
        if said[before] in groups('colours'):
            found.insert(0, groups('colours')[said[before]])
        elif said[before] in groups('shades') and not found:
            shades = [groups('shades')[said[before]]]  # no dark blue one, a dark one
        before -= 1
    colours = tuple(dict.fromkeys(found or shades)) or natural_colours(said[at])
    return Garment(said[at], zone, colours) if zone and colours else None


def garments_among(said: Sequence[str], indices: Collection[int]) -> dict[int, Garment]:
    """
    Read the garments among some words of a sentence.

    :param said: the words of a sentence.
    :param indices: those that may name one.
    :returns: each garment by the index of its name.
    """
    found = {i: garment(said, i) for i in sorted(indices)}
    return {i: worn for i, worn in found.items() if worn}


def natural_colours(name: str) -> tuple[str, ...]:
    """
    Say which colour a thing has that nobody needs to name: peas are green.

    :param name: one word, singular or plural.
    :returns: a basic colour term, or nothing.
    """
    table = groups('natural_colours')
    colour = table.get(name) or table.get(singular(name))
    return (colour,) if colour else ()


def look_of(noun: str) -> str:
    """
    Say how those of a role usually look: umpires wear dark clothes, catchers crouch.

    :param noun: in the singular.
    :returns: a posture, or a colour that :func:`.imaging.colour.shown_as` knows; empty where
        there is no usual look.
    """
    return groups('role_looks').get(noun, '')


def grown(part: Part) -> Garment | None:
    """
    Read hair as something that a person wears.

    :param part: of a thing.
    :returns: it as a garment; None where it is no hair.
    """
    zone = groups('grown_on').get(part.name)
    return Garment(part.name, zone, part.colours) if zone else None


def _describes(word: str) -> bool:
    lists = ('colours', 'colour_modifiers', 'adjectives', 'clothing')
    return any(word in words(name) for name in lists)


def _joins(said: Sequence[str], at: int) -> bool:
    """Say whether "and" at a place stands between two colours ("black and white")."""
    return at > 0 and said[at] in ('and', '&', ',') and said[at - 1] in words('colours')
