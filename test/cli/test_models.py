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

"""The command line with the real models on real photographs."""

import importlib.util
from pathlib import Path

import cv2
from grounded_perception import assembly
from grounded_perception.detectors import ssd
from grounded_perception.errors import ModelMissing
from grounded_perception.language import minilm
import pytest


@pytest.fixture(scope='module')
def folder() -> Path:
    """Find the photographs in scikit-image's wheel; it is not imported."""
    spec = importlib.util.find_spec('skimage')
    if spec is None or spec.origin is None:
        pytest.skip('scikit-image, whose photographs these tests use, is not installed')
    found = Path(spec.origin).parent / 'data'
    if not (found / 'chelsea.png').is_file():
        pytest.skip('the wheel of scikit-image holds no photographs')
    return found


@pytest.fixture(scope='module')
def models() -> None:
    """Convert the models; skip where they are not installed."""
    try:
        ssd.prepare()
        minilm.folder()
    except ModelMissing as exc:
        pytest.skip(str(exc))


def overlap(a: list[float], b: list[float]) -> float:
    """Compute IoU of two boxes."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    inter = max(width, 0) * max(height, 0)
    areas = [(x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (a, b)]
    return inter / (sum(areas) - inter)


#: Drawn by eye.
CAT, MOTORCYCLE = [8, 0, 410, 300], [103, 66, 678, 445]


@pytest.mark.model
@pytest.mark.usefixtures('models')
def test_detect_finds_cat_and_motorcycle(cli, folder):
    files = [folder / name for name in ('chelsea.png', 'motorcycle_left.png')]
    result = cli('detect', *files, '--json', '--precision', 'f32')
    assert (result.code, result.err) == (0, '')
    for line, label, box in zip(
        result.lines, ('cat', 'motorcycle'), (CAT, MOTORCYCLE), strict=True
    ):
        best = line['detections'][0]
        assert best['label'] == label
        assert best['score'] > 0.8
        assert overlap(best['bbox_xyxy'], box) > 0.85


@pytest.mark.model
@pytest.mark.usefixtures('models')
def test_detect_loads_no_language(cli, folder, monkeypatch):
    monkeypatch.setattr(minilm, 'folder', lambda: pytest.fail('the text encoder was loaded'))
    assert cli('detect', folder / 'chelsea.png').code == 0


@pytest.mark.model
@pytest.mark.usefixtures('models')
def test_ground_batch_on_real_photographs(cli, folder, tmp_path):
    asked = [
        ('chelsea.png', 'the cat', 'FOUND', CAT),
        ('chelsea.png', 'find a dog', 'ABSENT', None),
        ('motorcycle_left.png', 'the red motorbike', 'FOUND', MOTORCYCLE),
        ('motorcycle_left.png', 'the cat', 'ABSENT', None),
        ('chelsea.png', 'the kitty', 'FOUND', CAT),
    ]
    file = tmp_path / 'asked.jsonl'
    file.write_text('\n'.join(f'{{"image": "{i}", "expression": "{e}"}}' for i, e, _, _ in asked))
    saved = tmp_path / 'drawn'
    result = cli('ground', '--batch', file, '--images', folder, '--json', '--save', saved)
    assert (result.code, result.err) == (0, '')
    for line, (_, sentence, status, box) in zip(result.lines, asked, strict=True):
        assert line['status'] == status, sentence
        if box is None:
            assert line['bbox_xyxy'] is None
        else:
            assert overlap(line['bbox_xyxy'], box) > 0.85
    picture = cv2.imread(str(saved / 'chelsea-grounded.png'))
    assert (picture == (70, 220, 40)).all(axis=2).sum() > 500, 'the green box'


@pytest.mark.model
@pytest.mark.usefixtures('models')
def test_prepare_can_be_repeated(cli):
    for _ in range(2):
        result = cli('prepare')
        assert (result.code, result.err) == (0, '')
        steps = result.out.splitlines()
        assert len(steps) == 6
        assert all(line.endswith(' s') for line in steps[:4])
        assert steps[-1].startswith('ready: ')


def test_prepare_of_a_detector_without_weights(cli, scripted, monkeypatch):
    prepared = []
    monkeypatch.setattr(minilm, 'folder', lambda: prepared.append('encoder'))
    monkeypatch.setattr(assembly, 'load_words', lambda settings, detector: detector.propose)
    result = cli('prepare', *scripted)
    assert result.code == 0
    assert prepared == ['encoder']
    assert 'scripted: converted' not in result.out
    assert 'scripted: loaded' in result.out
