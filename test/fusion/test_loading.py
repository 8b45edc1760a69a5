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

"""Which fusion the settings name, and what is said where it cannot be had."""

from grounded_perception.errors import ModelCorrupt, ModelMissing, SettingsError
from grounded_perception.fusion.attention import WordAttention
from grounded_perception.fusion.loading import load, PACKAGED
from grounded_perception.fusion.trained import TrainedFusion
from grounded_perception.settings import Settings
import pytest


def test_rules_need_no_weights():
    assert isinstance(load(Settings(fusion='rules')), WordAttention)


@pytest.mark.model
def test_the_network_that_ships_is_whole():
    assert isinstance(load(Settings()), TrainedFusion)
    assert (PACKAGED / 'MODEL_CARD.md').is_file()


def test_neither_a_name_nor_a_folder():
    with pytest.raises(SettingsError, match="'trained', 'rules' or a folder"):
        load(Settings(fusion='traind'))


def test_a_folder_that_is_not_whole_is_refused(tmp_path):
    with pytest.raises(ModelCorrupt, match='not whole'):
        load(Settings(fusion=str(tmp_path)))
    for name in ('fusion.safetensors', 'fusion.xml', 'fusion.bin'):
        (tmp_path / name).write_bytes(b'something else')
    (tmp_path / 'manifest.json').write_text('{"fusion.xml": "00"}')
    with pytest.raises(ModelCorrupt, match='not whole'):
        load(Settings(fusion=str(tmp_path)))


def test_without_a_gpu_cuda_is_refused():
    try:
        import torch
    except ImportError:
        with pytest.raises(ModelMissing, match='needs torch'):
            load(Settings(device='cuda'))
        return
    if torch.cuda.is_available():
        assert isinstance(load(Settings(device='cuda')), TrainedFusion)
    else:
        with pytest.raises(ModelMissing, match='no CUDA device'):
            load(Settings(device='cuda'))
