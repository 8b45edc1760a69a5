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

"""Boxes out of what models write: right ones exactly, wrong ones reported, none ever raises."""

import json
import random
import time

from grounded_perception.assistants.parsing import (
    florence2,
    json_boxes,
    kosmos2,
    paligemma,
    qwen,
)
from grounded_perception.assistants.parsing.found import Sieve
from grounded_perception.errors import FrameError
import numpy as np
import pytest

WIDTH, HEIGHT = 1280, 720
READERS = {
    'florence2': florence2.read,
    'florence2 outlines': lambda *a: florence2.read(*a, outlines=True),
    'kosmos2': kosmos2.read,
    'paligemma': paligemma.read,
    'qwen pixels': lambda *a: qwen.read(*a, space=(1288.0, 728.0)),
    'qwen thousandths': lambda *a: qwen.read(*a, space=json_boxes.THOUSAND),
    'json shares': lambda *a: json_boxes.read(*a, space=json_boxes.UNIT),
}
VALID = {
    'florence2': 'A red car<loc_52><loc_333><loc_93><loc_774>by a bus<loc_1><loc_2><loc_3><loc_9>',
    'florence2 outlines': 'dog<poly><loc_1><loc_2><loc_300><loc_2><loc_300><loc_400><sep><loc_5>'
    '<loc_5><loc_9><loc_9><loc_5><loc_9></poly>',
    'kosmos2': '<grounding> A<phrase> snowman</phrase><object><patch_index_0044>'
    '<patch_index_0863></delimiter_of_multi_objects/><patch_index_0001><patch_index_0100>'
    '</object> by<phrase> a fire</phrase><object><patch_index_0005><patch_index_0911></object>.',
    'paligemma': '<loc0100><loc0200><loc0300><loc0400> cat ; <loc0001><loc0002><loc1023><loc0900>'
    ' grey dog<eos>',
    'qwen pixels': '```json\n[{"bbox_2d": [10, 20, 300, 400], "label": "cat"},\n'
    '{"bbox_2d": [1, 2, 30, 40.5], "label": "dog", "score": 0.5}]\n```',
    'qwen thousandths': '<|object_ref_start|>cat<|object_ref_end|><|box_start|>(10,20),(300,400)'
    '<|box_end|><|box_start|>(1,2),(3,4)<|box_end|><|im_end|>',
    'json shares': 'Sure! {"objects": [{"box": {"x1": 0.1, "y1": 0.2, "x2": 0.5, "y2": 0.9}, '
    '"name": "cup", "confidence": 0.9}]} Anything else?',
}
JUNK = ['NaN', '1e999', '-', '[', '{', '"', '}', ']', '<', '>', '<loc_', '9' * 400, '\x00', 'é',
        '<object>', '<|box_start|>', 'null', ',', ' ', '\\u12', '😀', '<poly>', ';']  # fmt: skip


def boxes(parsed):
    return {found.label: found.box for found in parsed.found}


def random_boxes(rng, count):
    """Return boxes of at least 8 pixels a side, whole pixels."""
    low = rng.integers(0, [WIDTH - 60, HEIGHT - 60], (count, 2))
    size = rng.integers(8, 60, (count, 2))
    return np.concatenate([low, low + size], axis=1)


def assert_usable(parsed, width=WIDTH, height=HEIGHT):
    """Check what every box promises, whatever it was read off."""
    for found in parsed.found:
        box = np.array(found.box, np.float32)
        assert np.isfinite(box).all()
        assert 0 <= box[0] < box[2] <= width
        assert 0 <= box[1] < box[3] <= height
        assert found.score is None or 0 <= found.score <= 1
        for x, y in (point for polygon in found.polygons for point in polygon):
            assert 0 <= x <= width
            assert 0 <= y <= height
    assert all(isinstance(p, str) and p and '\n' not in p for p in parsed.problems)
    assert len(parsed.problems) <= 20


# -- what valid texts mean ---------------------------------------------------------------------


@pytest.mark.parametrize('name', VALID)
def test_a_valid_text_is_read_without_a_problem(name):
    parsed = READERS[name](VALID[name], WIDTH, HEIGHT)
    assert parsed.found
    assert parsed.problems == ()
    assert_usable(parsed)


def test_florence_tokens_are_middles_of_a_thousand_steps():
    parsed = florence2.read('car<loc_0><loc_0><loc_500><loc_999>', 1000, 500)
    assert parsed.found[0].box == (0.5, 0.25, 500.5, 499.75)


def test_florence_words_before_a_label_without_box_belong_to_it_not_to_the_next():
    parsed = florence2.read(VALID['florence2'], WIDTH, HEIGHT)
    assert [f.label for f in parsed.found] == ['A red car', 'by a bus']


