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

"""Why: the checks of an answer, and the sentence made of them."""

from dataclasses import replace

from grounded_perception.fusion.attention import WordAttention
from grounded_perception.fusion.selection import select, Thresholds
from grounded_perception.fusion.tokens import region_tokens, text_tokens
from grounded_perception.language.command import parse
from grounded_perception.records import Check, Frame, Phrase, Regions
import numpy as np
import pytest

LIMITS = Thresholds(absent=0.5, margin=0.2)
RED, BLUE, GRAY = (215, 20, 30), (20, 70, 200), (128, 128, 128)
STREET = (
    ('car', 0.9, (20, 100, 100, 160), RED),
    ('car', 0.85, (300, 100, 380, 160), BLUE),
    ('person', 0.8, (180, 60, 210, 170), GRAY),
)


def ground(rows, asked, words, none=None):
    rgb = np.full((200, 400, 3), 90, np.uint8)
    for _, _, (x1, y1, x2, y2), colour in rows:
        rgb[y1:y2, x1:x2] = colour
    boxes = np.array([r[2] for r in rows], np.float32).reshape(-1, 4)
    scores = np.array([r[1] for r in rows], np.float32)
    regions = Regions.of_labels(boxes, scores, tuple(r[0] for r in rows))
    phrase = parse(asked, 500).phrases[0] if isinstance(asked, str) else asked
    text = text_tokens(phrase, words)
    tokens = region_tokens(Frame(rgb), regions, words)
    (fused,) = WordAttention().fuse(tokens, [text])
    if none is not None:  # as a network may have it
        shares = fused.probabilities * (1 - none) / fused.probabilities.sum()
        fused = replace(fused, probabilities=shares, none_probability=none)
    return select(tokens, text, fused, LIMITS)


@pytest.mark.parametrize(
    ('sentence', 'reason'),
    [
        ('the person', 'this fits "the person" best: is a person 0.80'),
        ('cars', '2 things fit "cars", the best: is a car 0.90'),
        (
            'the red car left of the person',
            'this fits "the red car left of the person" best: '
            'is a car 0.90; red 1.00; left of the person: yes',
        ),
        (
            'the second car from the left',
            'this fits "the second car from the left" best: '
            'is a car 0.85; the second from the left: yes',
        ),
        (
            'the red vehicle on the right',
            'this fits "the red vehicle on the right" best: '
            'is a vehicle 0.90; red 1.00; on the right: no',
        ),
        (
            'the shiny red car',
            'this fits "the shiny red car" best: '
            "is a car 0.90; red 1.00; 'shiny' cannot be checked",
        ),
        ('the car', '2 things fit "the car" about equally well: each is a car'),
        (
            'the car left of the dog',
            '2 things fit "the car left of the dog" about equally well: '
            'each is a car; none is left of the dog',
        ),
        (
            'the car left of the forklift',
            '2 things fit "the car left of the forklift" about equally well: '
            "each is a car; 'left of the forklift' cannot be checked",
        ),
        (
            'the yellow car',
            'nothing here fits "the yellow car": a car is here, none is yellow: yellow 0.03',
        ),
        (
            'the dog',
            'nothing here fits "the dog": no dog is seen; the likest thing here is one by 0.01',
        ),
        ('three cars', 'only 2 of 3 "three cars" are here'),
    ],
)
def test_reasons(sentence, reason, words):
    assert ground(STREET, sentence, words).reason == reason


def test_nothing_seen_at_all(words):
    answer = ground((), 'the shiny cup', words)
    assert answer.reason == (
        'nothing here fits "the shiny cup": nothing at all is seen; \'shiny\' cannot be checked'
    )
    assert answer.checks == (Check('shiny', 'word', 0.0, None),)


def test_a_thing_that_is_hardly_seen_is_said_to_be_unsure(words):
    rows = (('dog', 0.2, (20, 100, 100, 160), RED),)
    answer = ground(rows, 'the red dog', words, none=0.8)
    assert answer.reason == (
        'nothing here fits "the red dog": the nearest is a dog by 0.20 only, too unsure to '
        'answer with'
    )


def test_an_absent_anchor_is_named(words):
    rows = (('car', 0.35, (20, 100, 100, 160), RED),)
    answer = ground(rows, 'the blue car left of the dog', words)
    assert 'none is blue, left of the dog: blue 0.03; left of the dog: no' in answer.reason


def test_checks_are_of_the_region_that_answers(words):
    checks = ground(STREET, 'the blue car on the right', words).checks
    assert [(c.what, c.kind, c.holds) for c in checks] == [
        ('is a car', 'noun', True), ('blue', 'colour', True), ('on the right', 'place', True),
    ]  # fmt: skip
    assert checks[0].value == pytest.approx(0.85, abs=1e-6)
    assert all(0 <= c.value <= 1 for c in checks)


def test_checks_of_what_is_absent_are_of_the_nearest(words):
    noun, colour = ground(STREET, 'the yellow person', words).checks
    assert (noun.what, noun.holds) == ('is a person', True)
    assert (colour.what, colour.holds) == ('yellow', False)


@pytest.mark.parametrize('noun', ['car', 'dog'])
def test_braces_in_a_sentence_are_only_letters(noun, words):
    phrase = Phrase(text='the {0} {thing}', noun=noun)
    assert '"the {0} {thing}"' in ground(STREET, phrase, words).reason
