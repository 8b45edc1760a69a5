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

"""Exemplars on disk: whole or not there, and one broken one does not matter."""

from datetime import datetime, timezone
import json

from grounded_perception.errors import CommandError, SettingsError
from grounded_perception.exemplars import files
from grounded_perception.exemplars.exemplar import Looks
from grounded_perception.exemplars.store import default_root, Store
import numpy as np
import pytest

NOON = datetime(2026, 5, 4, 12, 0, tzinfo=timezone.utc)


def looks(seed=0, width=8):
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(1, width)).astype(np.float32)
    return Looks(features / np.linalg.norm(features), np.full((1, 33), 1 / 33, np.float32))


def crop(seed=0, height=20, width=30):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def added(store, name='my mug', seed=0, **changes):
    about = {'feature_model': 'm-1', 'source': '/camera', 'taken': NOON, **changes}
    return store.add(name, crop(seed), looks(seed), **about)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / 'exemplars')


def test_what_was_added_is_there_again(store):
    kept = added(store)
    loaded = Store(store.root).load('my mug')
    (found,) = loaded.exemplars
    assert not loaded.problems
    np.testing.assert_array_equal(found.crop, crop())
    np.testing.assert_array_equal(found.looks.features, looks().features)
    np.testing.assert_array_equal(found.looks.colours, looks().colours)
    told = (found.number, found.feature_model, found.source, found.taken)
    assert told == (kept.number, 'm-1', '/camera', NOON)


def test_an_empty_store_has_no_names_and_makes_no_folder(store):
    assert store.names() == ()
    assert not store.root.exists()
    with pytest.raises(CommandError, match=r"no exemplars of 'mug'; names known: none"):
        store.load('mug')


def test_several_exemplars_of_several_names(store):
    for seed in range(3):
        added(store, seed=seed)
    added(store, 'Drill ')
    assert store.names() == ('drill', 'my mug')
    assert len(store.load('MY  mug').exemplars) == 3


def test_removing(store):
    first, second = added(store), added(store, seed=1)
    with pytest.raises(CommandError, match='has no exemplar'):
        store.remove('my mug', 'nothing')
    assert store.remove('my mug', first.number) == 1
    assert [e.number for e in store.load('my mug').exemplars] == [second.number]
    assert store.remove('my mug', second.number) == 1
    assert store.names() == ()
    added(store)
    added(store)
    assert store.remove('my mug') == 2
    assert list(store.root.iterdir()) == []


def test_renaming(store):
    added(store)
    added(store, 'drill')
    store.rename('my mug', 'Your Mug')
    assert store.names() == ('drill', 'your mug')
    store.rename('your mug', 'your mug')
    with pytest.raises(CommandError, match='already'):
        store.rename('your mug', 'drill')
    with pytest.raises(CommandError, match='no exemplars'):
        store.rename('my mug', 'cup')


@pytest.mark.parametrize('name', ['', '  ', 'x' * 65, 'a\x00b', '\udc80', '杯' * 40])
def test_names_that_cannot_be_used(store, name):
    with pytest.raises(CommandError):
        added(store, name)


@pytest.mark.parametrize('name', ['..', '../../etc', '/tmp/x', '.hidden', 'a.b', '杯子', "mum's"])
def test_any_name_stays_inside_the_folder(store, name, tmp_path):
    added(store, name)
    assert store.names() == (name,)
    assert len(store.load(name).exemplars) == 1
    assert [path.name for path in tmp_path.iterdir()] == ['exemplars']
    assert len(list(store.root.iterdir())) == 1


def _cut(folder):
    path = folder / files.FEATURES
    path.write_bytes(path.read_bytes()[:-4])


def _repainted(folder):
    other = files.CROP
    (folder / other).write_bytes((folder / other).read_bytes() + b'x')


def _pickled(folder):
    """Put a pickle in, with a hash that fits: it must not be opened all the same."""
    np.save(folder / files.FEATURES, np.array([{}], object), allow_pickle=True)
    about = json.loads((folder / files.ABOUT).read_text())
    about['sha256'][files.FEATURES] = files.file_hash(folder / files.FEATURES)
    (folder / files.ABOUT).write_text(json.dumps(about))


@pytest.mark.parametrize(
    'damage',
    [
        _cut,
        _repainted,
        _pickled,
        lambda folder: (folder / files.ABOUT).unlink(),
        lambda folder: (folder / files.CROP).unlink(),
        lambda folder: (folder / files.ABOUT).write_text('[]'),
        lambda folder: (folder / files.ABOUT).write_text('{"version": 9}'),
        lambda folder: (folder / files.ABOUT).write_bytes(b'\xff\xfe'),
    ],
)
def test_a_broken_exemplar_is_reported_and_left_out(store, damage):
    whole, broken = added(store), added(store, seed=1)
    damage(store.root / 'my mug' / broken.number)
    loaded = store.load('my mug')
    assert [e.number for e in loaded.exemplars] == [whole.number]
    assert len(loaded.problems) == 1
    assert broken.number in loaded.problems[0]


def test_what_is_being_written_is_not_there_yet(store, monkeypatch):
    def fails(kept, folder):
        (folder / files.CROP).write_bytes(b'half')
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr('grounded_perception.exemplars.store.write', fails)
    with pytest.raises(SettingsError, match='No space left'):
        added(store)
    assert store.names() == ()
    assert list(store.root.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(SettingsError, match='choose a folder'):
        added(Store(tmp_path / 'file' / 'exemplars'))


def test_folders_of_others_are_no_names(store):
    added(store)
    (store.root / 'Upper Case').mkdir()
    (store.root / '.git').mkdir()
    assert store.names() == ('my mug',)


def test_large_pictures_are_kept_small(store):
    kept = store.add('wall', crop(0, 600, 1024), looks(), 'm-1', 'test')
    assert kept.crop.shape == (300, 512, 3)
    assert kept.taken.tzinfo is not None


def test_the_default_folder_is_the_user_s(monkeypatch, tmp_path):
    monkeypatch.setenv('XDG_DATA_HOME', str(tmp_path))
    assert default_root() == tmp_path / 'grounded_perception' / 'exemplars'
