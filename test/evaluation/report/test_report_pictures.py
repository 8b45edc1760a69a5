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


"""Pictures of frames, by their pixels, and which frames are shown."""

from grounded_perception.evaluation.report import pictures
from grounded_perception.evaluation.report.pictures import Asked, choose, draw, Tally
from grounded_perception.evaluation.results import Boxes, Reply
from grounded_perception.evaluation.truth.records import TrueFrame, TrueSentence
import numpy as np
import pytest

CAR, BUS, NOWHERE = (64, 192, 256, 432), (384, 192, 576, 432), (280, 100, 360, 180)


def gray():
    return np.full((480, 640, 3), 90, np.uint8)


def truth(*boxes, ignored=()):
    n = len(boxes)
    marks = np.array([i in ignored for i in range(n)], bool)
    array = np.array(boxes, np.float32).reshape(n, 4)
    return TrueFrame('1.jpg', array, ('car',) * n, marks, np.ones(n, np.float32), np.full(n, -1))


def said(*boxes):
    n = len(boxes)
    array = np.array(boxes, np.float32).reshape(n, 4)
    return Boxes.of(array, np.linspace(0.9, 0.5, n, dtype=np.float32), ('car',) * n)


def matches(*numbers):
    return np.array(numbers, np.int64)


def count(picture, colour):
    return int((picture == np.array(colour, np.uint8)).all(axis=-1).sum())


def asked(status='FOUND', meant='FOUND', is_right=False):
    box = tuple(map(float, BUS))
    sentence = TrueSentence('1.jpg', 0, 'the bus', meant, box if meant == 'FOUND' else None)
    some = said(CAR, BUS)
    indices = (0,) if status == 'FOUND' else ()
    reply = Reply(0, 'the bus', status, 0.8, 0.3, 0.1, some.boxes_px, some.scores, some.labels,
                  indices, False, '')  # fmt: skip
    return Asked(sentence, reply, is_right)


def test_the_picture_is_new_and_the_image_is_left_alone():
    image = gray()
    image.flags.writeable = False
    drawn = draw(image, truth(CAR), said(CAR), matches(0))
    assert drawn.shape == image.shape
    assert drawn.dtype == np.uint8
    assert (image == 90).all()


def test_nothing_to_show_leaves_the_pixels_alone():
    assert np.array_equal(draw(gray(), truth(), said(), matches()), gray())
    assert np.array_equal(draw(gray(), None, said(), matches()), gray())


def test_truth_is_dashed_where_a_right_detection_is_a_whole_line():
    shifted = tuple(v + 20 for v in CAR)
    drawn = draw(gray(), truth(CAR), said(shifted), matches(0))
    foot = drawn[CAR[3] - 1, CAR[0] : CAR[2]]
    share = count(foot, pictures.TRUTH) / (CAR[2] - CAR[0])
    assert 0.3 < share < 0.7
    line = drawn[shifted[3] - 1, shifted[0] : shifted[2]]
    assert count(line, pictures.RIGHT) == shifted[2] - shifted[0]
    assert count(drawn, pictures.FALSE) == count(drawn, pictures.MISSED) == 0


def test_false_detections_and_missed_objects_are_marked():
    drawn = draw(gray(), truth(CAR, BUS), said(CAR, NOWHERE), matches(0, -1))
    x1, y1, x2, y2 = NOWHERE
    assert count(drawn[y1 - 2 : y2 + 3, x1 - 2 : x2 + 3], pictures.FALSE) > 4 * 2 * 60, 'bold'
    assert count(drawn[:, BUS[0] - 2 :], pictures.MISSED) > 300
    assert count(drawn[:, : CAR[2]], pictures.MISSED) == 0, 'that one was found'


def test_what_fits_only_ignored_objects_is_neither_false_nor_are_those_missed():
    drawn = draw(gray(), truth(CAR, BUS, ignored=(1,)), said(CAR, BUS), matches(0, -2))
    assert count(drawn, pictures.FALSE) == count(drawn, pictures.MISSED) == 0


def test_without_a_truth_of_boxes_nothing_is_called_false():
    drawn = draw(gray(), None, said(CAR), matches(-1))
    assert count(drawn, pictures.FALSE) == 0
    assert count(drawn, pictures.RIGHT) > 0


def test_a_wrong_sentence_has_a_line_and_its_box_is_bold():
    quiet = draw(gray(), None, said(), matches(), [asked(is_right=True)])
    assert np.array_equal(quiet, gray())
    drawn = draw(gray(), None, said(), matches(), [asked()])
    assert (drawn[:20] != 90).any(), 'the line'
    assert count(drawn[CAR[1] :], pictures.FALSE) > 2 * 800, 'what was said instead'
    absent = draw(gray(), None, said(), matches(), [asked('ABSENT')])
    assert count(absent[CAR[1] :], pictures.FALSE) == 0
    assert (absent[:20] != 90).any()


def test_a_saved_picture_is_jpeg_and_not_too_wide(tmp_path):
    import cv2

    wide = np.zeros((100, 2000, 3), np.uint8)
    wide[..., 0] = 200
    pictures.save(wide, tmp_path / 'wide.jpg', most_width=500)
    back = cv2.imread(str(tmp_path / 'wide.jpg'))
    assert back.shape == (25, 500, 3)
    assert back[..., 2].mean() == pytest.approx(200, abs=4), 'red stays red'
    assert back[..., 0].mean() < 4


def test_f1_and_then_sentences_decide_how_good_a_frame_is():
    assert Tally('bag', 0, tp=3, fp=1, fn=1).score == pytest.approx(6 / 8)
    assert Tally('bag', 0, wrong_sentences=1, right_sentences=3).score == 0.75
    assert np.isnan(Tally('bag', 0).score)


def test_the_worst_have_wrong_sentences_first_the_best_have_none():
    frames = [
        Tally('bag', 0, tp=5),
        Tally('bag', 1, tp=5, fp=1),
        Tally('bag', 2, tp=9, wrong_sentences=1),
        Tally('bag', 3, fp=2, fn=2),
        Tally('bag', 4),
        Tally('bag', 5, tp=7),
    ]
    best, worst = choose(frames)
    assert [each.tally.index for each in best] == [5, 0, 1], 'more to see first'
    assert [each.tally.index for each in worst] == [2, 3]
    assert [each.why for each in worst] == ['9 right, 1 wrong sentence', '2 false, 2 missed']
    assert worst[1].score == 0


def test_no_frame_is_both_and_the_order_given_does_not_matter():
    rng = np.random.default_rng(5)
    frames = [Tally('bag', i, *map(int, rng.integers(0, 4, 4))) for i in range(60)]
    best, worst = choose(frames, 4)
    assert len(best) == len(worst) == 4
    assert not {each.tally for each in best} & {each.tally for each in worst}
    assert choose(frames[::-1], 4) == (best, worst)


@pytest.mark.parametrize('frames', [[], [Tally('bag', 0)]])
def test_nothing_judged_nothing_shown(frames):
    assert choose(frames) == ([], [])


def test_one_bad_frame_is_among_the_worst():
    best, worst = choose([Tally('bag', 0, fp=1)])
    assert best == []
    assert [each.tally.index for each in worst] == [0]


def test_frames_without_a_fault_are_not_called_worst():
    best, worst = choose([Tally('bag', i, tp=i + 1) for i in range(6)])
    assert len(best) == 3
    assert worst == []
