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

"""Questions are read as a person means them, whatever comes."""

from grounded_perception.language.asked import Kind
from grounded_perception.language.questions import read_question
from grounded_perception.records import Phrase, Quantity
import pytest


def gist(phrase):
    """Write a phrase in short: ``'red car @left (on: table)'``."""
    if phrase is None:
        return ''
    parts = [*phrase.colours, phrase.noun, phrase.size, f'@{phrase.position}', *phrase.unresolved]
    parts += [*phrase.postures, *(garment.name for garment in phrase.garments)]
    parts += [f'({r.kind}: {r.anchor.noun})' for r in phrase.relations]
    return ' '.join(part for part in parts if part not in ('', '@'))


@pytest.mark.parametrize(
    ('text', 'kind', 'subject'),
    [
        ('how many people are there?', Kind.COUNT, 'person'),
        ('how many red cars are on the left?', Kind.COUNT, 'red car @left'),
        ('count the dogs', Kind.COUNT, 'dog'),
        ('how many of the cars are red', Kind.COUNT, 'red car'),
        ('is there a car?', Kind.EXISTS, 'car'),
        ('do you see any dogs?', Kind.EXISTS, 'dog'),
        ('can you see a dog', Kind.EXISTS, 'dog'),
        ('is anybody there?', Kind.EXISTS, 'person'),
        ('are there two cups on the table?', Kind.EXISTS, 'cup (on: table)'),
        ('is there a red car left of the bus?', Kind.EXISTS, 'red car (left of: bus)'),
        ('is a dog on the couch?', Kind.EXISTS, 'dog (on: couch)'),
        ('is that a dog?', Kind.EXISTS, 'dog'),
        ('any cats?', Kind.EXISTS, 'cat'),
        ('what colour is the bus?', Kind.COLOUR, 'bus'),
        ('what color are the cars on the left?', Kind.COLOUR, 'car @left'),
        ('tell me what colour the car is', Kind.COLOUR, 'car'),
        ('what is on the table?', Kind.WHAT, '(on: table)'),
        ("what's left of the bus", Kind.WHAT, '(left of: bus)'),
        ('what is that on the right?', Kind.WHAT, '@right'),
        ('what is in front of me?', Kind.WHAT, '@nearest'),
        ('what is the largest thing?', Kind.WHAT, 'large'),
        ('what animals are there?', Kind.WHAT, 'animal'),
        ('what is the man holding?', Kind.WHAT, '(next to: man)'),
        ('where is the dog?', Kind.WHERE, 'dog'),
        ('who is wearing red?', Kind.WHICH, 'red person'),
        ('who is next to the car?', Kind.WHICH, 'person (next to: car)'),
        ('which car is closest?', Kind.WHICH, 'car @nearest'),
        ('how big is the dog?', Kind.SIZE, 'dog'),
        ('what is the man on the left doing?', Kind.POSTURE, 'man @left'),
        ('what is she doing?', Kind.POSTURE, 'person'),
        ('what are the people wearing?', Kind.CLOTHES, 'person'),
        ('who is sitting?', Kind.WHICH, 'person sitting'),
        ('how many people are sitting?', Kind.COUNT, 'person sitting'),
        ('is anyone waving?', Kind.EXISTS, 'person raising an arm'),
    ],
)
def test_a_question_is_read(text, kind, subject):
    asked = read_question(text)
    assert (asked.kind, gist(asked.subject)) == (kind, subject)


@pytest.mark.parametrize(
    ('text', 'subject', 'claim'),
    [
        ('is the car red?', 'car', 'red'),
        ('are the cars red or blue?', 'car', 'red blue'),
        ('is the cup on the table blue?', 'cup (on: table)', 'blue'),
        ('is the person left of the car?', 'person', '(left of: car)'),
        ('is the dog on the left of the car?', 'dog', '(left of: car)'),
        ('is the dog on the left?', 'dog', '@left'),
        ('is the thing on the left a dog?', '@left', 'dog'),
        ('is the man next to the dog wearing red?', 'man (next to: dog)', 'red'),
        ('does the man wear a red shirt?', 'man', 'red shirt'),
        ('is the man sitting?', 'man', 'sitting'),
        ('is the woman on the left waving?', 'woman @left', 'raising an arm'),
        ('is the person next to the dog facing us?', 'person (next to: dog)', 'facing us'),
        ('is the man holding a bag', 'man', '(next to: bag)'),
        ('is the red car the closest?', 'red car', '@nearest'),
        ('is the traffic light green?', 'traffic light', 'green'),
        ('is the bench right of the traffic light?', 'bench', '(right of: traffic light)'),
    ],
)
def test_a_claim_is_told_from_what_it_is_about(text, subject, claim):
    asked = read_question(text)
    assert asked.kind is Kind.CHECK
    assert (gist(asked.subject), gist(asked.claim)) == (subject, claim)


