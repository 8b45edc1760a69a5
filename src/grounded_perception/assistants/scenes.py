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

"""From what the pipeline has of a frame to what assistants may ask of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from grounded_perception.assistants.base import People, Scene
from grounded_perception.fusion.doubt import doubted
from grounded_perception.fusion.grounder import Grounder
from grounded_perception.fusion.persons import Persons
from grounded_perception.fusion.selection import Thresholds
from grounded_perception.fusion.tokens import RegionTokens, text_tokens
from grounded_perception.imaging.descriptors import Descriptors
from grounded_perception.language.lexicon import tokenize
from grounded_perception.language.phrase import read
from grounded_perception.records import Floats, Frame, Grounding, Phrase, Quality, Regions


def scene_of(
    frame: Frame,
    candidates: Regions,
    grounder: Grounder,
    limits: Thresholds,
    threshold: float,
    quality: Quality | None = None,
) -> Scene:
    """
    Offer a perceived frame to assistants.

    :param frame: the image.
    :param candidates: N regions, one for each thing.
    :param grounder: weighs phrases against regions.
    :param limits: when an answer is which.
    :param threshold: detector score from which on a region is called certain.
    :param quality: what the image is good for.
    :returns: the scene; tokens and answers are made when first asked for, once.
    """

    @cache
    def tokens() -> RegionTokens:
        return grounder.tokens(frame, candidates)

    @cache
    def ground(phrase: Phrase | str) -> Grounding:
        if isinstance(phrase, str):
            phrase = read(phrase, tokenize(phrase))
        weighed = grounder.weigh(frame, tokens(), [text_tokens(phrase, grounder.words)])
        (answer,) = weighed.answers(limits)
        return doubted(answer, quality) if quality else answer

    def describe() -> Descriptors:
        return tokens().descriptors

    @cache
    def people() -> People:
        seen = tokens()
        assert seen.persons is not None, 'somebody looks at people'
        believed = seen.belief(grounder.words.resolve('person').class_names)
        return _People(seen.persons, believed)

    return Scene(
        width=frame.width,
        height=frame.height,
        regions=candidates,
        ground=ground,
        resolve=grounder.words.resolve,
        describe=describe,
        quality=quality,
        threshold=threshold,
        people=people if grounder.looks_at_people else None,
    )


@dataclass(frozen=True, eq=False)
class _People:
    """
    Whoever the detector takes for a person.

    :param persons: looks at them.
    :param belief: ``(N,)`` in [0, 1], that each candidate is a person.
    """

    persons: Persons
    belief: Floats

    def posture(self, name: str) -> Floats:
        """Say how far candidates hold themselves in a way; see the protocol."""
        return self.persons.posture(name, self.belief)

    def colours(self, zone: str) -> Floats:
        """Measure the colours of what candidates wear; see the protocol."""
        return self.persons.colours(zone, self.belief)
