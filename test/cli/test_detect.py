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

"""``detect``: the JSON contract, files good and bad, pictures."""

import json
import sys

import cv2
from grounded_perception.cli import loading
from grounded_perception.detectors import scripted as scripted_module
from grounded_perception.records import Regions
import numpy as np
import pytest


class Spy:
    """A detector that remembers what it was shown."""

    names = ()

    def __init__(self) -> None:
        self.seen: list[np.ndarray] = []

    def propose(self, rgb, phrases, floor, limit) -> Regions:
        self.seen.append(rgb.copy())
        return Regions.empty()

    def close(self) -> None:
        pass


@pytest.fixture
def spy(monkeypatch) -> Spy:
    detector = Spy()
    loaded = []

    def load(options, compute):
        loaded.append(compute)
        assert len(loaded) == 1, 'a model is loaded once'
        return detector

    monkeypatch.setattr(scripted_module, 'load', load)
    return detector


def test_json_contract(cli, photos, scripted):
    result = cli('detect', photos / 'b.png', '--json', *scripted)
    assert result.code == 0
    assert result.err == ''
    assert result.lines == [
        {
            'image': str(photos / 'b.png'),
            'width': 200,
            'height': 120,
            'detections': [
                {'label': 'car', 'score': 0.9, 'bbox_xyxy': [10.0, 48.0, 70.0, 96.0]},
                {'label': 'car', 'score': 0.8, 'bbox_xyxy': [120.0, 48.0, 190.0, 96.0]},
                {'label': 'person', 'score': 0.7, 'bbox_xyxy': [84.0, 24.0, 110.0, 108.0]},
            ],
        }
    ]


def test_table_for_people(cli, photos, scripted):
    result = cli('detect', photos / 'b.png', *scripted)
    head, *rows = result.out.splitlines()
    assert head == f'{photos / "b.png"}  (200 x 120)  3 detections'
    assert rows[0].split() == ['1', 'car', '0.90', '10.0', '48.0', '70.0', '96.0']
    nothing = cli('detect', photos / 'b.png', '--detector', 'scripted').out
    assert nothing == f'{photos / "b.png"}  (200 x 120)  no detections\n'


@pytest.mark.parametrize(('threshold', 'count'), [(0.3, 4), (0.75, 2), (0.95, 0)])
def test_threshold(cli, photos, scripted, threshold, count):
    arguments = ['detect', photos / 'b.png', '--json', '--threshold', threshold, *scripted]
    assert len(cli(*arguments).lines[0]['detections']) == count


def test_classes_have_thresholds_of_their_own(cli, photos, scripted):
    arguments = ['detect', photos / 'b.png', '--json', *scripted, '--class-thresholds']
    seen = cli(*arguments, 'dog:0.3, Car:0.85').lines[0]['detections']
    assert [entry['label'] for entry in seen] == ['car', 'person', 'dog']
    refused = cli(*arguments, 'dogg:0.3')
    assert "(dog), got 'dogg'" in refused.err


