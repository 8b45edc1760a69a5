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

"""What the composed assistant says of scripted scenes: every kind of question, and odd ones."""

from grounded_perception import assistants
from grounded_perception.assistants import composed
from grounded_perception.assistants.base import Answer, AnswerStatus
from grounded_perception.assistants.composing.naming import grounding_in_words
from grounded_perception.assistants.composing.sight import Sight
from grounded_perception.assistants.scenes import scene_of
from grounded_perception.compute import Compute
from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.errors import ModelMissing, SettingsError
from grounded_perception.fusion.attention import WordAttention
from grounded_perception.fusion.grounder import Grounder
from grounded_perception.fusion.selection import Thresholds
from grounded_perception.language import minilm
from grounded_perception.language.encoder import load_encoder, TokenEmbeddings
from grounded_perception.language.vocabulary import Match, Vocabulary
from grounded_perception.records import Frame, Quality, Regions
import numpy as np
import pytest

NAMES = (
    'person', 'car', 'bus', 'dog', 'cup', 'bottle', 'dining table', 'bench', 'handbag', 'cat',
)  # fmt: skip
MEANINGS = {'man': ('person',), 'animal': ('dog', 'cat'), 'table': ('dining table',)}
RED, BLUE, GREEN, BROWN = (215, 20, 30), (20, 70, 200), (0, 150, 50), (110, 65, 30)
WALL = (150, 150, 150)

#: name, score, box, colour
STREET = (
    ('bus', 0.95, (150, 40, 290, 150), RED),
    ('person', 0.9, (20, 60, 50, 170), GREEN),
    ('person', 0.85, (80, 70, 110, 175), RED),
    ('car', 0.8, (320, 110, 390, 160), BLUE),
    ('handbag', 0.32, (52, 110, 62, 130), BROWN),
)
KITCHEN = (
    ('dining table', 0.9, (60, 110, 360, 195), BROWN),
    ('cup', 0.85, (100, 80, 120, 120), RED),
    ('cup', 0.8, (200, 85, 220, 122), BLUE),
    ('bottle', 0.8, (300, 40, 330, 125), GREEN),
)
EMPTY = ()


