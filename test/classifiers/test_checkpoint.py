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

"""A checkpoint is read without PyTorch, and nothing that it says is run."""

from collections import OrderedDict
import io
import os
import pickle

from grounded_perception.classifiers.imagenet import network
from grounded_perception.classifiers.imagenet.checkpoint import read_tensors
from grounded_perception.errors import ModelCorrupt, ModelMissing
from grounded_perception.weights import locate
import numpy as np
import pytest

HEAD = [0x1950A86A20F9469CFC6C, 1001, {'protocol_version': 1001, 'little_endian': True}]


def written(path, *parts, tail=b''):
    """Write pickles one after the other."""
    stream = io.BytesIO()
    for part in parts:
        stream.write(part if isinstance(part, bytes) else pickle.dumps(part, protocol=2))
    path.write_bytes(stream.getvalue() + tail)
    return path


@pytest.fixture
def saved(tmp_path):
    """Return a checkpoint of the old format that PyTorch wrote, and what is in it."""
    torch = pytest.importorskip('torch')
    base = torch.arange(24, dtype=torch.float32)
    tensors = OrderedDict(
        whole=base.reshape(4, 6),
        turned=base.reshape(4, 6).T,  # looks into the same numbers, other strides
        part=base[5:9],
        count=torch.tensor(7),
        empty=torch.zeros(0, 3),
    )
    path = tmp_path / 'old.pth'
    torch.save(tensors, path, _use_new_zipfile_serialization=False)
    return path, {name: value.numpy() for name, value in tensors.items()}


def test_tensors_are_those_that_were_saved(saved):
    path, tensors = saved
    found = read_tensors(path)
    assert list(found) == list(tensors)
    for name, value in tensors.items():
        assert found[name].dtype == value.dtype
        np.testing.assert_array_equal(found[name], value)


@pytest.mark.model
def test_the_weights_are_read_as_pytorch_reads_them():
    torch = pytest.importorskip('torch')
    try:
        path = locate(network.SOURCE)
    except ModelMissing as exc:
        pytest.skip(str(exc))
    ours, theirs = read_tensors(path), torch.load(path, weights_only=True)
    assert list(ours) == list(theirs)
    assert all(np.array_equal(ours[name], value.numpy()) for name, value in theirs.items())


class _Runs:
    def __reduce__(self):
        return os.system, ('exit 1',)


def test_a_pickle_that_names_a_function_is_refused(tmp_path):
    path = written(tmp_path / 'evil.pth', *HEAD, OrderedDict(a=_Runs()))
    with pytest.raises(ModelCorrupt, match=r'\.system is not allowed'):
        read_tensors(path)


@pytest.mark.parametrize('at', [0, 5, 40, 200, -1, -60])
def test_a_file_that_is_cut_off_is_refused(saved, at):
    path, _ = saved
    path.write_bytes(path.read_bytes()[:at])
    with pytest.raises(ModelCorrupt, match='no dictionary of tensors'):
        read_tensors(path)


def test_what_is_something_else_is_refused(saved, tmp_path):
    path, _ = saved
    with pytest.raises(ModelCorrupt, match='follows the last'):
        read_tensors(written(tmp_path / 'long.pth', path.read_bytes(), tail=b'x'))
    with pytest.raises(ModelCorrupt, match='something else'):
        read_tensors(written(tmp_path / 'list.pth', *HEAD, [1, 2], []))
    with pytest.raises(ModelCorrupt, match='not in the format'):
        read_tensors(written(tmp_path / 'zip.pth', 1, 2, {}))
    with pytest.raises(ModelCorrupt, match='no dictionary'):
        read_tensors(tmp_path / 'nowhere.pth')
