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

"""What the pictures for people show, by their pixels."""

from grounded_perception import drawing
from grounded_perception.records import (
    Attention,
    Grounding,
    Perception,
    Phrase,
    Regions,
    Status,
)
from grounded_perception.segmenters.base import Masks
import numpy as np
import pytest

SIZES = ((240, 320), (480, 640), (1080, 1920), (1920, 1080))
GREEN = drawing.STATUS_COLOURS[Status.FOUND]
AMBER = drawing.STATUS_COLOURS[Status.AMBIGUOUS]


def gray(height: int, width: int) -> np.ndarray:
    return np.full((height, width, 3), 90, np.uint8)


def regions(*rows: tuple) -> Regions:
    """Make regions of (label, score, x1, y1, x2, y2)."""
    numbers = np.array([r[1:] for r in rows], np.float32).reshape(len(rows), 5)
    return Regions.of_labels(numbers[:, 1:], numbers[:, 0], tuple(r[0] for r in rows))


def answer(
    status: Status,
    indices: tuple[int, ...],
    probabilities: tuple[float, ...],
    text: str = 'the red car',
    words: tuple[str, ...] = ('car', 'red'),
    weights: tuple[tuple[float, ...], ...] | None = None,
) -> Grounding:
    p = np.array(probabilities, np.float32)
    rows = np.zeros((len(words), len(p)), np.float32) if weights is None else weights
    attention = Attention(words, np.array(rows, np.float32).reshape(len(words), len(p)))
    none = max(0.0, 1 - float(p.sum()))
    return Grounding(Phrase(text, 'car'), status, indices, p, none, 0.5, '', attention)


def perception(
    detections: Regions, *groundings: Grounding, candidates: Regions | None = None
) -> Perception:
    found = detections if candidates is None else candidates
    return Perception(detections, found, groundings, {})


def count(picture: np.ndarray, colour: tuple[int, int, int]) -> int:
    return int((picture == np.array(colour, np.uint8)).all(axis=-1).sum())


def reddish(picture: np.ndarray) -> int:
    """Count the pixels of red letters, smoothed edges included."""
    return int((picture[..., 0].astype(int) - picture[..., 1] > 60).sum())


def two_cars(height: int, width: int) -> Regions:
    left = (0.1 * width, 0.4 * height, 0.4 * width, 0.9 * height)
    right = (0.6 * width, 0.4 * height, 0.9 * width, 0.9 * height)
    return regions(('car', 0.9, *left), ('bus', 0.6, *right))


@pytest.mark.parametrize(('height', 'width'), SIZES)
def test_nothing_perceived_leaves_the_pixels_alone(height, width):
    image = gray(height, width)
    drawn = drawing.annotate(image, perception(Regions.empty()))
    assert np.array_equal(drawn, image)
    assert not np.shares_memory(drawn, image)


@pytest.mark.parametrize(('height', 'width'), SIZES)
def test_input_is_never_written_to(height, width):
    image = gray(height, width)
    image.flags.writeable = False
    cars = two_cars(height, width)
    found = answer(Status.FOUND, (0,), (0.9, 0.05), weights=((1, 0), (0.5, 0.5)))
    drawn = drawing.annotate(image, perception(cars, found))
    heat = drawing.heat_map(image, cars, found.probabilities, ('answer', GREEN))
    drawing.attention_sheet(image, found, cars)
    assert (image == 90).all()
    for picture in (drawn, heat):
        assert picture.shape == image.shape
        assert picture.dtype == np.uint8
        assert picture.flags.writeable
        assert (picture != image).any()


def test_an_image_with_strange_strides_is_drawn_alike():
    image = np.random.default_rng(0).integers(0, 255, (240, 640, 3), np.uint8)
    view = image[:, ::-2]
    cars = two_cars(*view.shape[:2])
    found = answer(Status.FOUND, (0,), (0.9, 0.05), weights=((1, 0), (1, 0)))
    seen = perception(cars, found)
    assert np.array_equal(drawing.annotate(view, seen), drawing.annotate(view.copy(), seen))
    assert np.array_equal(
        drawing.attention_sheet(view, found, cars),
        drawing.attention_sheet(view.copy(), found, cars),
    )


def test_detections_are_thin_boxes_in_their_class_colour():
    image = gray(480, 640)
    drawn = drawing.annotate(image, perception(two_cars(480, 640)))
    for x, name in ((64, 'car'), (384, 'bus')):
        assert tuple(drawn[300, x]) == drawing.class_colour(name)
        assert tuple(drawn[300, x + 5]) == (90, 90, 90)
    label = drawn[160:192, 64:200]
    assert count(label, drawing.class_colour('car')) > 300, 'the text has a background'
    assert (label.max(axis=2) < 80).sum() > 20, 'and letters'


@pytest.mark.parametrize(('height', 'width'), SIZES)
def test_found_is_bold_and_green(height, width):
    image, cars = gray(height, width), two_cars(height, width)
    plain = drawing.annotate(image, perception(cars))
    drawn = drawing.annotate(image, perception(cars, answer(Status.FOUND, (0,), (0.9, 0.05))))
    row = round(0.65 * height)
    half = slice(0, round(0.25 * width))
    assert count(drawn[row, half], GREEN) > count(plain[row, half], drawing.class_colour('car'))
    assert count(drawn[row, half], drawing.class_colour('car')) == 0, 'not drawn twice'
    assert count(drawn[row, round(0.5 * width) :], drawing.class_colour('bus')) > 0
    assert count(drawn, AMBER) == 0


