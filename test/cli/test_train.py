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

"""The verb train, with examples that a tiny network learns in the place of invented scenes."""

import json
from pathlib import Path
import runpy
import subprocess
import sys

import cv2
from grounded_perception.errors import ModelMissing
from grounded_perception.training import run as training_run
from grounded_perception.training.options import RunOptions
from grounded_perception.training.run import run_training
from grounded_perception.training.tuning.sets import seeds
from grounded_perception.weights import is_intact
import pytest

LEARNABLE = Path(__file__).parents[1] / 'training' / 'learnable.py'


@pytest.fixture
def invented(monkeypatch):
    """Replace invented scenes; return how often each set was asked for."""
    pytest.importorskip('torch', reason="torch is not installed: extra 'train'")
    pytest.importorskip('accelerate', reason="Accelerate is not installed: extra 'train'")
    learnable = runpy.run_path(str(LEARNABLE))['learnable']
    asked = []

    def build(scenes, sentences, seed, workers):
        asked.append((scenes, sentences, seed, workers))
        return learnable(scenes, seed)

    monkeypatch.setattr(training_run, '_invent', lambda perfect: build)
    return asked


@pytest.fixture
def small(tmp_path):
    small = {'scenes': 96, 'sentences': 4, 'epochs': 15, 'batch': 16, 'width': 32, 'layers': 1}
    sizes = [word for name, size in small.items() for word in (f'--{name}', size)]
    return ['train', '--out', tmp_path / 'run', '--workers', 1, *sizes]


def test_a_small_run_leaves_a_model_and_prints_figures(cli, small, invented, tmp_path):
    done = cli(*small, '--seed', 4)
    assert done.code == 0, done.err
    assert 'all ' in done.out
    assert 'kind: name' in done.out
    first, second = seeds(4)
    assert invented == [(96, 4, first, 1), (96, 4, second, 1)]
    folder = tmp_path / 'run' / 'model'
    assert is_intact(folder, ('fusion.safetensors', 'fusion.xml', 'fusion.bin', 'MODEL_CARD.md'))
    card = (folder / 'MODEL_CARD.md').read_text()
    for words in ('Seed: 4', '96 scenes', 'torch 2', '| ABSENT |', 'Limits', 'Apache-2.0'):
        assert words in card
    for name in ('loss.png', 'accuracy.png', 'reliability.png'):
        assert cv2.imread(str(tmp_path / 'run' / name)) is not None
    again = cli('train', *small[1:], '--seed', 4)
    assert again.code == 1
    assert 'resume' in again.err
    resumed = cli(*small, '--seed', 4, '--resume')
    assert (resumed.code, resumed.out) == (0, done.out)
    measured = cli(*small, '--seed', 4, '--evaluate-only', folder / 'fusion.safetensors')
    assert measured.code == 0
    assert measured.out.splitlines() == done.out.splitlines()[:-1]


@pytest.mark.usefixtures('invented')
def test_what_is_wrong_is_said_in_a_line(cli, small, tmp_path):
    for arguments, words in (
        (['--epochs', 0], 'epochs is 0'),
        (['--width', 6], 'multiple of 4'),
        (['--scenes', 0], 'scenes is 0'),
        (['--evaluate-only', tmp_path / 'no.safetensors'], 'no.safetensors'),
    ):
        done = cli(*small, *arguments)
        assert done.code == 1
        assert words in done.err
        assert len(done.err.splitlines()) == 1
    assert cli('train').code == 2


@pytest.mark.parametrize('missing', ['torch', 'accelerate'])
def test_a_missing_library_is_named_with_its_install_line(missing, tmp_path):
    code = (
        f'import sys; sys.modules[{missing!r}] = None\n'
        'from grounded_perception.cli.main import main\n'
        f'sys.exit(main(["train", "--out", {str(tmp_path)!r}, "--smoke"]))'
    )
    done = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True)
    assert done.returncode == 1
    assert "pip install 'grounded_perception[train]'" in done.stderr
    assert 'Traceback' not in done.stderr


def test_a_run_asks_for_its_examples_itself(tmp_path):
    pytest.importorskip('torch', reason="torch is not installed: extra 'train'")
    pytest.importorskip('accelerate', reason="Accelerate is not installed: extra 'train'")

    def build(scenes, sentences, seed, workers):
        raise ModelMissing(json.dumps([scenes, sentences, workers]))

    with pytest.raises(ModelMissing, match=r'\[7, 3, 2\]'):
        run_training(RunOptions(tmp_path, scenes=7, sentences=3, workers=2), build)
