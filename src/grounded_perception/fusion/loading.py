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

"""The fusion that the settings name."""

from __future__ import annotations

from pathlib import Path

from grounded_perception.compute import Compute
from grounded_perception.errors import ModelCorrupt, ModelMissing, SettingsError
from grounded_perception.fusion.attention import WordAttention
from grounded_perception.fusion.base import Fusion
from grounded_perception.fusion.openvino_runner import OpenVinoRunner
from grounded_perception.fusion.trained import Runner, TrainedFusion
from grounded_perception.settings import Settings
from grounded_perception.weights import is_intact

#: The weights that ship with the package; written by ``grounded-perception train``.
PACKAGED = Path(__file__).parent / 'weights'
WEIGHTS, GRAPH = 'fusion.safetensors', 'fusion.xml'
FILES = (WEIGHTS, GRAPH, 'fusion.bin')
TORCH_INSTALL = "pip install 'grounded_perception[train]'"


def load(settings: Settings) -> Fusion:
    """
    Load what fuses regions with phrases.

    :param settings: its ``fusion`` says which, its ``device`` where it runs.
    :returns: the trained network, or the rules where those are asked for.
    :raises SettingsError: when ``fusion`` is neither a name nor a folder.
    :raises ModelError: when the network's weights cannot be loaded.
    """
    if settings.fusion == 'rules':
        return WordAttention()
    folder = _folder(settings)
    if not folder.is_dir():
        raise SettingsError(
            "fusion must be 'trained', 'rules' or a folder that `grounded-perception train` "
            f'wrote, got {settings.fusion!r}'
        )
    if not is_intact(folder, FILES):
        raise ModelCorrupt(
            f'the fusion network in {folder} is not whole: {", ".join(FILES)} must be as '
            'manifest.json says'
        )
    if settings.device == 'cuda':
        return TrainedFusion(_on_gpu(folder / WEIGHTS, settings.precision))
    # So small a network gains nothing from bf16, and in f32 it answers everywhere the same.
    return TrainedFusion(OpenVinoRunner(folder / GRAPH, Compute('cpu', 'f32', settings.threads)))


def weights_file(settings: Settings) -> Path | None:
    """
    Say where the network's weights are.

    :param settings: its ``fusion`` says which.
    :returns: the file; None where there is no network.
    """
    return None if settings.fusion == 'rules' else _folder(settings) / WEIGHTS


def _folder(settings: Settings) -> Path:
    return PACKAGED if settings.fusion == 'trained' else Path(settings.fusion).expanduser()


def _on_gpu(weights: Path, precision: str) -> Runner:
    try:
        import torch
    except ImportError as exc:
        raise ModelMissing(f'device cuda needs torch: {TORCH_INSTALL}') from exc
    if not torch.cuda.is_available():
        raise ModelMissing('device cuda: torch finds no CUDA device here')
    from grounded_perception.fusion.storage import load as load_network
    from grounded_perception.fusion.torch_runner import TorchRunner

    dtype = torch.bfloat16 if precision == 'bf16' else torch.float32
    return TorchRunner(load_network(weights), 'cuda', dtype)
