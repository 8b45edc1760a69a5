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

"""Where each word looked: where what it asks holds, or where the network says."""

from grounded_perception.fusion.gathering import gather
from grounded_perception.fusion.looking import attended
from grounded_perception.fusion.tokens import region_tokens, text_tokens
from grounded_perception.language.command import parse
from grounded_perception.records import Frame, Regions
import numpy as np
import pytest

#: A car, another right of it, a person between them, a dog on the far right.
BOXES = [[0, 20, 30, 50], [60, 20, 90, 50], [38, 10, 52, 55], [100, 30, 115, 50]]
LABELS = ('car', 'car', 'person', 'dog')
LEFT, RIGHT, PERSON, DOG = range(4)


def looks(words, sentence):
    """Return which region each word looks at, of a network that looks at the dog all the time."""
    scores = np.full(len(LABELS), 0.9, np.float32)
    regions = Regions.of_labels(np.array(BOXES, np.float32), scores, LABELS)
    tokens = region_tokens(Frame(np.full((60, 120, 3), 90, np.uint8)), regions, words)
    text = text_tokens(parse(sentence, 100).phrases[0], words)
    shares = np.tile(np.array([0.1, 0.11, 0.1, 0.69], np.float32), (9, 1))
    given = shares.copy()
    attention = attended(text, shares, gather(tokens, [text])[0])
    np.testing.assert_array_equal(shares, given)
    np.testing.assert_allclose(attention.weights.sum(axis=1), 1, rtol=1e-5)
    assert attention.weights.shape == (len(attention.words), len(LABELS))
    return [
        (word, int(np.argmax(row))) for word, row in zip(*vars(attention).values(), strict=True)
    ]


@pytest.mark.parametrize(
    ('sentence', 'expected'),
    [
        ('the car', {'the': DOG, 'car': RIGHT}),
        ('the cars', {'cars': RIGHT}),
        ('the leftmost car', {'leftmost': LEFT, 'car': RIGHT}),
        ('the car left of the person', {'car': RIGHT, 'of': DOG, 'person': PERSON}),
        ('the car next to the kiosk', {'car': RIGHT, 'kiosk': DOG}),  # nothing knows kiosks
        ('the shiny car', {'shiny': DOG, 'car': RIGHT}),
    ],
)
def test_a_word_that_is_checked_looks_where_it_holds(words, sentence, expected):
    assert expected.items() <= dict(looks(words, sentence)).items()


def test_the_last_of_two_alike_is_what_the_phrase_leans_on(words):
    told = looks(words, 'the car right of the leftmost car')
    assert [where for word, where in told if word == 'car'] == [RIGHT, LEFT]