class ScriptedWords:
    """Every name is an axis of its own; a few words mean several."""

    def resolve(self, noun):
        found = MEANINGS.get(noun) or ((noun,) if noun in NAMES else () if noun else NAMES)
        status = 'understood' if found else 'unknown'
        return Match(noun, status, found, 1.0, f'{noun!r} is not among the classes')

    def embed(self, texts):
        rows = np.zeros((len(texts), minilm.WIDTH), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[NAMES.index(text)] = 1
        return rows

    def tokens(self, text):
        words = tuple(text.split())
        return TokenEmbeddings(words, np.ones((len(words), minilm.WIDTH), np.float32), ())


def scene(rows, quality=None):
    rgb = np.full((200, 400, 3), WALL, np.uint8)
    for _, _, (x1, y1, x2, y2), colour in rows:
        rgb[y1:y2, x1:x2] = colour
    boxes = np.array([row[2] for row in rows], np.float32).reshape(-1, 4)
    scores = np.array([row[1] for row in rows], np.float32)
    regions = Regions.of_labels(boxes, scores, tuple(row[0] for row in rows))
    limits = Thresholds(absent=0.5, margin=0.2)
    grounder = Grounder(ScriptedWords(), WordAttention())
    seen = scene_of(Frame(rgb), regions, grounder, limits, 0.4, quality)
    return rgb, seen


def ask(rows, question, quality=None):
    rgb, seen = scene(rows, quality)
    return composed.ComposedAssistant().answer(rgb, question, seen)


@pytest.mark.parametrize(
    ('rows', 'question', 'told'),
    [
        (STREET, 'how many people are there?', 'I see two people.'),
        (STREET, 'How many dogs', 'I see no dogs.'),
        (STREET, 'how many handbags are there?', 'I see perhaps one handbag.'),
        (STREET, 'how many people and cars are there?', 'I see two people and one car.'),
        (STREET, 'how many people are on the left?', 'I see two people on the left.'),
        (KITCHEN, 'how many red cups are there?', 'I see one red cup.'),
        (KITCHEN, 'how many things are on the table?', 'I see three things on the dining table.'),
        (STREET, 'is there a car?', 'Yes, I see a car at the bottom right.'),
        (STREET, 'do you see any dogs?', 'No, I see no dogs.'),
        (STREET, 'is anybody there?', 'Yes, I see two people.'),
        (STREET, 'is there a green bus?', 'No, I see a bus, but no green one.'),
        (STREET, 'is there a dog or a cat?', 'No, I see no dogs. No, I see no cats.'),
        (STREET, 'is there a dog or a car?', 'Yes, I see a car at the bottom right.'),
        (STREET, 'is there a handbag?', 'Yes, I think I see a handbag on the left.'),
        (
            KITCHEN,
            'are there two cups on the table?',
            'Yes, I see two cups on the dining table.',
        ),
        (KITCHEN, 'are there three cups?', 'No, I see two cups.'),
        (STREET, 'what colour is the bus?', 'The bus is red.'),
        (STREET, 'what colour is the car?', 'The car is blue.'),
        (KITCHEN, 'what colour is the cup on the right?', 'The cup is blue.'),
        (
            KITCHEN,
            'what colour are the cups?',
            'I see two cups: the one on the left is red and the one in the middle is blue.',
        ),
        (STREET, 'is the bus red?', 'Yes, the bus is red.'),
        (STREET, 'what colour is the handbag?', 'The handbag, if it is one, is brown.'),
        (
            STREET,
            'is the person on the left wearing green?',
            'Yes, the person on the left is in green.',
        ),
        (STREET, 'is the car red?', 'No, the car is not red, it looks blue.'),
        (KITCHEN, 'are the cups red?', 'Not all: one of the two cups is red.'),
        (STREET, 'are the people red?', 'Not all: one of the two people is in red.'),
        (STREET, 'is the car left of the bus?', 'No, the car is not to the left of the bus.'),
        (STREET, 'is the bus left of the car?', 'Yes, the bus is to the left of the car.'),
        (STREET, 'is the bus on the left?', 'No, the bus is not on the left.'),
        (KITCHEN, 'is the bottle on the table?', 'Yes, the bottle is on the dining table.'),
        (STREET, 'is the thing on the right a car?', 'Yes, the thing on the right is a car.'),
        (KITCHEN, 'what is on the table?', 'I see two cups and a bottle on the dining table.'),
        (STREET, 'what is right of the bus?', 'I see a car to the right of the bus.'),
        (STREET, 'what is on the right?', 'I see a car on the right.'),
        (STREET, 'what is the largest thing?', 'The largest thing: a bus.'),
        (STREET, 'what animals are there?', 'I see no animals.'),
        (STREET, 'who is wearing red?', 'A person on the left, next to the bus.'),
        (STREET, 'which car is closest?', 'The blue car at the bottom right, next to the bus.'),
        (
            KITCHEN,
            'is the cup on the left bigger than the bottle?',
            'No, the bottle is larger as it appears in the image.',
        ),
        (STREET, 'are there more cars than people?', 'No, I see one car and two people.'),
        (
            STREET,
            'where is the car?',
            'The car is at the bottom right, next to the bus, and takes up about 4 % of the '
            'image.',
        ),
        (
            STREET,
            'how big is the car?',
            'The car takes up about 4 % of the image; its true size needs depth.',
        ),
    ],
)
def test_an_answer_is_plain_english(rows, question, told):
    answer = ask(rows, question)
    assert answer.text == told
    assert answer.status is AnswerStatus.ANSWERED
    assert 0 < answer.confidence <= 1
    assert answer.by == 'composed'


@pytest.mark.parametrize(
    ('rows', 'question', 'why'),
    [
        (STREET, 'how many forklifts are there?', "'forklift' is not among"),
        (STREET, 'is the door open?', "'open' cannot be checked"),
        (STREET, 'is the bus left of the forklift?', "'forklift' is not among"),
        (STREET, 'what colour is the dog?', 'I see no dog'),
        (STREET, 'is the dog left of the bus?', 'I see no dog'),
        (STREET, 'how far is the car?', 'depth'),
        (STREET, "what colour is the person's tie?", "'tie' is not among"),
        (STREET, 'Wo ist der Bus?', 'English'),
        (STREET, 'asdf', 'English'),
        (STREET, '???', 'English'),
        (STREET, 'is the bus red? ' * 125, '500 characters'),
        (EMPTY, 'what colour is the bus?', 'I see no bus'),
        (EMPTY, 'is the bus bigger than the car?', 'I see no bus'),
    ],
)
def test_what_cannot_be_told_is_said_with_the_reason(rows, question, why):
    answer = ask(rows, question)
    assert answer.text.startswith("I can't tell, because")
    assert why in answer.text
    assert (answer.status, answer.confidence) == (AnswerStatus.CANNOT_TELL, 0)


@pytest.mark.parametrize(
    ('question', 'told'),
    [
        ('', 'I see nothing here that I know.'),
        ('what do you see?', 'I see nothing here that I know.'),
        ('how many cars are there?', 'I see no cars.'),
        ('is there a car?', 'No, I see no cars.'),
        ('is anybody there?', 'No, I see no people.'),
        ('who is there?', 'I see no people.'),
        ('what is on the left?', 'I see nothing on the left that I know.'),
        ('are there more cars than people?', 'No, I see no cars and no people.'),
    ],
)
def test_an_empty_scene_is_no_error(question, told):
    assert ask(EMPTY, question).text == told


def test_a_description_says_what_where_and_what_is_unsure():
    answer = ask(STREET, '')
    assert answer.text == (
        'I see a red bus, two people and a blue car. The bus is in the middle and the car is at '
        'the bottom right. There is perhaps also a handbag.'
    )
    assert answer == ask(STREET, 'describe the scene')
    assert ask(KITCHEN, '').text == (
        'I see a brown dining table, a green bottle and two cups. The dining table is at the '
        'bottom; on the dining table are a bottle and two cups.'
    )


def test_slips_and_capitals_do_not_matter():
    assert ask(STREET, 'WAT COLUR IS THE BUS').text == 'The bus is red.'
    assert ask(STREET, 'how meny people').text == 'I see two people.'


def test_men_are_not_told_from_other_people():
    answer = ask(STREET, 'how many men are there?')
    assert answer.text == 'I see two people. I do not tell men from other people.'
    assert answer.confidence < ask(STREET, 'how many people are there?').confidence


def test_a_shirt_has_the_colour_of_the_upper_body():
    rows = (('person', 0.9, (150, 20, 200, 180), BLUE),)
    rgb, seen = scene(rows)
    rgb[45:100, 150:200] = RED  # the scene's frame shares these pixels
    answer = composed.ComposedAssistant().answer(rgb, "what colour is the man's shirt?", seen)
    assert answer.text.startswith("The person's shirt is red.")


def test_boxes_are_those_that_the_answer_rests_on():
    assert set(ask(STREET, 'how many people are there?').boxes) == {1, 2}
    assert ask(STREET, 'who is wearing red?').boxes == (2,)
    assert ask(STREET, 'is there a dog?').boxes == ()


def test_a_poor_image_takes_confidence_away():
    blurred = Quality(0.05, 0.3, 0, 0, 'blurred', 'the image is blurred (sharpness 0.05)')
    dark = Quality(0.5, 0.1, 1, 0, 'too dark', 'the image is almost black')
    answer = ask(STREET, 'is there a car?', blurred)
    assert answer.text.endswith(
        'But the image is blurred (sharpness 0.05), so this is not certain.'
    )
    assert answer.confidence < ask(STREET, 'is there a car?').confidence
    answer = ask(STREET, 'is there a car?', dark)
    assert answer.text == "I can't tell, because the image is almost black."
    assert answer.status is AnswerStatus.CANNOT_TELL


def test_a_grounding_is_put_into_words():
    rgb, seen = scene(STREET)
    sight = Sight(rgb, seen)
    told = grounding_in_words(sight, seen.ground('the car'))
    assert (
        told
        == 'The car is at the bottom right, next to the bus, and takes up about 4 % of the image.'
    )
    assert grounding_in_words(sight, seen.ground('the dog')) == 'I see no dog.'
    told = grounding_in_words(sight, seen.ground('the person'))
    assert told.startswith('It may be any of two people: one')


@pytest.mark.parametrize('rows', [STREET, KITCHEN, EMPTY])
def test_no_question_raises(rows):
    words = ('is', 'the', 'red', 'left of', 'than', 'bigger', 'how many', 'who', 'what', 'dog')
    for first in words:
        for second in words:
            for third in words:
                answer = ask_again(rows, f'{first} {second} {third} car bus')
                assert isinstance(answer, Answer)


_SCENES = {}


def ask_again(rows, question):
    """Ask of a scene that is kept."""
    if rows not in _SCENES:
        _SCENES[rows] = scene(rows)
    rgb, seen = _SCENES[rows]
    return composed.ComposedAssistant().answer(rgb, question, seen)


def test_the_assistant_is_found_by_its_name():
    assert 'composed' in assistants.names()
    module = assistants.module('composed')
    made = module.load(module.Options(), Compute())
    rgb, seen = scene(STREET)
    assert made.describe(rgb, seen) == made.answer(rgb, '', seen)
    made.close()
    with pytest.raises(SettingsError, match='composed'):
        assistants.module('nobody')
    with pytest.raises(SettingsError, match='max_question_chars'):
        module.Options(max_question_chars=0)


@pytest.mark.parametrize(('text', 'confidence'), [('', 0.5), (' ', 0.5), ('Yes.', 1.2)])
def test_an_answer_says_something_with_a_confidence(text, confidence):
    with pytest.raises(ValueError, match='must'):
        Answer(text, AnswerStatus.ANSWERED, confidence, (), 'test')


@pytest.mark.model
def test_synonyms_and_slips_go_through_the_real_vocabulary():
    try:
        words = Vocabulary(COCO_NAMES, load_encoder(1))
    except ModelMissing as exc:
        pytest.skip(str(exc))
    rgb, scripted = scene(STREET)
    limits = Thresholds(absent=0.5, margin=0.2)
    grounder = Grounder(words, WordAttention())
    seen = scene_of(Frame(rgb), scripted.regions, grounder, limits, 0.4)
    asked = composed.ComposedAssistant()
    told = {
        'how many pedestrians are there?': 'I see two people.',
        'what colour is the automobile?': 'The car is blue.',
        'how many vehicles are there?': 'I see two vehicles.',
        'what vehicles do you see?': 'I see a bus and a car.',
        'how many persns are there?': 'I see two people.',
    }
    assert {question: asked.answer(rgb, question, seen).text for question in told} == told
    answer = asked.answer(rgb, 'is there a forklift?', seen)
    assert answer.status is AnswerStatus.CANNOT_TELL
    assert 'forklift' in answer.text