def test_florence_outlines_keep_their_points_and_get_the_box_around_them():
    (dog,) = READERS['florence2 outlines'](VALID['florence2 outlines'], 1000, 1000).found
    assert dog.box == (1.5, 2.5, 300.5, 400.5)
    assert [len(polygon) for polygon in dog.polygons] == [3, 3]


def test_paligemma_says_y_first():
    parsed = paligemma.read('<loc0000><loc0512><loc0256><loc1023> bus', 1024, 2048)
    assert boxes(parsed) == {'bus': (512, 0, 1023, 512)}


def test_paligemma_masks_are_left_out_and_said_so():
    parsed = paligemma.read('<loc0000><loc0512><loc0256><loc1023><seg001><seg127> bus', 99, 99)
    assert list(boxes(parsed)) == ['bus']
    assert parsed.problems == ('2 segmentation tokens were not read',)


def test_qwen_pixels_are_those_of_the_resized_image():
    text = json_boxes.write([('cat', (0, 0, 644, 364))])
    assert boxes(qwen.read(text, WIDTH, HEIGHT, space=(1288, 728))) == {'cat': (0, 0, 640, 360)}


def test_qwen_thousandths_are_shares_of_the_sides():
    text = json_boxes.write([('cat', (500, 0, 1000, 250))])
    parsed = qwen.read(text, WIDTH, HEIGHT, space=json_boxes.THOUSAND)
    assert boxes(parsed) == {'cat': (640, 0, 1280, 180)}


@pytest.mark.parametrize(
    'text',
    [
        '[{"bbox_2d": [10, 20, 30, 40], "label": "x"}]',
        '{"bbox": [10, 20, 30, 40], "label": "x"}',
        '{"box": ["10", "20", "30.0", "40"], "class": "x"}',
        '{"objects": [{"bbox": [[10, 20], [30, 40]], "name": "x"}]}',
        '{"boxes": [[10, 20, 30, 40]], "label": "x"}',
        '{"boxes": [{"bbox": [10, 20, 30, 40], "label": "x"}]}',
        '{"bbox": {"xmin": 10, "ymin": 20, "xmax": 30, "ymax": 40}, "label": "x"}',
        '{"bbox": {"x": 10, "y": 20, "width": 20, "height": 20}, "label": "x"}',
        'I looked closely.\n```json\n[[10, 20, 30, 40]]\n```\nDone.',
        '[10, 20, 30, 40]',
    ],
)
def test_every_usual_spelling_of_json_means_the_same(text):
    parsed = json_boxes.read(text, WIDTH, HEIGHT, 'x')
    assert boxes(parsed) == {'x': (10, 20, 30, 40)}
    assert parsed.problems == ()


# -- what malformed texts give -----------------------------------------------------------------


