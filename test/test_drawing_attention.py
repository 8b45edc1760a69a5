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

"""Where words looked: heat over the image, and the page that says why."""

from grounded_perception import drawing
from grounded_perception.records import Attention, Grounding, Phrase, Regions, Status
import numpy as np
import pytest

WHITE = (255, 255, 255)
GREEN = drawing.STATUS_COLOURS[Status.FOUND]
CARS = Regions.of_labels(
    np.array([[64, 192, 256, 432], [384, 192, 576, 432]], np.float32),
    np.array([0.9, 0.6], np.float32),
    ('car', 'bus'),
)


def gray(height=480, width=640):
    return np.full((height, width, 3), 90, np.uint8)


def answer(status, words, weights, n=2, reason='this fits "the red car" best: is a car 0.90'):
    p = np.full(n, 0.9 / max(n, 1), np.float32)
    indices = (0,) if status is Status.FOUND else ()
    attention = Attention(words, np.array(weights, np.float32).reshape(len(words), n))
    return Grounding(Phrase('the red car', 'car'), status, indices, p, 0.1, 0.5, reason, attention)


def warmth(picture):
    return picture[..., 0].astype(int) - picture[..., 2]


def heat(shares, **options):
    return drawing.heat_map(gray(), CARS, np.array(shares, np.float32), ('red', WHITE), **options)


def test_heat_is_warm_where_the_word_looked():
    drawn = heat((0.8, 0.1))
    assert warmth(drawn)[312, 160] > warmth(drawn)[312, 480] + 40
    assert warmth(drawn)[312, 160] > warmth(drawn)[100, 320] + 40
    assert (drawn[100, 320] == 54).all(), 'pale and gray where nothing looked'


def test_heat_fills_its_box_and_ends_there():
    drawn = heat((1, 0))
    colourful = np.ptp(drawn.astype(int), axis=2)
    assert colourful[250:380, 100:220].min() > 30
    assert colourful[312, 300:].max() < 15


def test_heat_of_overlapping_regions_adds_up():
    twice = Regions.of_labels(
        np.array([[100, 100, 300, 300], [200, 100, 400, 300]], np.float32),
        np.ones(2, np.float32),
        ('car', 'car'),
    )
    drawn = drawing.heat_map(gray(), twice, np.full(2, 0.5, np.float32), ('car', WHITE))
    assert warmth(drawn)[200, 250] > warmth(drawn)[200, 150] + 10


def test_answers_have_a_frame_in_the_colour_of_the_caption():
    drawn = drawing.heat_map(
        gray(), CARS, np.array([0.9, 0.1], np.float32), ('answer', GREEN), answers=(0,)
    )
    assert tuple(drawn[300, 64]) == GREEN
    assert tuple(drawn[300, 384]) == WHITE


def test_nothing_looked_at_leaves_the_picture_pale():
    drawn = heat((0, 0))
    assert np.ptp(drawn[100:], axis=2).max() == 0


@pytest.mark.parametrize(
    ('words', 'panels'),
    [
        ((), (1, 1)),
        (('car',), (1, 2)),
        (('the', 'red', 'car'), (1, 3)),
        (('the', 'big', 'red', 'car'), (2, 2)),
        (('w1', 'w2', 'w3', 'w4', 'w5', 'w6', 'w7', 'w8'), (2, 4)),
    ],
)
def test_a_small_picture_for_the_answer_and_each_content_word(words, panels):
    found = answer(Status.FOUND, words, np.ones((len(words), 2)) / 2)
    sheet = drawing.attention_sheet(gray(), found, CARS)
    rows, columns = panels
    width = max(640 // columns, 320) if columns > 1 else 480
    assert sheet.shape[1] == columns * (width + 4) - 4
    pictures = rows * (round(width * 0.75) + 4) - 4
    assert 30 < sheet.shape[0] - pictures < 150, 'and a strip of text'


def test_of_many_words_the_sharpest_are_shown():
    words = tuple(f'w{n}' for n in range(8))
    vague, sharp = (0.5, 0.5), (1.0, 0.0)
    found = answer(Status.FOUND, words, [vague, *[sharp] * 6, vague])
    clear = answer(Status.FOUND, words[1:7], [sharp] * 6)
    assert np.array_equal(
        drawing.attention_sheet(gray(), found, CARS), drawing.attention_sheet(gray(), clear, CARS)
    )


def test_the_text_grows_with_the_reason():
    short, long = (
        drawing.attention_sheet(
            gray(), answer(Status.FOUND, ('car',), [[1, 0]], reason='because ' * n), CARS
        )
        for n in (1, 40)
    )
    assert short.shape[0] < long.shape[0] < short.shape[0] + 120


@pytest.mark.parametrize('size', [(240, 320), (1080, 1920), (1920, 1080), (48, 64)])
def test_sheets_have_a_sensible_size_whatever_the_image(size):
    rgb = np.random.default_rng(0).integers(0, 255, (*size, 3), np.uint8)
    sheet = drawing.attention_sheet(rgb, answer(Status.FOUND, ('car',), [[1, 0]]), CARS)
    assert 300 < sheet.shape[1] <= 1920
    assert 200 < sheet.shape[0] <= 1200


def test_absent_with_no_candidates_still_names_phrase_and_words():
    absent = answer(Status.ABSENT, ('car', 'red'), np.zeros((2, 0)), n=0)
    sheet = drawing.attention_sheet(gray(), absent, Regions.empty())
    red = sheet[:60, :, 0].astype(int) - sheet[:60, :, 1]
    assert (red > 60).sum() > 30, 'the verdict'
    assert (sheet > 160).all(axis=2).sum() > 50, 'letters'
