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


"""The report as HTML: what is in it, that nothing of it is markup from outside, or elsewhere."""

import base64
from html.parser import HTMLParser
import json
import re

from grounded_perception.errors import TruthError
from grounded_perception.evaluation.report import write
from grounded_perception.evaluation.report.tables import heat
from grounded_perception.evaluation.report.texts import interval, number, signed, term, when
import pytest

pytest.importorskip('jinja2')
VOID = {'meta', 'link', 'img', 'br'}
#: Elements of a drawing that close themselves.
DRAWN = {'path', 'rect', 'circle'}


class Page(HTMLParser):
    """A page taken apart; complains about elements that are not closed in order."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.texts, self.ids = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == [], f'never closed: {self.open}'

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for key, value in attrs if key == 'id']
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f'</{tag}> closes nothing'
        assert self.open.pop() == tag

    def handle_data(self, data):
        if 'script' not in self.open and 'style' not in self.open:
            self.texts.append(data)

    @property
    def text(self):
        return re.sub(r'\s+', ' ', ' '.join(self.texts))

    def of(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


def page_of(results, folder):
    path = write(results, folder)
    assert path == folder / 'report.html'
    return Page(path.read_text(encoding='utf-8'))


def test_every_part_of_the_results_is_shown(results, folder):
    page = page_of(results, folder)
    parts = ('detection', 'grounding', 'latency', 'realtime', 'tracking', 'frames', 'provenance')
    assert set(parts) <= set(page.ids)
    for wanted in (
        'street.mcap, yard.mcap', '4 May 2026, 09:31 UTC',
        'threshold = 0.42', 'default 0.4', 'detector = yolox',  # changed from default
        '0.610', '0.570–0.642', '412 right , 77 false , 140 missed',
        'the man left of the car', 'detector: not detected', 'No car is red enough',
        'truncated: the file ends in the middle of a chunk after 4.5 s',
        'Wrong answers (9)', 'p95', '23.4', '48.1', 'MOTA', '2 false, 3 missed, 1 wrong sentence',
        'evaluate bags/street.mcap --truth street/instances.json', 'ab' * 32, 'e1' * 32, 'f0' * 32,
        'Pedestrian', 'onnxruntime', 'Linux 6.1',
    ):  # fmt: skip
        assert wanted in page.text, wanted
    assert 'max_rate_hz = 0.0' not in page.text, 'that is the default'


def test_problems_of_recordings_come_before_any_figure(results, folder):
    text = page_of(results, folder).text
    assert text.index('Read this first') < text.index('yard.mcap: truncated') < text.index('0.610')
    for recording in results['recordings']:
        recording |= {'problems': [], 'failed': 0}
    results['truth'] |= {'unmatched_truths': [], 'unmatched_images': 0}
    assert 'Read this first' not in page_of(results, folder).text


def test_tables_have_captions_and_headings_and_pictures_have_words(results, folder):
    page = page_of(results, folder)
    assert all(attrs.get('scope') for attrs in page.of('th'))
    assert len(page.of('caption')) >= 12
    pictures = [attrs for attrs in page.of('img') if 'src' in attrs]
    assert len(pictures) == 6
    assert all('score' in attrs['alt'] for attrs in pictures)
    drawings = page.of('svg')
    assert all(attrs.get('aria-label') or attrs.get('aria-hidden') for attrs in drawings)
    assert len([a for a in drawings if 'chart' in a['class']]) == 9, 'four charts, each size'


def test_the_twelve_coco_figures_have_their_intervals(results, folder):
    text = page_of(results, folder).text
    for measure in results['metrics']['detection']['summary'].values():
        assert f'{measure["value"]:.3f} {measure["low"]:.3f}–{measure["high"]:.3f} ' in text


def test_nothing_is_asked_of_any_other_place(results, folder):
    page = page_of(results, folder)
    for _, attrs in page.tags:
        for key in ('src', 'href', 'srcset', 'action', 'data', 'poster', 'xlink:href'):
            assert attrs.get(key, '#').startswith(('#', 'data:')), attrs
    raw = (folder / 'report.html').read_text(encoding='utf-8')
    assert not re.search(r'@import|url\(', raw)
    policy = next(a['content'] for a in page.of('meta') if 'http-equiv' in a)
    assert policy.startswith("default-src 'none'; img-src data:; style-src 'sha256-")
    assert 'unsafe' not in policy
    assert not any(key == 'style' or key.startswith('on') for _, a in page.tags for key in a)


def test_pictures_are_inside_the_page(results, folder):
    page = page_of(results, folder)
    first = next(attrs['src'] for attrs in page.of('img') if 'src' in attrs)
    coded = base64.b64decode(first.removeprefix('data:image/jpeg;base64,'), validate=True)
    assert coded == (folder / 'worst_0.jpg').read_bytes()


@pytest.mark.parametrize('name', ['gone.jpg', '../worst_0.jpg', '/etc/hostname', '', 'text.jpg'])
def test_a_picture_that_is_none_is_said_to_be_missing(results, folder, name):
    inner = folder / 'results'
    inner.mkdir()
    (inner / 'text.jpg').write_text('no picture')
    results['frames'] = {'best': [], 'worst': [results['frames']['worst'][0] | {'image': name}]}
    page = page_of(results, inner)
    assert 'is not beside the results' in page.text
    assert not [attrs for attrs in page.of('img') if 'src' in attrs]


def test_names_from_outside_are_text_and_never_markup(hostile, folder):
    page = page_of(hostile, folder)
    assert len(page.of('script')) == 1, 'the own one'
    assert not [attrs for attrs in page.of('img') if attrs.get('src') == 'x']
    for name in ('class', 'sentence', 'path', 'problem', 'truth', 'mapping', 'word', 'setting',
                 'argument', 'model', 'why', 'key'):  # fmt: skip
        assert f'alert("{name}")' in page.text, name


def test_what_has_no_number_is_a_dash(nulls, folder):
    page = page_of(nulls, folder)
    assert not re.search(r'\b(None|null|nan|NaN|Undefined)\b', page.text)
    assert re.search(r'AP medium – – 0', page.text), 'value, interval, count'
    tiles = [attrs for attrs in page.of('div') if attrs.get('class') == 'tile']
    assert len(tiles) == 4 + 6, 'at the top only what has a number: latencies, drops, age'


def test_where_nothing_was_measured_nothing_is_invented(bare, folder):
    page = page_of(bare, folder)
    assert 'no truth was given' in page.text
    assert not {'detection', 'grounding', 'tracking', 'realtime'} & set(page.ids)
    assert not re.search(r'\b0\.\d\d', page.text), 'no figure at all'
    assert not page.of('nav') or 'Tracking' not in page.text


def test_parts_may_be_missing_altogether(results, folder):
    least = {'schema': results['schema'], 'metrics': {}}
    assert 'no recording' in page_of(least, folder).text


@pytest.mark.parametrize('broken', [
    {}, {'schema': 'grounded_perception/results/2', 'metrics': {}}, [], None,
    {'schema': 'grounded_perception/results/1', 'metrics': None},
    {'schema': 'grounded_perception/results/1', 'metrics': {'detection': 3}},
    {'schema': 'grounded_perception/results/1', 'metrics': {'latency': {'stages': [1]}}},
])  # fmt: skip
def test_what_is_no_evaluation_is_refused_and_nothing_is_left_behind(broken, tmp_path):
    with pytest.raises(TruthError, match='grounded_perception/results/1'):
        write(broken, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_named(results, tmp_path):
    with pytest.raises(TruthError, match='gone'):
        write(results, tmp_path / 'gone')


def test_results_read_back_from_json_give_the_same_page(results, folder):
    first = write(results, folder).read_bytes()
    assert write(json.loads(json.dumps(results)), folder).read_bytes() == first


def test_a_confusion_of_many_classes_shows_those_that_come_up():
    size = 80
    counts = [[0] * (size + 1) for _ in range(size + 1)]
    for i in range(0, size, 3):
        counts[i][i] = i + 1
    counts[78][size] = 1000
    labels = [*map(str, range(size)), 'nothing']
    shown = heat({'labels': labels, 'counts': counts})
    assert shown.labels[-2:] == ('78', 'nothing')
    assert len(shown.labels) == 17
    assert shown.left_out == 27 + 1 - 17
    assert shown.rows[-2][-1] == (1000, 10), 'almost the whole row'
    assert heat({'labels': labels, 'counts': [[0] * 81 for _ in labels]}) is None


@pytest.mark.parametrize(('value', 'unit', 'text'), [
    (None, '', '–'), (float('nan'), '', '–'), (float('inf'), 'ms', '–'), (True, '', '–'),
    (0.51249, '', '0.512'), (-0.25, '', '−0.250'), (1204, '', '1,204'), (0, '', '0'),
    (3.14159, 'ms', '3.14'), (34.14, 'ms', '34.1'), (1234.5, 'ms', '1,234'), (14.0, 'count', '14'),
])  # fmt: skip
def test_numbers_are_written_as_people_read_them(value, unit, text):
    assert number(value, unit) == text


def test_intervals_signs_times_and_unknown_terms():
    assert interval({'low': 0.1, 'high': 0.25}) == '0.100–0.250'
    assert interval({'low': -0.1, 'high': 0.25}) == '−0.100 to 0.250'
    assert interval({'low': None, 'high': 0.25}) == interval(None) == ''
    assert (signed(0.5), signed(-0.5), signed(0.0), signed(None)) == (
        '+0.500',
        '−0.500',
        '0.000',
        '–',
    )
    assert when('2026-05-04T09:31:07Z') == '4 May 2026, 09:31 UTC'
    assert when('yesterday') == 'yesterday'
    unknown = term('of.no.such_metric')
    assert (unknown.title, unknown.text) == ('such_metric', '')