@pytest.mark.parametrize(
    ('read', 'text', 'kept', 'problem'),
    [
        (florence2.read, 'I see no dog.', 0, 'no location token in'),
        (florence2.read, 'car<loc_1><loc_2><loc_30>', 0, '3 location tokens of'),
        (florence2.read, 'car<loc_10><loc_20><loc_30><loc_40><loc_5>', 1, '1 location tokens'),
        (florence2.read, 'car<loc_30><loc_40><loc_10><loc_20>', 1, 'corners swapped'),
        (florence2.read, 'car<loc_10><loc_20><loc_3000><loc_40>', 1, 'reaches out of the image'),
        (florence2.read, 'a<loc_1><loc_1><loc_9><loc_9>' * 3, 1, 'more than once (2 times)'),
        (kosmos2.read, '<phrase>a dog</phrase> sits', 0, 'no <patch_index'),
        (kosmos2.read, '<object><patch_index_0001><patch_index_0100>', 1, 'not closed'),
        (kosmos2.read, '<object><patch_index_0001></object>', 0, 'one patch alone'),
        (kosmos2.read, '<patch_index_0001><patch_index_0100>', 1, 'outside <object>'),
        (kosmos2.read, '<object><patch_index_0001><patch_index_1024></object>', 0, 'past 1023'),
        (kosmos2.read, '<object><patch_index_0100><patch_index_0001></object>', 1, 'swapped'),
        (paligemma.read, '<loc0001><loc0001><loc0009> cat', 0, '3 location tokens'),
        (paligemma.read, 'no cat', 0, 'no location token before'),
        (qwen.read, 'There is no cat.', 0, 'no JSON in'),
        (qwen.read, '[{"bbox_2d": [1, 2, 3, 4], "label": "a"}, {"bbox_2d": [5', 1, 'cut off'),
        (qwen.read, '[{"bbox_2d": [1, 2, 3], "label": "a"}]', 0, 'bbox_2d of'),
        (qwen.read, '[{"bbox_2d": [1, 2, NaN, 4], "label": "a"}]', 0, 'is no number'),
        (qwen.read, '[{"bbox_2d": [1, 2, 1e999, 4], "label": "a"}]', 0, 'is no number'),
        (qwen.read, '[{"bbox_2d": [9, 9, 9, 20], "label": "a"}]', 0, 'no area'),
        (qwen.read, '[{"bbox_2d": [-9, -9, -2, -3], "label": "a"}]', 0, 'no part inside'),
        (qwen.read, '[{"bbox_2d": [true, 2, 3, 4], "label": "a"}]', 0, 'is no number'),
        (qwen.read, '[{"bbox_2d": [1,2,9,9], "score": 7}]', 1, 'has the score 7'),
        (qwen.read, '[{"point_2d": [1, 2], "label": "a"}]', 0, 'no box in'),
        (qwen.read, '[{"bbox_2d": [0.1, 0.2, 0.3, 0.4]}]', 1, 'between 0 and 1 came where'),
        (qwen.read, '<|box_start|>(1,2),(3,<|box_end|>', 0, 'not followed by'),
        (qwen.read, '[' * 90000, 0, 'too many brackets'),
        (qwen.read, '[' * 300 + ']' * 300, 0, 'deeper than 6 levels'),
        (qwen.read, json.dumps([{'bbox_2d': [i, 0, i + 1, 9]} for i in range(400)]), 300, 'past'),
    ],
)
def test_what_is_malformed_is_left_out_or_mended_and_always_said(read, text, kept, problem):
    parsed = read(text, WIDTH, HEIGHT, 'thing')
    assert_usable(parsed)
    assert len(parsed.found) == kept
    assert any(problem in told for told in parsed.problems), parsed.problems


@pytest.mark.parametrize('name', VALID)
def test_an_empty_text_is_no_problem(name):
    assert READERS[name]('', WIDTH, HEIGHT).problems == ()


def test_an_image_without_pixels_is_refused():
    with pytest.raises(FrameError, match='1x1 pixels or more, got 0x9'):
        Sieve(0, 9)


# -- properties --------------------------------------------------------------------------------


def mutate(rng, text):
    """Break a text somewhere, as models and networks do."""
    for _ in range(rng.randint(1, 4)):
        at, other = rng.randrange(len(text) + 1), rng.randrange(len(text) + 1)
        low, high = min(at, other), max(at, other)
        text = rng.choice(
            [
                lambda: text[:at],  # noqa: B023 (called at once)
                lambda: text[:low] + text[high:],  # noqa: B023
                lambda: text[:at] + rng.choice(JUNK) + text[at:],  # noqa: B023
                lambda: text[:high] + text[low:],  # noqa: B023
                lambda: text[:at] + str(rng.randint(-5000, 5000)) + text[at + 1 :],  # noqa: B023
                lambda: text.replace(rng.choice('0123456789'), rng.choice('0123456789')),  # noqa: B023
            ]
        )()
    return text


@pytest.mark.parametrize('name', VALID)
def test_no_mutation_raises_and_every_box_stays_usable(name):
    rng = random.Random(f'mutations of {name}')
    for i in range(1500):
        width, height = rng.choice([(WIDTH, HEIGHT), (1, 1), (7, 4000)])
        text = mutate(rng, VALID[rng.choice(list(VALID))] if i % 5 == 0 else VALID[name])
        assert_usable(READERS[name](text, width, height, 'thing'), width, height)


@pytest.mark.parametrize('name', VALID)
def test_a_long_text_takes_no_long_time(name):
    start = time.monotonic()
    for text in ('<loc_1>' * 40000, '{"a":' * 40000, '(1,' * 90000, '<object>' * 30000,
                 '<|box_start|>(1,2),' * 9000, '<' * 200000, 'x' * 200000):  # fmt: skip
        READERS[name](text, WIDTH, HEIGHT)
    assert time.monotonic() - start < 8


