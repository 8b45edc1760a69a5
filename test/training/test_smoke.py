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

"""Training from nothing, as a stranger starts it, in minutes: it must learn."""

import csv

from grounded_perception.cli.main import main
from grounded_perception.errors import ModelMissing
from grounded_perception.fusion.loading import load
from grounded_perception.fusion.trained import TrainedFusion
from grounded_perception.language.encoder import load_encoder
from grounded_perception.settings import Settings
import pytest

pytest.importorskip('torch', reason="torch is not installed: extra 'train'")
pytest.importorskip('accelerate', reason="Accelerate is not installed: extra 'train'")


@pytest.mark.model
def test_a_smoke_run_learns(tmp_path, capsys):
    try:
        load_encoder(1)
    except ModelMissing as exc:
        pytest.skip(str(exc))
    assert main(['train', '--smoke', '--out', str(tmp_path), '--workers', '2']) == 0
    table = capsys.readouterr().out
    assert 'all' in table
    with (tmp_path / 'curves.csv').open() as stream:
        accuracy = [float(row['accuracy']) for row in csv.DictReader(stream) if row['accuracy']]
    assert accuracy[-1] > 0.8
    assert accuracy[-1] > accuracy[0]
    assert isinstance(load(Settings(fusion=str(tmp_path / 'model'))), TrainedFusion)
