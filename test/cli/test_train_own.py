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

"""The verb train with weights to begin with and pictures of one's own."""

import json
from pathlib import Path
import pickle
import runpy

import cv2
from grounded_perception.training import run as training_run
from grounded_perception.training.shipping.origin import Base, Origin
from grounded_perception.training.tuning.start import load_start
from grounded_perception.weights import file_hash, is_intact
import numpy as np
import pytest

torch = pytest.importorskip('torch', reason="torch is not installed: extra 'train'")
pytest.importorskip('accelerate', reason="Accelerate is not installed: extra 'train'")

from grounded_perception.training.shipping import export as shipping  # noqa: E402

LEARNABLE = Path(__file__).parents[1] / 'training' / 'learnable.py'
SHIPPED = ('fusion.safetensors', 'fusion.xml', 'fusion.bin', 'MODEL_CARD.md')
CHECK = 'The licence of these data holds for the weights: check it before shipping.'
PURE = 'Invented scenes only'

pytestmark = pytest.mark.usefixtures('words', 'invented')


@pytest.fixture
def invented(monkeypatch):
    learnable = runpy.run_path(str(LEARNABLE))['learnable']

    def build(scenes, sentences, seed, workers):
        return learnable(scenes, seed)

    monkeypatch.setattr(training_run, '_invent', lambda perfect: build)


@pytest.fixture
def start(tmp_path):
    """Save tiny weights that nobody fitted."""
    from grounded_perception.fusion.network import FusionNetwork, NetworkConfig
    from grounded_perception.fusion.storage import save_network

    torch.manual_seed(3)
    size = NetworkConfig(width=16, layers=1, heads=2, pair_width=8, gates=2, temperature=2.5)
    save_network(tmp_path / 'tiny.safetensors', FusionNetwork(size), {})
    return tmp_path / 'tiny.safetensors'


@pytest.fixture
def own(tmp_path):
    """Make pictures, on all of which a car stands left and one right; sentences about the left."""
    folder = tmp_path / 'pictures'
    folder.mkdir()
    rows = []
    for i in range(20):
        picture = np.full((100, 100, 3), 90, np.uint8)
        cv2.rectangle(picture, (5, 40), (35, 80), (0, 0, 10 * i), -1)
        cv2.imwrite(str(folder / f'{i}.png'), picture)
        row = {'image': f'{i}.png', 'expression': 'the car on the left', 'status': 'FOUND',
               'bbox_xyxy': [5, 40, 35, 80], 'types': ['position'],
               'split': 'train' if i < 12 else 'val'}  # fmt: skip
        rows += [row] * 10
    (folder / 'refs.jsonl').write_text('\n'.join(map(json.dumps, rows)))
    return folder / 'refs.jsonl'


@pytest.fixture
def tune(cli, scripted, tmp_path, own):
    def call(*arguments, annotations=own):
        sizes = ['--scenes', 40, '--epochs', 2, '--batch', 16, '--workers', 1]
        pictures = ['--annotations', annotations, *scripted[:4]] if annotations else []
        return cli('train', '--out', tmp_path / 'run', *sizes, *pictures, *arguments)

    return call


def test_weights_are_tuned_to_own_pictures_and_the_card_says_so(tune, start, own, tmp_path):
    from grounded_perception.fusion.storage import load

    done = tune('--start', start, '--images', own.parent)
    assert done.code == 0, done.err
    table = done.out.split('your held-out sentences')[1].splitlines()
    assert table[0].split() == ['before', 'after']
    assert table[1].split()[0] == 'all'
    assert table[1].split()[-1] == '20'
    assert '200 of 200 sentences can be asked' in done.err
    assert '180 sentences about 18 pictures to learn from, 20 about 2 held out' in done.err
    folder = tmp_path / 'run' / 'model'
    assert is_intact(folder, SHIPPED)
    card = (folder / 'MODEL_CARD.md').read_text()
    for words in (CHECK, file_hash(start), file_hash(own), 'refs.jsonl', 'before and after'):
        assert words in card
    assert PURE not in card
    assert 'Licence of the weights: that of what they learned from' in card
    assert load(folder / 'fusion.safetensors').config.width == 16


def test_of_tuned_weights_it_is_known_what_is_behind_them(tmp_path):
    from grounded_perception.fusion.network import FusionNetwork, NetworkConfig
    from grounded_perception.fusion.storage import save_network

    (tmp_path / 'run' / 'model').mkdir(parents=True)
    base = Base('tiny.safetensors', 'f00d', ())
    about = {'origin': Origin(base, 'refs.jsonl').as_dict()}
    file = tmp_path / 'run' / 'model' / 'fusion.safetensors'
    save_network(file, FusionNetwork(NetworkConfig(width=16, layers=1)), about)
    start = load_start(str(tmp_path / 'run'))
    assert start.base == Base(file.name, file_hash(file), ('refs.jsonl',))
    assert PURE not in Origin(start.base).text()


def test_few_held_out_sentences_do_not_judge(tune, monkeypatch):
    cards = []
    # The graph takes its seconds, and another test looks at it.
    monkeypatch.setattr(
        shipping, 'export', lambda network, folder, card, about: cards.append(card)
    )
    done = tune('--split', 'train', '--width', 16, '--layers', 1)
    assert done.code == 0, done.err
    assert 'Held-out sentences of your own: 10, fewer than 20' in done.err
    assert 'kind: name' in done.out.split('your held-out')[0]
    (card,) = cards
    assert CHECK in card
    assert 'On invented scenes that' in card
    assert '| all | - | ' in card


def test_what_is_wrong_is_said_in_a_line(tune, own, start, tmp_path):
    (tmp_path / 'refs.p').write_bytes(pickle.dumps([]))
    (tmp_path / 'gone.jsonl').write_text(own.read_text().replace('7.png', 'none.png'))
    (tmp_path / 'odd.json').write_text(json.dumps([{'expression': 5, 'image': 7}]))
    begun = ['--start', start]
    for arguments, annotations, words in (
        ([], tmp_path / 'gone.jsonl', f'row 1: there is no picture {tmp_path / "0.png"}'),
        (['--images', own.parent], tmp_path / 'gone.jsonl', 'none.png'),
        ([], tmp_path / 'refs.p', 'is a pickle'),
        ([], tmp_path / 'odd.json', "no field 'status'"),
        (['--split', 'trian'], own, "no sentence of split 'trian'"),
        ([*begun, '--width', 32], own, 'tiny.safetensors to begin with has width 16'),
        ([*begun, '--layers', 2], own, 'to begin with has layers 1'),
        (['--start', own], own, 'is no weights file'),
        (['--start', own.parent], own, 'is no folder that `grounded-perception train` wrote'),
        (['--start', tmp_path / 'no.safetensors'], own, 'there is no weights file'),
        (['--learning-rate', 0], own, 'learning_rate is 0'),
        (['--option', 'scripted.script=[]'], own, 'nothing to learn from'),
        (['--detector', 'eagle'], own, 'eagle'),
    ):
        done = tune(*arguments, annotations=annotations)
        assert done.code == 1
        lines = [line for line in done.err.splitlines() if line[-1] not in '….']
        assert words in ''.join(lines)
        assert len(lines) == 1
    assert tune('--images', own.parent, annotations=None).code == 2