def test_masks_are_coco_run_lengths_and_drawn(cli, photos, scripted, tmp_path):
    arguments = ['detect', photos / 'b.png', '--json', *scripted]
    result = cli(*arguments, '--masks', '--save', tmp_path / 'with')
    for entry in result.lines[0]['detections']:
        assert entry['mask']['size'] == [120, 200]
        counts = entry['mask']['counts']
        assert sum(counts) == 120 * 200
        mask = np.repeat(np.arange(len(counts)) % 2 == 1, counts).reshape((120, 200), order='F')
        x1, y1, x2, y2 = (round(v) for v in entry['bbox_xyxy'])
        assert mask.any()
        assert mask[y1:y2, x1:x2].sum() == mask.sum()
    cli(*arguments, '--save', tmp_path / 'without')
    tinted, plain = (
        cv2.imread(str(tmp_path / name / 'b-detections.png')) for name in ('with', 'without')
    )
    assert (tinted != plain).any()
    refused = cli(*arguments, '--masks', '--segmenter', 'none')
    assert '--masks needs a segmenter' in refused.err


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (['--threshold', '2'], 'threshold must be in [0.0, 1.0], got 2.0'),
        (['--threads', '-1'], 'threads must be in [0, 256], got -1'),
        (
            ['--option', 'scripted.nonsense=1'],
            'one of scripted.script, scripted.fail_every',
        ),
        (['--option', 'ssd.tiles=2'], "got 'ssd.tiles'"),
        (['--option', 'scripted.fail_every=often'], "fail_every must be a int, got 'often'"),
        (['--option', 'scripted.script=[1]'], 'scripted.script is not a list of regions'),
    ],
)
def test_wrong_values_are_refused_by_name(cli, photos, arguments, message):
    result = cli('detect', photos / 'b.png', '--detector', 'scripted', '--json', *arguments)
    assert (result.code, result.out) == (1, '')
    assert message in result.err
    assert result.err.count('\n') == 1


def test_an_unknown_detector_is_refused(cli, photos):
    result = cli('detect', photos / 'b.png', '--detector', 'oracle')
    assert result.code == 1
    assert "got 'oracle'" in result.err


@pytest.mark.parametrize(
    ('text', 'value'), [('true', True), ('On', True), ('0', False), ('maybe', None)]
)
def test_switches_are_read(text, value):
    if value is None:
        with pytest.raises(loading.SettingsError, match=r'x\.y must be a bool'):
            loading.value_of('x.y', text, bool)
    else:
        assert loading.value_of('x.y', text, bool) is value


def test_a_folder_is_its_images_sorted(cli, photos, scripted):
    result = cli('detect', photos, '--json', *scripted)
    assert result.code == 0
    assert [line['image'] for line in result.lines] == [
        str(photos / name) for name in ('a.jpg', 'b.png', 'c.bmp')
    ]


def test_a_folder_without_images_is_an_error(cli, tmp_path, scripted):
    result = cli('detect', tmp_path, *scripted)
    assert result.code == 1
    assert 'holds no image' in result.err


def test_bad_images_do_not_stop_the_others(cli, photos, scripted):
    (photos / 'empty.jpg').touch()
    (photos / 'cut.png').write_bytes((photos / 'b.png').read_bytes()[:20])
    bad = [photos / name for name in ('empty.jpg', 'none.jpg', 'notes.txt', 'cut.png', 'x\0.png')]
    result = cli('detect', *bad, photos / 'b.png', '--json', *scripted)
    assert result.code == 1
    assert [set(line) for line in result.lines[:5]] == [{'image', 'error'}] * 5
    assert len(result.lines[5]['detections']) == 3
    complaints = result.err.splitlines()
    assert len(complaints) == 5
    for complaint, path in zip(complaints, bad, strict=True):
        assert complaint.startswith(f'grounded-perception: {path}: ')


def test_a_failing_detector_does_not_stop_the_others(cli, photos, scripted):
    result = cli('detect', photos, '--json', *scripted, '--option', 'scripted.fail_every=2')
    assert result.code == 1
    assert ['error' in line for line in result.lines] == [False, True, False]


def test_without_json_errors_are_on_stderr_only(cli, photos, scripted):
    result = cli('detect', photos / 'none.jpg', *scripted)
    assert (result.code, result.out) == (1, '')
    assert 'none.jpg: No such file or directory' in result.err


def test_pixels_are_rgb_and_the_model_is_loaded_once(cli, photos, spy):
    assert cli('detect', photos, photos / 'b.png', '--detector', 'scripted').code == 0
    assert len(spy.seen) == 4
    assert spy.seen[1][60, 20].tolist() == [220, 0, 0]
    assert spy.seen[1][60, 180].tolist() == [0, 0, 220]


