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

"""Of people alike the one who looks as a role usually does is meant; no other is ruled out."""

from dataclasses import replace

from grounded_perception.fusion.gathering import gather
from grounded_perception.fusion.tokens import region_tokens, text_tokens
from grounded_perception.imaging.colour import COLOURS
from grounded_perception.language.clothes import look_of
from grounded_perception.language.command import parse
from grounded_perception.records import Frame, Regions
import numpy as np
import pytest

BOXES = np.array([(40, 20, 80, 140), (130, 20, 170, 140), (200, 60, 220, 80)], np.float32)


@pytest.fixture
def role_words(words, monkeypatch):
    """Return words that know roles as people."""
    known = words.resolve
    roles = ('umpire', 'catcher', 'man')
    monkeypatch.setattr(words, 'resolve', lambda n: known('person' if n in roles else n))
    return words


class Seen:
    """People who were looked at: one number for each, how dark and how crouched."""

    def __init__(self, dark=(np.nan, np.nan, np.nan), crouching=(0.5, 0.5, 0.5)):
        self.dark, self.crouching = np.array(dark), np.array(crouching, np.float32)

    def posture(self, name, belief):
        assert name == 'crouching'
        return self.crouching

    def colours(self, zone, belief):
        assert zone == 'torso'
        every = np.zeros((len(self.dark), len(COLOURS)), np.float32)
        every[:, COLOURS.index('black')] = self.dark
        every[:, COLOURS.index('white')] = 1 - self.dark
        every[np.isnan(self.dark)] = np.nan
        return every

    def reach(self, belief):
        return np.full((len(self.dark),) * 2, np.nan)


@pytest.fixture
def evidence(role_words):
    """Return what checks a sentence on two people and a cup."""
    return lambda sentence, persons: evidence_of(role_words, sentence, persons)


def evidence_of(words, sentence, persons):
    regions = Regions.of_labels(BOXES, np.full(3, 0.9, np.float32), ('person', 'person', 'cup'))
    tokens = region_tokens(Frame(np.full((160, 300, 3), 90, np.uint8)), regions, words)
    text = text_tokens(parse(sentence, 100).phrases[0], words)
    return gather(replace(tokens, persons=persons), [text])[0]


@pytest.mark.parametrize('place', [0, 1])
def test_the_umpire_is_who_wears_dark_clothes(evidence, place):
    dark = np.where(np.arange(3) == place, 0.9, 0.1)
    found = evidence('the umpire', Seen(dark))
    assert int(np.argmax(found.logits)) == place
    assert found.people[place] == 0 and found.people[1 - place] < -1
    assert found.words[found.kinds.index('usual')] == 'in dark as usual'


def test_the_catcher_is_who_crouches(evidence):
    found = evidence('the catcher', Seen(crouching=(0.1, 0.95, 0.5)))
    assert int(np.argmax(found.logits)) == 1
    assert found.words[found.kinds.index('usual')] == 'crouching as usual'


def test_nobody_is_ruled_out_for_an_unusual_look(evidence):
    found = evidence('the umpire', Seen((0.1, 0.05, np.nan)))
    np.testing.assert_array_equal(found.people[:2], 0)
    assert found.holds[found.kinds.index('usual')].all()


def test_who_says_how_somebody_looks_needs_no_usual_look(evidence):
    assert 'usual' not in evidence('the umpire in white', Seen((0.9, 0.1, np.nan))).kinds


@pytest.mark.parametrize(
    ('sentence', 'persons'), [('the umpire', None), ('the man', Seen((0.9, 0.1, np.nan)))]
)
def test_where_nobody_looks_or_nothing_is_usual_nothing_is_said(evidence, sentence, persons):
    found = evidence(sentence, persons)
    assert 'usual' not in found.kinds
    assert found.people is None


def test_roles_have_looks():
    assert (look_of('umpire'), look_of('catcher'), look_of('car')) == ('dark', 'crouching', '')
