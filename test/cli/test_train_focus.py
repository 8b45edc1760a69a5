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
"""The verb train-focus, and what it leaves in use."""

import sys

from grounded_perception import assembly
from grounded_perception.errors import ModelMissing
from grounded_perception.language.encoder import load_encoder
from grounded_perception.settings import Settings
from grounded_perception.training.focusing import run as running
import pytest


@pytest.mark.model
def test_a_small_fit_can_be_used_by_its_folder(cli, tmp_path, monkeypatch):
    pytest.importorskip('torch', reason='fitting needs PyTorch')
    try:
        encoder = load_encoder(0)
    except ModelMissing as exc:
        pytest.skip(str(exc))
    few = tmp_path / 'few.txt'
    few.write_text('\n'.join(running.PACKAGED.read_text().splitlines()[:300]))
    monkeypatch.setattr(running, 'PACKAGED', few)
    own = tmp_path / 'mine.txt'
    own.write_text('zorble {the *pallet* on the left}\n')
    out = tmp_path / 'focus'
    sizes = ['--epochs', 1, '--mixed', 0, '--width', 16, '--layers', 1]
    done = cli('train-focus', '--out', out, '--sentences', own, *sizes)
    assert done.code == 0, done.err
    assert '| name found | 0.' in done.out
    assert done.out.endswith(f'focus: {out}\n')
    reader = assembly.load_sentences(Settings(focus=str(out)), encoder)
    assert reader.read('the red car', 500).phrases[0].noun == 'car'


def test_a_sentence_that_cannot_be_read_is_named(cli, tmp_path):
    own = tmp_path / 'mine.txt'
    own.write_text('zorble {the *pallet*\n')
    done = cli('train-focus', '--out', tmp_path / 'focus', '--sentences', own)
    assert done.code == 1
    assert f'{own}:1: ' in done.err
    assert not (tmp_path / 'focus').exists()


def test_without_torch_it_says_what_to_install(cli, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, f'{running.__package__}.fitting', None)
    done = cli('train-focus', '--out', tmp_path / 'focus')
    assert done.code == 1
    assert 'is not installed: pip install' in done.err


def test_a_folder_that_is_none_is_refused(cli, tmp_path, photos):
    done = cli('ground', photos, 'the car', '--focus', tmp_path / 'none')
    assert done.code == 1
    assert "focus must be 'trained', 'none' or a folder" in done.err
