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

"""Pascal VOC's XML, read safely."""

from grounded_perception.detectors.coco import COCO_NAMES
from grounded_perception.evaluation.truth.opening import load_truth
import pytest

THING = (
    '<object><name>{}</name><difficult>{}</difficult><bndbox><xmin>{}</xmin><ymin>11</ymin>'
    '<xmax>{}</xmax><ymax>40</ymax></bndbox></object>'
)


def xml(things, head=''):
    return (
        f'<?xml version="1.0"?>{head}<annotation><filename>2007_000027.jpg</filename>'
        f'<size><width>100</width><height>50</height><depth>3</depth></size>{things}</annotation>'
    )


def test_pixels_from_one_difficult_and_names(write):
    things = THING.format('aeroplane', 0, 1, 30) + THING.format('tvmonitor', 1, 21, 30)
    write('Annotations/2007_000027.xml', xml(things))
    truth = load_truth(write('readme', '').parent, class_names=COCO_NAMES)
    frame = truth.frames['2007_000027.jpg']
    assert frame.boxes_px.tolist() == [[0, 10, 30, 40], [20, 10, 30, 40]]
    assert frame.labels == ('airplane', 'tv')
    assert frame.ignored.tolist() == [False, True]
    assert truth.class_names == ('airplane',)  # of screens only a difficult one is known


def test_tools_that_count_from_zero_lose_no_box(write):
    path = write('a.xml', xml(THING.format('dog', 0, 0, 30))).parent
    assert load_truth(path).frames['2007_000027.jpg'].boxes_px[0, 0] == 0


BOMB = '<!DOCTYPE a [<!ENTITY l "lol"><!ENTITY m "&l;&l;">]>'
FILE = '<!DOCTYPE a [<!ENTITY l SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize(
    ('text', 'words'),
    [
        (xml(THING.format('dog', 0, 'left', 30)), ['object 1 (dog)', "'left'"]),
        (xml(THING.format('dog', 0, 'nan', 30)), ['object 1 (dog)', 'finite']),
        (xml(THING.format('dog', 0, 40, 30)), ['object 1 (dog)', '-9 wide']),
        (xml(THING.format('dog', 0, 300, 400)), ['object 1 (dog)', '100x50']),
        (xml(THING.format('', 0, 1, 30)), ['object 1', 'name']),
        (xml('<object><name>dog</name></object>'), ['object 1 (dog)', 'bndbox']),
        (xml('')[:-5], ['no XML']),
        ('<!-- <annotation -->\n<svg/>', ['<svg>']),
        (xml(THING.format('&m;', 0, 1, 30), BOMB), ['document type']),
        (xml(THING.format('&l;', 0, 1, 30), FILE), ['document type']),
    ],
)
def test_wrong_files(write, refused, text, words):
    refused(write('v/a.xml', text).parent, 'a.xml', *words)


def test_the_same_image_in_two_files(write, refused):
    write('v/a.xml', xml(''))
    refused(write('v/b.xml', xml('')).parent, 'b.xml', 'twice')
