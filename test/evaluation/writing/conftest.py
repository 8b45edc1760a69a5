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

"""Answers of every kind, made by hand: found, ambiguous, absent."""

from grounded_perception.fusion.query import Query
from grounded_perception.records import (
    Attention,
    Check,
    Command,
    Grounding,
    Perception,
    Phrase,
    Regions,
    Status,
)
import numpy as np
import pytest

REGIONS = Regions.of_labels(
    np.array([[1.5, 2.25, 30.125, 40], [50, 5, 60.7, 9.1], [0, 0, 64, 48]], np.float32),
    np.array([0.9, 0.61, 0.4], np.float32),
    ('car', 'car', 'bus'),
)


def grounding(text, status, indices, probabilities):
    """Make the answer to one phrase."""
    p = np.array(probabilities, np.float32)
    attention = Attention((), np.zeros((0, len(p)), np.float32))
    checks = (Check('is a car', 'noun', 0.8, True), Check('shiny', 'word', 0.0, None))
    none = 1 - float(p.sum())
    return Grounding(Phrase(text, text), status, indices, p, none, 0.5, 'so', attention, checks)


@pytest.fixture(scope='session')
def query():
    """Return a command made ready."""
    return Query(Command('das rote Auto – "rot"', phrases=(Phrase('a', 'a'),)), ())


@pytest.fixture(scope='session')
def perceptions():
    """Return perceptions of one frame by what was answered."""
    answers = {
        'FOUND': (grounding('the car', Status.FOUND, (1,), (0.1, 0.85, 0.01)),),
        'AMBIGUOUS': (grounding('a car', Status.AMBIGUOUS, (0, 1), (0.5, 0.45, 0.01)),),
        'ABSENT': (grounding('the dog', Status.ABSENT, (), (0.01, 0.02, 0.01)),),
        'nothing asked': (),
    }
    answers['both'] = answers['FOUND'] + answers['ABSENT']
    made = {name: Perception(REGIONS, REGIONS, each, {}) for name, each in answers.items()}
    nothing = Regions.empty()
    return made | {'nothing seen': Perception(nothing, nothing, (), {})}
