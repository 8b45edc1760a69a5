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
"""Sentences with braces, and the network that is fitted to them."""

from dataclasses import replace

from grounded_perception.errors import ModelMissing, SettingsError, TrainingError
from grounded_perception.language import focus
from grounded_perception.language.encoder import load_encoder
from grounded_perception.language.focus import INSIDE, NAME, OUTSIDE
from grounded_perception.training.focusing import run as running
from grounded_perception.training.focusing.lines import read_file, read_line
from grounded_perception.training.focusing.mixing import mixed
from grounded_perception.training.focusing.options import FocusOptions
import numpy as np
import pytest


def test_a_line_says_what_describes_and_what_names():
    line = read_line('bring {the *cup*}, {the red one}')
    assert line.text == 'bring the cup, the red one'
    assert [line.text[a:b] for a, b in line.inside] == ['the cup', 'the red one']
    assert [line.text[a:b] for a, b in line.names] == ['cup']
    assert line.labels([(0, 5), (6, 9), (10, 13), (13, 14), (15, 18)]) == [
        OUTSIDE, INSIDE, NAME, OUTSIDE, INSIDE,
    ]  # fmt: skip


@pytest.mark.parametrize('marked', ['the cup', '{the cup', 'the} cup', '{a {b} c}', '{the *cup}'])
def test_marks_must_be_in_pairs(marked):
    with pytest.raises(TrainingError):
        read_line(marked)


def test_a_file_names_the_line_that_is_wrong(tmp_path):
    file = tmp_path / 'mine.txt'
    file.write_text('# comment\n\ntake {the *cup*}\ntake {the cup\n')
    with pytest.raises(TrainingError, match=r'mine\.txt:4: '):
        list(read_file(file))
    with pytest.raises(TrainingError, match='cannot be read'):
        list(read_file(tmp_path / 'none.txt'))


def test_every_sentence_that_ships_can_be_read():
    lines = list(read_file(running.PACKAGED))
    assert len(lines) > 4000
    assert len({line.text.lower() for line in lines}) == len(lines)


def test_what_wraps_one_thing_wraps_others():
    lines = [read_line('follow {the *dog*} please'), read_line('{a *man* in red} waves')]
    made = list(mixed(lines, 80, np.random.default_rng(0)))
    assert len(made) == 80
    said = {line.text for line in made}
    assert {'follow a man in red please', 'the dog waves'} <= said
    assert any('man' in text and 'dog' in text for text in said)
    for line in made:
        ((start, end),) = line.inside
        before, after = line.text[:start], line.text[end:]
        assert (before, after) in (('follow ', ' please'), ('', ' waves'))
        names = [line.text[a:b] for a, b in line.names]
        assert names
        assert set(names) <= {'dog', 'man'}
        assert len(names) == line.text.count('dog') + line.text.count('man')


@pytest.mark.parametrize('wrong', [{'epochs': 0}, {'mixed': -1}, {'width': 0}, {'layers': 0}])
def test_options_are_checked(tmp_path, wrong):
    with pytest.raises(SettingsError):
        FocusOptions(tmp_path, **wrong)


@pytest.fixture(scope='module')
def fitted(tmp_path_factory):
    """Fit a small network once."""
    pytest.importorskip('torch', reason='fitting needs PyTorch')
    try:
        load_encoder(0)
    except ModelMissing as exc:
        pytest.skip(str(exc))
    folder = tmp_path_factory.mktemp('focus')
    few = folder / 'few.txt'
    few.write_text('\n'.join(running.PACKAGED.read_text().splitlines()[:1500]))
    own = folder / 'mine.txt'
    own.write_text('zorble {the *frobnicator* with the red lamp}\n')
    options = FocusOptions(folder / 'out', (own,), epochs=8, mixed=0, width=24, layers=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, 'PACKAGED', few)
        return options, running.run(options)


def test_it_learns(fitted):
    _, figures = fitted
    assert figures.words > 0.8  # all inside or all outside: .55 or less
    assert figures.names > 0.7


def test_what_it_leaves_can_be_used(fitted):
    options, figures = fitted
    reader = focus.load(load_encoder(0), options.out)
    assert reader.read('bring me the green bottle').text.endswith('the green bottle')
    card = (options.out / running.CARD).read_text()
    assert 'mine.txt' in card
    assert f'| name found | {figures.names:.3f} |' in card


def test_the_same_seed_makes_the_same_weights(fitted):
    from grounded_perception.training.focusing.fitting import fit

    options, _ = fitted
    few = running.samples([read_line('take {the *cup*}')] * 40, load_encoder(0))
    one, other = (fit(few, replace(options, epochs=1)) for _ in range(2))
    assert all((one[name] == other[name]).all() for name in one)


def test_too_few_sentences_are_refused(fitted, monkeypatch):
    options, _ = fitted
    monkeypatch.setattr(running, 'read_file', lambda path: iter(()))
    with pytest.raises(TrainingError, match='too few'):
        running.run(options)