def test_lines_grow_with_the_image():
    widths = []
    for height, width in ((240, 320), (1080, 1920)):
        found = answer(Status.FOUND, (0,), (0.9, 0.05))
        drawn = drawing.annotate(gray(height, width), perception(two_cars(height, width), found))
        widths.append(count(drawn[round(0.65 * height), : width // 4], GREEN))
    assert widths[0] >= 2
    assert widths[1] >= 2 * widths[0]


def test_several_found_are_all_green():
    cars = two_cars(480, 640)
    drawn = drawing.annotate(
        gray(480, 640), perception(cars, answer(Status.FOUND, (0, 1), (0.5, 0.45)))
    )
    assert tuple(drawn[300, 64]) == tuple(drawn[300, 384]) == GREEN


def test_ambiguous_candidates_are_amber_and_numbered():
    cars = two_cars(480, 640)
    both = answer(Status.AMBIGUOUS, (0, 1), (0.5, 0.45))
    drawn = drawing.annotate(gray(480, 640), perception(cars, both))
    assert tuple(drawn[300, 64]) == tuple(drawn[300, 384]) == AMBER
    swapped = answer(Status.AMBIGUOUS, (1, 0), (0.5, 0.45))
    other = drawing.annotate(gray(480, 640), perception(cars, swapped))
    assert (drawn[160:192, 64:120] != other[160:192, 64:120]).any(), '1 and 2 change places'


@pytest.mark.parametrize(('height', 'width'), SIZES)
def test_absent_has_a_banner_and_no_box(height, width):
    drawn = drawing.annotate(
        gray(height, width), perception(Regions.empty(), answer(Status.ABSENT, (), ()))
    )
    top = drawn[: height // 5]
    assert reddish(top) > 30
    assert (top.min(axis=2) > 180).sum() > 10, 'the phrase'
    assert (drawn[height // 5 :] == 90).all()


def test_each_phrase_has_a_line():
    lines = [answer(Status.ABSENT, (), (), text=f'thing {i}') for i in range(3)]
    heights = []
    for n in range(4):
        drawn = drawing.annotate(gray(480, 640), perception(Regions.empty(), *lines[:n]))
        heights.append(int((drawn != 90).any(axis=(1, 2)).sum()))
    steps = np.diff(heights)
    assert heights[0] == 0
    assert steps[0] == steps[1] == steps[2] > 8


def test_many_phrases_leave_most_of_the_image_free():
    lines = [answer(Status.ABSENT, (), (), text=f'thing {i}') for i in range(60)]
    drawn = drawing.annotate(gray(240, 320), perception(Regions.empty(), *lines))
    assert (drawn[90:] == 90).all()


def test_the_verdict_survives_a_long_phrase():
    long = answer(Status.ABSENT, (), (), text='very ' * 200 + 'red car')
    drawn = drawing.annotate(gray(240, 320), perception(Regions.empty(), long))
    assert reddish(drawn[:40, 160:]) > 30


def test_labels_do_not_cover_each_other():
    rows = [('person', 0.9 - i / 100, 100 + i, 200 + i, 300 + i, 400 + i) for i in range(12)]
    drawn = drawing.annotate(gray(480, 640), perception(regions(*rows)))
    found = answer(Status.FOUND, (0,), (0.9, *[0.0] * 11))
    bold = drawing.annotate(gray(480, 640), perception(regions(*rows), found))
    assert count(drawn, drawing.class_colour('person')) > 1000
    assert count(bold, GREEN) > 1000, 'the label of an answer is always there'


@pytest.mark.parametrize('size', [(1, 1), (1, 300), (300, 1), (7, 9), (24, 32)])
def test_tiny_images_do_not_crash(size):
    height, width = size
    box = regions(('car', 0.9, 0, 0, width, height))
    found = answer(Status.FOUND, (0,), (0.9,), weights=((1,), (1,)))
    assert drawing.annotate(gray(*size), perception(box, found)).shape == (*size, 3)
    sheet = drawing.attention_sheet(gray(*size), found, box)
    assert 40 < sheet.shape[0] < 2000
    assert 40 < sheet.shape[1] < 2000


@pytest.mark.parametrize(
    ('text', 'ascii_only'),
    [
        ('the red car', 'the red car'),
        ('“le café” — Größe', '"le cafe" - Grosse'),
        ('红色的车', '????'),
        ('line\nbreak\tand \x00 \ud800', 'line break and ? ?'),
        ('', ''),
    ],
)
def test_texts_become_drawable(text, ascii_only):
    assert drawing.drawable(text) == ascii_only
    absent = answer(Status.ABSENT, (), (), text=text, words=(text,))
    drawing.annotate(gray(240, 320), perception(Regions.empty(), absent))
    drawing.attention_sheet(gray(240, 320), absent, Regions.empty())


def test_class_colours_are_stable_and_differ_from_answers():
    names = ('person', 'car', 'bus', 'cat', 'dog', 'chair', 'cup', 'traffic light')
    assert drawing.class_colour('person') == (120, 140, 255), 'the same in every process'
    colours = {drawing.class_colour(name) for name in names}
    assert len(colours) >= 4
    assert not colours & set(drawing.STATUS_COLOURS.values())


def test_masks_tint_their_pixels_and_hide_no_smaller_one():
    rgb = gray(40, 60)
    boxes = np.array([[10, 10, 20, 20], [5, 5, 30, 30], [0, 0, 0, 0]], np.int32)
    crops = tuple(np.ones((y2 - y1, x2 - x1), np.bool_) for x1, y1, x2, y2 in boxes)
    drawn = drawing.tinted(rgb, Masks((40, 60), boxes, crops), [GREEN, AMBER, AMBER])
    assert (rgb == 90).all()
    assert drawn[10, 10].tolist() == list(GREEN)  # its edge
    assert drawn[5, 5].tolist() == list(AMBER)
    assert drawn[15, 15, 1] > drawn[25, 25, 1] > 90
    assert drawn[35, 35].tolist() == [90, 90, 90]
