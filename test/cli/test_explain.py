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

"""``ground --explain``, and what is told of pictures that show nothing."""

import cv2
import pytest

pytestmark = pytest.mark.usefixtures('words')


def test_explained(cli, photos, scripted):
    asked = ('ground', photos / 'b.png', 'the shiny red car and the forklift', '--explain')
    (line,) = cli(*asked, '--json', *scripted).lines
    assert len(line['regions']) == 4
    red, forklift = line['phrases']
    noun, colour, shiny = red['checks']
    assert (noun['what'], noun['value'], noun['holds']) == ('is a car', 0.9, True)
    assert (colour['what'], colour['holds']) == ('red', True)
    assert shiny == {'what': 'shiny', 'kind': 'word', 'value': 0.0, 'holds': None}
    words, weights = red['attention']['words'], red['attention']['weights']
    assert [len(row) for row in weights] == [len(line['regions'])] * len(words)
    look = dict(zip(words, weights, strict=True))['red']
    assert line['regions'][look.index(max(look))]['bbox_xyxy'] == [10.0, 48.0, 70.0, 96.0]
    assert [(c['what'], c['holds']) for c in forklift['checks']] == [('forklift', None)]
    text = cli(*asked, *scripted).out
    assert "'red' looked at car at 10 48 70 96, share" in text
    assert "'forklift' looked at nothing" in text


def test_a_black_picture_gets_no_confident_answer(cli, photos, scripted):
    cv2.imwrite(str(photos / 'black.png'), cv2.imread(str(photos / 'b.png')) // 50)
    (line,) = cli('ground', photos / 'black.png', 'the person', '--json', *scripted).lines
    assert (line['status'], line['quality'], line['score']) == ('ABSENT', 'too dark', 0.5)
    assert 'cannot tell whether "the person" is here' in line['reason']