def test_boxes_written_and_read_again_are_the_same_within_a_step():
    original = random_boxes(np.random.default_rng(3), 40)
    kosmos_text = ''
    for x1, y1, x2, y2 in original:
        first = int(y1 * 32 / HEIGHT) * 32 + int(x1 * 32 / WIDTH)
        last = int((y2 - 1) * 32 / HEIGHT) * 32 + int((x2 - 1) * 32 / WIDTH)
        pair = f'<patch_index_{first:04}><patch_index_{last:04}>'
        kosmos_text += f'<phrase>{x1},{y1}</phrase><object>{pair}</object>'
    names = [f'{x},{y}' for x, y, _, _ in original]
    florence_text = ''.join(
        n + florence2.write(b, WIDTH, HEIGHT) for n, b in zip(names, original, strict=True)
    )
    pali_text = ' ; '.join(
        f'{paligemma.write(b, WIDTH, HEIGHT)} {n}' for n, b in zip(names, original, strict=True)
    )
    pixels = json_boxes.write(list(zip(names, original.tolist(), strict=True)))
    scaled = original * 1000 / [WIDTH, HEIGHT, WIDTH, HEIGHT]
    thousandths = json_boxes.write(list(zip(names, scaled.tolist(), strict=True)))
    for parsed, steps in [
        (florence2.read(florence_text, WIDTH, HEIGHT), 1000),
        (paligemma.read(pali_text, WIDTH, HEIGHT), 1024),
        (kosmos2.read(kosmos_text, WIDTH, HEIGHT), 32),
        (qwen.read(thousandths, WIDTH, HEIGHT, space=json_boxes.THOUSAND), 1000),
        (qwen.read(pixels, WIDTH, HEIGHT), 10**9),
    ]:
        assert parsed.problems == ()
        assert [f.label for f in parsed.found] == names
        wrong = np.abs(np.array([f.box for f in parsed.found]) - original)
        assert (wrong <= np.array([WIDTH, HEIGHT] * 2) / steps + 1e-6).all()


# -- the same as the library's own reading -----------------------------------------------------


class _Words:
    """As much of a tokenizer as Florence's post-processor asks for."""

    all_special_tokens = ('<s>', '</s>', '<pad>')
    bos_token_id = 0


@pytest.fixture(scope='module')
def library_florence():
    pytest.importorskip('torch')
    module = pytest.importorskip('transformers.models.florence2.processing_florence2')
    kinds = ('phrase_grounding', 'description_with_bboxes', 'polygons',
             'description_with_bboxes_or_polygons')  # fmt: skip
    return module.Florence2PostProcessor({k: {} for k in kinds}, _Words())


def test_florence_boxes_equal_the_librarys(library_florence):
    original = random_boxes(np.random.default_rng(7), 30)
    text = ''.join(
        f'thing {i}' + florence2.write(b, WIDTH, HEIGHT) for i, b in enumerate(original)
    )
    ours = florence2.read(f'</s><s>{text}</s>', WIDTH, HEIGHT).found
    for kind in ('description_with_bboxes', 'description_with_bboxes_or_polygons'):
        theirs = library_florence(text=text, image_size=(WIDTH, HEIGHT), parse_tasks=kind)[kind]
        assert [(t['cat_name'], t['bbox']) for t in theirs] == [
            (o.label, [int(v) for v in o.box])  # theirs are cut to whole pixels
            for o in ours
        ]


def test_florence_outlines_equal_the_librarys(library_florence):
    text = '<loc_10><loc_20><loc_300><loc_20><loc_300><loc_400><sep><loc_1><loc_2><loc_8><loc_2>' \
        '<loc_8><loc_9>'  # fmt: skip
    theirs = library_florence(text=text, image_size=(WIDTH, HEIGHT), parse_tasks='polygons')
    (ours,) = florence2.read(text, WIDTH, HEIGHT, 'dog', outlines=True).found
    whole = [[int(v) for point in polygon for v in point] for polygon in ours.polygons]
    assert whole == theirs['polygons'][0]['polygons']


def test_kosmos_boxes_equal_the_librarys():
    pytest.importorskip('torch')
    module = pytest.importorskip('transformers.models.kosmos2.processing_kosmos2')
    rng = np.random.default_rng(9)
    for _ in range(50):
        text = '<grounding> Here'
        for i in range(rng.integers(1, 6)):
            (top, bottom), (left, right) = np.sort(rng.integers(0, 32, (2, 2)), axis=1)
            first, last = top * 32 + left, bottom * 32 + right
            text += f' is<phrase> thing {i}</phrase><object><patch_index_{first:04}>'
            text += f'<patch_index_{last:04}></object>'
        sentence, entities = module.clean_text_and_extract_entities_with_bboxes(text)
        ours = kosmos2.read(text, WIDTH, HEIGHT)
        assert ours.problems == ()
        assert kosmos2.plain(text) == sentence
        assert [f.label for f in ours.found] == [name for name, _, _ in entities]
        theirs = np.array([found[0] for _, _, found in entities])
        theirs *= [WIDTH, HEIGHT, WIDTH, HEIGHT]
        np.testing.assert_allclose([f.box for f in ours.found], theirs)