def test_exif_orientation_is_applied(cli, photos, spy):
    jpeg = (photos / 'a.jpg').read_bytes()
    # An EXIF segment whose only entry is orientation 6: turn by 90 degrees clockwise.
    tiff = b'II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0'
    payload = b'Exif\0\0' + tiff
    segment = b'\xff\xe1' + (len(payload) + 2).to_bytes(2, 'big') + payload
    turned = photos / 'turned.jpg'
    turned.write_bytes(jpeg[:2] + segment + jpeg[2:])
    result = cli('detect', turned, '--json', '--detector', 'scripted')
    assert (result.lines[0]['width'], result.lines[0]['height']) == (120, 200)
    assert spy.seen[0][20, 60, 0] > 180, 'what was left is up'
    assert np.array_equal(spy.seen[0], cv2.imread(str(turned))[..., ::-1])


@pytest.mark.parametrize(
    ('name', 'pixels'),
    [
        ('gray.png', np.full((9, 9), 77, np.uint8)),
        ('alpha.png', np.full((9, 9, 4), 77, np.uint8)),
        ('deep.png', np.full((9, 9, 3), 77 * 257, np.uint16)),
    ],
)
def test_other_pixels_become_rgb(cli, photos, spy, name, pixels):
    cv2.imwrite(str(photos / name), pixels)
    assert cli('detect', photos / name, '--detector', 'scripted').code == 0
    assert spy.seen[0].shape == (9, 9, 3)
    assert (spy.seen[0] == 77).all()


def test_pictures_are_saved_under_their_own_names(cli, photos, tmp_path, scripted):
    (photos / 'deeper').mkdir()
    twin = photos / 'deeper' / 'a.png'
    twin.write_bytes((photos / 'b.png').read_bytes())
    saved = tmp_path / 'new' / 'drawn'
    assert cli('detect', photos, twin, '--save', saved, *scripted).code == 0
    names = {p.name for p in saved.iterdir()}
    assert names == {
        'a-detections.png', 'a-detections-2.png', 'b-detections.png', 'c-detections.png',
    }  # fmt: skip
    drawn = cv2.imread(str(saved / 'b-detections.png'))
    assert drawn.shape == (120, 200, 3)
    assert drawn[5, 5].tolist() == [0, 0, 220], 'colours are not swapped'


def test_inputs_are_never_written_over(cli, photos, scripted):
    trap = photos / 'b-detections.png'
    trap.write_bytes((photos / 'b.png').read_bytes())
    before = {p: p.read_bytes() for p in photos.iterdir()}
    assert cli('detect', photos, '--save', photos, *scripted).code == 0
    assert all(p.read_bytes() == content for p, content in before.items())
    assert (photos / 'b-detections-2.png').is_file()


def test_an_unusable_folder_for_pictures_is_one_sentence(cli, photos, scripted):
    result = cli('detect', photos, '--save', photos / 'b.png' / 'x', *scripted)
    assert result.code == 1
    assert result.err.count('\n') == 1


def test_progress_is_shown_on_a_terminal_only(cli, photos, scripted, monkeypatch):
    many = [photos / 'b.png'] * 11
    assert cli('detect', *many, '--json', *scripted).err == ''
    monkeypatch.setattr(sys.stderr, 'isatty', lambda: True, raising=False)
    result = cli('detect', *many, '--json', *scripted)
    assert '11/11 b.png' in result.err
    assert len(result.lines) == 11
    assert cli('detect', *many[:10], '--json', *scripted).err == '', 'few need none'


def test_strange_names_do_not_end_in_a_traceback(cli, photos, scripted):
    strange = photos / 'ümlaut-\udcff.png'
    strange.write_bytes((photos / 'b.png').read_bytes())
    result = cli('detect', strange, '--json', *scripted)
    assert result.code == 0
    assert json.loads(result.out)['image'] == str(strange)
    assert cli('detect', strange, *scripted).code == 0