@pytest.mark.parametrize(
    ('text', 'subject', 'other', 'measure'),
    [
        ('is the cup bigger than the bottle?', 'cup', 'bottle', 'large'),
        ('is the dog closer than the cat?', 'dog', 'cat', 'nearest'),
        ('is the cup further left than the plate?', 'cup', 'plate', 'left'),
        ('are there more cars than people?', 'car', 'person', 'more'),
        ('which is bigger, the cup or the bottle?', 'cup', 'bottle', 'large'),
    ],
)
def test_two_things_are_compared(text, subject, other, measure):
    asked = read_question(text)
    assert asked.kind is Kind.COMPARE
    assert (gist(asked.subject), gist(asked.other), asked.measure) == (subject, other, measure)


@pytest.mark.parametrize(
    ('text', 'owner', 'part'),
    [
        ("what colour is the person's shirt?", 'person', 'shirt'),
        ('what colour is the shirt of the man on the left?', 'man @left', 'shirt'),
        ('what color shirt is the woman wearing?', 'woman', 'shirt'),
        ('what colour are the trousers?', 'person', 'trousers'),
    ],
)
def test_a_garment_belongs_to_somebody(text, owner, part):
    asked = read_question(text)
    assert (asked.kind, gist(asked.subject), asked.part) == (Kind.COLOUR, owner, part)


def test_several_things_are_asked_for():
    asked = read_question('how many cars and trucks are there?')
    assert [p.noun for p in (asked.subject, *asked.also)] == ['car', 'truck']
    asked = read_question('is there a dog or a cat?')
    assert [p.noun for p in (asked.subject, *asked.also)] == ['dog', 'cat']
    assert asked.is_choice


def test_counting_means_all():
    assert read_question('how many dogs').subject.quantity is Quantity.ALL
    assert read_question('is there a dog').subject.quantity is Quantity.ANY


@pytest.mark.parametrize(
    'text',
    ['', '  \n', 'describe', 'Describe the scene.', 'what do you see?', 'what can you see',
     'tell me what you see', 'what is in the picture?', 'what is going on?', "what's here"],
)  # fmt: skip
def test_the_whole_scene_is_asked_for(text):
    assert read_question(text).kind is Kind.DESCRIBE


@pytest.mark.parametrize(
    ('text', 'meant'),
    [
        ('WHAT COLOR IS THE CAR', 'what colour is the car?'),
        ('wat colur is the car', 'what colour is the car?'),
        ('how meny dogs are there', 'how many dogs are there?'),
        ('hw many dogs', 'how many dogs?'),
        ('whats on the left', 'what is on the left?'),
        ('where r the dogs', 'where are the dogs?'),
        ('is ther a car', 'is there a car?'),
        ('hey robot, please tell me how many dogs there are!!', 'how many dogs?'),
    ],
)
def test_slips_and_shouting_do_not_matter(text, meant):
    ours, theirs = read_question(text), read_question(meant)
    assert (ours.kind, gist(ours.subject).lower()) == (theirs.kind, gist(theirs.subject))


@pytest.mark.parametrize(
    ('text', 'why'),
    [
        ('is the door open?', 'open'),
        ('is it raining?', 'English'),
        ('why is the dog here?', 'why'),
        ('what time is it?', 'when'),
        ('how far is the car?', 'depth'),
        ('what is the man saying?', 'saying'),
        ('who are you?', 'English'),
        ('Wie viele Autos sind da?', 'English'),
        ('\N{INVERTED QUESTION MARK}Hay un perro?', 'English'),
        ('有几辆车？', 'English'),
        ('asdf qwer zxcv', 'English'),
        ('???', 'English'),
        ('\N{SLIGHTLY SMILING FACE}', 'English'),
        ('is', 'English'),
        ('is is is is', ''),
        ('is the dog ' * 200, '500 characters'),
        (b'\xff\xfe', 'UTF-8'),
        ('\x00\x01', 'word'),
    ],
)
def test_what_makes_no_sense_is_said(text, why):
    asked = read_question(text)
    assert asked.kind in (Kind.UNKNOWN, Kind.EXISTS)
    if why:
        assert why in asked.trouble


def test_words_in_any_order_never_fail():
    words = ('is', 'the', 'red', 'left', 'of', 'than', 'how', 'many', 'who', "'s", 'a', 'and')
    for i, first in enumerate(words):
        for second in words:
            for third in words[i:]:
                asked = read_question(f'{first} {second} {third} dog {first} or {third}?')
                assert isinstance(asked.subject, Phrase | None)
