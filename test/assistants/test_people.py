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

"""What the composed assistant says of people's postures and clothes."""

from dataclasses import replace

from grounded_perception.assistants import composed
from grounded_perception.assistants.base import AnswerStatus
from grounded_perception.assistants.scenes import scene_of
from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.errors import ModelMissing
from grounded_perception.fusion.attention import WordAttention
from grounded_perception.fusion.grounder import Grounder
from grounded_perception.fusion.selection import Thresholds
from grounded_perception.imaging.colour import COLOURS
from grounded_perception.language.encoder import load_encoder
from grounded_perception.language.vocabulary import Vocabulary
from grounded_perception.records import Frame, Regions
import numpy as np
import pytest

pytestmark = pytest.mark.model

#: Two people and a car, left to right.
LABELS = ('person', 'person', 'car')
BOXES = np.array([[20, 40, 60, 180], [180, 40, 220, 180], [300, 100, 390, 160]], np.float32)


HELD = {
    'sitting': (0.85, 0.15, 0.5),
    'standing': (0.15, 0.85, 0.5),
    'raising an arm': (0.5, 0.97, 0.5),  # the first one's hands are hidden
}
WORN = {'torso': ('red', 'blue'), 'legs': ('black', 'white')}


class People:
    """The first sits and wears red over black, the second waves and wears blue over white."""

    def posture(self, name):
        return np.array(HELD.get(name, (0.1, 0.1, 0.5)), np.float32)

    def colours(self, zone):
        shares = np.full((3, len(COLOURS)), np.nan, np.float32)
        for row, colour in enumerate(WORN.get(zone, ())):
            shares[row] = 0.02
            shares[row, COLOURS.index(colour)] = 0.8
        return shares


@pytest.fixture(scope='module')
def seen():
    """Return a scene in which somebody looks at people."""
    try:
        words = Vocabulary(COCO_NAMES, load_encoder(1))
    except ModelMissing as exc:
        pytest.skip(str(exc))
    rgb = np.full((200, 400, 3), 150, np.uint8)
    regions = Regions.of_labels(BOXES, np.array([0.95, 0.9, 0.9], np.float32), LABELS)
    grounder = Grounder(words, WordAttention())
    made = scene_of(Frame(rgb), regions, grounder, Thresholds(absent=0.5, margin=0.2), 0.4)
    return replace(made, people=People)


def ask(seen, question):
    rgb = np.full((seen.height, seen.width, 3), 150, np.uint8)
    return composed.ComposedAssistant().answer(rgb, question, seen)


@pytest.mark.parametrize(
    ('question', 'told'),
    [
        ('is the person on the left sitting?', 'Yes, the person on the left is sitting.'),
        (
            'is the person in the middle sitting?',
            'No, I see two people, but no one sitting in the middle.',
        ),
        ('is anybody waving?', 'Yes, I see a person raising an arm in the middle.'),
        ('is anyone lying down?', 'No, I see two people, but no one lying.'),
        ('how many people are standing?', 'I see one person standing.'),
        ('who is sitting?', 'A person on the left.'),
        ('what is the person on the left doing?', 'The person on the left is sitting.'),
        (
            'what are the people doing?',
            'Of the two people, the one on the left is sitting and the one in the middle is '
            'standing and raising an arm.',
        ),
        (
            'what is the person on the left wearing?',
            'The person on the left wears something red on top and something black below.',
        ),
        (
            'does the person on the left wear a red shirt?',
            'Yes, the person on the left is in a red shirt.',
        ),
        (
            'is the person in the middle wearing black trousers?',
            'No, I see two people, but no one in black trousers in the middle.',
        ),
        (
            'what colour is the jacket of the person in the middle?',
            "The person's jacket is blue.",
        ),
    ],
)  # fmt: skip
def test_people_are_looked_at(seen, question, told):
    answer = ask(seen, question)
    assert (answer.text, answer.status) == (told, AnswerStatus.ANSWERED)
    assert 0 < answer.confidence <= 1


@pytest.mark.parametrize(
    ('question', 'why'),
    [
        ('is the person on the left waving?', 'it is not clear'),
        ('what is the car doing?', 'of people only, not of cars'),
        ('what is the dog wearing?', 'of people only, not of dogs'),
    ],
)
def test_what_cannot_be_seen_is_not_guessed(seen, question, why):
    answer = ask(seen, question)
    assert answer.status is AnswerStatus.CANNOT_TELL
    assert why in answer.text
    assert answer.confidence == 0


@pytest.mark.parametrize(
    'question', ['what is the person on the left doing?', 'is the person on the left sitting?']
)
def test_without_somebody_who_looks_nothing_is_claimed(seen, question):
    answer = ask(replace(seen, people=None), question)
    assert answer.status is AnswerStatus.CANNOT_TELL
